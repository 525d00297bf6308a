"""Take an item back and say where it goes: shelf, hold shelf, transit or processing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, ItemState, LedgerEntry, Loan, Step, Transit
from kimppa.circulation.operations import fees as money
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.standing import (
    Standing,
    locked_item,
    locked_patron_of,
    resting_branch,
    standing_of,
)
from kimppa.circulation.queries.facts import Facts, facts
from kimppa.circulation.queries.fees import loan_overdue_cents
from kimppa.circulation.queries.loans import lending_case
from kimppa.circulation.queries.policy import kept_policy
from kimppa.circulation.rules.loans import catalogue_words
from kimppa.circulation.rules.policy import Policy
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron

# For so long a check-in can be undone, and a second scan of the item says what the first said.
UNDO = timedelta(days=1)
SAID_AGAIN = timedelta(minutes=5)
WHY_FORGIVEN = "found"  # the reason in the ledger of a replacement that is no longer owed


class Result(StrEnum):
    """Where the clerk puts the item: the big word on the page (users.md D2)."""

    SHELF = "shelf"
    HOLD_SHELF = "hold_shelf"
    TRANSIT = "transit"
    PROCESSING = "processing"


class Message(StrEnum):
    """What the clerk should know besides."""

    NOT_LENT = "not_lent"  # nobody had it
    OVERDUE_FEE = "overdue_fee"
    CLAIM_SETTLED = "claim_settled"  # its patron had said that it was returned
    FOUND = "found"  # it was lost or missing
    REPLACEMENT_CANCELLED = "replacement_cancelled"
    REPLACEMENT_PAID = "replacement_paid"  # money to give back
    RETURN_TO_LENDER_ONLY = "return_to_lender_only"  # should have been returned where it was lent
    WITHDRAWN = "withdrawn"
    ARRIVED = "arrived"  # a transit ended here
    SENT_ON = "sent_on"  # a transit passed through here


@dataclass(frozen=True)
class CheckedIn:
    """What came of a check-in.

    ``patron`` had it, also when the loan no longer tells. ``fees`` were charged now.
    ``step`` undoes it; None when nothing was changed and nothing was remembered.
    ``is_repeat`` says that the item had been checked in here just now and stays where it was.
    """

    item: Item
    result: Result
    loan: Loan | None = None
    patron: Patron | None = None
    hold: Hold | None = None
    transit: Transit | None = None
    to_branch: Branch | None = None
    fees: Sequence[Fee] = ()
    messages: Sequence[Message] = ()
    step: Step | None = None
    is_repeat: bool = False


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
    if standing.loan is None and (said := _said_already(standing, branch, now)):
        return said
    work = _Return(
        standing=standing,
        facts=known,
        branch=branch,
        by=by,
        now=now,
        day=min(dropped_date or today, today),
        policy=kept_policy(known.rule_set, known.published_at),
        before={"state": _state_before(standing)},
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


def end_loan(loan: Loan, ending: str, *, patron: Patron, branch: Branch, now: datetime) -> Loan:
    """End an open loan whose item and patron are locked; the link goes unless history is kept."""
    loan.ended_at, loan.ending, loan.ended_branch = now, ending, branch
    if patron.history != Patron.History.ALWAYS:
        loan.patron = None
    loan.save(update_fields=["ended_at", "ending", "ended_branch", "patron"])
    return loan


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


def charge_lateness(
    loan: Loan,
    patron: Patron,
    *,
    day: date,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    policy: Policy,
) -> Fee | None:
    """Charge what the loan's lateness came to by the day; None when it cost nothing.

    What its patron said was returned costs no more after the day when that was said.
    """
    if loan.claimed_returned_at:
        day = min(day, timezone.localdate(loan.claimed_returned_at))
    if day <= loan.due_date:
        return None
    cents = loan_overdue_cents(loan, patron.category_id, day=day, policy=policy)
    if not cents:
        return None
    return money.charge(
        patron=patron,
        kind=Fee.Kind.OVERDUE,
        cents=cents,
        library=loan.branch.library,
        branch=branch,
        by=by,
        now=now,
        loan=loan,
        item=loan.item,
    )


@dataclass(frozen=True)
class Forgiven:
    """Replacement charges that fell away: numbers of the ledger's entries, and what was paid."""

    entries: Sequence[int] = ()
    paid_cents: int = 0


