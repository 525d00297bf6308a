"""Whose turn it is: which hold an item goes to, how long it waits there, and under which code.

Queues are shared within groups of branches and types of item, with dates (users.md 0.3): an
opened consortium may have one queue for books, a queue per town for films, and change its mind.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kimppa.circulation.rules.policy import Case, Policy

# An item is not sent where nobody can fetch it for this long (users.md T9).
CLOSED_TOO_LONG = timedelta(days=14)
# For so long a cancelled hold that can no longer be restored can be placed again at the tail.
REQUEUE_DAYS = 14
# Letter, digit, letter, digit: the place tells S from 5 and B from 8; I, O, 0 and 1 are left out.
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_DIGITS = "23456789"
DEFAULTS = Policy([])


@dataclass(frozen=True, slots=True)
class Area:
    """Branches whose items of one type (empty: of any) fill each other's holds, with dates."""

    branches: frozenset[int]
    item_type: str = ""
    valid_from: date = date.min
    valid_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Return whether the day lies between its dates, both included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Reach(NamedTuple):
    """The pickup branches that an item's holds may have: these, or all but these."""

    branches: frozenset[int]
    is_all_but: bool

    def has(self, branch: int) -> bool:
        """Return whether the item may go to holds that are picked up there."""
        return (branch in self.branches) != self.is_all_but


class Scope:
    """Whose items fill whose holds on one day. Two branches always fill each other's or neither.

    Areas that name the item's type go before areas for any type. Branches that no area names
    make one group together, so without areas the whole consortium has one queue.

    >>> areas = [Area(frozenset({1, 2})), Area(frozenset({1, 3}), item_type="DVD")]
    >>> scope = Scope(areas, date(2026, 3, 1))
    >>> [branch for branch in (1, 2, 3, 4, 5) if scope.reach(1, "KIRJA").has(branch)]
    [1, 2]
    >>> [branch for branch in (1, 2, 3, 4, 5) if scope.reach(1, "DVD").has(branch)]
    [1, 3]
    >>> [branch for branch in (1, 2, 3, 4, 5) if scope.reach(4, "DVD").has(branch)]
    [4, 5]
    """

    def __init__(self, areas: Iterable[Area], day: date) -> None:
        self.areas = tuple(area for area in areas if area.is_in_force(day))
        self._known: dict[tuple[int | None, str], Reach] = {}

    @property
    def item_types(self) -> set[str]:
        """The types of item that areas name."""
        return {area.item_type for area in self.areas} - {""}

    def reach(self, home: int | None, item_type: str) -> Reach:
        """Return where the holds may be picked up that an item of this home branch fills."""
        found = self._known.get((home, item_type))
        if found is None:
            found = self._known[home, item_type] = self._reach(home, item_type)
        return found

    def _reach(self, home: int | None, item_type: str) -> Reach:
        named: frozenset[int] = frozenset()
        for layer in ({item_type} - {""}, {""}):
            areas = [area for area in self.areas if area.item_type in layer]
            mine = frozenset().union(*(area.branches for area in areas if home in area.branches))
            if mine:
                return Reach(mine - named, is_all_but=False)
            named = named.union(*(area.branches for area in areas))
        return Reach(named, is_all_but=True)


class Copy(NamedTuple):
    """An item as queues see it."""

    number: int
    home: int | None
    item_type: str = ""
    shelving_location: str = ""
    library: int | None = None

    def case(self, category: int | None) -> Case:
        """Return what the rules about reserving it look at: where it is at home, and for whom."""
        return Case(category, self.item_type, self.shelving_location, self.library, self.home)


class Waiting(NamedTuple):
    """A hold in a queue."""

    number: int
    rank: int
    pickup_branch: int
    placed_at: datetime | None = None
    wanted_item: int | None = None
    not_before_date: date | None = None
    wanted_by_date: date | None = None
    category: int | None = None
    group: int | None = None


