"""Scoring candidate pairs: evidence added up, vetoes noted, each pair put into a zone."""

import duckdb

from kimppa.linkage.comparison import COMPARISONS, levels_sql
from kimppa.linkage.model import Model, score_sql, zone_sql

LEVELS = ", ".join(f"c{number}" for number in range(len(COMPARISONS)))


def learn_reused_isbns(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the table ``reused_isbns`` from ``candidates``: ISBNs that stand on different works.

    Publishers give one ISBN to two books, and catalogues copy wrong ones; the data itself tells:
    two records share it whose titles have next to nothing in common. Returns how many were found.
    """
    # Language stands as a number, since an equality would be taken for the way to join all records.
    connection.execute(
        """
        CREATE OR REPLACE TABLE reused_isbns AS
        SELECT DISTINCT unnest(isbns) AS isbn FROM (
            SELECT list_intersect(l.isbns, r.isbns) AS isbns,
                len(list_intersect(l.words, r.words)) AS shared,
                least(len(l.words), len(r.words)) AS words,
                left(l.title, 60) AS one, left(r.title, 60) AS other,
                CASE WHEN l.languages = r.languages THEN 1 ELSE 0 END AS one_language
            FROM candidates JOIN forms AS l ON l.rid = a JOIN forms AS r ON r.rid = b
            WHERE list_has_any(l.isbns, r.isbns)
        )
        WHERE one_language = 1 AND shared < 0.34 * words
            AND levenshtein(one, other) > 0.4 * greatest(length(one), length(other))
        """
    )
    return int(connection.execute("SELECT count(*) FROM reused_isbns").fetchall()[0][0])


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make the table ``scored`` from ``candidates``: levels, vetoes, log odds and zones."""
    connection.execute(f"CREATE OR REPLACE TABLE scored AS {scored_sql(model, 'candidates')}")


def score_more(
    connection: duckdb.DuckDBPyConnection, model: Model, pairs: str, *, placed: bool = False
) -> None:
    """Add the pairs (a, b) of the table ``pairs`` to ``scored``."""
    connection.execute(f"INSERT INTO scored {scored_sql(model, pairs, placed=placed)}")


def scored_sql(model: Model, pairs: str, *, placed: bool = False) -> str:
    """Return SQL for a, b, the level numbers, vetoes, log odds and zone of a table of pairs.

    ``placed`` says that component parts were aligned under their hosts.
    """
    return (
        f"SELECT *, {zone_sql(model)} AS zone FROM (SELECT a, b, {LEVELS}, vetoes,"
        f" {score_sql(model)} AS log_odds FROM ({levels_sql(pairs, placed=placed)}))"
    )
