"""End holds and bring them back: cancel, restore, let expire, forget."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, HoldGroup, ItemState, Loan, Transit
from kimppa.circulation.operations.fees import charge
from kimppa.circulation.operations.holds import (
    back_to_queue,
    become_ready,
    end_hold,
    lock_hold,
    settle_group,
    untell,
    withdraw_requests,
)
from kimppa.circulation.operations.standing import locked_borrower
from kimppa.circulation.queries.holds import pickup_case
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.rules.holds import REQUEUE_DAYS, is_undoable
from kimppa.circulation.rules.placing import HoldProblem, HoldReason
from kimppa.circulation.rules.policy import Policy
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron


class RestoreRefused(Refused[HoldReason]):
    """The hold was not restored, for these reasons."""


@dataclass(frozen=True)
class Restored:
    """Which holds came back, and which did not and why."""

    holds: Sequence[Hold]
    refused: Mapping[int, Sequence[HoldReason]]


@transaction.atomic
def cancel_holds(
    *,
    holds: Iterable[int],
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
    reason: str = "",
) -> list[Hold]:
    """Cancel the holds of these numbers and return those that were open.

    ``by`` is empty when the patron does it. An item that was set aside stays where it is, on the
    hold shelf's list of what is to be cleared or on its way, until it is scanned: only then does
    it go to the next in the queue, who would otherwise look for it on the shelf in vain.
    """
    done = []
    for hold in _locked(holds):
        if hold.state not in Hold.OPEN:
            continue
        untell(hold)
        end_hold(hold, Hold.State.CANCELLED, by=by, now=now)
        hold.save()
        withdraw_requests(hold=hold, now=now)
        done.append(hold)
    if done:
        _settle(done, now)
        _log("cancel holds", done, by, branch, now, reason)
    return done


@transaction.atomic
def restore_holds(
    *,
    holds: Iterable[int],
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
    reason: str = "",
) -> Restored:
    """Bring cancelled holds back to the very places they had; say which could not be, and why.

    A hold whose item still lies on the hold shelf, or is still on its way, gets it back. A hold
    that the patron placed for the same record in the meantime gives way to the older one. Holds
    that are open are left as they are.
    """
    policy = policy_on(timezone.localdate(now))
    numbers, done = set(holds), list[Hold]()
    refused: dict[int, Sequence[HoldReason]] = {}
    rows = _locked_with_younger(numbers)
    own = _open_of_one(rows)
    waiting_again = []
    for hold in sorted(rows, key=lambda row: (row.rank, row.pk)):
        if hold.pk not in numbers or hold.state in Hold.OPEN:
            continue
        beside = own[hold.patron_id, hold.record_id] if hold.group_id is None else []
        if problems := _restore_problems(hold, beside, now, policy):
            refused[hold.pk] = problems
            continue
        for each in [each for each in beside if _gives_way(each, hold)]:
            beside.remove(each)
            end_hold(each, Hold.State.CANCELLED, by=by, now=now)
            each.save()
            withdraw_requests(hold=each, now=now)
        if not _bring_back_with_item(hold, now, policy):
            waiting_again.append(hold)
        beside.append(hold)
        done.append(hold)
    back_to_queue(waiting_again)
    if done:
        _log("restore holds", done, by, branch, now, reason)
    return Restored(done, refused)


def restore_hold(
    *, hold: Hold, by: StaffAccount | None, branch: Branch | None, now: datetime
) -> Hold:
    """Bring one cancelled hold back; RestoreRefused where it cannot be."""
    outcome = restore_holds(holds=[hold.pk], by=by, branch=branch, now=now)
    if outcome.refused:
        raise RestoreRefused(outcome.refused[hold.pk])
    return outcome.holds[0] if outcome.holds else _as_it_is(hold)


@transaction.atomic
def expire_hold(*, hold: int, now: datetime, policy: Policy) -> Hold | None:
    """End the hold if its last pickup day has gone by, or nobody needs it any more.

    What the rules say that an unfetched hold costs is charged. Returns None when the hold was
    fetched, cancelled or prolonged meanwhile. The item stays on the list of what is to be cleared.
    """
    day = timezone.localdate(now)
    patron = Hold.objects.values_list("patron", flat=True).get(pk=hold)
    if patron:
        locked_borrower(patron)
    found = lock_hold(hold)
    is_uncollected = (
        found.state == Hold.State.READY
        and found.last_pickup_date is not None
        and found.last_pickup_date < day
    )
    is_unwanted = (
        found.state == Hold.State.WAITING
        and found.wanted_by_date is not None
        and found.wanted_by_date < day
    )
    if not is_uncollected and not is_unwanted:
        return None
    end_hold(found, Hold.State.EXPIRED, by=None, now=now)
    found.save()
    withdraw_requests(hold=found, now=now)
    cents = _charge_uncollected(found, now, policy) if is_uncollected else 0
    _settle([found], now)
    record_event(
        now=now,
        by=None,
        branch=found.pickup_branch,
        action="expire hold",
        kind="hold",
        object_id=found.pk,
        details={"from": found.ended_from, "cents": cents},
    )
    return found


def expire_uncollected(*, now: datetime) -> int:
    """End every hold whose time has gone by; return how many. Each is a transaction of its own."""
    day = timezone.localdate(now)
    policy = policy_on(day)
    over = Hold.objects.filter(
        Q(state=Hold.State.READY, last_pickup_date__lt=day)
        | Q(state=Hold.State.WAITING, wanted_by_date__lt=day)
    ).order_by("pk")
    numbers = list(over.values_list("pk", flat=True))
    return sum(1 for hold in numbers if expire_hold(hold=hold, now=now, policy=policy))


@transaction.atomic
def forget_ended(*, now: datetime) -> int:
    """Forget whose the holds were that ended two weeks ago, unless history is wanted; how many.

    Until then a hold that was cancelled by mistake can be placed again (users.md D12).
    """
    over = Hold.objects.exclude(state__in=Hold.OPEN).exclude(patron=None)
    gone = over.filter(ended_at__lt=now - timedelta(days=REQUEUE_DAYS)).exclude(
        patron__history=Patron.History.ALWAYS
    )
    count = gone.update(patron=None)
    # The name of a reading circle may be that of a person.
    whole = Hold.objects.exclude(patron=None).exclude(group=None)
    HoldGroup.objects.exclude(patron=None).exclude(pk__in=whole.values("group")).update(
        patron=None, name=""
    )
    return count


def _as_it_is(hold: Hold) -> Hold:
    """Return the hold as it is now."""
    return Hold.objects.select_related("pickup_branch", "patron").get(pk=hold.pk)


def _locked(holds: Iterable[int]) -> list[Hold]:
    """Return the holds, locked in the order of their numbers; groups before holds."""
    numbers = sorted(set(holds))
    groups = Hold.objects.filter(pk__in=numbers).exclude(group=None).values("group")
    list(HoldGroup.objects.select_for_update(no_key=True).filter(pk__in=groups).order_by("pk"))
    rows = Hold.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=numbers)
    return list(rows.select_related("pickup_branch", "patron").order_by("pk"))


def _restore_problems(
    hold: Hold, beside: Sequence[Hold], now: datetime, policy: Policy
) -> list[HoldReason]:
    """Return why the hold cannot come back, with what the patron has ``beside`` it."""
    if hold.state != Hold.State.CANCELLED or hold.ended_at is None:
        return [HoldReason(HoldProblem.NOT_CANCELLED)]
    patron = hold.patron
    if patron is None or patron.merged_into_id or patron.erased_at:
        return [HoldReason(HoldProblem.PATRON_GONE)]
    found = []
    hours = policy["cancel_undo_hours", who_and_where(patron.category_id, hold.pickup_branch)]
    if not is_undoable(hold.ended_at, hours, now):
        found.append(HoldReason(HoldProblem.TOO_LATE, limit=hours))
    if not all(_gives_way(each, hold) for each in beside):
        found.append(HoldReason(HoldProblem.HAS_HOLD))
    return found


def _gives_way(other: Hold, hold: Hold) -> bool:
    """Return whether the patron's other hold on the record ends when the older one comes back."""
    return other.state == Hold.State.WAITING and other.placed_at > hold.placed_at


