"""What came of a check-in, and what is remembered of it so that it can be said again or undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Step, Transit
from kimppa.circulation.operations.standing import Standing
from kimppa.circulation.rules.returns import Message, Result
from kimppa.organisations.models import Branch
from kimppa.patrons.models import Patron

# For so long a check-in can be undone, and a second scan of the item says what the first said.
UNDO = timedelta(days=1)
SAID_AGAIN = timedelta(minutes=5)


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


def state_before(standing: Standing) -> dict[str, Any] | None:
    state = standing.state
    if state is None:
        return None
    return {
        "status": state.status,
        "branch": state.branch_id,
        "since": state.since.isoformat(),
    }


def held_before(standing: Standing) -> dict[str, Any] | None:
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


def said_already(standing: Standing, branch: Branch, now: datetime) -> CheckedIn | None:
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
        parted = step.before.get("held")
        waiting = Hold.objects.filter(state=Hold.State.WAITING)
        return parted is None or waiting.filter(pk=parted["hold"]).exists()
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
