"""Reading the exports: every record becomes one row with its flat text and its comparable form.

Files are read in spans by several processes; each span becomes one Parquet file, written under a
temporary name and renamed when whole, so that a stopped run goes on where it was.
"""

import csv
import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from kimppa.common.errors import CannotRun
from kimppa.linkage.form import HOLDINGS_TYPES, Form, form
from kimppa.marc.reading import ReadRecord, Rejected, read, sniff, spans
from kimppa.marc.reading.source import is_gzip
from kimppa.marc.record import FIELD_MARK, SUBFIELD_MARK

BATCH = 5_000  # records held in memory by one process
SPAN = 8 << 20
FILE_SHIFT = 40  # a record's number is its file's number and its offset (below 2**40 bytes)
SMALL = 4 << 20  # below this many bytes in all, starting processes costs more than it saves

ItemRows = dict[str, list[str]]
"""Control number to its item lines as 952 fields in flat form."""


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
    """Read every source into ``folder`` (``records-*.parquet``, ``rejected-*.parquet``).

    ``progress`` is told the bytes and records that were read since it was last told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for task in plan(sources, folder) if not task.target.exists()]
    content = sum(task.source.path.stat().st_size for task in tasks)
    if processes == 1 or content < SMALL or len(tasks) == 1:
        for task in tasks:
            take(task, progress)
        return
    counted = get_context("spawn").Array("q", 2)
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
    def add(content: int, records: int) -> None:
        with _counted.get_lock():
            _counted[0] += content
            _counted[1] += records

    return take(task, add)


_counted: Any = None  # in a worker: bytes and records read by all workers


@contextmanager
def workers(processes: int, counted: Any = None) -> Iterator[ProcessPoolExecutor]:
    """Offer processes that end with this one, whatever ends it, and leave Ctrl-C to it."""
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(counted,)
    )
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what is submitted first inherits it
    try:
        list(pool.map(_nothing, range(processes)))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _nothing(_number: int) -> None:
    pass


def _begin(counted: Any) -> None:
    """Let a process work: what it makes is rarely circular, so looking for that is put off."""
    global _counted  # noqa: PLW0603 - shared memory can only be handed over at a process's start
    _counted = counted
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    _end_with_parent()


def _end_with_parent() -> None:
    """Without this, a run that was killed would leave its processes behind."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def plan(sources: list[Source], folder: Path) -> list[Span]:
    """Return the spans of all files; the largest files' first, so that no process ends alone."""
    tasks = [
        Span(number, source, span, folder / f"records-{number:04}-{span[0]:013}.parquet")
        for number, source in enumerate(sources)
        for span in spans(source.path, SPAN)
    ]
    return sorted(tasks, key=lambda task: -(task.span[1] - task.span[0] if task.span else 0))


