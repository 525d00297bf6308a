"""A hold's place in its queue, why it is there, and the ranks that keep the order.

The order is that of ranks, then of numbers; a rank is the microseconds of the moment of placing.
"""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from kimppa.circulation.rules.holds import Passed, Waiting, is_dormant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = 1_000_000  # ranks between neighbours that had no room between them: a second


class Why(StrEnum):
    """What explains a hold's place."""

    BY_TIME = "by_time"  # the order of placing
    AHEAD = "ahead"  # staff moved it before so many that were placed earlier
    BEHIND = "behind"  # so many that were placed later stand before it: staff moved one of them
    FROZEN = "frozen"
    NO_LONGER_WANTED = "no_longer_wanted"
    OTHER_QUEUE = "other_queue"  # so many before it wait for other branches' items
    THIS_ITEM = "this_item"  # waits for one copy
    NO_ITEM = "no_item"  # no item that may come to its pickup branch


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that explains a place; ``count`` holds, or until ``day``."""

    why: Why
    count: int = 0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A hold's place among those it shares items with, beginning with one, and why it is there."""

    position: int
    of: int
    reasons: tuple[Reason, ...]


def places(
    queue: Sequence[Waiting], items_for: Mapping[int, frozenset[int]], today: date
) -> dict[int, Place]:
    """Return each hold's place by its number.

    ``queue`` is in order; ``items_for`` tells for each pickup branch which items of the record
    may come there. Holds stand in one queue when some item may go to either.

    >>> queue = [Waiting(7, 1, pickup_branch=1), Waiting(8, 2, pickup_branch=2)]
    >>> places(queue, {1: frozenset({5}), 2: frozenset({5, 6})}, date(2026, 3, 1))[8].position
    2
    >>> places(queue, {1: frozenset({5}), 2: frozenset({6})}, date(2026, 3, 1))[8].position
    1
    """
    rivals = _rivals({hold.pickup_branch for hold in queue}, items_for)
    totals = Counter(hold.pickup_branch for hold in queue)
    before: Counter[int] = Counter()
    later, earlier = _out_of_time(queue)
    found = {}
    for index, hold in enumerate(queue):
        mine = rivals[hold.pickup_branch]
        ahead = sum(before[branch] for branch in mine)
        reasons = _by_order(later[index], earlier[index])
        reasons += _of_itself(hold, today)
        if index > ahead:
            reasons.append(Reason(Why.OTHER_QUEUE, count=index - ahead))
        if not items_for.get(hold.pickup_branch):
            reasons.append(Reason(Why.NO_ITEM))
        found[hold.number] = Place(
            ahead + 1, sum(totals[branch] for branch in mine), tuple(reasons)
        )
        before[hold.pickup_branch] += 1
    return found


def _rivals(
    branches: set[int], items_for: Mapping[int, frozenset[int]]
) -> dict[int, frozenset[int]]:
    """Return for each pickup branch the pickup branches whose holds share an item with it."""
    nothing: frozenset[int] = frozenset()
    return {
        one: frozenset(
            other
            for other in branches
            if one == other or items_for.get(one, nothing) & items_for.get(other, nothing)
        )
        for one in branches
    }


def _out_of_time(queue: Sequence[Waiting]) -> tuple[list[int], list[int]]:
    """Return for each hold how many before it were placed later, and how many after it earlier."""
    moments = [rank_at(hold.placed_at or EPOCH, None) for hold in queue]
    later = _count_greater(moments)
    earlier = _count_greater([-moment for moment in reversed(moments)])
    return later, earlier[::-1]


def _count_greater(values: Sequence[int]) -> list[int]:
    """Return for each value how many of those before it are greater."""
    seen: list[int] = []
    counts = []
    for value in values:
        counts.append(len(seen) - bisect_right(seen, value))
        insort(seen, value)
    return counts


def _by_order(later: int, earlier: int) -> list[Reason]:
    if not later and not earlier:
        return [Reason(Why.BY_TIME)]
    found = [Reason(Why.BEHIND, count=later)] if later else []
    return found + ([Reason(Why.AHEAD, count=earlier)] if earlier else [])


def _of_itself(hold: Waiting, today: date) -> list[Reason]:
    found = []
    dormant = is_dormant(hold, today)
    if dormant == Passed.FROZEN:
        found.append(Reason(Why.FROZEN, day=hold.not_before_date))
    elif dormant == Passed.NO_LONGER_WANTED:
        found.append(Reason(Why.NO_LONGER_WANTED, day=hold.wanted_by_date))
    if hold.wanted_item is not None:
        found.append(Reason(Why.THIS_ITEM))
    return found


def rank_at(moment: datetime, last: int | None) -> int:
    """Return the rank of a hold placed now, behind the last of the queue whatever the clocks say.

    >>> rank_at(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None)
    1000000
    >>> rank_at(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1_000_500)
    1000501
    """
    rank = (moment - EPOCH) // timedelta(microseconds=1)
    return rank if last is None else max(rank, last + 1)


def rank_between(before: int | None, after: int | None) -> int | None:
    """Return a rank between two neighbours (None: the queue's end); None when there is no room.

    >>> rank_between(10, 20), rank_between(10, 11), rank_between(None, 10), rank_between(10, None)
    (15, None, -999990, 11)
    """
    if before is None:
        return (after or 0) - STEP
    if after is None:
        return before + 1
    return (before + after) // 2 if after - before > 1 else None


def in_new_order(queue: Sequence[tuple[int, int]], order: Sequence[int]) -> dict[int, int]:
    """Return the ranks that change when the holds in ``order`` take each other's places.

    ``queue`` holds (number, rank) in order. Holds not named keep theirs; numbers that are not in
    the queue, or come twice, are passed over.

    >>> in_new_order([(7, 10), (8, 20), (9, 30)], [9, 7])
    {9: 10, 7: 30}
    """
    ranks = dict(queue)
    named = [number for number in dict.fromkeys(order) if number in ranks]
    free = _distinct(sorted(ranks[number] for number in named))
    return {number: rank for number, rank in zip(named, free, strict=True) if ranks[number] != rank}


def _distinct(ranks: Sequence[int]) -> list[int]:
    """Return ranks without ties, so that their order says all."""
    found: list[int] = []
    for rank in ranks:
        found.append(max(rank, found[-1] + 1) if found else rank)
    return found
