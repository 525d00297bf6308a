"""Queues and hold shelves: who waits, whose items fill whose holds, until when a hold waits."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Hold, QueueArea, QueueAreaBranch
from kimppa.circulation.rules.holds import (
    CLOSED_TOO_LONG,
    Area,
    Circumstances,
    Copy,
    Scope,
    Waiting,
    last_pickup_date,
)
from kimppa.circulation.rules.policy import Case, Policy
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import closed_days

# No branch that has hours at all is closed for longer than this in a row.
LOOK_AHEAD = timedelta(days=120)
# The columns of Hold that make a Waiting, in its order.
AS_WAITING = (
    "pk",
    "rank",
    "pickup_branch_id",
    "placed_at",
    "wanted_item_id",
    "not_before_date",
    "wanted_by_date",
    "patron__category_id",
    "group_id",
)


def scope_on(day: date) -> Scope:
    """Return whose items fill whose holds on the day."""
    branches: dict[int, set[int]] = defaultdict(set)
    for area, branch in QueueAreaBranch.objects.values_list("area_id", "branch_id"):
        branches[area].add(branch)
    return Scope(
        (
            Area(frozenset(branches[row.pk]), row.item_type, row.valid_from, row.valid_to)
            for row in QueueArea.objects.all()
        ),
        day,
    )


def copy_of(item: Item) -> Copy:
    """Return the item as queues see it."""
    return Copy(item.pk, item.branch_id, item.item_type, item.shelving_location, item.library_id)


def waiting_for(record: int) -> Iterator[Waiting]:
    """Iterate over the record's queue in its order, without reading all of it at once."""
    rows = Hold.objects.waiting().filter(record=record).values_list(*AS_WAITING)
    return (Waiting(*row) for row in rows.iterator(chunk_size=200))


def circumstances(day: date, policy: Policy) -> Circumstances:
    """Return what whose_turn needs to know on the day."""
    closed: dict[int, bool] = {}

    def is_closed(branch: int) -> bool:
        if branch not in closed:
            closed[branch] = is_closed_long(Branch.objects.get(pk=branch), day)
        return closed[branch]

    return Circumstances(day, scope_on(day), policy, is_closed)


def pickup_case(hold: Hold, item: Item) -> Case:
    """Return what rules about fetching look at: who, what, and the branch where it waits."""
    category = hold.patron.category_id if hold.patron else None
    branch = hold.pickup_branch
    return Case(category, item.item_type, item.shelving_location, branch.library_id, branch.pk)


def is_closed_long(branch: Branch, day: date) -> bool:
    """Return whether nobody can fetch anything from the branch for two weeks from the day on."""
    last = day + CLOSED_TOO_LONG - timedelta(days=1)
    return len(closed_days(branch, day, last)) == CLOSED_TOO_LONG.days


def last_day_for(hold: Hold, item: Item, day: date, policy: Policy) -> date:
    """Return until when the hold waits if the item is set aside for it on the day."""
    case = pickup_case(hold, item)
    return last_pickup_date(
        day,
        policy["pickup_days", case],
        closed_days(hold.pickup_branch, day, day + LOOK_AHEAD),
        open_days_only=bool(policy["pickup_open_days_only", case]),
    )


@dataclass(frozen=True)
class ShownArea:
    """A queue area with its branches and whether it holds on the day."""

    area: QueueArea
    branches: Sequence[Branch]
    is_in_force: bool
    is_over: bool


def queue_areas(day: date) -> list[ShownArea]:
    """Return the queue areas, those in force and to come first."""
    found = []
    for area in QueueArea.objects.prefetch_related("members__branch__library").order_by("-pk"):
        is_over = area.valid_to is not None and area.valid_to < max(day, area.valid_from)
        found.append(
            ShownArea(
                area,
                [member.branch for member in area.members.all()],
                is_in_force=area.valid_from <= day and not is_over,
                is_over=is_over,
            )
        )
    return sorted(found, key=lambda one: (one.is_over, one.area.item_type, one.area.valid_from))
