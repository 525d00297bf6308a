"""Reading the exports: every record becomes a row with its flat text and one with its form.

Files are read in spans by several processes; each span becomes Parquet files, written under
temporary names and renamed when whole, so that a stopped run goes on where it was. The forms stand
in files of their own, which a finished result keeps as they are (``standing.index``).
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kimppa.common.compiled import one_stretch
from kimppa.common.errors import CannotRun
from kimppa.linkage.copies import ItemRows, item_lines, item_rows
from kimppa.linkage.cutting import controls
from kimppa.linkage.fields import stretch
from kimppa.linkage.form import HOLDINGS_TYPES, Columns, Form, forms
from kimppa.linkage.processes import SMALL, count, counters, workers
from kimppa.linkage.texts import Texts
from kimppa.marc.bulk import Numbers, tag_number, to_arrow
from kimppa.marc.bulk import Texts as Flats
from kimppa.marc.reading import ReadRecord, Rejected, Run, runs, sniff, spans
from kimppa.marc.reading.source import is_gzip
from kimppa.marc.record import FIELD_MARK

# Every row is read again, so statistics help nobody; dictionaries take longer and save no space.
_AS_WRITTEN: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": False,
    "write_statistics": False,
}
BATCH = 5_000  # records held in memory by one process
SPAN = 8 << 20
OF_FORM = ("kind", "year", "material", "languages", "isbns")  # what naming and merging ask for, too
FILE_SHIFT = 40  # a record's number is its file's number and its offset (below 2**40 bytes)


class Source(NamedTuple):
    """One file of one library, with the items that came in a CSV beside it (or None)."""

    library: str
    path: Path
    items: Path | None = None


class Span(NamedTuple):
    """One stretch of one file, and where its rows go."""

    number: int
    source: Source
    span: tuple[int, int] | None
    target: Path

    def beside(self, name: str) -> Path:
        """Return the file of other rows of the same stretch (``forms``, ``rejected``)."""
        return self.target.with_name(self.target.name.replace("records", name))


def check(sources: list[Source], folder: Path) -> None:
    """Refuse what cannot be read before anything is written; raises ``CannotRun``."""
    for source in sources:
        for path in filter(None, (source.path, source.items)):
            if path.resolve().is_relative_to(folder.resolve()):
                raise CannotRun(
                    f"{path} stands in the folder of the result, whose content will be replaced."
                    " Name another folder with --out."
                )
        sniff(source.path)
        if source.items:
            next(item_lines(source.items), None)


def take_in(
    sources: list[Source],
    folder: Path,
    processes: int,
    progress: Callable[[int, int], None],
) -> None:
    """Read every source into ``folder``: ``records-``, ``forms-`` and ``rejected-*.parquet``.

    ``progress`` is told the bytes and records that were read since it was last told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for task in plan(sources, folder) if not task.target.exists()]
    content = sum(task.source.path.stat().st_size for task in tasks)
    if processes == 1 or content < SMALL or len(tasks) == 1:
        for task in tasks:
            take(task, progress)
        return
    counted = counters(2)
    with workers(processes, counted) as pool:
        waiting: set[Future[int]] = {pool.submit(_take_counted, task) for task in tasks}
        told = [0, 0]
        while waiting:
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            now = counted[:]
            progress(now[0] - told[0], now[1] - told[1])
            told = now


def _take_counted(task: Span) -> int:
    return take(task, count)


def plan(sources: list[Source], folder: Path) -> list[Span]:
    """Return the spans of all files; the largest files' first, so that no process ends alone."""
    tasks = [
        Span(number, source, span, folder / f"records-{number:04}-{span[0]:013}.parquet")
        for number, source in enumerate(sources)
        for span in spans(source.path, SPAN)
    ]
    return sorted(tasks, key=lambda task: -(task.span[1] - task.span[0] if task.span else 0))