class Passed(StrEnum):
    """Why an item passes a hold by though its place comes first."""

    OTHER_ITEM = "other_item"  # it waits for another copy
    OUT_OF_SCOPE = "out_of_scope"  # its pickup branch is not of the item's queue area
    FROZEN = "frozen"
    NO_LONGER_WANTED = "no_longer_wanted"
    NOT_ALLOWED = "not_allowed"  # the rules do not let this patron category reserve this item
    PICKUP_CLOSED = "pickup_closed"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The day, whose items fill whose holds, the rules of use, and which branches are closed."""

    today: date
    scope: Scope
    policy: Policy = DEFAULTS
    is_closed: Callable[[int], bool] = lambda _branch: False


def passed_by(copy: Copy, hold: Waiting, given: Circumstances) -> Passed | None:
    """Return why the item may not go to the hold now; None when it may."""
    if hold.wanted_item not in (None, copy.number):
        return Passed.OTHER_ITEM
    if dormant := is_dormant(hold, given.today):
        return dormant
    if not given.scope.reach(copy.home, copy.item_type).has(hold.pickup_branch):
        return Passed.OUT_OF_SCOPE
    if not given.policy["hold_allowed", copy.case(hold.category)]:
        return Passed.NOT_ALLOWED
    return Passed.PICKUP_CLOSED if given.is_closed(hold.pickup_branch) else None


def is_dormant(hold: Waiting, today: date) -> Passed | None:
    """Return why no item at all goes to the hold on the day: frozen, or no longer wanted."""
    if hold.not_before_date and hold.not_before_date > today:
        return Passed.FROZEN
    if hold.wanted_by_date and hold.wanted_by_date < today:
        return Passed.NO_LONGER_WANTED
    return None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is (None: nobody's), and whom the item passed by on the way, and why."""

    hold: Waiting | None
    passed: tuple[tuple[Waiting, Passed], ...] = ()


def whose_turn(copy: Copy, queue: Iterable[Waiting], given: Circumstances) -> Turn:
    """Return the first hold in the queue's order that the item may go to.

    >>> given = Circumstances(date(2026, 3, 1), Scope([], date(2026, 3, 1)))
    >>> queue = [Waiting(7, 1, 1, not_before_date=date(2026, 4, 1)), Waiting(8, 2, 1)]
    >>> turn = whose_turn(Copy(1, home=2), queue, given)
    >>> turn.hold.number, [(hold.number, reason.value) for hold, reason in turn.passed]
    (8, [(7, 'frozen')])
    """
    passed: list[tuple[Waiting, Passed]] = []
    for hold in queue:
        reason = passed_by(copy, hold, given)
        if reason is None:
            return Turn(hold, tuple(passed))
        passed.append((hold, reason))
    return Turn(None, tuple(passed))


def last_pickup_date(
    ready: date, days: int, closed: Collection[date], *, open_days_only: bool
) -> date:
    """Return the last day on which a hold may be fetched; always a day the branch is open.

    ``days`` after the day it was set aside, counted in open days only where the rules say so
    (users.md 1.2: seven days, or five open days). ``closed`` are the closed days
    that are known.

    >>> sunday = date(2026, 3, 8)
    >>> last_pickup_date(date(2026, 3, 1), 7, {sunday}, open_days_only=False)
    datetime.date(2026, 3, 9)
    >>> last_pickup_date(date(2026, 3, 5), 5, {sunday}, open_days_only=True)
    datetime.date(2026, 3, 11)
    """
    after = _days_from(ready + timedelta(days=1))
    if open_days_only:
        for _ in range(days):
            ready = next(day for day in after if day not in closed)
        return ready
    last = ready + timedelta(days=days)
    return next(day for day in _days_from(last) if day not in closed)


def _days_from(first: date) -> Iterator[date]:
    day = first
    while True:
        yield day
        day += timedelta(days=1)


def is_undoable(ended_at: datetime, undo_hours: int, now: datetime) -> bool:
    """Return whether a cancelled hold can still be restored (users.md D12)."""
    return now <= ended_at + timedelta(hours=undo_hours)
