"""What the report reads from the result folder: a few records of the store, and the quarantine."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from kimppa.linkage.standing.parts import current
from kimppa.marc.record import Record

SHOWN = 100  # stretches of the quarantine that are shown
BEGINNING = 64  # bytes shown of each
SAMPLES = ("sample_merge", "sample_review", "audit_sample")  # in a run's outcome
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


class Shelf(NamedTuple):
    """The records that the samples speak about."""

    inputs: dict[Key, Stored]
    merged: dict[str, Merged]


def shelf(folder: Path, outcome: dict[str, Any]) -> Shelf:
    """Return the records of all samples of pairs, read from the store in one go."""
    pairs = [pair for name in SAMPLES for pair in outcome.get(name, ())]
    names = ("cluster_1", "cluster_2", "cluster_id")
    clusters = {pair[name] for pair in pairs for name in names if name in pair}
    keys = {key for pair in pairs for key in keys_of(pair)}
    inputs = _rows(folder, "inputs", "library, control_number, flat, material, isbns", clusters)
    merged = _rows(folder, "merged", "cluster_id, base, size", clusters)
    return Shelf(
        {
            (library, number): Stored(Record.from_flat(flat), material or "other", isbns or [])
            for library, number, flat, material, isbns in inputs
            if (library, number) in keys
        },
        {cluster: Merged(base, size) for cluster, base, size in merged},
    )


def keys_of(pair: dict[str, Any]) -> tuple[Key, Key]:
    """Return library and control number of both records of a sampled pair."""
    return (
        (pair["library_1"], pair["control_number_1"]),
        (pair["library_2"], pair["control_number_2"]),
    )


def _rows(folder: Path, table: str, columns: str, clusters: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return rows of some clusters."""
    import pyarrow as pa

    with duckdb.connect() as connection:
        wanted = pa.array(sorted(clusters), pa.string())
        connection.register("wanted", pa.table({"cluster_id": wanted}))
        return connection.execute(
            f"SELECT {columns} FROM {current(folder / 'store', table)}"
            " SEMI JOIN wanted USING (cluster_id)"
        ).fetchall()


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
