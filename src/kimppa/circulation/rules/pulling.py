"""Which branch fetches which item for which waiting hold, so that the work is shared fairly.

Sources: users.md D9 (pull list), 1.4 (handling costs more than driving: what lies where it is
fetched need not travel).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kimppa.circulation.rules.holds import Circumstances, Copy, Waiting, passed_by

# So often an item is looked for in vain before another branch is asked.
LOOKS = 2
# For so long an item that was not found is not looked for again, unless it is checked in.
NOT_FOUND_DAYS = 30
# The load of a branch is what it was asked for in so many days.
LOAD_DAYS = 7


class WhyHere(StrEnum):
    """Why this branch is asked for the item."""

    PICKED_UP_HERE = "picked_up_here"
    ONLY_HERE = "only_here"  # no other branch has an item that may go to the hold
    FEWEST_ASKED = "fewest_asked"  # of those that have one, asked least in the last days


class OnShelf(NamedTuple):
    """An item that stands on the shelf of a branch, of which hold queues may want one."""

    copy: Copy
    branch: int


@dataclass(frozen=True, slots=True)
class Pull:
    """One item to fetch for one hold."""

    hold: int
    item: int
    branch: int
    why: WhyHere


def share_out(
    queues: Mapping[int, Sequence[Waiting]],
    shelves: Mapping[int, Sequence[OnShelf]],
    given: Circumstances,
    load: Mapping[int, int],
) -> list[Pull]:
    """Return what to fetch: each hold once, each item once, the first in a queue first.

    ``queues`` and ``shelves`` are by record; ``load`` is what each branch was asked for lately.
    An item of the pickup branch goes before others; then those of branches where none of the
    next in the queue will fetch it; of these, that of the branch that was asked least, counting
    what is shared out here.

    >>> from datetime import date
    >>> from kimppa.circulation.rules.holds import Scope
    >>> day = date(2026, 3, 1)
    >>> queues = {1: [Waiting(7, 1, pickup_branch=10), Waiting(8, 2, pickup_branch=11)]}
    >>> shelves = {1: [OnShelf(Copy(5, 11), 11), OnShelf(Copy(6, 12), 12)]}
    >>> given = Circumstances(day, Scope([], day))
    >>> for pull in share_out(queues, shelves, given, load={11: 3}):
    ...     print(pull.hold, pull.item, pull.why.value)
    7 6 fewest_asked
    8 5 picked_up_here
    """
    asked = Counter(load)
    pulls = []
    for record, queue in queues.items():
        for pull in _share_record(queue, shelves.get(record, ()), given, asked):
            asked[pull.branch] += 1
            pulls.append(pull)
    return pulls


def _share_record(
    queue: Sequence[Waiting],
    shelf: Sequence[OnShelf],
    given: Circumstances,
    asked: Mapping[int, int],
) -> Iterable[Pull]:
    left = list(shelf)
    needed = {hold.pickup_branch for hold in queue[: len(shelf)]}
    for hold in queue:
        if not left:
            return
        fitting = [each for each in left if passed_by(each.copy, hold, given) is None]
        if not fitting:
            continue
        found = min(
            fitting,
            key=lambda each: (
                each.branch != hold.pickup_branch,
                each.branch in needed,
                asked.get(each.branch, 0),
                each.branch,
                each.copy.number,
            ),
        )
        left.remove(found)
        yield Pull(hold.number, found.copy.number, found.branch, _why(hold, found, fitting))


def _why(hold: Waiting, found: OnShelf, fitting: Sequence[OnShelf]) -> WhyHere:
    if found.branch == hold.pickup_branch:
        return WhyHere.PICKED_UP_HERE
    elsewhere = any(each.branch != found.branch for each in fitting)
    return WhyHere.FEWEST_ASKED if elsewhere else WhyHere.ONLY_HERE


def by_record(rows: Iterable[tuple[int, Waiting]]) -> dict[int, list[Waiting]]:
    """Return the queues by record, each in the order given."""
    queues: dict[int, list[Waiting]] = defaultdict(list)
    for record, hold in rows:
        queues[record].append(hold)
    return queues
