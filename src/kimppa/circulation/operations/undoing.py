"""Take a check-in back, for hands that slipped."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from django.db import transaction
from django.db.models import Sum
from django.utils.dateparse import parse_date, parse_datetime

from kimppa.circulation.models import Fee, LedgerEntry, Loan, Step, Transit
from kimppa.circulation.operations import fees as money
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.remembering import hold_stands_as_left, stands_as_left
from kimppa.circulation.operations.standing import Standing, locked_borrower, locked_standing
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron


class UndoProblem(StrEnum):
    """Why a check-in can no longer be taken back."""

    TOO_LATE = "too_late"
    ITEM_MOVED_ON = "item_moved_on"
    HOLD_MOVED_ON = "hold_moved_on"
    FEE_SETTLED = "fee_settled"  # paid or forgiven, at least in part
    PATRON_GONE = "patron_gone"


class UndoRefused(Refused[UndoProblem]):
    """The check-in stands; nothing was changed."""


@transaction.atomic
def undo_check_in(
    *, step: Step, by: StaffAccount | None, branch: Branch, now: datetime
) -> Loan | None:
    """Put everything back as it was before the check-in; return the loan that is open again.

    The loan with its patron, the fees it charged, the item's place, its transit and the hold it
    went to. A second undo changes nothing. Raises UndoRefused.
    """
    standing = locked_standing(step.object_id)
    patron = _patron_of(step)
    remembered = Step.objects.select_for_update().filter(kind=Step.Kind.CHECK_IN, pk=step.pk)
    step = remembered.first() or _forgotten()
    if step.undone_at:
        return standing.loan
    if problems := _problems(step, standing, patron, now):
        raise UndoRefused(problems)
    before = step.before
    _take_back_hold(standing, before, now)
    _reopen_transit(before, now)
    loan = _reopen_loan(before, patron)
    _take_back_money(before, by=by, branch=branch, now=now)
    _restore_state(standing, before["state"])
    step.undone_at = now
    step.before = without_patron(before)
    step.save(update_fields=["undone_at", "before"])
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="undo check in",
        kind="item",
        object_id=standing.item.pk,
        details={"loan": before.get("loan"), "step": step.pk},
    )
    return loan


def _forgotten() -> NoReturn:
    raise UndoRefused([UndoProblem.TOO_LATE])


def _patron_of(step: Step) -> Patron | None:
    """Return who had the item, locked; whoever they were merged into meanwhile."""
    number = step.before.get("patron")
    while number:
        # Followed before it is locked: a merge locks two patrons, the lower number first.
        follower = Patron.objects.values_list("merged_into", flat=True).get(pk=number)
        if follower is None:
            patron = locked_borrower(number)
            if patron.merged_into_id is None:
                return patron
            follower = patron.merged_into_id
        number = follower
    return None


def _problems(
    step: Step, standing: Standing, patron: Patron | None, now: datetime
) -> list[UndoProblem]:
    """Return everything that speaks against it."""
    told = {
        UndoProblem.TOO_LATE: now > step.undo_until,
        UndoProblem.ITEM_MOVED_ON: not stands_as_left(standing, step),
        UndoProblem.HOLD_MOVED_ON: not hold_stands_as_left(step),
        UndoProblem.FEE_SETTLED: _is_fee_settled(step.before.get("fees", [])),
        UndoProblem.PATRON_GONE: bool(step.before.get("loan"))
        and (patron is None or patron.erased_at is not None),
    }
    return [problem for problem, is_so in told.items() if is_so]


def _is_fee_settled(numbers: list[int]) -> bool:
    fees = Fee.objects.filter(pk__in=numbers, entries__kind=LedgerEntry.Kind.CHARGE)
    charged = fees.annotate(charged=Sum("entries__cents")).values_list("open_cents", "charged")
    return any(open_cents != cents for open_cents, cents in charged)


def _take_back_hold(standing: Standing, before: Mapping[str, Any], now: datetime) -> None:
    """Make the hold wait again, or be as it was if it had the item already."""
    held = before.get("held")
    if held is None:
        holds.put_back(item=standing.item, now=now)
        return
    hold = holds.lock_hold(held["hold"])
    holds.untell(hold)
    hold.state = held["state"]
    hold.shelf_code = held["shelf_code"]
    hold.ready_at = parse_datetime(held["ready_at"]) if held["ready_at"] else None
    hold.last_pickup_date = parse_date(held["last_pickup_date"] or "")
    hold.item = standing.item
    hold.save()


def _reopen_transit(before: Mapping[str, Any], now: datetime) -> None:
    """Call off the transit that the check-in made; open the one that it ended."""
    Transit.objects.filter(pk=before["made_transit"], ended_at=None).update(ended_at=now)
    if before.get("transit"):
        Transit.objects.filter(pk=before["transit"]).update(ended_at=None, arrived_branch=None)


def _reopen_loan(before: Mapping[str, Any], patron: Patron | None) -> Loan | None:
    if not before.get("loan"):
        return None
    loan = Loan.objects.select_for_update(no_key=True).get(pk=before["loan"])
    loan.patron = patron
    loan.ended_at, loan.ending, loan.ended_branch = None, "", None
    loan.save(update_fields=["patron", "ended_at", "ending", "ended_branch"])
    return loan


def _take_back_money(
    before: Mapping[str, Any], *, by: StaffAccount | None, branch: Branch, now: datetime
) -> None:
    for fee in Fee.objects.filter(pk__in=before.get("fees", [])).order_by("pk"):
        money.undo_charge(fee=fee, by=by, branch=branch, now=now)
    forgiven = LedgerEntry.objects.filter(pk__in=before.get("forgiven", []))
    for entry in forgiven.select_related("fee").order_by("pk"):
        money.undo_waiver(entry=entry, by=by, branch=branch, now=now)


def _restore_state(standing: Standing, state: Mapping[str, Any] | None) -> None:
    if state is None:
        standing.leave()
        return
    branch = Branch.objects.get(pk=state["branch"]) if state["branch"] else None
    since = parse_datetime(state["since"])
    assert since is not None  # noqa: S101 - written by isoformat
    standing.put(state["status"], branch, since)


def without_patron(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step remembers without who had the item."""
    return {key: value for key, value in before.items() if key != "patron"}


def forget_check_ins(*, now: datetime) -> int:
    """Forget check-ins that can no longer be undone, and with them who had the items; how many.

    For the night. What the log tells stays; run twice it changes nothing more.
    """
    stale = Step.objects.filter(kind=Step.Kind.CHECK_IN, undo_until__lt=now)
    return stale.delete()[0]
