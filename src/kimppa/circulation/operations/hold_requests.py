"""Place holds, freeze them, and let them be fetched elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from kimppa.circulation.models import Hold, HoldGroup
from kimppa.circulation.operations.holds import lock_hold, withdraw_requests
from kimppa.circulation.operations.standing import locked_borrower
from kimppa.circulation.queries.loans import borrower, lending_terms
from kimppa.circulation.queries.placing import (
    NO_PICKUP,
    Asked,
    candidates,
    who_and_where,
    wish,
)
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.rules.loans import Reason, borrower_problems
from kimppa.circulation.rules.placing import (
    MOST_COPIES,
    HoldProblem,
    HoldReason,
    date_problems,
    is_overridable,
    placing_problems,
)
from kimppa.circulation.rules.policy import Policy
from kimppa.circulation.rules.queues import rank_at
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event

AnyReason = HoldReason | Reason


class PlaceHoldRefused(Refused[AnyReason]):
    """No hold was placed, for all these reasons."""


class ChangeHoldRefused(Refused[HoldReason]):
    """The hold was left as it is, for these reasons."""


@dataclass(frozen=True)
class Placed:
    """The holds placed, in the order of their places, and what was let pass."""

    holds: Sequence[Hold]
    overridden: Sequence[AnyReason] = ()


@transaction.atomic
def place_hold(
    *,
    asked: Asked,
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
    group_name: str = "",
    override: str = "",
) -> Placed:
    """Put the patron into the record's queue, once for each copy asked for; return the holds.

    Several copies make a group, as for a reading circle: they wait for each other on the shelf.
    A group of the same name that still waits for the record is returned as it is, so that a
    button pressed twice does no harm. ``override`` is the reason of somebody whose permission the
    caller has checked. Raises PlaceHoldRefused.
    """
    day = timezone.localdate(now)
    # As the patron is now that they are locked: a merge may have come in between.
    asked = replace(asked, patron=locked_borrower(asked.patron.pk))
    if there := _same_group(asked, group_name):
        return Placed(there)
    found = _problems(asked, day, policy_on(day))
    if any(not (override and is_overridable(reason)) for reason in found):
        raise PlaceHoldRefused(found)
    group = None
    if asked.copies > 1:
        group = HoldGroup.objects.create(name=group_name, patron=asked.patron, made_at=now)
    last = Hold.objects.waiting().filter(record=asked.record).aggregate(last=Max("rank"))["last"]
    rank = rank_at(now, last)
    placed = [
        Hold.objects.create(
            record=asked.record,
            wanted_item=asked.wanted_item,
            patron=asked.patron,
            group=group,
            pickup_branch=asked.pickup_branch,
            placed_at=now,
            placed_by=by,
            rank=rank + number,
            not_before_date=asked.not_before_date,
            wanted_by_date=asked.wanted_by_date,
        )
        for number in range(asked.copies)
    ]
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="place hold",
        kind="hold",
        object_id=placed[0].pk,
        details={
            "record": asked.record.cluster_id,
            "pickup": asked.pickup_branch.code,
            "copies": asked.copies,
            **({"overridden": [str(reason) for reason in found]} if found else {}),
        },
        reason=override if found else "",
    )
    return Placed(placed, found)


def _same_group(asked: Asked, name: str) -> list[Hold]:
    """Return the open holds of the group that a second press of the button would make again."""
    if asked.copies == 1:
        return []
    same = Hold.objects.open().filter(patron=asked.patron, record=asked.record, group__name=name)
    return list(same.order_by("rank", "pk"))


def _problems(asked: Asked, day: date, policy: Policy) -> list[AnyReason]:
    """Return everything against it; the patron's own reasons first."""
    if not 1 <= asked.copies <= MOST_COPIES:
        raise ValueError(asked.copies)
    branch = asked.pickup_branch
    terms = lending_terms(policy, who_and_where(asked.patron.category_id, branch))
    young = terms.guardian_needed_below_years.value
    who = borrower(asked.patron, policy, branch, day, young=young)
    return [
        *borrower_problems(who, terms, branch.pk),
        *placing_problems(wish(asked, day, policy), day),
    ]


@transaction.atomic
def freeze(
    *, hold: Hold, until: date, by: StaffAccount | None, branch: Branch | None, now: datetime
) -> Hold:
    """Let others pass until the day, on which the hold is awake again; it keeps its place.

    Raises ChangeHoldRefused when an item is set aside already, or the day is not to come.
    """
    hold = _locked_waiting(hold)
    problems = date_problems(until, hold.wanted_by_date, timezone.localdate(now))
    if until <= timezone.localdate(now):
        problems.append(HoldReason(HoldProblem.DATE_PAST))
    if problems:
        raise ChangeHoldRefused(problems)
    return _frozen(hold, until, by, branch, now)


@transaction.atomic
def unfreeze(*, hold: Hold, by: StaffAccount | None, branch: Branch | None, now: datetime) -> Hold:
    """Let the hold take its turn again. Raises ChangeHoldRefused when it is not waiting."""
    return _frozen(_locked_waiting(hold), None, by, branch, now)


def _frozen(
    hold: Hold, until: date | None, by: StaffAccount | None, branch: Branch | None, now: datetime
) -> Hold:
    if hold.not_before_date == until:
        return hold
    hold.not_before_date = until
    hold.save(update_fields=["not_before_date"])
    withdraw_requests(hold=hold, now=now)
    details = {"until": until.isoformat() if until else None}
    _log("freeze hold" if until else "unfreeze hold", hold, by, branch, now, details)
    return hold


@transaction.atomic
def change_pickup(
    *,
    hold: Hold,
    pickup_branch: Branch,
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
) -> Hold:
    """Let the hold be fetched at another branch; it keeps its place.

    Raises ChangeHoldRefused once an item is set aside, where nothing can be fetched, or where no
    item of the record may go.
    """
    hold = _locked_waiting(hold)
    if hold.pickup_branch_id == pickup_branch.pk:
        return hold
    day = timezone.localdate(now)
    problems = []
    if pickup_branch.kind in NO_PICKUP:
        problems.append(HoldReason(HoldProblem.NO_PICKUP_THERE))
    if not candidates(_asked_again(hold, pickup_branch), day):
        problems.append(HoldReason(HoldProblem.NO_ITEM))
    if problems:
        raise ChangeHoldRefused(problems)
    before = hold.pickup_branch.code
    hold.pickup_branch = pickup_branch
    hold.save(update_fields=["pickup_branch"])
    withdraw_requests(hold=hold, now=now)
    _log("change pickup", hold, by, branch, now, {"from": before, "to": pickup_branch.code})
    return hold


def _asked_again(hold: Hold, pickup_branch: Branch) -> Asked:
    assert hold.patron is not None  # noqa: S101 - a constraint says so of open holds
    return Asked(hold.patron, hold.record, pickup_branch, wanted_item=hold.wanted_item)


def _locked_waiting(hold: Hold) -> Hold:
    found = lock_hold(hold.pk)
    if found.state != Hold.State.WAITING:
        raise ChangeHoldRefused([HoldReason(HoldProblem.NOT_WAITING)])
    return found


def _log(
    action: str,
    hold: Hold,
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="hold",
        object_id=hold.pk,
        details=details,
    )