def forgive_replacement(
    item: Item, *, by: StaffAccount | None, branch: Branch, now: datetime
) -> Forgiven:
    """Forgive what is still open of the item's replacement, because it was found.

    What was paid of the last one is told, so that it can be given back.
    """
    charged = Fee.objects.filter(item=item, kind=Fee.Kind.LOST_ITEM)
    entries = []
    for fee in charged.filter(open_cents__gt=0).order_by("pk"):
        money.waive(fee=fee, reason=WHY_FORGIVEN, branch=branch, by=by, now=now)
        entries.append(fee.entries.filter(kind=LedgerEntry.Kind.WAIVED).latest("pk").pk)
    last = charged.order_by("-made_at").first()
    kinds = (LedgerEntry.Kind.PAYMENT, LedgerEntry.Kind.PAYMENT_CANCELLED)
    paid = last.entries.filter(kind__in=kinds).values_list("cents", flat=True) if last else ()
    return Forgiven(entries, -sum(paid))


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
    if _is_withdrawn(standing):
        work.messages.append(Message.WITHDRAWN)
        standing.put(ItemState.Status.WITHDRAWN, work.branch, now)
        return Result.PROCESSING
    passing = standing.open_transit()
    if passing:
        work.before["transit"] = passing.pk
    if work.facts.is_set_aside:
        work.before["held"] = _held_before(standing)
    if work.facts.is_set_aside or work.facts.has_queue:
        work.hold = holds.set_aside(
            item=work.item, branch=work.branch, by=work.by, now=now, policy=work.policy
        )
    if work.hold:
        return _routed_by_hold(work, passing)
    if passing:
        passing.ended_at, passing.arrived_branch = now, work.branch
        passing.save(update_fields=["ended_at", "arrived_branch"])
    return _routed_to_rest(work, passing)


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


def _state_before(standing: Standing) -> dict[str, Any] | None:
    state = standing.state
    if state is None:
        return None
    return {
        "status": state.status,
        "branch": state.branch_id,
        "since": state.since.isoformat(),
    }


def _held_before(standing: Standing) -> dict[str, Any] | None:
    """Return the hold that the item is set aside for already, as it is."""
    held = Hold.objects.filter(
        item=standing.item, state__in=[Hold.State.READY, Hold.State.IN_TRANSIT]
    ).first()
    if held is None:
        return None
    return {
        "hold": held.pk,
        "state": held.state,
        "shelf_code": held.shelf_code,
        "ready_at": held.ready_at.isoformat() if held.ready_at else None,
        "last_pickup_date": held.last_pickup_date.isoformat() if held.last_pickup_date else None,
    }


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


def _said_already(standing: Standing, branch: Branch, now: datetime) -> CheckedIn | None:
    """Return what the check-in of a moment ago said, if the item still stands as it left it."""
    step = (
        Step.objects.filter(kind=Step.Kind.CHECK_IN, object_id=standing.item.pk)
        .order_by("-pk")
        .first()
    )
    if step is None or step.branch_id != branch.pk or step.undone_at:
        return None
    if step.at < now - SAID_AGAIN or _somebody_waits(standing, step):
        return None
    if not stands_as_left(standing, step) or not hold_stands_as_left(step):
        return None
    return _as_said(standing, step)


LEFT_AS = {
    Result.SHELF: ("", ItemState.Status.ON_SHELF),
    Result.HOLD_SHELF: (ItemState.Status.HOLD_SHELF,),
    Result.TRANSIT: (ItemState.Status.IN_TRANSIT,),
    Result.PROCESSING: (ItemState.Status.WITHDRAWN,),
}


def stands_as_left(standing: Standing, step: Step) -> bool:
    """Return whether the item is where the check-in put it and nothing has happened to it since."""
    if standing.loan is not None or standing.status not in LEFT_AS[step.before["result"]]:
        return False
    if standing.state is not None and standing.state.since > step.at:
        return False
    newer = Step.objects.filter(kind=step.kind, object_id=step.object_id, pk__gt=step.pk)
    lent = Loan.objects.filter(item=standing.item, began_at__gte=step.at)
    lent = lent.exclude(pk=step.before.get("loan"))
    return not lent.exists() and not newer.filter(undone_at=None).exists()


def hold_stands_as_left(step: Step) -> bool:
    """Return whether the hold that the check-in gave the item to still has it in the same way."""
    if step.before["hold"] is None:
        return True
    states = {Result.HOLD_SHELF: Hold.State.READY, Result.TRANSIT: Hold.State.IN_TRANSIT}
    held = Hold.objects.filter(pk=step.before["hold"], item=step.object_id)
    return held.filter(state=states[step.before["result"]]).exists()


def _somebody_waits(standing: Standing, step: Step) -> bool:
    """Return whether a hold came since that might want the item."""
    if step.before["hold"]:
        return False
    queue = Hold.objects.waiting().filter(record=standing.item.record_id)
    return queue.filter(placed_at__gt=step.at).exists()


def _as_said(standing: Standing, step: Step) -> CheckedIn:
    before = step.before
    transit = Transit.objects.select_related("to_branch").filter(pk=before["made_transit"]).first()
    return CheckedIn(
        item=standing.item,
        result=Result(before["result"]),
        loan=Loan.objects.filter(pk=before.get("loan")).first(),
        patron=Patron.objects.filter(pk=before.get("patron")).first(),
        hold=Hold.objects.filter(pk=before.get("hold")).first(),
        transit=transit,
        to_branch=transit.to_branch if transit else None,
        fees=list(Fee.objects.filter(pk__in=before.get("fees", []))),
        messages=[Message(value) for value in before["messages"]],
        step=step,
        is_repeat=True,
    )
