"""Clusters on Spark: each connected component of joining pairs is worked on by itself."""

from functools import partial
from typing import Any, cast

import duckdb

from kimppa.linkage.clustering import AGAINST, MOST_PAIRS, ROUNDS, Clustering, Link, join
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import score_more
from kimppa.linkage.spark.tables import Tables


def cluster(tables: Tables, model: Model, *, placed: bool = False) -> Clustering:
    """Make the table ``clusters`` (rid, root) from ``scored``, as ``clustering.cluster`` does.

    What joins nothing cannot end together, so each component of joining pairs is worked on by
    itself, wherever there is room; pairs compared later stay inside their component.
    """
    _find_components(tables)
    for _ in range(ROUNDS):
        _join_components(tables, strict=False)
        if not _compare_inside(tables, model, placed=placed):
            break
    else:
        _join_components(tables, strict=True)
    tables.store(
        "clusters", tables.query("SELECT a AS rid, b AS root FROM joined WHERE NOT refused")
    )
    (refused,) = tables.query("SELECT count(*) FROM joined WHERE refused").first()
    (count,) = tables.query("SELECT count(DISTINCT root) FROM clusters").first()
    found = Clustering(count, refused)
    for name in ("edges", "components", "joined", "inside"):
        tables.execute(f"DROP TABLE {name}")
    return found


_GROUPS = "SELECT a AS rid, b AS root FROM joined WHERE NOT refused"


def _find_components(tables: Tables) -> None:
    """Make the table ``components`` (rid, component) of the records that joining pairs touch.

    Edges are turned to the smallest neighbour, first of both ends (large star), then of the
    smaller end (small star), until nothing moves: as many rounds as the logarithm of the longest
    chain (Kiveris and others, Connected Components in MapReduce and Beyond, 2014).
    """
    tables.store("edges", tables.query("SELECT b AS a, a AS b FROM scored WHERE zone = 'merge'"))
    state = None
    while state != (state := tuple(tables.query(_STATE).first())):
        tables.store("edges", tables.query(_STARS))
    tables.store(
        "components",
        tables.query("SELECT a AS rid, b AS component FROM edges UNION SELECT b, b FROM edges"),
    )


_STATE = "SELECT count(*), bit_xor(xxhash64(a, b)) FROM edges"
_STARS = """
    WITH large AS (
        SELECT DISTINCT v AS a, least(u, smallest) AS b FROM (
            SELECT u, v, min(v) OVER (PARTITION BY u) AS smallest
            FROM (SELECT a AS u, b AS v FROM edges UNION ALL SELECT b, a FROM edges)
        ) WHERE v > u
    )
    SELECT DISTINCT inline(array(
        struct(if(b = smallest, a, b) AS a, smallest AS b), struct(a, smallest AS b)
    )) FROM (SELECT a, b, min(b) OVER (PARTITION BY a) AS smallest FROM large)
"""


def _join_components(tables: Tables, *, strict: bool) -> None:
    """Make the table ``joined``: (a, b) are a record and its root, or a pair that was refused."""
    frame = tables.query(
        f"""
        SELECT collect_list(struct(
            p.a, p.b, log_odds, zone = 'merge' AS joins, vetoes > 0 OR log_odds < {AGAINST} AS parts
        )) AS links
        FROM scored AS p JOIN components AS x ON x.rid = p.a
        JOIN components AS y ON y.rid = p.b AND y.component = x.component
        GROUP BY x.component
        """
    )
    rows = frame.rdd.flatMap(partial(_joined, strict=strict))
    schema = "a BIGINT, b BIGINT, refused BOOLEAN"
    tables.store("joined", tables.session.createDataFrame(rows, schema))


def _joined(row: Any, *, strict: bool) -> list[tuple[int, int, bool]]:
    groups, refused = join((Link(*link) for link in row.links), strict=strict)
    members = [(rid, root, False) for root, group in groups.items() for rid in group]
    return [*members, *((a, b, True) for a, b in refused)]


def _compare_inside(tables: Tables, model: Model, *, placed: bool) -> bool:
    """Score the pairs inside groups that were never compared; return whether there were any."""
    tables.store(
        "inside",
        tables.query(
            f"""
            WITH groups AS ({_GROUPS})
            SELECT x.rid AS a, y.rid AS b
            FROM groups AS x JOIN groups AS y ON x.root = y.root AND x.rid < y.rid
            LEFT ANTI JOIN scored ON scored.a = x.rid AND scored.b = y.rid
            ORDER BY a, b LIMIT {MOST_PAIRS}
            """
        ),
    )
    found = bool(tables.query("SELECT 1 FROM inside LIMIT 1").collect())
    if found:
        score_more(cast("duckdb.DuckDBPyConnection", tables), model, "inside", placed=placed)
    return found