def _locked_with_younger(numbers: set[int]) -> list[Hold]:
    """Return the holds and what their patrons wait for besides; all locked.

    After their items and patrons, so that nobody places another meanwhile.
    """
    wanted = Hold.objects.filter(pk__in=numbers)
    items = wanted.filter(state=Hold.State.CANCELLED).exclude(item=None).values("item")
    patrons = wanted.values("patron")
    list(Item.objects.select_for_update(no_key=True).filter(pk__in=items).order_by("pk").only("pk"))
    list(
        Patron.objects.select_for_update(no_key=True)
        .filter(pk__in=patrons)
        .order_by("pk")
        .only("pk")
    )
    since = Hold.objects.filter(
        patron__in=patrons, record__in=wanted.values("record"), state=Hold.State.WAITING, group=None
    )
    return _locked(numbers | set(since.values_list("pk", flat=True)))


def _open_of_one(rows: Sequence[Hold]) -> dict[tuple[int | None, int], list[Hold]]:
    """Return what each patron has on each record: of the locked rows, and set aside already."""
    of_one: dict[tuple[int | None, int], list[Hold]] = defaultdict(list)
    set_aside = Hold.objects.filter(
        patron__in={row.patron_id for row in rows},
        record__in={row.record_id for row in rows},
        state__in=[Hold.State.READY, Hold.State.IN_TRANSIT],
    )
    waiting = [row for row in rows if row.state == Hold.State.WAITING]
    for each in [*waiting, *set_aside]:
        if each.group_id is None:
            of_one[each.patron_id, each.record_id].append(each)
    return of_one


