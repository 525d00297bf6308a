"""What pages about holds show: queues with places and reasons, a hold shelf, cancelled holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.circulation.models import Hold, ItemState, Transit
from kimppa.circulation.queries.holds import waiting_for
from kimppa.circulation.queries.placing import (
    holdable_items,
    items_by_pickup,
    who_and_where,
)
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.rules.holds import REQUEUE_DAYS, is_undoable
from kimppa.circulation.rules.policy import Policy
from kimppa.circulation.rules.queues import Place, places
from kimppa.organisations.models import Branch
from kimppa.patrons.models import Card, Patron

UNCOLLECTED_DAYS = 30
MAIN_CARDS = Prefetch(
    "patron__cards", Card.objects.filter(is_main=True, status=Card.Status.ACTIVE), "main_cards"
)


@dataclass(frozen=True)
class Row:
    """One hold on a page; ``place`` while it waits, ``can_be_restored`` once it is cancelled."""

    hold: Hold
    place: Place | None = None
    can_be_restored: bool = False

    @property
    def card(self) -> str:
        """The number of the patron's main card, by which staff know them without a name."""
        cards: Sequence[Card] = getattr(self.hold.patron, "main_cards", ())
        return cards[0].number if cards else ""


def shown_holds() -> QuerySet[Hold]:
    """Return holds with all that pages show of them."""
    return (
        Hold.objects.select_related(
            "record", "patron", "pickup_branch__library", "item", "group", "ended_by", "wanted_item"
        )
        .prefetch_related(MAIN_CARDS)
        .defer("record__packed_marc", "record__packed_provenance", "item__raw", "wanted_item__raw")
    )


def hold_by_key(key: UUID) -> Hold | None:
    """Return the hold that this key addresses."""
    return shown_holds().filter(key=key).first()


def places_in(record: int, day: date) -> dict[int, Place]:
    """Return the place of every waiting hold of the record, by its number."""
    queue = list(waiting_for(record))
    branches = {hold.pickup_branch for hold in queue}
    return places(queue, items_by_pickup(holdable_items(record), branches, day), day)


@dataclass(frozen=True)
class Queue:
    """A record's holds: those that wait in order, those with an item, those cancelled lately."""

    record: BibliographicRecord
    waiting: Sequence[Row]
    set_aside: Sequence[Row]
    cancelled: Sequence[Row]
    items: int  # that can come to somebody

    @property
    def restorable(self) -> list[Row]:
        """Those cancelled that can go back to their places."""
        return [row for row in self.cancelled if row.can_be_restored]

    @property
    def too_late(self) -> list[Row]:
        """Those cancelled that can only be placed anew."""
        return [row for row in self.cancelled if not row.can_be_restored]


def queue_of(record: BibliographicRecord, now: datetime, day: date) -> Queue:
    """Return the record's queue with everybody's place in it."""
    found = places_in(record.pk, day)
    waiting = shown_holds().filter(record=record, state=Hold.State.WAITING).order_by("rank", "pk")
    with_item = shown_holds().filter(
        record=record, state__in=[Hold.State.READY, Hold.State.IN_TRANSIT]
    )
    return Queue(
        record=record,
        # A hold placed between the two questions has no place yet.
        waiting=[Row(hold, found[hold.pk]) for hold in waiting if hold.pk in found],
        set_aside=[Row(hold) for hold in with_item.order_by("rank", "pk")],
        cancelled=cancelled_lately(now, day, record=record),
        items=len(holdable_items(record)),
    )


def patron_holds(patron: Patron, now: datetime, day: date) -> list[Row]:
    """Return the patron's open holds: to be fetched first, then by how near they are."""
    holds = list(shown_holds().filter(patron=patron, state__in=Hold.OPEN))
    found: dict[int, Place] = {}
    for record in {hold.record_id for hold in holds if hold.state == Hold.State.WAITING}:
        found |= places_in(record, day)
    rows = [Row(hold, found.get(hold.pk)) for hold in holds]
    order = {Hold.State.READY: 0, Hold.State.IN_TRANSIT: 1, Hold.State.WAITING: 2}
    return sorted(
        rows,
        key=lambda row: (
            order[Hold.State(row.hold.state)],
            row.hold.last_pickup_date or date.max,
            row.place.position if row.place else 0,
        ),
    )


def cancelled_lately(now: datetime, day: date, **of: object) -> list[Row]:
    """Return the holds cancelled in the last two weeks, ``of`` a patron, record or branch.

    The newest first; those that can be restored say so.
    """
    policy = policy_on(day)
    since = now - timedelta(days=REQUEUE_DAYS)
    holds = (
        shown_holds()
        .filter(state=Hold.State.CANCELLED, ended_at__gte=since, **of)
        .exclude(patron=None)
        .order_by("-ended_at", "rank", "pk")
    )
    return [Row(hold, can_be_restored=_can_be_restored(hold, now, policy)) for hold in holds]


