"""What the report reads from the result folder: a few records of the store, and the quarantine."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from kimppa.linkage.standing.parts import moved
from kimppa.marc.record import Record

SHOWN = 100  # stretches of the quarantine that are shown
BEGINNING = 64  # bytes shown of each
Key = tuple[str, str]  # library and control number


class Stored(NamedTuple):
    """An input record, and what the intake made of it."""

    record: Record
    material: str
    isbns: list[str]


class Merged(NamedTuple):
    """What the report says about a merged record."""

    base: str
    size: int


class Aside(NamedTuple):
    """One stretch that could not be read."""

    library: str
    file: str
    offset: int
    length: int
    reason: str
    beginning: bytes


class Quarantine(NamedTuple):
    """The first stretches, and how many each library has."""

    first: list[Aside]
    by_library: dict[str, int]


def input_records(folder: Path, clusters: Iterable[str], keys: set[Key]) -> dict[Key, Stored]:
    """Return the records of ``keys`` (library, control number), which stand in ``clusters``."""
    columns = ["library", "control_number", "flat", "material", "isbns"]
    rows = _rows(folder / "store" / "inputs", columns, clusters)
    return {
        (row["library"], row["control_number"]): Stored(
            Record.from_flat(row["flat"]), row["material"] or "other", row["isbns"] or []
        )
        for row in rows
        if (row["library"], row["control_number"]) in keys
    }


def merged_records(folder: Path, clusters: Iterable[str]) -> dict[str, Merged]:
    """Return base and size of the merged records with these ids."""
    rows = _rows(folder / "store" / "merged", ["cluster_id", "base", "size"], clusters)
    return {row["cluster_id"]: Merged(row["base"], row["size"]) for row in rows}


def _rows(folder: Path, columns: list[str], clusters: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of some clusters; files whose ids are all others are not read."""
    import pyarrow.parquet as pq

    wanted = sorted(set(clusters))
    stands_in = moved(folder.parent)
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")):
        lowest, highest = _range(path)
        inside = [
            cluster
            for cluster in wanted
            if lowest <= cluster <= highest and stands_in.get(cluster, path.stem) == path.stem
        ]
        if inside:
            chosen = pq.read_table(path, columns=columns, filters=[("cluster_id", "in", inside)])
            rows.extend(chosen.to_pylist())
    return rows


def _range(path: Path) -> tuple[str, str]:
    """Return the first and last cluster id of a file; without statistics anything may be in it."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    column = metadata.schema.names.index("cluster_id")
    groups = [metadata.row_group(n).column(column) for n in range(metadata.num_row_groups)]
    known = [group.statistics for group in groups if group.is_stats_set]
    if not groups or len(known) < len(groups):
        return "", "\U0010ffff"
    return min(k.min for k in known), max(k.max for k in known)


def quarantine(folder: Path) -> Quarantine:
    """Return the quarantine's first stretches with how they begin, and counts by library."""
    first: list[Aside] = []
    counts: Counter[str] = Counter()
    with (
        (folder / "quarantine.csv").open(encoding="utf-8", newline="") as table,
        (folder / "quarantine.bin").open("rb") as content,
    ):
        for row in csv.DictReader(table):
            counts[row["library"]] += 1
            if len(first) < SHOWN:
                content.seek(int(row["bin_offset"]))
                beginning = content.read(min(BEGINNING, int(row["length"])))
                offset, length = int(row["offset"]), int(row["length"])
                first.append(
                    Aside(row["library"], row["file"], offset, length, row["reason"], beginning)
                )
    return Quarantine(first, dict(counts))
