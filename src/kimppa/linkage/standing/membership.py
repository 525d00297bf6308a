"""Which cluster every record stands in afterwards, and which clusters must be merged anew."""

import duckdb

from kimppa.linkage.standing.index import GONE, Standing


def name_members(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``members`` (rid, cluster_id, cluster_size) from ``assigned``.

    What stands keeps its id. A new cluster is named as in a whole run, after its first member;
    where that name is taken (its record left a cluster that lives on), another digest is used.
    Holdings follow their bibliographic record.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE owners AS
        SELECT h.rid, min(b.rid) AS owner FROM records AS h JOIN records AS b
            ON h.library = b.library AND h.bibliographic_number = b.given_number
        WHERE h.kind = 'holdings' AND b.kind <> 'holdings' AND b.given_number <> '' GROUP BY h.rid
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TABLE unnamed AS
        SELECT r.rid, coalesce(a.root, r.rid) AS root
        FROM records AS r LEFT JOIN assigned AS a USING (rid)
        WHERE r.number IS NULL AND a.cluster_id IS NULL AND r.rid NOT IN (SELECT rid FROM owners)
            AND NOT (r.kind = 'holdings' AND r.seat IS NOT NULL)
        """
    )
    _name_new_clusters(connection)
    connection.execute(
        """
        CREATE OR REPLACE TABLE members AS
        WITH own AS (
            SELECT r.rid, r.kind, coalesce(a.cluster_id, n.cluster_id, r.seat) AS cluster_id
            FROM records AS r LEFT JOIN assigned AS a USING (rid)
            LEFT JOIN unnamed AS u ON u.rid = r.rid LEFT JOIN names AS n ON n.root = u.root
        ), housed AS (
            SELECT own.rid, own.kind, coalesce(b.cluster_id, own.cluster_id) AS cluster_id
            FROM own LEFT JOIN owners AS o USING (rid) LEFT JOIN own AS b ON b.rid = o.owner
        ), counted AS (
            SELECT cluster_id, greatest(count(*) FILTER (kind <> 'holdings'), 1)::INTEGER
                AS cluster_size FROM housed GROUP BY cluster_id
        )
        SELECT rid, cluster_id, cluster_size FROM housed JOIN counted USING (cluster_id)
        """
    )


def _name_new_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``names`` (root, cluster_id) of the clusters that have no standing record."""
    connection.execute(
        "CREATE OR REPLACE TABLE names AS"
        " SELECT DISTINCT root, 1 AS again, '' AS cluster_id FROM unnamed"
    )
    while True:
        connection.execute(
            """
            UPDATE names SET cluster_id = 'K' || left(md5(r.library || chr(10) || r.control_number
                || repeat('+', again - 1)), 12)
            FROM records AS r WHERE r.rid = names.root
            """
        )
        taken = connection.execute(
            """
            UPDATE names SET again = again + 1
            WHERE cluster_id IN (SELECT seat FROM records WHERE seat IS NOT NULL)
                OR root IN (SELECT root FROM names
                    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY root) > 1)
            RETURNING root
            """
        ).fetchall()
        if not taken:
            return


def keep_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``kept_apart`` (a, b): pairs that would join two standing clusters go to review."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE kept_apart AS
        SELECT a, b FROM scored JOIN members AS x ON x.rid = a JOIN members AS y ON y.rid = b
        WHERE zone = 'merge' AND x.cluster_id <> y.cluster_id
            AND x.cluster_id IN (SELECT seat FROM records) AND y.cluster_id IN
            (SELECT seat FROM records)
        """
    )
    connection.execute(
        "UPDATE scored SET zone = 'review' FROM kept_apart AS k"
        " WHERE k.a = scored.a AND k.b = scored.b"
    )


def find_touched(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``touched`` (cluster_id), and ``hosts`` (rid, hosts) of the records in them.

    Touched are clusters with a new or updated record, those that lost one, and those of component
    parts whose host stands elsewhere now.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE touched AS
        WITH moved AS (
            SELECT rid, seat, cluster_id FROM records JOIN members USING (rid)
            WHERE number IS NULL OR seat <> cluster_id
        )
        SELECT cluster_id FROM moved UNION SELECT seat FROM moved WHERE seat IS NOT NULL
        UNION SELECT seat FROM gone
        UNION SELECT m.cluster_id FROM links AS h JOIN moved ON moved.rid = h.host
            JOIN members AS m ON m.rid = h.rid
            WHERE moved.seat IS DISTINCT FROM moved.cluster_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TABLE hosts AS
        SELECT h.rid, map(list(h.link), list(m.cluster_id)) AS hosts
        FROM links AS h JOIN members AS m ON m.rid = h.host
        WHERE h.rid IN (SELECT rid FROM members SEMI JOIN touched USING (cluster_id))
        GROUP BY h.rid
        """
    )


def number_new_rows(connection: duckdb.DuckDBPyConnection, standing: Standing) -> int:
    """Make ``numbered`` (rid, number) of what the index gets, and ``gone_now``; return the next.

    Beside the new records these are standing ones that follow another to another cluster.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE numbered AS
        SELECT rid, {standing.next_number} - 1 + row_number() OVER (ORDER BY rid) AS number
        FROM records JOIN members USING (rid) WHERE number IS NULL OR seat <> cluster_id
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE gone_now AS
        SELECT number FROM {standing.list_of(GONE)} UNION SELECT number FROM gone
        UNION SELECT r.number FROM records AS r JOIN numbered USING (rid)
            WHERE r.number IS NOT NULL
        """
    )
    ((count,),) = connection.execute("SELECT count(*) FROM numbered").fetchall()
    return standing.next_number + int(count)
