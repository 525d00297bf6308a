"""What happens to holds when items move: set aside, put back, filled. Called under the item's lock.

These belong to check-in, check-out and pulling, which hold the item's lock, own the transaction
and write the audit event; they run within a transaction only.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Hold, HoldGroup, ItemState, Loan, Notice, PullRequest, Transit
from kimppa.circulation.models.notices import NoticeKind
from kimppa.circulation.operations.notices import announce
from kimppa.circulation.queries.holds import (
    circumstances,
    copy_of,
    last_day_for,
    waiting_for,
)
from kimppa.circulation.queries.notices import hold_facts
from kimppa.circulation.rules.holds import (
    CODE_DIGITS,
    CODE_LETTERS,
    Waiting,
    whose_turn,
)
from kimppa.circulation.rules.policy import Policy
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Patron

SET_ASIDE = (Hold.State.READY, Hold.State.IN_TRANSIT)
WAITING_AGAIN = {
    "state": Hold.State.WAITING,
    "item": None,
    "shelf_code": "",
    "ready_at": None,
    "last_pickup_date": None,
    "ended_at": None,
    "ended_by": None,
    "ended_from": "",
}
# Two codes clash once in some tens of attempts on a full shelf; this many clashes are a fault.
CODE_ATTEMPTS = 50


def set_aside(
    *, item: Item, branch: Branch, by: StaffAccount | None, now: datetime, policy: Policy
) -> Hold | None:
    """Give the item, which is at the branch, to the hold whose turn it is; None when nobody's.

    The hold is READY here, or IN_TRANSIT to its pickup branch with an open transit; the state of
    the item says the same, and an earlier transit of the item is ended as arrived here. An item
    that is set aside already stays with its hold: it arrives, is sent on, or simply lies there.
    """
    _require_transaction()
    hold = _held(item) or _next_in_turn(item, now, policy)
    if hold is None:
        return None
    _end_transit(item, branch, now)
    hold.item = item
    if hold.pickup_branch_id == branch.pk:
        _make_ready(hold, item, now, policy)
    else:
        _send(hold, item, branch, now)
    withdraw_requests(hold=hold, item=item, now=now)
    return hold


def fill(*, hold: Hold, loan: Loan, now: datetime) -> Hold:
    """Mark the hold as fetched by the loan; forget the patron unless history is kept.

    Its item need not be the one set aside: one that was is free for the next then.
    """
    _require_transaction()
    hold = lock_hold(hold.pk)
    if hold.state not in Hold.OPEN:
        return hold
    withdraw_requests(hold=hold, item=loan.item, now=now)
    end_hold(hold, Hold.State.FILLED, by=None, now=now)
    hold.item = loan.item
    if hold.patron and hold.patron.history != Patron.History.ALWAYS:
        hold.patron = None
    hold.save()
    return hold


def put_back(*, item: Item, now: datetime) -> Hold | None:
    """Put the hold that the item is set aside for back into its queue, where it stood before.

    For an item that goes to somebody else by leave, is lost, or whose check-in is undone. Ends
    its transit; the caller says what becomes of the item. Returns the hold, None without one.
    """
    _require_transaction()
    hold = _held(item)
    if hold is None:
        return None
    Transit.objects.filter(hold=hold, ended_at=None).update(ended_at=now)
    back_to_queue([hold])
    return hold


def back_to_queue(holds: Sequence[Hold]) -> None:
    """Make locked holds wait again at their ranks, with nothing set aside for them."""
    for hold in holds:
        untell(hold)
        for name, value in WAITING_AGAIN.items():
            setattr(hold, name, value)
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(**WAITING_AGAIN)


def lock_hold(number: int) -> Hold:
    """Return the hold as it is now, locked; its group is locked first."""
    group = Hold.objects.values_list("group", flat=True).get(pk=number)
    if group:
        HoldGroup.objects.select_for_update(no_key=True).get(pk=group)
    return (
        Hold.objects.select_for_update(no_key=True, of=("self",))
        .select_related("pickup_branch", "patron")
        .get(pk=number)
    )


def end_hold(hold: Hold, state: str, *, by: StaffAccount | None, now: datetime) -> None:
    """Make a locked hold be over; what it had is kept on it, so that it can come back."""
    hold.ended_from = hold.state
    hold.state = state
    hold.ended_at = now
    hold.ended_by = by


def withdraw_requests(*, hold: Hold, item: Item | None = None, now: datetime) -> None:
    """Ask no branch any more to fetch an item for the hold, or to fetch this item."""
    asked = PullRequest.objects.filter(state=PullRequest.State.ASKED)
    for one in (Q(hold=hold), Q(item=item)) if item else (Q(hold=hold),):
        asked.filter(one).update(state=PullRequest.State.WITHDRAWN, answered_at=now)


def place_item(item: Item, status: str, branch: Branch | None, now: datetime) -> None:
    """Write where the item is and how."""
    ItemState.objects.update_or_create(
        item=item, defaults={"status": status, "branch": branch, "since": now}
    )


def settle_group(group: HoldGroup, now: datetime, policy: Policy) -> None:
    """Start the pickup time of a group whose copies are all there; the group is locked.

    The copies of a reading circle wait for each other: none has a last pickup day before the
    last one has come, and one notice tells of all.
    """
    holds = list(group.holds.open().select_related("pickup_branch", "patron", "item"))
    ready = [hold for hold in holds if hold.state == Hold.State.READY]
    if len(ready) < len(holds) or all(hold.last_pickup_date for hold in ready):
        return
    start_pickup_time(ready, now, policy)


def start_pickup_time(holds: list[Hold], now: datetime, policy: Policy) -> None:
    """Say until when the holds wait, and tell their patron, once for all of them."""
    day = timezone.localdate(now)
    for hold in holds:
        if hold.item is not None:
            hold.last_pickup_date = last_day_for(hold, hold.item, day, policy)
            hold.save(update_fields=["last_pickup_date"])
    _tell(holds, now)


def _tell(holds: list[Hold], now: datetime) -> None:
    """Make the notice that the holds, which are one patron's, can be fetched."""
    first = holds[0]
    if first.patron:
        announce(
            patron=first.patron,
            kind=NoticeKind.HOLD_READY,
            subject_key=_subject(first),
            facts=hold_facts(first),
            now=now,
        )