def take(task: Span, progress: Callable[[int, int], None]) -> int:
    """Read one span into its Parquet file; return how many records it held."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rejected: list[Rejected] = []
    records, at = 0, task.span[0] if task.span else 0
    partial = task.target.with_suffix(f".{os.getpid()}.partial")
    try:
        with pq.ParquetWriter(partial, records_schema(), compression="zstd") as writer:
            for batch in _batches(task, rejected):
                columns = dict(zip(records_schema().names, zip(*batch, strict=True), strict=True))
                writer.write_table(pa.table(columns, schema=records_schema()))
                records += len(batch)
                reached = batch[-1][_OFFSET] + batch[-1][_OFFSET + 1]
                progress(reached - at, len(batch))
                at = reached
        _write_rejected(task, rejected)
        partial.replace(task.target)
    finally:
        partial.unlink(missing_ok=True)
    return records


def _batches(task: Span, rejected: list[Rejected]) -> Iterator[list[tuple[Any, ...]]]:
    items = item_rows(task.source.items) if task.source.items else {}
    batch: list[tuple[Any, ...]] = []
    for found in read(task.source.path, task.span):
        if isinstance(found, Rejected):
            rejected.append(found)
            continue
        batch.append(_row(task, found, items))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(task: Span, found: ReadRecord, items: ItemRows) -> tuple[Any, ...]:
    given = control_number(found.flat, "001")
    beside = items.get(given, []) if found.flat[6:7] not in HOLDINGS_TYPES else []
    flat = FIELD_MARK.join([found.flat, *beside])
    return (
        (task.number << FILE_SHIFT) + found.offset,
        task.source.library,
        given,
        control_number(flat, "004"),
        file_name(task.source.path),
        found.offset,
        found.length,
        list(found.repairs),
        len(beside),
        flat,
        *form(flat),
    )


_OFFSET = 5  # where a row has its offset; its length is next


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


def control_number(flat: str, tag: str) -> str:
    """Return a control field's value without surrounding blanks, or an empty text.

    >>> control_number("x" * 24 + "\\x1e001 K1 \\x1e00420", "001")
    'K1'
    """
    at = flat.find(FIELD_MARK + tag)
    if at < 0:
        return ""
    end = flat.find(FIELD_MARK, at + 1)
    return flat[at + 4 : end if end > 0 else None].strip()


_ITEM_CODES = {
    "barcode": "p",
    "branch": "b",
    "shelving_location": "c",
    "call_number": "o",
    "item_type": "y",
}


@lru_cache(maxsize=2)  # every span of a file asks for the same
def item_rows(path: Path) -> ItemRows:
    """Return the items of a CSV (``control_number`` and any of the item columns) as 952 fields.

    Columns without a subfield of their own go to $x as ``column: value``, the status among them.

    Raises ``CannotRun`` when the file cannot be read as such a CSV.
    """
    found: ItemRows = {}
    for line in item_lines(path):
        parts = [
            f"{SUBFIELD_MARK}{code}{_plain(line.values[column])}"
            for column, code in _ITEM_CODES.items()
            if line.values.get(column)
        ]
        parts += [
            f"{SUBFIELD_MARK}x{column}: {_plain(value)}"
            for column, value in line.values.items()
            if value and column not in _ITEM_CODES and column != "control_number"
        ]
        found.setdefault(line.control_number, []).append(f"952  {''.join(parts)}")
    return found


def _plain(text: str) -> str:
    return "".join(c for c in text if c >= " ")


class ItemLine(NamedTuple):
    """One item of a CSV: its values by column, and where its very bytes stood."""

    control_number: str
    values: dict[str, str]
    offset: int
    raw: bytes


def item_lines(path: Path) -> Iterator[ItemLine]:
    """Iterate over the lines of an items CSV; raises ``CannotRun`` for what is no such CSV."""
    taken: list[bytes] = []
    with path.open("rb") as file:
        reader = csv.reader(_decoded(file, taken))
        try:
            columns = next(reader, [])
            if "control_number" not in columns:
                raise CannotRun(
                    f"{path}: no column control_number. Give a CSV in UTF-8 with commas, whose"
                    f" first line names control_number and any of {', '.join(_ITEM_CODES)}."
                )
            offset = sum(map(len, taken))
            taken.clear()
            for row in reader:
                values = dict(zip(columns, row, strict=False))
                raw = b"".join(taken)
                if row:
                    number = values.get("control_number", "").strip()
                    yield ItemLine(number, values, offset, raw)
                offset += len(raw)
                taken.clear()
        except UnicodeDecodeError as error:
            raise CannotRun(
                f"{path}, line {reader.line_num + 1}: not UTF-8. Save it as a CSV in UTF-8."
            ) from error
        except csv.Error as error:
            raise CannotRun(f"{path}, line {reader.line_num}: no CSV ({error}).") from error


def _decoded(lines: Iterable[bytes], taken: list[bytes]) -> Iterator[str]:
    """Iterate over lines as text; ``taken`` gets the bytes of each."""
    encoding = "utf-8-sig"
    for line in lines:
        taken.append(line)
        yield line.decode(encoding)
        encoding = "utf-8"


def records_schema() -> Any:
    """Return the Arrow schema of ``records-*.parquet``: where a record stood, and its ``Form``."""
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int32(), bool: pa.bool_()}
    kinds_of_lists = {list[str]: pa.list_(pa.string()), list[int]: pa.list_(pa.int32())}
    columns = [
        ("rid", pa.int64()),
        ("library", pa.string()),
        ("given_number", pa.string()),
        ("bibliographic_number", pa.string()),
        ("file", pa.string()),
        ("byte_offset", pa.int64()),
        ("byte_length", pa.int64()),
        ("repairs", pa.list_(pa.string())),
        ("items_beside", pa.int32()),  # how many of the last fields came from the items CSV
        ("flat", pa.string()),
    ]
    columns += [
        (name, kinds.get(kind) or kinds_of_lists[kind])
        for name, kind in Form.__annotations__.items()
    ]
    return pa.schema(columns)


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
    pq.write_table(table, task.target.with_name(task.target.name.replace("records", "rejected")))