def take(task: Span, progress: Callable[[int, int], None]) -> int:
    """Read one span into its Parquet files; return how many records it held."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rejected: list[Rejected] = []
    records, at = 0, task.span[0] if task.span else 0
    targets = (task.beside("forms"), task.target)  # the last one tells that all are whole
    schemas = (forms_schema(), records_schema())
    partials = [path.with_suffix(f".{os.getpid()}.partial") for path in targets]
    items = item_rows(task.source.items) if task.source.items else {}
    try:
        with (
            pq.ParquetWriter(partials[0], schemas[0], **_AS_WRITTEN) as first,
            pq.ParquetWriter(partials[1], schemas[1], **_AS_WRITTEN) as second,
        ):
            for batch in _batches(task, rejected):
                found = _columns(task, batch, items)
                for writer, columns, schema in zip((first, second), found, schemas, strict=True):
                    writer.write_table(pa.table(columns, schema=schema))
                records += len(batch.repairs)
                progress(batch.end - at, len(batch.repairs))
                at = batch.end
        _write_rejected(task, rejected)
        for partial, target in zip(partials, targets, strict=True):
            partial.replace(target)
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
    return records


class _Batch:
    """Records held in memory, one after the other."""

    def __init__(self) -> None:
        self.repairs: list[tuple[str, ...]] = []  # of each record
        self.end = 0  # where in the file the last one ends
        self._contents: list[bytes] = []
        self._sizes: list[Numbers | list[int]] = []
        self._offsets: list[Numbers | list[int]] = []

    def add(self, found: ReadRecord | Run) -> None:
        """Add one record, or many that needed nothing."""
        if isinstance(found, Run):
            self._contents.append(found.content)
            self._sizes.append(np.diff(found.starts))
            self._offsets.append(found.offsets)
            self.repairs += [()] * len(found.offsets)
            self.end = int(found.offsets[-1] + found.lengths[-1])
            return
        self._contents.append(found.flat.encode())
        self._sizes.append([len(self._contents[-1])])
        self._offsets.append([found.offset])
        self.repairs.append(found.repairs)
        self.end = found.offset + found.length

    def flats(self) -> Flats:
        """Return the records in flat form."""
        starts = np.zeros(len(self.repairs) + 1, np.int64)
        np.cumsum(np.concatenate(self._sizes), out=starts[1:])
        return Flats(one_stretch(self._contents), starts)

    def offsets(self) -> Numbers:
        """Return where each record stands in the file."""
        return np.concatenate(self._offsets)


def _batches(task: Span, rejected: list[Rejected]) -> Iterator[_Batch]:
    batch = _Batch()
    for found in runs(task.source.path, task.span):
        if isinstance(found, Rejected):
            rejected.append(found)
            continue
        batch.add(found)
        if len(batch.repairs) >= BATCH:
            yield batch
            batch = _Batch()
    if batch.repairs:
        yield batch


def _columns(task: Span, batch: _Batch, items: ItemRows) -> tuple[Columns, Columns]:
    """Return a batch as columns: its forms (``forms_schema``) and rows (``records_schema``)."""
    import pyarrow as pa

    flats, offsets = batch.flats(), batch.offsets()
    count = len(offsets)
    given = control_numbers(flats, "001")
    beside: Any = np.zeros(count, np.int32)
    if items:
        flats, beside = _with_items(flats, given, items)
    numbers = (task.number << FILE_SHIFT) + offsets
    formed = forms(flats)
    return (
        {"number": numbers, **formed},
        {
            "rid": numbers,
            "library": pa.repeat(task.source.library, count),
            "given_number": given,
            "bibliographic_number": _bibliographic_numbers(flats, formed["kind"].to_pylist()),
            "file": pa.repeat(file_name(task.source.path), count),
            "byte_offset": offsets,
            "repairs": batch.repairs,
            "items_beside": beside,
            "digest": _digests(flats),
            "flat": to_arrow(flats),
            **{name: formed[name] for name in OF_FORM},
        },
    )


def _with_items(flats: Flats, given: list[str], items: ItemRows) -> tuple[Flats, list[int]]:
    """Return records with their lines of the items CSV as fields, and how many each has."""
    texts = to_arrow(flats).to_pylist()
    beside = [
        items.get(number, []) if flat[6:7] not in HOLDINGS_TYPES else []
        for number, flat in zip(given, texts, strict=True)
    ]
    whole = [FIELD_MARK.join([flat, *own]) for flat, own in zip(texts, beside, strict=True)]
    return stretch(whole), list(map(len, beside))


def _bibliographic_numbers(flats: Flats, kinds: list[str]) -> list[str]:
    """Return the number of the record that each holdings record is of; empty for others."""
    if "holdings" not in kinds:
        return [""] * len(kinds)
    numbers = control_numbers(flats, "004")
    return [
        number if kind == "holdings" else "" for number, kind in zip(numbers, kinds, strict=True)
    ]


def _digests(flats: Flats) -> list[str]:
    content = flats.content.data
    return [
        hashlib.md5(content[start:end], usedforsecurity=False).hexdigest()
        for start, end in pairwise(flats.starts.tolist())
    ]


def content_size(path: Path) -> int:
    """Return about how many bytes a file holds when unpacked, for telling how far reading is.

    A gzip file ends with the size of its content, modulo 4 GiB.
    """
    size = path.stat().st_size
    if size < 18 or not is_gzip(path):
        return size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return max(size, int.from_bytes(file.read(4), "little"))


def file_name(path: Path) -> str:
    """Return a file's name as text that can be written, whatever bytes the name has."""
    return path.name.encode("utf-8", "backslashreplace").decode()


