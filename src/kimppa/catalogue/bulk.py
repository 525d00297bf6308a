"""Many rows into one table at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.management.color import no_style
from django.db import connection, models

Made = TypeVar("Made")


def insert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows given as tuples of the named fields' database values."""
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented API
    columns = ", ".join(connection.ops.quote_name(_column(model, name)) for name in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({columns}) FROM STDIN"
            # Django hands COPY on to psycopg as it is, so its errors are not yet Django's.
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            # Names come from the models, values go as parameters.
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, rows)


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)  # noqa: SLF001
    assert isinstance(field, models.Field)  # noqa: S101 - relations of others are not given here
    return str(field.column)


def made_ahead(batches: Iterator[Made]) -> Iterator[Made]:
    """Iterate over the batches while the next is being made, so that nobody waits for the other.

    The making runs in a thread of its own and must not ask the database.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = worker.submit(next, batches, None)
            yield batch


@contextmanager
def room_for_many_rows() -> Iterator[None]:
    """Let SQLite keep its indexes in memory while they grow; 512 MB at most."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (usual,) = cursor.fetchone() or (-2000,)
        cursor.execute("PRAGMA cache_size = -524288")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {int(usual)}")


def next_number(model: type[models.Model]) -> int:
    """Return the first primary key above all that the table holds."""
    highest = model._default_manager.aggregate(highest=models.Max("pk"))["highest"]  # noqa: SLF001
    return int(highest or 0) + 1


def set_sequence(model: type[models.Model]) -> None:
    """Let the database number new rows above those that were inserted with their own numbers."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def refresh_statistics() -> None:
    """Let the database count its rows anew, so that it chooses good ways to answer."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
