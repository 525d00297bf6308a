"""Statements written as SQL that every scan runs: PostgreSQL plans them once for a connection.

To plan what a scan asks takes PostgreSQL fifteen times as long as to run it. Django binds values
before it sends a statement, so the database would see a new statement each time.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper


def first_row(sql: str, given: Mapping[str, object]) -> tuple[Any, ...] | None:
    """Return the first row of the statement's answer; ``given`` are its ``%(name)s``."""
    if connection.vendor == "postgresql":
        cursor, values = _preparing_cursor(), _of_one_size(given)
    else:
        cursor, values = connection.cursor(), dict(given)
    with cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _preparing_cursor() -> CursorWrapper:
    from psycopg import Cursor

    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # Django's own cursors never prepare
    cursor: Any = Cursor(connection.connection)
    is_logged = connection.queries_logged
    return connection.make_debug_cursor(cursor) if is_logged else connection.make_cursor(cursor)


def _of_one_size(given: Mapping[str, object]) -> dict[str, Any]:
    """Return the values with numbers of one size: else a small number has a plan of its own."""
    from psycopg.types.numeric import Int8

    return {name: Int8(each) if isinstance(each, int) else each for name, each in given.items()}
