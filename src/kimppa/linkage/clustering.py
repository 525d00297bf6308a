"""Clusters of records of one edition, in which no vetoed pair ends together.

Pairs are joined from the surest down. Two groups join only when nothing between any two of their
members speaks against it; pairs that blocking never compared are compared before they may sit
in one cluster. The result does not depend on the order of the input.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import NamedTuple

import duckdb

from kimppa.linkage.model import Model
from kimppa.linkage.scoring import score_more

AGAINST = -1.0  # log odds below which one pair keeps two groups apart
MOST_PAIRS = 2_000_000  # pairs added in one round; a cap that is reported, not a silent limit
ROUNDS = 12


class Link(NamedTuple):
    """One scored pair that matters here: it may join (zone merge) or it keeps apart."""

    a: int
    b: int
    log_odds: float
    joins: bool
    parts: bool


class Clustering(NamedTuple):
    """What clustering did."""

    clusters: int
    refused: int  # joins given up because something between the groups spoke against them


def cluster(
    connection: duckdb.DuckDBPyConnection, model: Model, *, placed: bool = False
) -> Clustering:
    """Make the table ``clusters`` (rid, root) from ``scored``; roots are record numbers.

    ``placed`` says that component parts were aligned under their hosts.
    """
    twos = _set_twos_aside(connection)
    for _ in range(ROUNDS):
        groups, refused = join(_links(connection))
        if not _compare_inside(connection, model, groups, placed=placed):
            break
    else:
        groups, refused = join(_links(connection), strict=True)
    members = [(rid, root) for root, group in groups.items() for rid in group]
    _store(connection, members)
    connection.execute("INSERT INTO clusters SELECT a, a FROM twos UNION ALL SELECT b, a FROM twos")
    for name in ("twos", "crowd"):
        connection.execute(f"DROP TABLE {name}")
    return Clustering(len(groups) + twos, len(refused))


def _set_twos_aside(connection: duckdb.DuckDBPyConnection) -> int:
    """Make ``twos`` (a, b): joining pairs that no other touches; return how many there are.

    Nearly all clusters are of two. Nothing can part or join these, so only the records of all
    other joining pairs (``crowd``) are looked at one by one.
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE twos AS
        WITH joining AS (SELECT a, b FROM scored WHERE zone = 'merge'),
        often AS (
            SELECT rid FROM (SELECT a AS rid FROM joining UNION ALL SELECT b FROM joining)
            GROUP BY rid HAVING count(*) > 1
        )
        SELECT a, b FROM joining
        WHERE a NOT IN (SELECT rid FROM often) AND b NOT IN (SELECT rid FROM often)
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE crowd AS
        WITH joining AS (SELECT a, b FROM scored ANTI JOIN twos USING (a, b) WHERE zone = 'merge')
        SELECT a AS rid FROM joining UNION SELECT b FROM joining
        """
    )
    ((count,),) = connection.execute("SELECT count(*) FROM twos").fetchall()
    return int(count)


def join(
    links: Iterable[Link], *, strict: bool = False, settled: Set[int] = frozenset()
) -> tuple[dict[int, set[int]], list[tuple[int, int]]]:
    """Return groups of two and more by their smallest member, and the joins that were refused.

    ``strict`` refuses to seat together two records that were never compared. Of ``settled``, at
    most one stands in a group.
    """
    links = list(links)
    apart: dict[int, set[int]] = defaultdict(set)
    together: dict[int, set[int]] = defaultdict(set)
    for link in links:
        if link.parts:
            apart[link.a].add(link.b)
            apart[link.b].add(link.a)
        elif strict:
            together[link.a].add(link.b)
            together[link.b].add(link.a)
    group_of: dict[int, set[int]] = {}
    refused: list[tuple[int, int]] = []
    for link in sorted((x for x in links if x.joins), key=lambda x: (-x.log_odds, x.a, x.b)):
        one = group_of.setdefault(link.a, {link.a})
        other = group_of.setdefault(link.b, {link.b})
        if one is other:
            continue
        small, large = sorted((one, other), key=len)
        both_settled = not (settled.isdisjoint(small) or settled.isdisjoint(large))
        if not both_settled and _may_join(small, large, apart, together if strict else None):
            large |= small
            for member in small:
                group_of[member] = large
        else:
            refused.append((link.a, link.b))
    groups = {min(group): group for group in group_of.values() if len(group) > 1}
    return groups, refused


def _may_join(
    small: set[int],
    large: set[int],
    apart: dict[int, set[int]],
    compared: dict[int, set[int]] | None,
) -> bool:
    if any(not apart[member].isdisjoint(large) for member in small if member in apart):
        return False
    return compared is None or all(large <= compared[member] for member in small)


def _links(connection: duckdb.DuckDBPyConnection) -> list[Link]:
    """Return the pairs between records of the crowd: joining ones, and those that may part."""
    rows = connection.execute(
        f"""
        SELECT a, b, log_odds, zone = 'merge', vetoes > 0 OR log_odds < {AGAINST}
        FROM scored WHERE a IN (SELECT rid FROM crowd) AND b IN (SELECT rid FROM crowd)
        """
    ).fetchall()
    return [Link(*row) for row in rows]


def _compare_inside(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    groups: dict[int, set[int]],
    *,
    placed: bool,
) -> bool:
    """Score the pairs inside groups that were never compared; return whether there were any."""
    _store(
        connection,
        [(rid, root) for root, group in groups.items() if len(group) > 2 for rid in group],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE inside AS
        SELECT x.rid AS a, y.rid AS b FROM clusters AS x JOIN clusters AS y USING (root)
        WHERE x.rid < y.rid AND NOT EXISTS (
            SELECT 1 FROM scored WHERE scored.a = x.rid AND scored.b = y.rid
        )
        ORDER BY a, b LIMIT {MOST_PAIRS}
        """
    )
    (count,) = connection.execute("SELECT count(*) FROM inside").fetchall()[0]
    if count:
        score_more(connection, model, "inside", placed=placed)
    return bool(count)


def _store(connection: duckdb.DuckDBPyConnection, members: list[tuple[int, int]]) -> None:
    import pyarrow as pa

    rids, roots = zip(*members, strict=True) if members else ((), ())
    table = pa.table({"rid": pa.array(rids, pa.int64()), "root": pa.array(roots, pa.int64())})
    connection.register("members", table)
    connection.execute("CREATE OR REPLACE TABLE clusters AS SELECT * FROM members")
    connection.unregister("members")
