"""Scoring candidate pairs: evidence added up, vetoes noted, each pair put into a zone.

DuckDB works on the pairs part by part, so that the records it holds at once do not grow with the
catalogue: a part's records stand in two stretches of ``STRETCH``.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import combinations_with_replacement, pairwise
from typing import NamedTuple

import duckdb

from kimppa.linkage.comparison import COMPARISONS, compared_sql, levels_sql
from kimppa.linkage.model import Model, score_sql, zone_sql
from kimppa.linkage.workspace import AS_WRITTEN, setting

LEVELS = ", ".join(f"c{number}" for number in range(len(COMPARISONS)))


STRETCH = 400_000  # records that stand in some pair; what is compared of them takes about 500 MB
BATCH = 8_192  # pairs; DuckDB gives each batch to the next free thread


def learn_reused_isbns(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the table ``reused_isbns`` from ``candidates``: ISBNs that stand on different works.

    Publishers give one ISBN to two books, and catalogues copy wrong ones; the data itself tells:
    two records share it whose titles have next to nothing in common. Returns how many were found.
    """
    # Few pairs share an ISBN: nothing else is read of the others.
    own = "(SELECT rid, isbns FROM forms WHERE len(isbns) > 0)"
    connection.execute(
        "CREATE OR REPLACE TABLE sharing_isbns AS"
        " SELECT p.a, p.b, list_intersect(l.isbns, r.isbns) AS isbns FROM candidates AS p"
        f" JOIN {own} AS l ON l.rid = p.a JOIN {own} AS r ON r.rid = p.b"
        " WHERE list_has_any(l.isbns, r.isbns)"
    )
    # Language stands as a number, since an equality would be taken for the way to join all records.
    connection.execute(
        """
        CREATE OR REPLACE TABLE reused_isbns AS
        SELECT DISTINCT unnest(isbns) AS isbn FROM (
            SELECT p.isbns,
                len(list_intersect(l.words, r.words)) AS shared,
                least(len(l.words), len(r.words)) AS words,
                left(l.title, 60) AS one, left(r.title, 60) AS other,
                CASE WHEN l.languages = r.languages THEN 1 ELSE 0 END AS one_language
            FROM sharing_isbns AS p JOIN forms AS l ON l.rid = p.a JOIN forms AS r ON r.rid = p.b
        )
        WHERE one_language = 1 AND shared < 0.34 * words
            AND levenshtein(one, other) > 0.4 * greatest(length(one), length(other))
        """
    )
    connection.execute("DROP TABLE sharing_isbns")
    return int(connection.execute("SELECT count(*) FROM reused_isbns").fetchall()[0][0])


class Part(NamedTuple):
    """Pairs to score, and the tables in which their records a and b stand; names or SQL."""

    pairs: str
    left: str
    right: str


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make the table ``scored`` from ``candidates``: levels, vetoes, log odds and zones."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE compared AS {compared_sql('candidates')}")
    # Pairs look records up, which all threads share, even where the pairs are the smaller table.
    is_duckdb = isinstance(connection, duckdb.DuckDBPyConnection)
    with setting(connection, AS_WRITTEN) if is_duckdb else nullcontext():
        parts = _parts(connection)
        first = scored_sql(model, *next(parts))
        connection.execute(f"CREATE OR REPLACE TABLE scored AS {first}")
        for part in parts:
            connection.execute(f"INSERT INTO scored {scored_sql(model, *part)}")
    connection.execute("DROP TABLE compared")


def _parts(connection: duckdb.DuckDBPyConnection) -> Iterator[Part]:
    """Iterate over ``candidates`` in parts; Spark has its own."""
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        yield Part("candidates", "compared", "compared")
        return
    ends = connection.execute(
        "SELECT rid FROM (SELECT rid, row_number() OVER (ORDER BY rid) AS nth FROM compared)"
        f" WHERE nth % {STRETCH} = 0 ORDER BY rid"
    ).fetchall()
    starts = [0, *(rid + 1 for (rid,) in ends), 1 << 62]
    stretches = list(pairwise(starts))
    for one, other in combinations_with_replacement(stretches, 2):
        pairs = connection.sql(
            f"SELECT a, b FROM candidates WHERE {_within('a', one)} AND {_within('b', other)}"
        ).to_arrow_reader(BATCH)
        connection.register("part_of_candidates", pairs.read_all())
        sides = (
            f"(SELECT * FROM compared WHERE {_within('rid', stretch)}"
            f" AND rid IN (SELECT {end} FROM part_of_candidates))"
            for end, stretch in (("a", one), ("b", other))
        )
        yield Part("part_of_candidates", *sides)
        connection.unregister("part_of_candidates")


def _within(column: str, stretch: tuple[int, int]) -> str:
    return f"{column} >= {stretch[0]} AND {column} < {stretch[1]}"


def score_more(
    connection: duckdb.DuckDBPyConnection, model: Model, pairs: str, *, placed: bool = False
) -> None:
    """Add the pairs (a, b) of the table ``pairs`` to ``scored``."""
    connection.execute(f"INSERT INTO scored {scored_sql(model, pairs, placed=placed)}")


def scored_sql(model: Model, pairs: str, *sides: str, placed: bool = False) -> str:
    """Return SQL for a, b, the level numbers, vetoes, log odds and zone of a table of pairs.

    For ``sides`` and ``placed`` see ``levels_sql``.
    """
    return (
        f"SELECT *, {zone_sql(model)} AS zone FROM (SELECT a, b, {LEVELS}, vetoes,"
        f" {score_sql(model)} AS log_odds FROM ({levels_sql(pairs, *sides, placed=placed)}))"
    )
