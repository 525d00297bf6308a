"""Matching a set by each fold's model, and judging every record by the one that had not seen it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import duckdb

from bench.evaluation import fold, forms
from bench.measures import Counts, Pair, Record, b_cubed, count, harmonic, pairs_within
from kimppa.linkage.blocking import block
from kimppa.linkage.clustering import cluster
from kimppa.linkage.intake import Source
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import learn_reused_isbns, score

Truth = dict[Record, str]
FORM = ("pairs", "right", "wrong", "missed", "precision", "95 % interval", "recall", "F1")
CUBED = ("B-cubed precision", "B-cubed recall", "B-cubed F1")


class Result(NamedTuple):
    """What one model makes of one set: the cluster of every record, and both zones' pairs."""

    clusters: dict[Record, int]
    merge: list[Pair]
    review: list[Pair]


class Judged(NamedTuple):
    """Results by the fold of the record that is judged; one result where nothing is held out."""

    results: list[Result]
    truth: Truth
    salt: str  # the set's name, which its folds depend on

    def of(self, record: Record) -> int:
        """Return which result judges a record: the one that had not seen its cluster."""
        return fold(self.salt + self.truth[record]) if len(self.results) > 1 else 0

    def clusters(self, record: Record) -> dict[Record, int]:
        """Return the clusters that a record is judged by."""
        return self.results[self.of(record)].clusters

    def own(self, number: int, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the pairs that a result is judged on: each pair belongs to its first record."""
        return [p for p in pairs if p[0] in self.truth and self.of(p[0]) == number]

    def merged(self) -> list[Pair]:
        """Return the pairs that ended in one cluster."""
        return self._each(lambda result: pairs_within(result.clusters))

    def zone(self, name: str) -> list[Pair]:
        """Return the pairs of a zone (``merge`` or ``review``)."""
        return self._each(lambda result: getattr(result, name))

    def _each(self, pairs: Any) -> list[Pair]:
        return [p for n, result in enumerate(self.results) for p in self.own(n, pairs(result))]


def run(connection: duckdb.DuckDBPyConnection, model: Model) -> Result:
    """Score and cluster as ``kimppa match`` does; needs ``candidates`` and ``reused_isbns``."""
    score(connection, model)
    cluster(connection, model)
    rows = connection.execute(
        "SELECT library, control_number, coalesce(root, r.rid)"
        " FROM records AS r LEFT JOIN clusters AS c ON c.rid = r.rid"
    ).fetchall()
    return Result(
        {(library, number): root for library, number, root in rows},
        _zone(connection, "merge"),
        _zone(connection, "review"),
    )


def _zone(connection: duckdb.DuckDBPyConnection, zone: str) -> list[Pair]:
    rows = connection.execute(
        "SELECT l.library, l.control_number, r.library, r.control_number FROM scored"
        f" JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b WHERE zone = '{zone}'"
    ).fetchall()
    return [((a, x), (b, y)) if (a, x) < (b, y) else ((b, y), (a, x)) for a, x, b, y in rows]


def results(inputs: list[Source], models: list[Model]) -> list[Result]:
    """Read and block files once, then score and cluster them by each model."""
    with forms(inputs) as connection:
        block(connection)
        learn_reused_isbns(connection)
        return [run(connection, model) for model in models]


def counted(pairs: Iterable[Pair], truth: Mapping[Record, str]) -> Counts:
    """Return how merged pairs do against the whole truth."""
    return count(pairs, truth, sum(1 for _ in pairs_within(truth)))


def figures(counts: Counts) -> tuple[Any, ...]:
    """Return the cells of ``FORM``."""
    low, high = counts.interval
    return (
        counts.right + counts.wrong,
        counts.right,
        counts.wrong,
        counts.missed,
        counts.precision,
        f"{low:.4f} to {high:.4f}",
        counts.recall,
        counts.f1,
    )


def clusters_row(name: str, judged: Judged) -> tuple[Any, ...]:
    """Return a row with pairwise and B-cubed figures of the clusters."""
    precision, recall = b_cubed(judged.truth, judged.clusters)
    pairwise = figures(counted(judged.merged(), judged.truth))
    return (name, *pairwise, precision, recall, harmonic(precision, recall))
