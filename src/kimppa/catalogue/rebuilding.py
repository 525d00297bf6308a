"""Filling empty tables: indexes and reference checks wait aside and are built once at the end.

One sorted pass over all rows costs a fraction of what keeping each index and checking each
reference row by row does. Other sessions wait for these tables until the transaction ends, which
is why only an empty catalogue is filled this way.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, models


class Aside(NamedTuple):
    """An index or constraint: how to take it away, and how to bring it back."""

    drop: str
    restore: str


# Constraints go in the order "f" (references), "u" (unique), as references lean on unique ones.
_POSTGRESQL_CONSTRAINTS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('f', 'u')
    ORDER BY contype, conname
"""
_POSTGRESQL_INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid::regclass::text = ANY(%s)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY 1
"""
_SQLITE_INDEXES = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"


@contextmanager
def indexes_aside(filled: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take indexes and checks of these tables away for the block and bring them back after it.

    Must stand in a transaction: when the block fails, rolling back brings everything back.
    """
    tables = [model._meta.db_table for model in filled]  # noqa: SLF001 - Django's documented API
    aside = _postgresql(tables) if connection.vendor == "postgresql" else _sqlite(tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Checks that still wait for the end of the transaction would forbid the changes.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for each in aside:
            cursor.execute(each.drop)
    yield
    with connection.cursor() as cursor:
        for each in reversed(aside):
            cursor.execute(each.restore)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _postgresql(tables: list[str]) -> list[Aside]:
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL_CONSTRAINTS, [tables])
        constraints = cursor.fetchall()
        cursor.execute(_POSTGRESQL_INDEXES, [tables])
        return [Aside(*row) for row in (*constraints, *cursor.fetchall())]


def _sqlite(tables: list[str]) -> list[Aside]:
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE_INDEXES)
        found = cursor.fetchall()
    quote = connection.ops.quote_name
    return [
        Aside(f"DROP INDEX {quote(name)}", sql) for name, table, sql in found if table in tables
    ]
