"""Naming every record read: its control number, made up where the export has none or has it twice.

Records are numbered by library and control number, so nothing later depends on the order of files.
"""

from pathlib import Path

import duckdb

from kimppa.linkage.form import Form
from kimppa.linkage.workspace import pattern, quoted


def number(connection: duckdb.DuckDBPyConnection, intake: Path) -> None:
    """Make the tables ``records`` (where each stood) and ``forms`` (comparable values) from intake.

    A record without 001 is named ``no-001-`` and the head of its digest; of several with one 001
    those after the first (in the order of their digests) get ``#2``, ``#3``; a holdings record is
    named ``BIBLIOGRAPHIC/HOLDINGS`` numbers, since the two number series overlap. Each made name is
    a repair. ``intake`` is the folder that ``take_in`` filled.
    """
    rows, formed = (quoted(pattern(intake, f"{name}-*.parquet")) for name in ("records", "forms"))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE named AS
        WITH based AS (
            SELECT rid AS source_rid, library, file, byte_offset, repairs, kind, given_number,
                bibliographic_number, digest,
                CASE WHEN given_number = '' THEN 'no-001-' || left(digest, 10)
                    WHEN kind = 'holdings' AND bibliographic_number <> ''
                        THEN bibliographic_number || '/' || given_number
                    ELSE given_number END AS base
            FROM read_parquet('{rows}')
        ), repeated AS (
            SELECT library, base FROM based GROUP BY library, base HAVING count(*) > 1
        ), numbered AS (
            SELECT source_rid, row_number() OVER (
                PARTITION BY library, base ORDER BY digest, file, byte_offset
            ) AS nth FROM based JOIN repeated USING (library, base)
        ), counted AS (
            SELECT based.*, coalesce(nth, 1) AS nth FROM based LEFT JOIN numbered USING (source_rid)
        )
        SELECT source_rid, library, file, byte_offset, kind, given_number, bibliographic_number,
            nth, digest, base || CASE WHEN nth > 1 THEN '#' || nth ELSE '' END AS control_number,
            list_concat(
                repairs,
                CASE WHEN given_number = '' THEN ['no control number (001): one was made']
                    ELSE [] END,
                CASE WHEN nth > 1 THEN ['control number (001) used more than once in this library'
                    || ': this record got the addition #' || nth] ELSE [] END
            ) AS repairs
        FROM counted
        """
    )
    while _twice(connection):
        _add_to_repeated(connection)
    connection.execute(
        "CREATE OR REPLACE TABLE records AS SELECT"
        " row_number() OVER (ORDER BY library, control_number) AS rid, * FROM named"
    )
    connection.execute("DROP TABLE named")
    # Not sorted: with rows as wide as these, that takes longer than all the rest.
    connection.execute(
        f"CREATE OR REPLACE TABLE forms AS SELECT r.rid, r.library, r.control_number,"
        f" {', '.join('i.' + name for name in Form.__annotations__)} FROM records AS r"
        f" JOIN read_parquet('{formed}') AS i ON i.number = r.source_rid"
    )


def _twice(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether two records have one name: an export may itself hold a number like 5#2."""
    names = "SELECT 1 FROM named GROUP BY library, control_number HAVING count(*) > 1 LIMIT 1"
    return bool(connection.execute(names).fetchall())


def _add_to_repeated(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE named AS
        SELECT * EXCLUDE again REPLACE (
            control_number || CASE WHEN again > 1 THEN '#' || again ELSE '' END AS control_number
        ) FROM (
            SELECT *, row_number() OVER (
                PARTITION BY library, control_number ORDER BY nth, digest, file, byte_offset
            ) AS again FROM named
        )
        """
    )
