"""Merging one chunk of clusters: records that nothing joins many at once, the others one by one."""

import os
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kimppa.linkage.clusters import Row, author, item_rows, merge_cluster, merged_row, title
from kimppa.marc import bulk
from kimppa.marc.items import HAVE_ITEMS
from kimppa.marc.merging.many import merge_many
from kimppa.marc.writing import TooLong, flat_to_iso2709, flat_to_marcxml

BLOCK = 1_000  # records cut at once, about 1 MB: more would not stay in the processor's cache
ITEM_COLUMNS = (
    "library", "control_number", "cluster_id", "barcode", "branch", "shelving_location",
    "call_number", "item_type", "status", "source", "raw",
)  # fmt: skip
_READ = (
    "cluster_id", "library", "control_number", "kind", "flat", "year", "material", "languages",
    "isbns", "hosts",
)  # fmt: skip
Places = NDArray[np.int64]


class Chunk(NamedTuple):
    """One chunk of clusters: its input rows and where its parts go."""

    inputs: Path
    folder: Path
    formats: tuple[str, ...]

    def done(self, parts: Path) -> Path:
        """Return the file that tells that the chunk is done."""
        return parts / f"{self.inputs.stem}.done"


class Made(NamedTuple):
    """What some clusters came to: the first three go together, one for each cluster."""

    places: Places  # the number of the first input row
    rows: Any  # Arrow table, as store/merged has it
    marc: list[bytes | None]  # ISO 2709 where it was made on the way
    items: list[tuple[int, Row]]  # with the number of the input row


