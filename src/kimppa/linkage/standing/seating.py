"""Where new records belong: with a merged record that stands already, with each other, or alone.

What stands stays: a standing cluster is one node that new records may join, under the same vetoes
and in the same order as in a whole run, and two standing clusters are never joined. Needs the
tables ``records`` (rid; ``number`` is null for a new record; ``seat``, the cluster that stands, if
any), ``forms`` and ``scored``.
"""

from collections.abc import Callable

import duckdb

from kimppa.linkage.clustering import AGAINST, MOST_PAIRS, ROUNDS, Link, join
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import score_more

Load = Callable[[str], None]  # loads the forms of the records that a query (rid) names


def seat(
    connection: duckdb.DuckDBPyConnection, model: Model, load_forms: Load, *, placed: bool
) -> int:
    """Make ``assigned`` (rid, root, cluster_id): the new records that join something.

    ``placed`` says that component parts were aligned under their hosts.
    ``cluster_id`` is null for groups of new records only; ``root`` is a group's first record.
    Returns how many joins were refused.
    """
    settled = _settle(connection)
    homes = _homes(connection)
    for _ in range(ROUNDS):
        groups, refused = join([*homes, *_links(connection)], settled=settled)
        _spread(connection, groups)
        if not _compare_inside(connection, model, load_forms, placed=placed):
            break
    else:  # what was never compared does not sit together
        connection.execute(
            "DELETE FROM seated WHERE root IN (SELECT root FROM seated WHERE rid IN"
            " (SELECT a FROM inside UNION SELECT b FROM inside))"
        )
    connection.execute(
        """
        CREATE OR REPLACE TABLE assigned AS
        SELECT s.rid, s.root, h.seat AS cluster_id
        FROM seated AS s LEFT JOIN homes AS h ON h.node = s.node_of_group
        WHERE s.fresh
        UNION ALL
        SELECT h.node, h.node, h.seat FROM homes AS h JOIN records AS r ON r.rid = h.node
        WHERE r.number IS NULL AND h.node NOT IN (SELECT rid FROM seated)
        """
    )
    return len(refused)


def _settle(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Make ``homes`` (seat, node) and ``seats`` (rid, node) of the standing clusters in question.

    A cluster's node is its first standing record; when all were updated, the first of these keeps
    its place, so that its id lives on.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE homes AS
        WITH met AS (
            SELECT seat FROM records WHERE number IS NULL AND seat IS NOT NULL
            UNION SELECT r.seat FROM (
                SELECT a AS rid FROM scored WHERE zone = 'merge'
                UNION SELECT b FROM scored WHERE zone = 'merge'
            ) JOIN records AS r USING (rid) WHERE r.number IS NOT NULL
        )
        SELECT seat, coalesce(min(rid) FILTER (number IS NOT NULL), min(rid)) AS node
        FROM records SEMI JOIN met USING (seat) WHERE kind <> 'holdings' GROUP BY seat
        """
    )
    connection.execute(
        "CREATE OR REPLACE TABLE seats AS SELECT r.rid, h.node FROM records AS r"
        " JOIN homes AS h USING (seat)"
        " WHERE r.kind <> 'holdings' AND (r.number IS NOT NULL OR r.rid = h.node)"
    )
    return {node for (node,) in connection.execute("SELECT node FROM homes").fetchall()}


def _homes(connection: duckdb.DuckDBPyConnection) -> list[Link]:
    """Return the surest of links for updated records: to the cluster that they stood in."""
    rows = connection.execute(
        "SELECT r.rid, h.node FROM records AS r JOIN homes AS h USING (seat)"
        " WHERE r.number IS NULL AND r.kind <> 'holdings' AND r.rid <> h.node"
    ).fetchall()
    return [Link(rid, node, float("inf"), joins=True, parts=False) for rid, node in rows]


def _links(connection: duckdb.DuckDBPyConnection) -> list[Link]:
    """Return joining pairs, and the pairs that part two nodes which joining pairs touch."""
    rows = connection.execute(
        f"""
        WITH linked AS (
            SELECT coalesce(x.node, a) AS a, coalesce(y.node, b) AS b, log_odds,
                zone = 'merge' AS joins, vetoes > 0 OR log_odds < {AGAINST} AS parts
            FROM scored LEFT JOIN seats AS x ON x.rid = a LEFT JOIN seats AS y ON y.rid = b
        ), touched AS (
            SELECT a AS node FROM linked WHERE joins UNION SELECT b FROM linked WHERE joins
            UNION SELECT node FROM homes
            UNION SELECT rid FROM records WHERE number IS NULL AND seat IS NOT NULL
        )
        SELECT a, b, log_odds, joins, parts FROM linked
        WHERE joins OR (parts AND a IN (FROM touched) AND b IN (FROM touched))
        """
    ).fetchall()
    return [Link(*row) for row in rows]


def _spread(connection: duckdb.DuckDBPyConnection, groups: dict[int, set[int]]) -> None:
    """Make ``seated`` (rid, root, node_of_group, fresh) of the groups, standing members as well.

    ``node_of_group`` is the node of the standing cluster in a group, or null.
    """
    import pyarrow as pa

    rows = [(node, root) for root, group in groups.items() for node in group]
    nodes, roots = zip(*rows, strict=True) if rows else ((), ())
    table = pa.table({"node": pa.array(nodes, pa.int64()), "root": pa.array(roots, pa.int64())})
    connection.register("grouped", table)
    connection.execute(
        """
        CREATE OR REPLACE TABLE seated AS
        WITH standing AS (SELECT root, any_value(node) AS node_of_group
            FROM grouped JOIN homes USING (node) GROUP BY root
        )
        SELECT r.rid, g.root, x.node_of_group, r.number IS NULL AS fresh
        FROM grouped AS g LEFT JOIN seats AS s USING (node) LEFT JOIN standing AS x USING (root)
        JOIN records AS r ON r.rid = coalesce(s.rid, g.node)
        """
    )
    connection.unregister("grouped")


def _compare_inside(
    connection: duckdb.DuckDBPyConnection, model: Model, load_forms: Load, *, placed: bool
) -> bool:
    """Score the pairs with a new record inside groups that were never compared; say if any were."""
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE inside AS
        SELECT x.rid AS a, y.rid AS b FROM seated AS x JOIN seated AS y USING (root)
        WHERE x.rid < y.rid AND (x.fresh OR y.fresh) AND NOT EXISTS (
            SELECT 1 FROM scored WHERE scored.a = x.rid AND scored.b = y.rid
        )
        ORDER BY a, b LIMIT {MOST_PAIRS}
        """
    )
    ((count,),) = connection.execute("SELECT count(*) FROM inside").fetchall()
    if count:
        load_forms("SELECT a AS rid FROM inside UNION SELECT b FROM inside")
        score_more(connection, model, "inside", placed=placed)
    return bool(count)
