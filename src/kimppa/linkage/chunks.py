"""Merging one chunk of clusters, block by block, into its parts of the result."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import numpy as np

from kimppa.linkage.blocks import Block, merge_block, merged_schema
from kimppa.linkage.clusters import Row, item_rows
from kimppa.marc import bulk
from kimppa.marc.bulk import Flats
from kimppa.marc.bulk_output import to_iso2709
from kimppa.marc.items import HAVE_ITEMS
from kimppa.marc.writing import TooLong, flat_to_iso2709, flat_to_marcxml

BLOCK = 2_000  # records cut at once, about 2 MB: more would not stay in the processor's cache
ITEM_COLUMNS = (
    "library", "control_number", "cluster_id", "barcode", "branch", "shelving_location",
    "call_number", "item_type", "status", "source", "raw",
)  # fmt: skip
_READ = (
    "cluster_id", "library", "control_number", "kind", "flat", "year", "material", "languages",
    "isbns", "hosts",
)  # fmt: skip
_OF_ITEMS = ("library", "control_number", "cluster_id", "flat")


class Chunk(NamedTuple):
    """One chunk of clusters: its input rows and where its parts go."""

    inputs: Path
    folder: Path
    formats: tuple[str, ...]

    def done(self, parts: Path) -> Path:
        """Return the file that tells that the chunk is done."""
        return parts / f"{self.inputs.stem}.done"


def merge_chunk(chunk: Chunk, parts: Path) -> int:
    """Merge one chunk; return how many input records it had."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(chunk.inputs, columns=list(_READ)).combine_chunks()
    merged: list[Any] = [merged_schema().empty_table()]
    items: list[Row] = []
    with _MarcParts(chunk, parts) as marc:
        for block in _blocks(table):
            made = merge_block(block)
            merged.append(made.rows)
            items += _items(block.rows, made.records)
            marc.write(made.merged, made.rows["flat"])
    write_rows(pa.concat_tables(merged), chunk.folder / "merged" / chunk.inputs.name)
    rows = pa.Table.from_pylist(items, _items_schema())
    write_rows(rows, chunk.folder / "items" / chunk.inputs.name)
    chunk.done(parts).touch()
    return len(table)


def _blocks(table: Any) -> Iterator[Block]:
    """Cut rows where a cluster begins, after about ``BLOCK`` rows."""
    import pyarrow.compute as pc

    ids = table["cluster_id"]
    begins = np.ones(len(table) + 1, np.bool_)
    begins[1:-1] = pc.not_equal(ids[1:], ids[:-1]).to_numpy()
    first = np.flatnonzero(begins)
    cuts = np.searchsorted(first, np.arange(0, len(table), BLOCK)).tolist()
    for start, stop in pairwise([*dict.fromkeys(cuts), len(first) - 1]):
        own = first[start : stop + 1]
        if len(own) > 1:
            yield Block(table.slice(own[0], own[-1] - own[0]), own - own[0])


def _items(rows: Any, records: Flats) -> Iterator[Row]:
    held = bulk.having(records, HAVE_ITEMS)
    return item_rows(rows.select(_OF_ITEMS).take(held).to_pylist())


def _items_schema() -> Any:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ITEM_COLUMNS])


def write_rows(table: Any, target: Path) -> None:
    """Write rows of the store as Parquet; the file appears when whole."""
    import pyarrow.parquet as pq

    partial = target.with_suffix(f".{os.getpid()}.partial")
    # Values seldom come again, so dictionaries only take time; ids are looked for, file by file.
    pq.write_table(
        table, partial, compression="zstd", use_dictionary=False, write_statistics=["cluster_id"]
    )
    partial.replace(target)


class _MarcParts:
    """A chunk's parts of merged.mrc and merged.xml, and of oversize.xml.

    The last holds what ISO 2709 cannot.
    """

    def __init__(self, chunk: Chunk, parts: Path) -> None:
        self._stem = parts / chunk.inputs.stem
        self._formats = chunk.formats
        self._files: dict[str, BinaryIO] = {}
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        for name in (*self._formats, "oversize"):
            file = self._stem.with_suffix(f".{name}").open("wb")
            self._files[name] = self._opened.enter_context(file)
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def write(self, merged: Flats, flats: Any) -> None:
        """Add records; ``flats`` is the same as an Arrow column."""
        if "mrc" in self._formats:
            self._write_iso2709(merged, flats)
        if "xml" in self._formats:
            self._files["xml"].writelines(map(flat_to_marcxml, flats.to_pylist()))

    def _write_iso2709(self, merged: Flats, flats: Any) -> None:
        file = self._files["mrc"]
        content, starts, are_there = to_iso2709(merged)
        written = 0
        for record in np.flatnonzero(~are_there).tolist():
            file.write(content[written : starts[record]].data)
            file.write(self._plainly(flats[record].as_py()))
            written = starts[record]
        file.write(content[written:].data)

    def _plainly(self, flat: str) -> bytes:
        try:
            return flat_to_iso2709(flat)
        except TooLong:
            self._files["oversize"].write(flat_to_marcxml(flat))
            return b""
