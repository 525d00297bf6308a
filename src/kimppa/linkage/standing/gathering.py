"""New records beside those that stand: who is new, who was updated, and who is worth comparing."""

import duckdb

from kimppa.linkage.blocking import CappedBlock, list_keys, pair_up
from kimppa.linkage.standing.index import GONE, REUSED, Standing


def gather(connection: duckdb.DuckDBPyConnection, standing: Standing) -> None:
    """Make ``records`` of the standing and the new ones, ``gone``, and ``forms`` of the new ones.

    Begins with ``records`` and ``forms`` of the new files alone, which stay as ``given``. Of a
    library's record that stands already, the same text is left out and another text replaces it
    (``gone``: number, seat). In ``records``, ``number`` is null for new and updated ones, ``seat``
    is the standing cluster, and numbers (rid) follow library and control number as in any run.
    """
    connection.execute("ALTER TABLE records RENAME TO given")
    connection.execute("ALTER TABLE forms RENAME TO given_forms")
    connection.execute(
        "CREATE TABLE standing AS SELECT r.* EXCLUDE (cluster_id), r.cluster_id AS seat"
        f" FROM {standing.table('records')} AS r"
        f" ANTI JOIN {standing.list_of(GONE)} AS g USING (number)"
    )
    connection.execute(
        "CREATE TABLE known AS SELECT g.rid, s.number, s.seat, s.digest = g.digest AS same"
        " FROM given AS g JOIN standing AS s USING (library, control_number)"
    )
    connection.execute("CREATE TABLE gone AS SELECT number, seat FROM known WHERE NOT same")
    connection.execute(
        """
        CREATE TABLE records AS
        SELECT row_number() OVER (ORDER BY library, control_number) AS rid, * FROM (
            SELECT g.* EXCLUDE (rid), k.seat, NULL::BIGINT AS number
            FROM given AS g LEFT JOIN known AS k USING (rid) WHERE NOT coalesce(k.same, FALSE)
            UNION ALL BY NAME
            SELECT * FROM standing ANTI JOIN gone USING (number)
        )
        """
    )
    connection.execute("DROP TABLE standing")
    connection.execute(
        "CREATE TABLE forms AS SELECT f.* REPLACE (r.rid AS rid) FROM given_forms AS f"
        " JOIN records AS r USING (library, control_number) WHERE r.number IS NULL"
    )
    connection.execute("DROP TABLE given_forms")


def block(connection: duckdb.DuckDBPyConnection, standing: Standing) -> list[CappedBlock]:
    """Make ``keys`` and ``candidates`` of pairs with a new record; load the forms of the others.

    A block is as large as in a whole run, so it is left out where a whole run would leave it out.
    Returns what was capped.
    """
    list_keys(connection)
    connection.execute(
        "INSERT INTO keys BY NAME SELECT own.rule, own.key, r.rid FROM"
        f" {standing.table('keys')} AS k JOIN (SELECT DISTINCT rule, key, hash(key) AS hashed"
        " FROM keys) AS own ON own.rule = k.rule AND own.hashed = k.key"
        " JOIN records AS r USING (number)"
    )
    fresh = "(SELECT rid FROM records WHERE number IS NULL)"
    capped = pair_up(connection, f"(a.rid IN {fresh} OR b.rid IN {fresh})")
    load_forms(
        connection, standing, "SELECT a AS rid FROM candidates UNION SELECT b FROM candidates"
    )
    return capped


def load_forms(connection: duckdb.DuckDBPyConnection, standing: Standing, rids: str) -> None:
    """Add the forms of the standing records among those that a query (rid) names."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT rid, library, control_number, number FROM records
        SEMI JOIN ({rids}) USING (rid) ANTI JOIN forms USING (rid) WHERE number IS NOT NULL
        """
    )
    if connection.execute("SELECT 1 FROM wanted LIMIT 1").fetchall():  # else all are read for none
        connection.execute(
            "INSERT INTO forms BY NAME SELECT w.* EXCLUDE (number), f.* EXCLUDE (number)"
            f" FROM {standing.table('forms')} AS f JOIN wanted AS w USING (number)"
        )


def remember_reused_isbns(connection: duckdb.DuckDBPyConnection, standing: Standing) -> None:
    """Add the ISBNs that stand on different works in the standing catalogue."""
    connection.execute(
        f"INSERT INTO reused_isbns SELECT isbn FROM {standing.list_of(REUSED)}"
        " ANTI JOIN reused_isbns USING (isbn)"
    )