def _bring_back_with_item(hold: Hold, now: datetime, policy: Policy) -> bool:
    """Give a cancelled hold back what was set aside for it; False where that has gone."""
    was, item = hold.ended_from, hold.item
    if item is not None and was == Hold.State.READY and _still_lies_there(hold, item):
        _open_again(hold)
        become_ready(hold, now, policy)
        return True
    if item is not None and was == Hold.State.IN_TRANSIT and _is_still_coming(hold):
        _open_again(hold)
        hold.state = Hold.State.IN_TRANSIT
        hold.save()
        return True
    return False


def _open_again(hold: Hold) -> None:
    hold.ended_at = hold.ended_by = None
    hold.ended_from = ""


def _still_lies_there(hold: Hold, item: Item) -> bool:
    lies = ItemState.objects.filter(
        item=item, status=ItemState.Status.HOLD_SHELF, branch=hold.pickup_branch
    )
    return lies.exists() and not _has_another(hold, item)


def _is_still_coming(hold: Hold) -> bool:
    return Transit.objects.filter(hold=hold, ended_at=None).exists()


def _has_another(hold: Hold, item: Item) -> bool:
    taken = Hold.objects.filter(item=item, state__in=[Hold.State.READY, Hold.State.IN_TRANSIT])
    return taken.exclude(pk=hold.pk).exists() or Loan.objects.open().filter(item=item).exists()


def _charge_uncollected(hold: Hold, now: datetime, policy: Policy) -> int:
    if hold.patron is None or hold.item is None:
        return 0
    cents = policy["uncollected_cents", pickup_case(hold, hold.item)]
    if cents:
        charge(
            patron=hold.patron,
            kind=Fee.Kind.UNCOLLECTED,
            cents=cents,
            library=hold.pickup_branch.library,
            branch=hold.pickup_branch,
            by=None,
            now=now,
            item=hold.item,
        )
    return cents


def _settle(ended: Sequence[Hold], now: datetime) -> None:
    """See to groups that need wait for nobody any more."""
    policy = policy_on(timezone.localdate(now))
    for group in {hold.group for hold in ended if hold.group}:
        settle_group(group, now, policy)


def _log(
    action: str,
    holds: Sequence[Hold],
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
    reason: str,
) -> None:
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="hold",
        object_id=holds[0].pk,
        details={"holds": [hold.pk for hold in holds]},
        reason=reason,
    )