def untell(hold: Hold) -> None:
    """Take back the notice that the hold can be fetched, if it has not been sent."""
    if hold.ready_at is None:
        return
    Notice.objects.filter(
        patron=hold.patron,
        kind=NoticeKind.HOLD_READY,
        subject_key=_subject(hold),
        state=Notice.State.WAITING,
    ).delete()


def _subject(hold: Hold) -> str:
    """Name this coming of the item: a hold that comes a second time is told of again."""
    return f"hold {hold.pk} {hold.ready_at:%Y-%m-%d %H:%M}" if hold.ready_at else f"hold {hold.pk}"


def _held(item: Item) -> Hold | None:
    """Return the hold that the item is set aside for, locked."""
    number = (
        Hold.objects.filter(item=item, state__in=SET_ASIDE).values_list("pk", flat=True).first()
    )
    hold = lock_hold(number) if number else None
    # Another copy may have filled it, or somebody cancelled it, while its row was waited for.
    is_still_so = hold and hold.item_id == item.pk and hold.state in SET_ASIDE
    return hold if is_still_so else None


class _NoLongerItsTurn(Exception):
    """The hold changed before it was locked."""


def _next_in_turn(item: Item, now: datetime, policy: Policy) -> Hold | None:
    """Return the hold whose turn it is, locked; those that change meanwhile are looked at anew.

    The lock of one that changed is given back, by undoing to before it was taken: queues are
    locked by number, and to hold one while asking for a lower one could wait in a circle.
    """
    given = circumstances(timezone.localdate(now), policy)
    copy = copy_of(item)
    while turn := whose_turn(copy, waiting_for(item.record_id), given).hold:
        with suppress(_NoLongerItsTurn), transaction.atomic():
            hold = lock_hold(turn.number)
            if hold.state == Hold.State.WAITING and _as_waiting(hold) == turn:
                return hold
            raise _NoLongerItsTurn
    return None


def _as_waiting(hold: Hold) -> Waiting:
    return Waiting(
        number=hold.pk,
        rank=hold.rank,
        pickup_branch=hold.pickup_branch_id,
        placed_at=hold.placed_at,
        wanted_item=hold.wanted_item_id,
        not_before_date=hold.not_before_date,
        wanted_by_date=hold.wanted_by_date,
        category=hold.patron.category_id if hold.patron else None,
        group=hold.group_id,
    )


def _make_ready(hold: Hold, item: Item, now: datetime, policy: Policy) -> None:
    place_item(item, ItemState.Status.HOLD_SHELF, hold.pickup_branch, now)
    if hold.state == Hold.State.READY:
        return
    hold.ready_at = now
    hold.shelf_code = ""
    hold.last_pickup_date = None
    become_ready(hold, now, policy)


def become_ready(hold: Hold, now: datetime, policy: Policy) -> None:
    """Let a locked hold wait on the shelf, under the code it had if that is still free."""
    hold.state = Hold.State.READY
    _save_with_code(hold)
    if hold.last_pickup_date:
        hold.last_pickup_date = max(hold.last_pickup_date, timezone.localdate(now))
        hold.save(update_fields=["last_pickup_date"])
        _tell([hold], now)
    elif hold.group:
        settle_group(hold.group, now, policy)
        hold.refresh_from_db(fields=["last_pickup_date"])
    else:
        start_pickup_time([hold], now, policy)


def _save_with_code(hold: Hold) -> None:
    """Save the hold with a shelf code that no other ready hold of the branch has."""
    hold.shelf_code = hold.shelf_code or _new_code(hold)
    for _ in range(CODE_ATTEMPTS):
        try:
            with transaction.atomic():
                hold.save()
        except IntegrityError:
            hold.shelf_code = _new_code(hold)
            continue
        return
    raise RuntimeError("no free shelf code")


def _new_code(hold: Hold) -> str:
    """Return a code to try: drawn by lot, so that it tells nothing; a group's copies share it."""
    shelf = Hold.objects.filter(pickup_branch=hold.pickup_branch, state=Hold.State.READY)
    mates = shelf.filter(group=hold.group).exclude(group=None).values_list("shelf_code", flat=True)
    if mates:
        first = mates[0].partition("-")[0]
        taken = [int(code.partition("-")[2] or 1) for code in mates]
        return f"{first}-{max(taken) + 1}"
    return "".join(secrets.choice(chars) for chars in (CODE_LETTERS, CODE_DIGITS) * 2)


def _send(hold: Hold, item: Item, branch: Branch, now: datetime) -> None:
    hold.state = Hold.State.IN_TRANSIT
    hold.shelf_code = ""
    hold.ready_at = hold.last_pickup_date = None
    hold.save()
    Transit.objects.create(
        item=item,
        from_branch=branch,
        to_branch=hold.pickup_branch,
        reason=Transit.Reason.HOLD,
        hold=hold,
        sent_at=now,
    )
    place_item(item, ItemState.Status.IN_TRANSIT, None, now)


def _end_transit(item: Item, branch: Branch, now: datetime) -> None:
    open_one = Transit.objects.filter(item=item, ended_at=None)
    open_one.update(ended_at=now, arrived_branch=branch)


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("must run within the caller's transaction")
