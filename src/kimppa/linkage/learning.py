"""A region's own model: weights learned from pairs that people have judged, if they do better.

Learning begins at the model in use, so a few hundred verdicts move only what they speak about.
Judged pairs come as a CSV (``lib1,cn1,lib2,cn2,label``; 1 the same, 0 not). What is measured is
measured on pairs that the weights had not seen: folds go by group of records, never by pair.
"""

import zlib
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from kimppa.common.errors import CannotRun
from kimppa.linkage.comparison import COMPARISONS, VETOES, levels_sql
from kimppa.linkage.intake import Source
from kimppa.linkage.model import MATERIALS, Model, Weights, log_odds, weight
from kimppa.linkage.pairwise import PAIR_COLUMNS, Pair, read_forms, read_rows
from kimppa.linkage.training import (
    Array,
    as_own,
    as_weights,
    columns,
    fit,
    fit_by_material,
    score,
)

FOLDS = 5
FEWEST = 50  # judged pairs of each kind; below this a figure would mean nothing
COLUMNS = (*PAIR_COLUMNS, "label")


class Judged(NamedTuple):
    """Pairs with their answer: level numbers (pairs x comparisons), 0/1, vetoes, both folds."""

    levels: Array
    same: Array
    vetoes: Array
    folds: Array  # pairs x 2: the fold of each record's group


class Learned(NamedTuple):
    """The weights learned, and how old and new do on unseen pairs (counts; losses in nats)."""

    weights: Weights
    own: dict[str, Weights]  # what weighs otherwise in one material
    pairs: int
    same: int
    unknown: int
    old_loss: float
    new_loss: float
    old_wrong: int  # merged against the answer
    new_wrong: int
    old_found: int  # merged rightly
    new_found: int
    old_regression: float = 0.0  # loss on the regression pairs, if there are any
    new_regression: float = 0.0

    @property
    def is_better(self) -> bool:
        """Whether new weights say unseen pairs likelier, merge no more wrongly, lose nothing."""
        return (
            self.new_loss < self.old_loss
            and self.new_wrong <= self.old_wrong
            and self.new_regression <= self.old_regression
        )


def learn(
    sources: list[Source], pairs: Path, model: Model, regression: Path | None = None
) -> Learned:
    """Fit weights to judged pairs of these files and compare them with ``model`` on unseen folds.

    ``regression`` is a CSV of pairs that are never learned from; both models are tried on it.
    Raises ``CannotRun`` when the CSV does not fit or holds too few pairs of either answer.
    """
    kept_apart = read_judged(regression) if regression else {}
    asked = {pair: label for pair, label in read_judged(pairs).items() if pair not in kept_apart}
    with read_forms(sources) as connection:
        judged, unknown = _judged(connection, asked)
        control, _ = _judged(connection, kept_apart)
    counts = (int(judged.same.sum()), int((1 - judged.same).sum()))
    if min(counts) < FEWEST:
        raise CannotRun(
            f"{pairs}: {counts[0]} pairs are the same and {counts[1]} are not; at least {FEWEST} of"
            " each are needed. Judge more pairs of pairs.csv, also some that look alike."
        )
    known = Known.of(model)
    old = score(judged.levels, model.prior, *known)
    new = unseen_scores(judged, model.prior, known)
    merge_from = log_odds(model.merge_from)
    every = np.ones(len(judged.same), bool)
    fitted = _fit(_fittable(judged, every), model.prior, known)
    tried = [score(control.levels, model.prior, *weights) for weights in (known, fitted)]
    return Learned(
        as_weights(fitted.common),
        as_own(fitted.own, fitted.common),
        len(judged.same),
        counts[0],
        unknown,
        _loss(judged, old),
        _loss(judged, new),
        *_merges(judged, old, new, merge_from, answer=0),
        *_merges(judged, old, new, merge_from, answer=1),
        *(_loss(control, scores) if kept_apart else 0.0 for scores in tried),
    )


def read_judged(path: Path) -> dict[Pair, int]:
    """Return the answer of each pair; raises ``CannotRun`` for other columns or answers."""
    found = {
        (one, number, other, its): label
        for one, number, other, its, label in read_rows(path, COLUMNS)
    }
    if strange := sorted(set(found.values()) - {"0", "1"}):
        raise CannotRun(f"{path}: label must be 1 or 0, not {strange[0]!r}.")
    return {pair: int(label) for pair, label in found.items()}


