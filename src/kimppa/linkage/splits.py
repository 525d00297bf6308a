"""Clusters that were kept apart although a pair would have joined them: where, and against what."""

import csv
from pathlib import Path

import duckdb

from kimppa.linkage.clustering import AGAINST
from kimppa.linkage.model import probability, veto_words

HEADINGS = (
    "cluster_1", "cluster_2", "joins_refused", "library_1", "control_number_1", "library_2",
    "control_number_2", "probability", "against_library_1", "against_control_number_1",
    "against_library_2", "against_control_number_2", "against_probability", "against_vetoes",
)  # fmt: skip

# Pairs between two clusters are put the same way round, so that they can be grouped.
SPLITS = f"""
WITH refused AS (
    SELECT a, b, log_odds,
        least(one.cluster_id, other.cluster_id) AS first,
        greatest(one.cluster_id, other.cluster_id) AS second
    FROM scored JOIN members AS one ON one.rid = a JOIN members AS other ON other.rid = b
    WHERE zone = 'merge' AND one.cluster_id <> other.cluster_id
), weakest AS (
    SELECT first, second, count(*) AS refused, arg_min(a, (log_odds, a, b)) AS a,
        arg_min(b, (log_odds, a, b)) AS b, min(log_odds) AS log_odds
    FROM refused GROUP BY first, second
), between AS (
    SELECT least(one.cluster_id, other.cluster_id) AS first,
        greatest(one.cluster_id, other.cluster_id) AS second, a, b, log_odds, vetoes
    FROM scored JOIN members AS one ON one.rid = a JOIN members AS other ON other.rid = b
    WHERE (vetoes > 0 OR log_odds < {AGAINST}) AND one.cluster_id <> other.cluster_id
), against AS (
    SELECT first, second, arg_min(a, (vetoes = 0, log_odds, a, b)) AS a,
        arg_min(b, (vetoes = 0, log_odds, a, b)) AS b,
        arg_min(log_odds, (vetoes = 0, log_odds, a, b)) AS log_odds,
        arg_min(vetoes, (vetoes = 0, log_odds, a, b)) AS vetoes
    FROM between SEMI JOIN weakest USING (first, second) GROUP BY first, second
)
SELECT weakest.first, weakest.second, refused, l.library, l.control_number, r.library,
    r.control_number, weakest.log_odds, x.library, x.control_number, y.library, y.control_number,
    against.log_odds, against.vetoes
FROM weakest JOIN records AS l ON l.rid = weakest.a JOIN records AS r ON r.rid = weakest.b
LEFT JOIN against USING (first, second)
LEFT JOIN records AS x ON x.rid = against.a LEFT JOIN records AS y ON y.rid = against.b
ORDER BY ALL
"""


def write_splits(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write ``splits.csv`` and return its rows: two clusters, the weakest link cut, and why.

    Why is the strongest pair between the two that speaks against it: a vetoed one before one
    that is merely unlike. It is empty where the two could not be seated together for other
    reasons, such as two standing clusters that new records would have bridged.
    """
    found = connection.execute(SPLITS).fetchall()
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for row in found:
            *names, odds = row[:8]
            *against, against_odds, vetoes = row[8:]
            chance = "" if against_odds is None else f"{probability(against_odds):.4f}"
            words = "; ".join(veto_words(vetoes or 0))
            writer.writerow((*names, f"{probability(odds):.4f}", *against, chance, words))
    partial.replace(path)
    return len(found)