def merge_chunk(chunk: Chunk, parts: Path) -> int:
    """Merge one chunk; return how many input records it had."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(chunk.inputs, columns=list(_READ)).combine_chunks()
    made = [_at_once(table, block) for block in _blocks(_single(table))]
    done = [block.places for block in made]
    left = np.setdiff1d(np.arange(len(table)), np.concatenate([*done, np.array([], np.int64)]))
    made.append(_one_by_one(table, left))
    order = np.argsort(np.concatenate([block.places for block in made]))
    rows = pa.concat_tables([block.rows for block in made]).take(order)
    marc = [record for block in made for record in block.marc]
    items = sorted((found for block in made for found in block.items), key=lambda found: found[0])
    _write_marc(chunk, parts, rows["flat"], [marc[at] for at in order])
    _write(rows, chunk.folder / "merged", chunk)
    copies = pa.Table.from_pylist([item for _, item in items], _items_schema())
    _write(copies, chunk.folder / "items", chunk)
    chunk.done(parts).touch()
    return len(table)


def _single(table: Any) -> Places:
    """Return the rows of records that nothing joins and whose hosts need no new number."""
    import pyarrow.compute as pc

    if not len(table):
        return np.array([], np.int64)
    ids = table["cluster_id"]
    parted = np.ones(len(table) + 1, np.bool_)
    parted[1:-1] = pc.not_equal(ids[1:], ids[:-1]).to_numpy()
    return np.flatnonzero(parted[1:] & parted[:-1] & table["hosts"].is_null().to_numpy())


def _blocks(places: Places) -> list[Places]:
    return [places[at : at + BLOCK] for at in range(0, len(places), BLOCK)]


def _at_once(table: Any, places: Places) -> Made:
    """Merge records that nothing joins; those that need care are left out."""
    taken = table.take(places)
    clusters, libraries, numbers = (
        taken[name].to_pylist() for name in ("cluster_id", "library", "control_number")
    )
    before = bulk.from_arrow(taken["flat"])
    merged = merge_many(before, clusters, libraries, numbers)
    kept = np.array([at for at, record in enumerate(merged) if record is not None], np.int64)
    after = bulk.joined([record for record in merged if record is not None])
    keys = [f"{libraries[at]}:{numbers[at]}" for at in kept]
    told = taken.drop_columns("flat")  # most of what there is, and not asked for any more
    with_items = np.intersect1d(bulk.having(before, HAVE_ITEMS), kept)
    copies = taken.select(["library", "control_number", "cluster_id", "flat"]).take(with_items)
    return Made(
        places[kept],
        _single_rows(told if len(kept) == len(taken) else told.take(kept), keys, after),
        bulk.to_iso2709(after),
        [
            (places[at], item)
            for at, row in zip(with_items, copies.to_pylist(), strict=True)
            for item in item_rows([row])
        ],
    )


def _single_rows(taken: Any, keys: list[str], merged: bulk.Flats) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    of_field = np.repeat(np.arange(len(keys)), np.diff(merged.first))
    provenance = pa.array(keys, pa.string()).take(of_field)
    languages = taken["languages"].to_pylist()
    year = taken["year"].cast(pa.int32())
    columns = {
        "cluster_id": taken["cluster_id"],
        "size": np.ones(len(keys), np.int32),
        "base": keys,
        "flat": bulk.to_arrow(merged),
        "provenance": pa.ListArray.from_arrays(merged.first.astype(np.int32), provenance),
        "title": [title(field) for field in bulk.firsts(merged, ("245",))],
        "author": [author(field) for field in bulk.firsts(merged, ("100", "110", "111"))],
        "language": [known[0] if known else "" for known in languages],
        "material": taken["material"],
        "year": pc.if_else(pc.equal(year, 0), None, year),
        "isbns": [sorted({*isbns}) for isbns in taken["isbns"].to_pylist()],
    }
    return pa.table(columns, schema=_merged_schema())


def _one_by_one(table: Any, places: Places) -> Made:
    """Merge clusters of two and more, and the records that need care."""
    import pyarrow as pa

    rows = table.take(places).to_pylist()
    found: list[int] = []
    merged: list[Row] = []
    items: list[tuple[int, Row]] = []
    placed = zip(places.tolist(), rows, strict=True)
    for cluster_id, group in groupby(placed, key=lambda pair: pair[1]["cluster_id"]):
        numbers, inputs = zip(*group, strict=True)
        found.append(numbers[0])
        merged.append(merged_row(cluster_id, list(inputs), merge_cluster(cluster_id, list(inputs))))
        items += [(numbers[0], item) for item in item_rows(list(inputs))]
    made = pa.Table.from_pylist(merged, _merged_schema())
    marc = [
        record
        for at in range(0, len(merged), BLOCK)
        for record in _written([row["flat"] for row in merged[at : at + BLOCK]])
    ]
    return Made(np.array(found, np.int64), made, marc, items)


def _written(flats: list[str]) -> list[bytes | None]:
    return bulk.to_iso2709(bulk.joined([flat.encode() for flat in flats]))


def _merged_schema() -> Any:
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    return pa.schema(
        {
            "cluster_id": text,
            "size": pa.int32(),
            "base": text,
            "flat": text,
            "provenance": texts,
            "title": text,
            "author": text,
            "language": text,
            "material": text,
            "year": pa.int32(),
            "isbns": texts,
        }
    )


def _items_schema() -> Any:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ITEM_COLUMNS])


def _write(table: Any, folder: Path, chunk: Chunk) -> None:
    import pyarrow.parquet as pq

    target = folder / chunk.inputs.name
    partial = target.with_suffix(f".{os.getpid()}.partial")
    # Values seldom come again, so dictionaries only take time; ids are looked for, file by file.
    pq.write_table(
        table, partial, compression="zstd", use_dictionary=False, write_statistics=["cluster_id"]
    )
    partial.replace(target)


def _write_marc(chunk: Chunk, parts: Path, flats: Any, made: list[bytes | None]) -> None:
    """Write this chunk's parts of merged.mrc and merged.xml.

    What ISO 2709 cannot hold goes to its part of oversize.xml.
    """
    stem = parts / chunk.inputs.stem
    too_long: list[bytes] = []
    if "mrc" in chunk.formats:
        with stem.with_suffix(".mrc").open("wb") as file:
            for at, record in enumerate(made):
                file.write(record or _iso2709(flats[at].as_py(), too_long))
    if "xml" in chunk.formats:
        with stem.with_suffix(".xml").open("wb") as file:
            file.writelines(flat_to_marcxml(flat) for flat in flats.to_pylist())
    stem.with_suffix(".oversize").write_bytes(b"".join(too_long))


def _iso2709(flat: str, too_long: list[bytes]) -> bytes:
    try:
        return flat_to_iso2709(flat)
    except TooLong:
        too_long.append(flat_to_marcxml(flat))
        return b""
