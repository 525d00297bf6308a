"""Shared by the quality benchmark and the training: labelled sets, their pairs and their folds."""

import csv
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import numpy as np

from kimppa.linkage.blocking import block
from kimppa.linkage.comparison import COMPARISONS, levels_sql
from kimppa.linkage.intake import Source, take_in
from kimppa.linkage.numbering import number
from kimppa.linkage.scoring import learn_reused_isbns

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDS = 5


class LabelledPairs(NamedTuple):
    """Pairs of one set: level numbers, truth, vetoes, and the folds of both clusters."""

    levels: Any  # pairs x comparisons
    same: Any
    vetoes: Any
    fold_a: Any
    fold_b: Any
    is_found: Any  # by blocking; the others are labelled pairs (truth/pairs.csv) of the set

    def found(self) -> "LabelledPairs":
        """Return the pairs that blocking found: those that a run compares."""
        return LabelledPairs(*(column[self.is_found] for column in self))


def sources(folder: str) -> list[Source]:
    """Return the library files of a data set; a library's name is the file's after ``lib_``."""
    paths = sorted((DATA / folder).glob("lib_*"))
    return [Source(path.stem.removeprefix("lib_"), path) for path in paths]


def truth(folder: str) -> dict[tuple[str, str], str]:
    """Return the true cluster of each (library, control number)."""
    with (DATA / folder / "truth" / "truth.csv").open(encoding="utf-8") as file:
        return {(r["library"], r["control_number"]): r["cluster_id"] for r in csv.DictReader(file)}


@contextmanager
def forms(inputs: list[Source]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read files into a database with the tables ``records`` and ``forms``."""
    with TemporaryDirectory() as folder:
        take_in(inputs, Path(folder), 2, lambda _bytes, _records: None)
        connection = duckdb.connect()
        try:
            number(connection, Path(folder))
            yield connection
        finally:
            connection.close()


def labelled_pairs(folder: str) -> LabelledPairs:
    """Return a set's blocked and its labelled pairs; folds go by cluster, never by pair."""
    known = truth(folder)
    with forms(sources(folder)) as connection:
        block(connection)
        learn_reused_isbns(connection)
        connection.execute("CREATE TABLE pairs AS SELECT a, b, TRUE AS found FROM candidates")
        given = DATA / folder / "truth" / "pairs.csv"
        if given.exists():
            connection.execute(
                "INSERT INTO pairs SELECT DISTINCT least(l.rid, r.rid) AS a,"
                " greatest(l.rid, r.rid) AS b, FALSE"
                f" FROM read_csv('{given}', all_varchar = true)"
                " JOIN records AS l ON l.library = lib1 AND l.control_number = cn1"
                " JOIN records AS r ON r.library = lib2 AND r.control_number = cn2"
                " WHERE (a, b) NOT IN (SELECT (a, b) FROM candidates)"
            )
        names = ", ".join(f"c{number}" for number in range(len(COMPARISONS)))
        rows = connection.execute(
            "SELECT l.library, l.control_number, r.library, r.control_number, vetoes, found,"
            f" {names} FROM ({levels_sql('pairs')}) AS p JOIN pairs USING (a, b)"
            " JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b ORDER BY a, b"
        ).fetchall()
    ones = [known[row[0], row[1]] for row in rows]
    others = [known[row[2], row[3]] for row in rows]
    return LabelledPairs(
        np.array([row[6:] for row in rows]),
        np.array([a == b for a, b in zip(ones, others, strict=True)], float),
        np.array([row[4] for row in rows]),
        np.array([fold(folder + c) for c in ones]),
        np.array([fold(folder + c) for c in others]),
        np.array([row[5] for row in rows]),
    )


def fold(cluster: str) -> int:
    """Return the fold (0 to 4) of a cluster."""
    return zlib.crc32(cluster.encode()) % FOLDS


def melinda_pairs() -> list[dict[str, Any]]:
    """Return the Finnish pairs with their expected decisions."""
    text = (DATA / "fi_melinda_pairs" / "pairs.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found
