"""Component parts of new records and their hosts, of which either may stand already."""

import duckdb

from kimppa.linkage import components
from kimppa.linkage.clustering import Clustering
from kimppa.linkage.model import Model
from kimppa.linkage.standing.gathering import load_forms
from kimppa.linkage.standing.index import Standing
from kimppa.linkage.standing.membership import name_members
from kimppa.linkage.standing.seating import seat


def seat_all(connection: duckdb.DuckDBPyConnection, standing: Standing, model: Model) -> Clustering:
    """Make ``members`` of all records; as in a whole run, hosts come first, then their parts."""

    def load(rids: str) -> None:
        load_forms(connection, standing, rids)

    def seat_once(
        connection: duckdb.DuckDBPyConnection, model: Model, *, placed: bool = False
    ) -> Clustering:
        connection.execute(
            "DELETE FROM scored WHERE a IN (SELECT rid FROM records WHERE number IS NOT NULL)"
            " AND b IN (SELECT rid FROM records WHERE number IS NOT NULL)"
        )
        refused = seat(connection, model, load, placed=placed)
        name_members(connection)
        _show_clusters(connection)
        return Clustering(0, refused)

    _link(connection, standing)
    found = seat_once(connection, model)
    if _load_lists(connection, standing):
        _show_clusters(connection)
        return components.cluster_parts(connection, model, components.align_all, seat_once) or found
    components.find_hosts(connection)  # none is ready, so nothing is aligned
    components.place(connection, components.align_all)
    return found


def _link(connection: duckdb.DuckDBPyConnection, standing: Standing) -> None:
    """Make ``links`` (rid, link, host): where all component parts' 773 $w lead."""
    connection.execute(
        rf"""
        CREATE OR REPLACE TABLE links AS
        WITH part AS (
            SELECT rid, library, unnest(host_links) AS link FROM forms WHERE rid IN
                (SELECT rid FROM records WHERE number IS NULL)
            UNION
            SELECT r.rid, r.library, unnest(f.host_links) FROM {standing.table("forms")} AS f
                JOIN records AS r USING (number) WHERE len(f.host_links) > 0
        )
        SELECT part.rid, part.link, host.rid AS host FROM part JOIN (
            SELECT library, given_number, min(rid) AS rid FROM records
            WHERE kind = 'bibliographic' AND given_number <> '' GROUP BY ALL
        ) AS host ON host.library = part.library
            AND host.given_number = regexp_replace(part.link, '^\([^)]*\)\s*', '')
        """
    )


def _load_lists(connection: duckdb.DuckDBPyConnection, standing: Standing) -> bool:
    """Load what new parts are aligned with; return whether there are any with a known host.

    That is every part of every host that stands in one cluster with theirs, and the hosts of all
    parts that they are compared with.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE lists AS
        WITH clusters_met AS (
            SELECT DISTINCT m.cluster_id FROM links AS l JOIN records AS r ON r.rid = l.rid
            JOIN members AS m ON m.rid = l.host WHERE r.number IS NULL
        )
        SELECT l.rid, l.host FROM links AS l JOIN members AS m ON m.rid = l.host
        SEMI JOIN clusters_met USING (cluster_id)
        """
    )
    ((count,),) = connection.execute("SELECT count(*) FROM lists").fetchall()
    if not count:
        return False
    load_forms(connection, standing, "SELECT rid FROM lists UNION SELECT host FROM lists")
    load_forms(connection, standing, "SELECT host AS rid FROM links SEMI JOIN forms USING (rid)")
    return True


def _show_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``clusters`` (rid, root) of the records whose forms are loaded."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE clusters AS
        SELECT m.rid, c.root FROM members AS m SEMI JOIN forms USING (rid) JOIN (
            SELECT cluster_id, min(rid) AS root FROM members WHERE cluster_size > 1
            GROUP BY cluster_id
        ) AS c USING (cluster_id)
        """
    )
