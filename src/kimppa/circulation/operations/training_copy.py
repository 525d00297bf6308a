"""A copy of the database for training and tests, with no real person in it (users.md X5).

Catalogue, units, rules of use, and what is on loan, on hold, on its way and unpaid are taken over;
the people are invented (``training_people``). Every table stands in one of three lists here, so
that a new one must be thought about.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice, repeat
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Model, QuerySet

from kimppa.catalogue import models as catalogue
from kimppa.circulation import models as circulation
from kimppa.circulation.operations.training_people import People
from kimppa.common.errors import CannotRun
from kimppa.organisations import models as organisations
from kimppa.patrons import models as patrons
from kimppa.patrons.queries import pseudonym

AT_ONCE = 1000
SHIFT_DAYS = 7
NOT_EMPTY = (
    "there is something in that database already. Name a new, empty one; nothing was changed."
)

AS_IT_IS: tuple[type[Model], ...] = (
    organisations.Consortium,
    organisations.Library,
    organisations.Branch,
    organisations.Desk,
    organisations.BusStop,
    organisations.OpeningHours,
    organisations.ExceptionalDay,
    patrons.PatronCategory,
    circulation.RuleSet,
    circulation.PolicyRule,
    circulation.QueueArea,
    circulation.QueueAreaBranch,
    catalogue.BibliographicRecord,
    catalogue.Identifier,
    catalogue.InputRecord,
    catalogue.Item,
    catalogue.Redirect,
    catalogue.MergeEvent,
    catalogue.MergeInput,
    circulation.ItemState,
    circulation.Transit,
)
LEFT_OUT: tuple[type[Model], ...] = (
    organisations.DataProtectionContact,
    organisations.StaffAccount,
    organisations.RoleGrant,
    organisations.AuditEvent,
    organisations.SignInAttempt,
    organisations.SecondFactor,
    organisations.RecoveryCode,
    patrons.PatronNote,
    patrons.Pin,
    patrons.Consent,
    patrons.PatronMerge,
    patrons.IdentityCode,
    circulation.Step,
    circulation.MessageChoice,
    circulation.Notice,
    circulation.OfflineLoan,
    circulation.Simulation,
)


def make_training_copy(*, to: str, now: datetime) -> dict[str, int]:
    """Fill the database of that alias, which has its tables and nothing in them; rows by table.

    Everything or nothing. The same patron, card and hold gets the same invented ones each time.
    Raises CannotRun when there is something in it already.
    """
    with transaction.atomic(using=to), _as_of_one_moment():
        if any(_all(model, to).exists() for model in _of_kimppa()):
            raise CannotRun(NOT_EMPTY)
        made = {model: _fill(model, rows, to) for model, rows in _tables(People(now=now))}
        with connections[to].cursor() as cursor:
            for statement in connections[to].ops.sequence_reset_sql(no_style(), list(made)):
                cursor.execute(statement)
    return {_name(model): count for model, count in made.items()}


def count_training_copy(*, now: datetime) -> dict[str, int]:
    """Return how many rows each table of a copy would have."""
    with _as_of_one_moment():
        tables = _tables(People(now=now))
        return {_name(model): sum(1 for _ in rows) for model, rows in tables}


def _of_kimppa() -> list[type[Model]]:
    return [one for one in apps.get_models() if one.__module__.startswith("kimppa.")]


def _tables(people: People) -> Iterator[tuple[type[Model], Iterable[Model]]]:
    for model in AS_IT_IS:
        yield model, _rows(model)
    yield from invented(people).items()
    for model, change in CHANGED.items():
        yield model, map(change, _rows(model), repeat(people))


def invented(people: People) -> dict[type[Model], Iterable[Model]]:
    """Return what is made from nothing but the number of people."""
    return {
        patrons.Patron: people.patrons(),
        patrons.Card: people.cards(),
        patrons.Address: people.addresses(),
        patrons.EmailAddress: people.emails(),
        patrons.PhoneNumber: people.phones(),
        patrons.Guardianship: people.guardianships(),
    }


# What tells of something that a person did or had. All of it lies up to a week earlier, each by a
# time of its own: else who knows when somebody stood at the desk would know what they borrowed.


def _load(row: catalogue.Load, _people: People) -> Model:
    row.by = None
    return row


def _loan(row: circulation.Loan, people: People) -> Model:
    row.patron_id = people.somebody("loan", row.pk) if row.ended_at is None else None
    row.by = None
    return _earlier(row, "began_at renewed_at claimed_returned_at ended_at", "due_date")


def _group(row: circulation.HoldGroup, people: People) -> Model:
    row.patron_id = people.somebody("group", row.pk)
    row.name = f"Lukupiiri {row.pk}"
    return _earlier(row, "made_at")


def _hold(row: circulation.Hold, people: People) -> Model:
    whose = ("group", row.group_id) if row.group_id else ("hold", row.pk)
    row.patron_id = people.somebody(*whose) if row.ended_at is None else None
    row.key = UUID(int=pseudonym("hold key", row.pk))
    row.placed_by = row.ended_by = None
    placed_at = row.placed_at
    _earlier(row, "placed_at ready_at ended_at")
    row.rank -= (placed_at - row.placed_at) // timedelta(microseconds=1)
    return row


def _pull_request(row: circulation.PullRequest, _people: People) -> Model:
    row.taken_by = None
    return row


def _fee(row: circulation.Fee, people: People) -> Model:
    owner = ("fee", row.pk)
    if row.loan is not None and row.loan.ended_at is None:
        owner = ("loan", row.loan.pk)
    row.patron_id = people.somebody(*owner) if row.patron_id else None
    row.key = UUID(int=pseudonym("fee key", row.pk))
    row.reason = ""
    return _earlier(row, "made_at")


def _receipt(row: circulation.Receipt, _people: People) -> Model:
    row.by = None
    row.request_key = f"training-{row.pk}"
    return _earlier(row, "at")


def _ledger_entry(row: circulation.LedgerEntry, _people: People) -> Model:
    row.by = None
    row.reason = ""
    return _earlier(row, "at")


def _block(row: circulation.Block, people: People) -> Model:
    row.patron_id = people.somebody("block", row.pk)
    row.by = None
    row.reason = ""
    return _earlier(row, "began_at ended_at")


CHANGED: dict[type[Model], Callable[[Any, People], Model]] = {
    catalogue.Load: _load,
    circulation.Loan: _loan,
    circulation.HoldGroup: _group,
    circulation.Hold: _hold,
    circulation.PullRequest: _pull_request,
    circulation.Fee: _fee,
    circulation.Receipt: _receipt,
    circulation.LedgerEntry: _ledger_entry,
    circulation.Block: _block,
}


def _earlier(row: Model, moments: str, days: str = "") -> Model:
    """Move the row's moments and days back by up to a week; its own time each."""
    number = pseudonym(_name(type(row)), row.pk)
    back = timedelta(days=number % SHIFT_DAYS, seconds=number // SHIFT_DAYS % 36_000)
    for name in moments.split():
        if (moment := getattr(row, name)) is not None:
            setattr(row, name, moment - back)
    for name in days.split():
        setattr(row, name, getattr(row, name) - timedelta(days=back.days))
    return row


def _name(model: type[Model]) -> str:
    return model._meta.label_lower  # noqa: SLF001 - Django's own documented name


def _all(model: type[Model], alias: str) -> QuerySet[Any]:
    return model._base_manager.using(alias)  # noqa: SLF001 - likewise


def _rows(model: type[Model]) -> Iterator[Any]:
    rows = _all(model, DEFAULT_DB_ALIAS).order_by("pk")
    if model is circulation.Fee:
        rows = rows.select_related("loan")
    return rows.iterator(chunk_size=AT_ONCE)


def _fill(model: type[Model], rows: Iterable[Model], to: str) -> int:
    rows, count = iter(rows), 0
    while batch := list(islice(rows, AT_ONCE)):
        _all(model, to).bulk_create(batch)
        count += len(batch)
    return count


@contextmanager
def _as_of_one_moment() -> Iterator[None]:
    """Read everything as it stands now, whatever desks do meanwhile, and keep nobody waiting."""
    if connection.in_atomic_block:  # as in tests: the moment has been chosen
        yield
        return
    is_postgresql = connection.vendor == "postgresql"
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgresql else "BEGIN"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
