"""Quality on the sets that the weights are trained on, by models that had not seen the fold."""

import csv
from typing import Any

import duckdb
import numpy as np

from bench.evaluation import DATA, fold, forms
from bench.evaluation import sources as files_of
from bench.evaluation import truth as truth_of
from bench.judging import (
    CUBED,
    FORM,
    Judged,
    Truth,
    clusters_row,
    counted,
    figures,
    results,
)
from bench.measures import Counts, Record, count, pairs_within, share, thresholds
from bench.page import Part, Table, Target
from kimppa.linkage.blocking import block
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import learn_reused_isbns, scored_sql

NEVER = -99.0  # log odds of a pair that is never merged
MATERIALS = {
    "BK": "books", "CR": "serials", "MP": "maps", "MU": "music and sound", "VM": "film, pictures",
    "CF": "files",
}  # fmt: skip


def ht_dev(models: list[Model], shipped: Model) -> Part:
    """Measure clusters of English books, and the labelled pairs among them."""
    truth = truth_of("ht_dev")
    made = results(files_of("ht_dev"), [*models, shipped])
    unseen = Judged(made[:-1], truth, "ht_dev")
    seen = Judged(made[-1:], truth, "ht_dev")
    rows = [clusters_row("unseen, 5 folds", unseen), clusters_row("shipped model (seen)", seen)]
    counts = counted(unseen.merged(), truth)
    reached = counts.precision >= 0.99 and counts.recall >= 0.90
    found = f"precision {counts.precision:.4f}, recall {counts.recall:.4f}"
    title = f"ht_dev: clusters ({len(truth):,} records, {len(set(truth.values())):,} editions)"
    labelled = _labelled(models, shipped, truth)
    _, best, reach, _ = labelled.rows[0]
    return Part(
        "ht_dev",
        [Table(title, ("model", *FORM, *CUBED), rows), labelled],
        [
            Target("ht_dev unseen pairs: best F1 at least .990", best >= 0.990, f"{best:.4f}"),
            Target(
                "ht_dev unseen pairs: recall at precision .998 at least .93",
                reach >= 0.93,
                f"{reach:.4f}",
            ),
            Target("ht_dev unseen: precision at least .99 at recall at least .90", reached, found),
            Target(
                "ht_dev unseen, clusters: precision at least .995 at recall at least .95",
                counts.precision >= 0.995 and counts.recall >= 0.95,
                found,
            ),
        ],
    )


def _labelled(models: list[Model], shipped: Model, truth: Truth) -> Table:
    """Score the given pairs of ht_dev by each model; once more with vetoed pairs never merged."""
    path = DATA / "ht_dev" / "truth" / "pairs.csv"
    with forms(files_of("ht_dev")) as connection:
        block(connection)
        learn_reused_isbns(connection)
        connection.execute(
            "CREATE TABLE asked AS SELECT p.label, l.library || chr(10) || l.control_number AS"
            " first, least(l.rid, r.rid) AS a, greatest(l.rid, r.rid) AS b FROM"
            f" read_csv('{path}', all_varchar = true) AS p"
            " JOIN records AS l ON l.library = lib1 AND l.control_number = cn1"
            " JOIN records AS r ON r.library = lib2 AND r.control_number = cn2"
        )
        scores = [_scores_of_asked(connection, model) for model in [*models, shipped]]
        asked = connection.execute("SELECT label, first FROM asked ORDER BY a, b").fetchall()
    labels = np.array([label == "1" for label, _ in asked], float)
    folds = [fold("ht_dev" + truth[_record(first)]) for _, first in asked]
    unseen = np.array([scores[own][n] for n, own in enumerate(folds)])  # score, whether vetoed
    rows = [
        (f"{name}{words}", *thresholds(np.where(found[:, 1] * never, NEVER, found[:, 0]), labels))
        for never, words in ((0, ""), (1, ", a vetoed pair never merged"))
        for name, found in (("unseen, 5 folds", unseen), ("shipped model (seen)", scores[-1]))
    ]
    headings = ("model", "best F1", "recall at precision .998", "precision at recall .93")
    return Table(
        f"ht_dev: {len(labels):,} labelled pairs, whether or not blocking finds them",
        headings,
        rows,
        "By the probability that Kimppa states, in which a veto weighs, too.",
    )


