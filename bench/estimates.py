"""How far the estimates of a report can be trusted, where the truth is known.

Calibration: of the pairs given a probability, how many are one edition? Recall: what a report
claims, beside what is so.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb
import numpy as np

from bench.evaluation import DATA, LabelledPairs, forms, labelled_pairs, sources, truth
from bench.measures import pairs_within, share
from bench.page import Part, Table, Target
from bench.train import SETS, unseen_models, unseen_scores
from kimppa.linkage.blocking import block
from kimppa.linkage.clustering import cluster
from kimppa.linkage.estimate import estimates as estimated
from kimppa.linkage.joining import name_clusters
from kimppa.linkage.model import Model, veto_sql
from kimppa.linkage.scoring import learn_reused_isbns, score

STEPS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.995, 1.0)


class Claimed(NamedTuple):
    """What a report claims of a set, and what is so."""

    claimed: dict[str, Any]
    precision: float
    recall: float
    compared: float  # part of the true pairs that were compared
    vetoed: int  # true pairs with a veto


def estimates() -> Part:
    """Measure both on every set with a truth of its own."""
    if not DATA.is_dir():
        print("../shared/data is not there: estimates are not measured.", flush=True)
        return Part("estimates", [], [])
    sets = {name: labelled_pairs(name) for name in SETS}
    unseen = unseen_scores(sets)
    tables = [_calibration(name, pairs.found(), unseen[name]) for name, pairs in sets.items()]
    models = unseen_models()
    claims = {name: list(_claims(name, models)) for name in SETS}
    targets = [_target(claims["ht_dev"])]
    return Part("estimates", [*tables, _beside_truth(claims)], targets)


def _calibration(name: str, pairs: LabelledPairs, odds: Any) -> Table:
    """Return what came true of each step of probability; vetoed pairs are not merged by it."""
    chance = 1 / (1 + np.exp(-odds))
    free = pairs.vetoes == 0
    rows = []
    for low, high in pairwise(STEPS):
        here = free & (chance >= low) & ((chance < high) | (high == 1))
        if here.any():
            step, so = f"{low:g} to {high:g}", float(pairs.same[here].mean())
            rows.append((step, int(here.sum()), float(chance[here].mean()), so))
    headings = ("probability", "pairs", "expected to be one edition", "are one edition")
    note = f"Pairs without a veto. Of {int((~free).sum()):,} with one, {_vetoed(pairs):,} are."
    return Table(f"{name}: probabilities on unseen folds, and what is so", headings, rows, note)


def _vetoed(pairs: LabelledPairs) -> int:
    return int(pairs.same[pairs.vetoes != 0].sum())


def _claims(name: str, models: list[Model]) -> Iterator[Claimed]:
    """Iterate over what is claimed by each fold's model, which has seen four fifths of the set."""
    known = truth(name)
    true_pairs = sum(1 for _ in pairs_within(known))
    with forms(sources(name)) as connection:
        block(connection)
        learn_reused_isbns(connection)
        for model in models:
            score(connection, model)
            cluster(connection, model)
            name_clusters(connection)
            yield _claim(connection, model, known, true_pairs)


def _target(claims: list[Claimed]) -> Target:
    """Return whether recall lies inside its interval, and precision is not oversold."""
    spans = [(claim.claimed["recall"], claim.recall) for claim in claims]
    inside = sum(span["low"] <= recall <= span["high"] for span, recall in spans)
    oversold = max(claim.claimed["precision"]["estimate"] - claim.precision for claim in claims)
    name = "ht_dev: recall inside its interval, precision claimed at most .005 too high"
    found = f"inside for {inside} of {len(claims)} models; at most {oversold:+.4f}"
    return Target(name, inside == len(claims) and oversold <= 0.005, found)


def _claim(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    known: dict[tuple[str, str], str],
    true_pairs: int,
) -> Claimed:
    found = estimated(connection, veto_sql(model))["estimates"]
    rows = connection.execute(
        "SELECT l.library, l.control_number, r.library, r.control_number, vetoes > 0,"
        " p IS NOT NULL FROM scored JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b"
        " LEFT JOIN merged_pairs USING (a, b)"
    ).fetchall()
    same = [known[a, x] == known[b, y] for a, x, b, y, _, _ in rows]
    merged = [row[5] for row in rows]
    right = sum(one and joined for one, joined in zip(same, merged, strict=True))
    vetoed = sum(one and row[4] for one, row in zip(same, rows, strict=True))
    return Claimed(
        found,
        share(right, sum(merged)),
        share(right, true_pairs),
        share(sum(same), true_pairs),
        vetoed,
    )


def _cells(claim: Claimed) -> tuple[Any, ...]:
    precision, recall = claim.claimed["precision"], claim.claimed["recall"]
    return (
        precision["merged_pairs"],
        *_interval(precision),
        claim.precision,
        *_interval(recall),
        claim.recall,
        *_interval(recall["blocking"]),
        claim.compared,
    )


def _interval(found: dict[str, Any] | None) -> tuple[Any, str]:
    if not found or found["estimate"] is None:
        return "too few", ""
    return float(found["estimate"]), f"{found['low']:.4f} to {found['high']:.4f}"


def _beside_truth(claims: dict[str, list[Claimed]]) -> Table:
    rows = [
        (f"{name}, model {number}", *_cells(claim))
        for name, own in claims.items()
        for number, claim in enumerate(own, 1)
    ]
    headings = (
        "set", "merged pairs", "precision, estimated", "interval", "is", "recall, estimated",
        "interval", "is", "compared, estimated", "interval", "is (of all true pairs)",
    )  # fmt: skip
    note = (
        "What `estimates` in `report.json` says without knowing the truth, beside the truth. Each"
        " model was trained without one fifth of the editions and makes clusters of the whole set."
    )
    return Table("Estimates beside the truth", headings, rows, note)
