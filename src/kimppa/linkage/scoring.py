"""Scoring candidate pairs: evidence added up, vetoes noted, each pair put into a zone.

DuckDB works on the pairs part by part, so that the forms it holds at once do not grow with the
catalogue: a part's records stand in two stretches of ``STRETCH``.
"""

from collections.abc import Iterator

import duckdb

from kimppa.linkage.comparison import COMPARISONS, levels_sql
from kimppa.linkage.model import Model, score_sql, zone_sql

LEVELS = ", ".join(f"c{number}" for number in range(len(COMPARISONS)))


STRETCH = 250_000  # records by number, whose forms take about 200 MB
BATCH = 8_192  # pairs; DuckDB gives each batch to the next free thread


def learn_reused_isbns(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the table ``reused_isbns`` from ``candidates``: ISBNs that stand on different works.

    Publishers give one ISBN to two books, and catalogues copy wrong ones; the data itself tells:
    two records share it whose titles have next to nothing in common. Returns how many were found.
    """
    connection.execute("CREATE OR REPLACE TABLE reused_isbns (isbn VARCHAR)")
    for pairs in _parts(connection):
        connection.execute(f"INSERT INTO reused_isbns {_reused_isbns(pairs)}")
    connection.execute(
        "CREATE OR REPLACE TABLE reused_isbns AS SELECT DISTINCT isbn FROM reused_isbns"
    )
    return int(connection.execute("SELECT count(*) FROM reused_isbns").fetchall()[0][0])


def _reused_isbns(pairs: str) -> str:
    # Language stands as a number, since an equality would be taken for the way to join all records.
    return f"""
        SELECT DISTINCT unnest(isbns) AS isbn FROM (
            SELECT list_intersect(l.isbns, r.isbns) AS isbns,
                len(list_intersect(l.words, r.words)) AS shared,
                least(len(l.words), len(r.words)) AS words,
                left(l.title, 60) AS one, left(r.title, 60) AS other,
                CASE WHEN l.languages = r.languages THEN 1 ELSE 0 END AS one_language
            FROM {pairs} JOIN forms AS l ON l.rid = a JOIN forms AS r ON r.rid = b
            WHERE list_has_any(l.isbns, r.isbns)
        )
        WHERE one_language = 1 AND shared < 0.34 * words
            AND levenshtein(one, other) > 0.4 * greatest(length(one), length(other))
        """


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make the table ``scored`` from ``candidates``: levels, vetoes, log odds and zones."""
    parts = _parts(connection)
    first = next(parts, "candidates")
    connection.execute(f"CREATE OR REPLACE TABLE scored AS {scored_sql(model, first)}")
    for pairs in parts:
        score_more(connection, model, pairs)


def _parts(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Iterate over tables that hold ``candidates`` between them; Spark has its own parts."""
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        yield "candidates"
        return
    stretches = connection.execute(
        f"SELECT DISTINCT a // {STRETCH}, b // {STRETCH} FROM candidates ORDER BY ALL"
    ).fetchall()
    for one, other in stretches or [(0, 0)]:
        pairs = connection.sql(
            f"SELECT a, b FROM candidates WHERE a // {STRETCH} = {one} AND b // {STRETCH} = {other}"
        ).to_arrow_reader(BATCH)
        connection.register("part_of_candidates", pairs.read_all())
        yield "part_of_candidates"
        connection.unregister("part_of_candidates")


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