def _record(name: str) -> Record:
    library, _, number = name.partition("\n")
    return library, number


def _scores_of_asked(connection: duckdb.DuckDBPyConnection, model: Model) -> Any:
    rows = connection.execute(
        "SELECT log_odds, vetoes > 0 FROM asked JOIN"
        f" ({scored_sql(model, '(SELECT DISTINCT a, b FROM asked)')}) USING (a, b) ORDER BY a, b"
    ).fetchall()
    return np.array(rows, float)


def swissbib_dev(models: list[Model], shipped: Model) -> Part:
    """Measure clusters and zones of hard cases, by material."""
    truth = truth_of("swissbib_dev")
    made = results(files_of("swissbib_dev"), [*models, shipped])
    unseen = Judged(made[:-1], truth, "swissbib_dev")
    seen = Judged(made[-1:], truth, "swissbib_dev")
    clusters = [clusters_row("unseen, 5 folds", unseen), clusters_row("shipped (seen)", seen)]
    zones = [("all, shipped (seen)", *zone_figures(seen, truth))]
    zones += [("all, unseen", *zone_figures(unseen, truth))]
    zones += _by_material(unseen, truth)
    return Part(
        "swissbib_dev",
        [
            Table("swissbib_dev: clusters", ("model", *FORM, *CUBED), clusters),
            Table(
                "swissbib_dev: zones",
                ("what", *FORM, "pairs in review", "of them one edition", "recall with review"),
                zones,
                "The figures up to F1 are zone `merge`. A pair counts for its first record's"
                " material.",
            ),
        ],
        _swissbib_targets(unseen, truth),
    )


def _swissbib_targets(unseen: Judged, truth: Truth) -> list[Target]:
    """Return what is asked of hard cases; without any merge, precision says nothing."""
    merge = counted(unseen.zone("merge"), truth)
    both = float(zone_figures(unseen, truth)[-1])
    merged = merge.right + merge.wrong
    found = f"precision {merge.precision:.4f} of {merged} merges" if merged else "no pair merged"
    return [
        Target("swissbib_dev unseen: zone merge, precision at least .95", _precise(merge), found),
        Target(
            "swissbib_dev unseen: merge and review, recall at least .90",
            both >= 0.90,
            f"recall {both:.4f}",
        ),
    ]


def _precise(counts: Counts) -> bool:
    return counts.right > 0 and counts.precision >= 0.95


def zone_figures(judged: Judged, truth: Truth) -> tuple[Any, ...]:
    """Return the cells of zone merge, and what review adds."""
    total = sum(1 for _ in pairs_within(truth))
    merge = count(judged.zone("merge"), truth, total)
    review = count(judged.zone("review"), truth, total)
    return (
        *figures(merge),
        review.right + review.wrong,
        review.right,
        share(merge.right + review.right, total),
    )


def _by_material(judged: Judged, truth: Truth) -> list[tuple[Any, ...]]:
    """Return zone figures by the first two letters of the original format code."""
    with (DATA / "swissbib_dev" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        codes = {(r["library"], r["control_number"]): r["format"][:2] for r in csv.DictReader(file)}
    rows = []
    for code in sorted(set(codes.values())):
        zones = [
            count([p for p in judged.zone(zone) if codes[p[0]] == code], truth, 0)
            for zone in ("merge", "review")
        ]
        total = sum(codes[a] == code for a, _ in pairs_within(truth))
        merge, review = (Counts(z.right, z.wrong, total - z.right) for z in zones)
        both = share(merge.right + review.right, total)
        name = f"{code} ({MATERIALS.get(code, 'other')}), unseen"
        rows.append((name, *figures(merge), review.right + review.wrong, review.right, both))
    return rows
