"""Whom a notice reaches and how, and what the patrons should be told today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from kimppa.circulation.models import Fee, Hold, Loan, MessageChoice, Notice
from kimppa.circulation.queries.fees import loan_case
from kimppa.circulation.rules.notices import OVERDUE_STEPS, step_due
from kimppa.circulation.rules.policy import Policy
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import email_of, guardians_of, phone_of

DUE_SOON_DAYS = 2
MOST_LEAD_DAYS = 7


@dataclass(frozen=True)
class Due:
    """Something a patron should be told: its kind, its name, and what the text needs."""

    patron: Patron
    kind: str
    subject_key: str
    facts: dict[str, Any]


def address_of(patron: Patron, channel: str, day: date) -> str | None:
    """Return where a message goes: the patron's own, else a guardian's; None: nowhere."""
    find = email_of if channel == "email" else phone_of
    if found := find(patron, on=day):
        return found
    guardians = (link.guardian for link in guardians_of(patron))
    return next((found for one in guardians if (found := find(one, on=day))), None)


def reachable(patron: Patron, day: date) -> dict[str, bool]:
    """Return by which ways the patron, or a guardian, can be told."""
    return {channel: bool(address_of(patron, channel, day)) for channel in ("email", "sms")}


def todays(day: date, policy: Policy) -> Iterator[Due]:
    """Iterate over what patrons should be told on the day, but for what happened at the desk."""
    yield from _due_soon(day)
    yield from _overdue(day, policy)
    yield from _last_pickup_days(day)
    yield from _new_fees(day)


def _due_soon(day: date) -> Iterator[Due]:
    """Loans that fall due in as many days as the patron asked for, together for each day."""
    leads = dict(
        MessageChoice.objects.filter(kind="due_soon").values_list("patron_id", "lead_days")
    )
    for loans in _by_patron_and_due(day, day + timedelta(MOST_LEAD_DAYS)):
        patron = _borrower(loans[0])
        lead = leads.get(patron.pk, DUE_SOON_DAYS)
        if (loans[0].due_date - day).days <= lead:
            yield _of_loans("due_soon", f"due {loans[0].due_date}", patron, loans)


def _overdue(day: date, policy: Policy) -> Iterator[Due]:
    """Loans whose next step of asking back has come; only the latest step is told."""
    steps = list(OVERDUE_STEPS.items())
    for loans in _by_patron_and_due(date.min, day - timedelta(1)):
        patron = _borrower(loans[0])
        case = loan_case(loans[0], patron.category_id)
        come = [
            step for step, name in steps if step_due(loans[0].due_date, policy[name, case], day)
        ]
        if come:
            kind = "invoice" if come[-1] == "invoice" else "overdue"
            yield _of_loans(kind, f"{come[-1]} {loans[0].due_date}", patron, loans)


def _by_patron_and_due(first: date, last: date) -> Iterator[list[Loan]]:
    """Iterate over open loans due between the days, those of one patron and day together."""
    loans = (
        Loan.objects.open()
        .filter(due_date__range=(first, last), claimed_returned_at=None, kind=Loan.Kind.LOAN)
        .select_related("patron", "branch", "item")
        .order_by("patron_id", "due_date", "pk")
    )
    for _, group in groupby(loans.iterator(), key=lambda one: (one.patron_id, one.due_date)):
        yield list(group)


def _borrower(loan: Loan) -> Patron:
    if loan.patron is None:  # an open loan has one: the database sees to it
        raise TypeError(loan)
    return loan.patron


def _of_loans(kind: str, subject_key: str, patron: Patron, loans: list[Loan]) -> Due:
    facts = {
        "loans": [loan.pk for loan in loans],
        "due_date": loans[0].due_date.isoformat(),
        "branch": loans[0].branch.name,
    }
    return Due(patron, kind, subject_key, facts)


def _last_pickup_days(day: date) -> Iterator[Due]:
    """Holds whose last pickup day is today or tomorrow and that have waited a day or more."""
    holds = Hold.objects.filter(
        state=Hold.State.READY,
        last_pickup_date__range=(day, day + timedelta(1)),
        ready_at__date__lt=day,
    ).select_related("patron", "pickup_branch")
    for hold in holds.iterator():
        if hold.patron:
            yield Due(hold.patron, "last_pickup_day", f"hold {hold.pk}", hold_facts(hold))


def hold_facts(hold: Hold) -> dict[str, Any]:
    """Return what a notice about a hold on the shelf tells."""
    return {
        "hold": hold.pk,
        "branch": hold.pickup_branch.name,
        "shelf_code": hold.shelf_code,
        "last_pickup_date": hold.last_pickup_date.isoformat() if hold.last_pickup_date else "",
    }


def _new_fees(day: date) -> Iterator[Due]:
    """Fees of yesterday and today that are still open."""
    fees = Fee.objects.filter(
        made_at__date__range=(day - timedelta(1), day), open_cents__gt=0
    ).select_related("patron", "library")
    for fee in fees.iterator():
        if fee.patron:
            facts = {"fee": fee.pk, "cents": fee.open_cents, "branch": fee.library.name}
            yield Due(fee.patron, "fee", f"fee {fee.pk}", facts)


def choices_of(patron: Patron) -> dict[str, MessageChoice]:
    """Return the patron's choices by kind of notice."""
    return {choice.kind: choice for choice in MessageChoice.objects.filter(patron=patron)}


def to_print() -> QuerySet[Notice]:
    """Return the notices that wait for paper, by library and age."""
    return (
        Notice.objects.filter(channel="print", state=Notice.State.WAITING)
        .select_related("patron__library", "patron__home_branch")
        .order_by("patron__library__name", "made_at")
    )


def undelivered(since: datetime) -> QuerySet[Notice]:
    """Return the notices that failed or may have failed since then."""
    return Notice.objects.filter(
        state__in=[Notice.State.FAILED, Notice.State.UNCERTAIN], made_at__gte=since
    ).order_by("-made_at")
