"""Take an item back and say where it goes: shelf, hold shelf, transit or processing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Step, Transit
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.remembering import (
    UNDO,
    CheckedIn,
    held_before,
    said_already,
    state_before,
)
from kimppa.circulation.operations.settling import charge_lateness, end_loan, forgive_replacement
from kimppa.circulation.operations.standing import (
    Standing,
    locked_item,
    locked_patron_of,
    resting_branch,
    standing_of,
)
from kimppa.circulation.queries.facts import Facts, facts
from kimppa.circulation.queries.loans import lending_case
from kimppa.circulation.queries.policy import kept_policy
from kimppa.circulation.rules.loans import catalogue_words
from kimppa.circulation.rules.policy import Policy
from kimppa.circulation.rules.returns import Message, Result
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron

__all__ = ["CheckedIn", "Message", "Result", "check_in"]


@dataclass
class _Return:
    """One check-in while it is being done, with the item (and its borrower) locked."""

    standing: Standing
    facts: Facts
    branch: Branch
    by: StaffAccount | None
    now: datetime
    day: date  # when it was really returned
    policy: Policy
    patron: Patron | None = None
    loan: Loan | None = None
    hold: Hold | None = None
    transit: Transit | None = None
    fees: list[Fee] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def item(self) -> Item:
        return self.standing.item


@transaction.atomic
def check_in(
    *,
    item: Item,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    dropped_date: date | None = None,
) -> CheckedIn:
    """Take the item back at the branch and return where it goes.

    ``dropped_date`` is the day on which it lay in the book drop, if that was earlier; lateness
    is counted to that day. A second check-in at once changes nothing and says the same.
    """
    today = timezone.localdate(now)
    locked = locked_item(item.pk)
    known = facts(locked, today)
    standing = standing_of(locked, known)
    if standing.loan is None and (said := said_already(standing, branch, now)):
        return said
    work = _Return(
        standing=standing,
        facts=known,
        branch=branch,
        by=by,
        now=now,
        day=min(dropped_date or today, today),
        policy=kept_policy(known.rule_set, known.published_at),
        before={"state": state_before(standing)},
    )
    _end_loan(work)
    _find(work)
    result = _route(work)
    step = _remember(work, result)
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="check in",
        kind="item",
        object_id=work.item.pk,
        details={
            "result": result.value,
            "loan": work.loan.pk if work.loan else None,
            "day": work.day.isoformat(),
            "cents": sum(fee.open_cents for fee in work.fees),
        },
    )
    return CheckedIn(
        item=work.item,
        result=result,
        loan=work.loan,
        patron=work.patron,
        hold=work.hold,
        transit=work.transit,
        to_branch=work.transit.to_branch if work.transit else None,
        fees=work.fees,
        messages=work.messages,
        step=step,
    )


def _end_loan(work: _Return) -> None:
    """End the loan, charge its lateness, and forget who had it unless they keep history."""
    loan = work.standing.loan
    if loan is None:
        work.messages.append(Message.NOT_LENT)
        return
    work.patron = locked_patron_of(loan)
    work.before |= {"loan": loan.pk, "patron": work.patron.pk}
    work.loan = end_loan(
        loan, Loan.Ending.RETURNED, patron=work.patron, branch=work.branch, now=work.now
    )
    loan.item = work.item
    _charge_lateness(work, loan, work.patron)
    if loan.claimed_returned_at:
        work.messages.append(Message.CLAIM_SETTLED)
    case = lending_case(work.patron.category_id, work.item, loan.branch)
    if loan.branch_id != work.branch.pk and work.policy["return_to_lender_only", case]:
        work.messages.append(Message.RETURN_TO_LENDER_ONLY)


def _charge_lateness(work: _Return, loan: Loan, patron: Patron) -> None:
    fee = charge_lateness(
        loan,
        patron,
        day=work.day,
        branch=work.branch,
        by=work.by,
        now=work.now,
        policy=work.policy,
    )
    if fee:
        work.fees.append(fee)
        work.messages.append(Message.OVERDUE_FEE)
        work.before["fees"] = [fee.pk]


def _find(work: _Return) -> None:
    """Say that what was lost or missing is found; its replacement is no longer owed."""
    status = work.standing.status
    if status in (ItemState.Status.LOST, ItemState.Status.MISSING):
        work.messages.append(Message.FOUND)
    if status != ItemState.Status.LOST:
        return
    forgiven = forgive_replacement(work.item, by=work.by, branch=work.branch, now=work.now)
    if forgiven.entries:
        work.messages.append(Message.REPLACEMENT_CANCELLED)
        work.before["forgiven"] = list(forgiven.entries)
    if forgiven.paid_cents:
        work.messages.append(Message.REPLACEMENT_PAID)


def _route(work: _Return) -> Result:
    """Put the item where it belongs now and return the word for it."""
    standing, now = work.standing, work.now
    passing = standing.open_transit()
    if passing:
        work.before["transit"] = passing.pk
    if work.facts.is_set_aside:
        work.before["held"] = held_before(standing)
    if _is_withdrawn(standing):
        return _withdrawn(work, passing)
    if work.facts.is_set_aside or work.facts.has_queue:
        work.hold = holds.set_aside(
            item=work.item, branch=work.branch, by=work.by, now=now, policy=work.policy
        )
    if work.hold:
        return _routed_by_hold(work, passing)
    if passing:
        _arrive(work, passing)
    return _routed_to_rest(work, passing)


def _withdrawn(work: _Return, passing: Transit | None) -> Result:
    """Leave what is no longer to be lent for processing; a hold that it was for waits again."""
    work.messages.append(Message.WITHDRAWN)
    if passing:
        _arrive(work, passing)
    holds.put_back(item=work.item, now=work.now)
    work.standing.put(ItemState.Status.WITHDRAWN, work.branch, work.now)
    return Result.PROCESSING


def _arrive(work: _Return, passing: Transit) -> None:
    passing.ended_at, passing.arrived_branch = work.now, work.branch
    passing.save(update_fields=["ended_at", "arrived_branch"])


def _is_withdrawn(standing: Standing) -> bool:
    return standing.status == ItemState.Status.WITHDRAWN or "withdrawn" in catalogue_words(
        standing.item.status
    )


def _routed_by_hold(work: _Return, passing: Transit | None) -> Result:
    assert work.hold is not None  # noqa: S101 - the caller has it
    if work.hold.state == Hold.State.READY:
        if passing:
            work.messages.append(Message.ARRIVED)
        return Result.HOLD_SHELF
    work.transit = (
        Transit.objects.filter(item=work.item, ended_at=None).select_related("to_branch").get()
    )
    if passing:
        work.messages.append(Message.SENT_ON)
    return Result.TRANSIT


def _routed_to_rest(work: _Return, passing: Transit | None) -> Result:
    rest = resting_branch(work.item, work.branch)
    if rest.pk == work.branch.pk:
        if passing:
            work.messages.append(Message.ARRIVED)
        work.standing.rest(work.branch, work.now)
        return Result.SHELF
    if passing:
        work.messages.append(Message.SENT_ON)
    work.transit = send_home(work.standing, work.branch, rest, work.now)
    return Result.TRANSIT


def send_home(standing: Standing, branch: Branch, home: Branch, now: datetime) -> Transit:
    """Send the item from the branch to its home; its transit is open until it arrives there."""
    standing.put(ItemState.Status.IN_TRANSIT, None, now)
    return Transit.objects.create(
        item=standing.item,
        from_branch=branch,
        to_branch=home,
        reason=Transit.Reason.HOME,
        sent_at=now,
    )


def _remember(work: _Return, result: Result) -> Step:
    """Write how everything was, so that the check-in can be taken back."""
    work.before |= {
        "result": result.value,
        "hold": work.hold.pk if work.hold else None,
        "made_transit": work.transit.pk if work.transit else None,
        "messages": [message.value for message in work.messages],
    }
    return Step.objects.create(
        kind=Step.Kind.CHECK_IN,
        object_id=work.item.pk,
        before=work.before,
        at=work.now,
        by=work.by,
        branch=work.branch,
        undo_until=work.now + UNDO,
    )