def _can_be_restored(hold: Hold, now: datetime, policy: Policy) -> bool:
    if hold.patron is None or hold.ended_at is None:
        return False
    case = who_and_where(hold.patron.category_id, hold.pickup_branch)
    return is_undoable(hold.ended_at, policy["cancel_undo_hours", case], now)


@dataclass(frozen=True)
class ToClear:
    """An item on the hold shelf that nobody is to fetch, under the code it still lies under."""

    item: Item
    code: str
    last_hold: Hold | None
    is_next: bool  # somebody waits for the record


@dataclass(frozen=True)
class HoldShelf:
    """What lies on a branch's hold shelf; ``uncollected`` were not fetched in the last month."""

    to_clear: Sequence[ToClear]
    last_day: Sequence[Row]
    others: Sequence[Row]
    groups: Sequence[Row]  # copies of groups that wait for the rest
    uncollected: int
    on_the_way: int
    ready: int = field(default=0)


def hold_shelf(branch: Branch, now: datetime, day: date) -> HoldShelf:
    """Return what lies on the branch's hold shelf, what is to be cleared first."""
    ready = shown_holds().filter(pickup_branch=branch, state=Hold.State.READY)
    rows = [Row(hold) for hold in ready.order_by("last_pickup_date", "shelf_code")]
    valid = [row for row in rows if row.hold.last_pickup_date and row.hold.last_pickup_date >= day]
    month = now - timedelta(days=UNCOLLECTED_DAYS)
    expired = Hold.objects.filter(
        pickup_branch=branch,
        state=Hold.State.EXPIRED,
        ended_from=Hold.State.READY,
        ended_at__gte=month,
    )
    return HoldShelf(
        to_clear=_to_clear(branch, day),
        last_day=[row for row in valid if row.hold.last_pickup_date == day],
        others=[row for row in valid if row.hold.last_pickup_date != day],
        groups=[row for row in rows if row.hold.last_pickup_date is None],
        uncollected=expired.count(),
        on_the_way=Transit.objects.filter(to_branch=branch, ended_at=None).count(),
        ready=len(rows),
    )


def _to_clear(branch: Branch, day: date) -> list[ToClear]:
    """Return the items that lie there without a hold that may still be fetched, by code."""
    lying = Item.objects.filter(
        state__branch=branch, state__status=ItemState.Status.HOLD_SHELF
    ).values("pk")
    waited_for = Hold.objects.filter(state=Hold.State.READY, item__in=lying).filter(
        Q(last_pickup_date=None) | Q(last_pickup_date__gte=day)
    )
    items = list(
        Item.objects.filter(pk__in=lying)
        .exclude(pk__in=waited_for.values("item"))
        .select_related("record")
        .defer("raw", "record__packed_marc", "record__packed_provenance")
    )
    last: dict[int, Hold] = {}
    for hold in Hold.objects.filter(item__in=items).exclude(ready_at=None).order_by("ready_at"):
        last[hold.item_id or 0] = hold
    wanted = set(
        Hold.objects.waiting()
        .filter(record__in={item.record_id for item in items})
        .values_list("record", flat=True)
    )
    found = []
    for item in items:
        had = last.get(item.pk)
        code = had.shelf_code if had else ""
        found.append(ToClear(item, code, had, item.record_id in wanted))
    return sorted(found, key=lambda each: (each.code, each.item.pk))


@dataclass(frozen=True)
class Slip:
    """What a slip says. Here: code and last pickup day; elsewhere: where to send the item."""

    item: Item
    hold: Hold | None
    to_branch: Branch
    is_here: bool


def slip_for_hold(hold: Hold, branch: Branch) -> Slip | None:
    """Return the slip of a hold that has an item, as it reads at the branch."""
    if hold.item is None or hold.state not in (Hold.State.READY, Hold.State.IN_TRANSIT):
        return None
    is_here = hold.state == Hold.State.READY and hold.pickup_branch_id == branch.pk
    return Slip(hold.item, hold, hold.pickup_branch, is_here)


def slip_for_transit(transit: Transit) -> Slip:
    """Return the slip of an item on its way."""
    return Slip(transit.item, transit.hold, transit.to_branch, is_here=False)


def record_for(text: str) -> BibliographicRecord | None:
    """Return the record whose id this is, or whose item has this barcode."""
    text = text.strip()
    item = Item.objects.filter(barcode=text).exclude(barcode="").select_related("record").first()
    return item.record if item else BibliographicRecord.objects.filter(cluster_id=text).first()


def item_by_barcode(barcode: str) -> Item | None:
    """Return the item with this barcode."""
    return Item.objects.filter(barcode=barcode.strip()).exclude(barcode="").first()
