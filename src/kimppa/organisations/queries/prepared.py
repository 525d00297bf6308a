"""Statements written as SQL that every scan runs: PostgreSQL plans them once for a connection.

To plan what a scan asks takes PostgreSQL fifteen times as long as to run it. Django binds values
before it sends a statement, so the database would see a new statement each time.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)


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


def one_row(
    model: type[Row], number: int, *, without: tuple[str, ...] = (), locked: bool = False
) -> Row:
    """Return the model's row of that number, less the fields ``without``; on request locked.

    The lock lasts until the transaction ends; rows that refer to this one do not wait for it.
    As the QuerySet's ``get``, which takes five times as long to compose as PostgreSQL to answer.
    Raises the model's DoesNotExist.
    """
    if connection.vendor != "postgresql":
        return model.objects.defer(*without).get(pk=number)  # type: ignore[attr-defined, no-any-return]
    if locked and not connection.in_atomic_block:
        raise TransactionManagementError(model)
    names, sql = _asking(model, without)
    row = first_row(sql + " FOR NO KEY UPDATE" * locked, {"number": number})
    if row is None:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return model.from_db(connection.alias, names, row)


@cache
def _asking(model: type[Model], without: tuple[str, ...]) -> tuple[list[str], str]:
    """Return the names of the values and the statement; TypeError for fields with conversions."""
    meta, quoted = model._meta, connection.ops.quote_name  # noqa: SLF001 - Django's documented API
    fields = [field for field in meta.concrete_fields if field.name not in without]
    if any(field.get_db_converters(connection) for field in fields):
        raise TypeError(model)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    table = quoted(meta.db_table)
    sql = f"SELECT {columns} FROM {table} WHERE id = %(number)s"  # noqa: S608 - our own names
    return [field.attname for field in fields], sql


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