def _judged(connection: duckdb.DuckDBPyConnection, asked: dict[Pair, int]) -> tuple[Judged, int]:
    names = "(lib1 TEXT, cn1 TEXT, lib2 TEXT, cn2 TEXT, label INTEGER)"
    connection.execute(f"CREATE OR REPLACE TABLE judged {names}")
    if asked:
        rows = [(*pair, label) for pair, label in sorted(asked.items())]
        connection.executemany("INSERT INTO judged VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute(
        """
        CREATE OR REPLACE TABLE answered AS
        SELECT least(l.rid, r.rid) AS a, greatest(l.rid, r.rid) AS b, max(label) AS label
        FROM judged JOIN records AS l ON l.library = lib1 AND l.control_number = cn1
        JOIN records AS r ON r.library = lib2 AND r.control_number = cn2
        WHERE l.rid <> r.rid GROUP BY 1, 2 HAVING max(label) = min(label)
        """
    )
    numbers = ", ".join(f"c{number}" for number in range(len(COMPARISONS)))
    found = connection.execute(
        f"SELECT a, b, label, vetoes, {numbers} FROM ({levels_sql('answered')})"
        " JOIN answered USING (a, b) ORDER BY a, b"
    ).fetchall()
    table = np.array(found, dtype=np.int64).reshape(len(found), 4 + len(COMPARISONS))
    folds = np.array(_folds([row[:3] for row in found])).reshape(len(found), 2)
    return Judged(table[:, 4:], table[:, 2], table[:, 3], folds), len(asked) - len(found)


def _folds(pairs: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Return the folds of both records of each pair; records that are the same stand in one."""
    root: dict[int, int] = {}

    def find(record: int) -> int:
        while root.setdefault(record, record) != record:
            root[record] = record = root[root[record]]
        return record

    for one, other, same in pairs:
        if same:
            root[find(one)] = find(other)
    return [(_fold(find(one)), _fold(find(other))) for one, other, _ in pairs]


def _fold(group: int) -> int:
    return zlib.crc32(str(group).encode()) % FOLDS


def _fittable(judged: Judged, kept: Array) -> tuple[Array, Array, Array]:
    """Return levels, answers and counts of the kept pairs that only the library's veto decides."""
    own = next(number for number, veto in enumerate(VETOES) if veto.name == "same library")
    kept = kept & ((judged.vetoes & ~(1 << own)) == 0)
    return judged.levels[kept], judged.same[kept], np.ones(int(kept.sum()))


class Known(NamedTuple):
    """A model's weights by column: those of most materials, and of each that has its own."""

    common: Array
    own: dict[int, Array]

    @classmethod
    def of(cls, model: Model) -> "Known":
        """Return the weights of a model."""
        common, *own = (
            np.array([weight(model, COMPARISONS[c], level, number) for c, level in columns()])
            for number in range(len(MATERIALS))
        )
        return cls(common, {n: each for n, each in enumerate(own, 1) if MATERIALS[n] in model.own})


def _fit(pairs: tuple[Array, Array, Array], prior: float, known: Known) -> Known:
    common = fit(*pairs, prior=prior, toward=known.common)
    return Known(common, known.own | fit_by_material(*pairs, prior, common, known.own))


def unseen_scores(judged: Judged, prior: float, known: Known) -> Array:
    """Return the log odds of every pair by weights fitted without its fold."""
    scores = np.zeros(len(judged.same))
    for fold in range(FOLDS):
        here = judged.folds[:, 0] == fold
        if here.any():
            seen = (judged.folds != fold).all(axis=1)
            weights = _fit(_fittable(judged, seen), prior, known)
            scores[here] = score(judged.levels[here], prior, *weights)
    return scores


def _loss(judged: Judged, scores: Array) -> float:
    """Return the mean surprise at the answers that no veto gives, in nats; 0 is perfect."""
    free = judged.vetoes == 0
    sign = np.where(judged.same[free] == 1, 1.0, -1.0)
    return float(np.logaddexp(0.0, -sign * scores[free]).mean()) if free.any() else 0.0


def _merges(
    judged: Judged, old: Array, new: Array, merge_from: float, *, answer: int
) -> tuple[int, int]:
    """Return how many pairs of this answer the old and the new weights merge."""
    here = (judged.same == answer) & (judged.vetoes == 0)
    return int((old[here] >= merge_from).sum()), int((new[here] >= merge_from).sum())