def control_numbers(flats: Flats, tag: str) -> list[str]:
    """Return a control field's value without surrounding blanks of each record, or an empty text.

    >>> control_numbers(stretch(["x" * 24 + "\\x1e001 K1 \\x1e00420"]), "001")
    ['K1']
    """
    starts, ends = controls(*flats, tag_number(tag))
    found = Texts(np.arange(len(starts)), flats.content, starts, ends).values()
    return [value.strip() for value in found]


def records_schema() -> Any:
    """Return the Arrow schema of ``records-*.parquet``: where a record stood, and its text."""
    import pyarrow as pa

    columns = [
        ("rid", pa.int64()),
        ("library", pa.string()),
        ("given_number", pa.string()),
        ("bibliographic_number", pa.string()),
        ("file", pa.string()),
        ("byte_offset", pa.int64()),
        ("repairs", pa.list_(pa.string())),
        ("items_beside", pa.int32()),  # how many of the last fields came from the items CSV
        ("digest", pa.string()),  # of the text
        ("flat", pa.string()),
    ]
    formed = forms_schema()
    return pa.schema([*columns, *((name, formed.field(name).type) for name in OF_FORM)])


def forms_schema() -> Any:
    """Return the Arrow schema of ``forms-*.parquet``: ``number`` is the rid of the record."""
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int32(), bool: pa.bool_()}
    kinds_of_lists = {list[str]: pa.list_(pa.string()), list[int]: pa.list_(pa.int32())}
    columns = [
        (name, kinds.get(kind) or kinds_of_lists[kind])
        for name, kind in Form.__annotations__.items()
    ]
    return pa.schema([("number", pa.int64()), *columns])


def _write_rejected(task: Span, rejected: list[Rejected]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "library": pa.array([task.source.library] * len(rejected), pa.string()),
            "file": pa.array([file_name(task.source.path)] * len(rejected), pa.string()),
            "byte_offset": pa.array([r.offset for r in rejected], pa.int64()),
            "byte_length": pa.array([r.length for r in rejected], pa.int64()),
            "reason": pa.array([r.reason for r in rejected], pa.string()),
            "raw": pa.array([r.raw for r in rejected], pa.binary()),
        }
    )
    pq.write_table(table, task.beside("rejected"))
