"""Two hosts' lists of component parts side by side, as wholes (Needleman and Wunsch).

Slots: ``number`` and ``order`` (side by side; 773 $g agrees, or only the order does), ``moved``
(the only parts of their title, but in another order), ``doubtful`` (not much alike, or another
alignment is about as good).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# What two parts gain by standing side by side, in thousandths; left alone they gain nothing.
LIKENESS = 1000  # times how alike their titles are, of 1, less COST
COST = 400
NUMBERS = (100, -50)  # 773 $g agrees, differs
NAMES = (100, -100)  # some name is shared, none is
LEAST = 0.5  # titles less alike never stand side by side
STRONG = 0.85  # titles less alike are doubtful
MARGIN = 20  # an alignment worse by at most this much is about as good


class Part(NamedTuple):
    """One part in the list of one of its hosts; ``root`` is the cluster of the host."""

    root: int
    host: int
    library: str
    rid: int
    control_number: str
    title: str
    full_title: str
    position: str  # 773 $g, folded
    names: list[str]


class Aligned(NamedTuple):
    """Two parts side by side (a < b), and which of how many parts each is under its host."""

    a: int
    b: int
    slot: str
    nth_a: int
    of_a: int
    nth_b: int
    of_b: int


class PartList(NamedTuple):
    """The parts of one host in their order, as columns."""

    library: str
    rids: list[int]
    titles: list[str]
    full_titles: list[str]
    names: list[frozenset[str]]
    numbers: Array  # a hash of the last number of 773 $g, or -1
    whole: Array  # a hash of all its numbers
    single: Array  # whether it has but one


def align_hosts(parts: Iterable[Part]) -> Iterator[Aligned]:
    """Align the parts of one cluster's hosts, each host with each of every other library."""
    by_host: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_host[part.host].append(part)
    lists = [_listed(by_host[host]) for host in sorted(by_host)]
    for one, other in combinations(lists, 2):
        if one.library != other.library:
            yield from _named(one, other)


def _named(one: PartList, other: PartList) -> Iterator[Aligned]:
    ends = len(one.rids), len(other.rids)
    for i, j, slot in align(one, other):
        left, right = (one.rids[i], i + 1, ends[0]), (other.rids[j], j + 1, ends[1])
        (a, nth_a, of_a), (b, nth_b, of_b) = sorted((left, right))
        yield Aligned(a, b, slot, nth_a, of_a, nth_b, of_b)


def _listed(parts: list[Part]) -> PartList:
    """Order one host's parts by 773 $g where it orders them all, else by control number."""
    numbers = {part.rid: tuple(map(int, re.findall(r"\d+", part.position))) for part in parts}
    counted = all(numbers.values()) and len(set(numbers.values())) == len(parts)

    def order(part: Part) -> tuple[Any, ...]:
        return numbers[part.rid] if counted else (), _natural(part.control_number), part.rid

    parts = sorted(parts, key=order)
    in_order = [numbers[part.rid] for part in parts]
    return PartList(
        parts[0].library,
        [part.rid for part in parts],
        [part.title for part in parts],
        [part.full_title for part in parts],
        [frozenset(part.names) for part in parts],
        np.array([hash(found[-1]) if found else -1 for found in in_order]),
        np.array([hash(found) for found in in_order]),
        np.array([len(found) == 1 for found in in_order]),
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a control number so that 9 stands before 10."""
    return [
        (int(run), "") if run.isdecimal() else (-1, run) for run in re.findall(r"\d+|\D+", text)
    ]


def align(one: PartList, other: PartList) -> list[tuple[int, int, str]]:
    """Return which parts stand side by side: places in both lists, and the slot.

    The order of both lists is kept, except for titles that stand once in each: these belong
    together wherever they stand.
    """
    agree, differ = _number_agreement(one, other)
    only = _only_parts(one.full_titles, other.full_titles)
    if len(only) == len(one.rids) and one.full_titles == other.full_titles:  # nearly always
        return [(i, i, "number" if agree[i, i] else "order") for i in range(len(one.rids))]
    alike = _likeness(one, other)
    gain = LIKENESS * alike - COST + NUMBERS[0] * agree + NUMBERS[1] * differ + _names(one, other)
    gain = np.where(alike >= LEAST, np.rint(gain), -1).astype(np.int64)
    path, sure = _best_path(gain)
    found = {}
    for i, j in path:
        strong = sure[i, j] and alike[i, j] >= STRONG
        found[i, j] = ("number" if agree[i, j] else "order") if strong else "doubtful"
    # Where one of them stands beside another part, that is given up.
    for i, j in only:
        if found.get((i, j), "doubtful") == "doubtful":
            found = {pair: slot for pair, slot in found.items() if pair[0] != i and pair[1] != j}
            found[i, j] = "number" if agree[i, j] else "moved"
    return sorted((i, j, slot) for (i, j), slot in found.items())


def _only_parts(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """Return the places of titles that stand exactly once in both lists."""
    counts = Counter(left), Counter(right)
    at = {title: j for j, title in enumerate(right)}
    return [
        (i, at[title])
        for i, title in enumerate(left)
        if title and counts[0][title] == counts[1][title] == 1
    ]


def _number_agreement(one: PartList, other: PartList) -> tuple[Array, Array]:
    """Return where the numbers of 773 $g agree and differ ("CD 1, raita 3" agrees with "3")."""
    last = np.equal.outer(one.numbers, other.numbers)
    single = np.logical_or.outer(one.single, other.single)
    known = np.logical_and.outer(one.numbers != -1, other.numbers != -1)
    agree = known & (np.equal.outer(one.whole, other.whole) | (last & single))
    return agree, known & ~agree


def _likeness(one: PartList, other: PartList) -> Array:
    """Return how alike the titles are, 0 to 1; a subtitle on one side only counts little."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    scorer = Levenshtein.normalized_similarity
    alike = cdist(one.full_titles, other.full_titles, scorer=scorer, dtype=np.float64)
    plain = [np.array(x.titles) == np.array(x.full_titles) for x in (one, other)]
    main = cdist(one.titles, other.titles, scorer=scorer, dtype=np.float64)
    alike = np.maximum(alike, 0.9 * main * np.logical_or.outer(*plain))
    told = [np.array([bool(title) for title in x.full_titles]) for x in (one, other)]
    found: Array = alike * np.logical_and.outer(*told)
    return found


def _names(one: PartList, other: PartList) -> Array:
    """Return what the names of those responsible add."""
    shared, strange = NAMES
    return np.array(
        [
            [
                0 if not (left and right) else strange if left.isdisjoint(right) else shared
                for right in other.names
            ]
            for left in one.names
        ]
    )


def _best_path(gain: Array) -> tuple[list[tuple[int, int]], Array]:
    """Return the alignment that gains most, and where no other is about as good.

    A pair is sure if in all alignments about as good its parts stand beside each other.
    """
    ahead, back = _gained(gain), _gained(gain[::-1, ::-1])[::-1, ::-1]
    enough = ahead[-1, -1] - MARGIN
    possible = (gain > 0) & (ahead[:-1, :-1] + gain + back[1:, 1:] >= enough)
    alone_left = (ahead[:-1] + back[1:]).max(axis=1) >= enough
    alone_right = (ahead[:, :-1] + back[:, 1:]).max(axis=0) >= enough
    once = np.logical_and.outer(possible.sum(axis=1) == 1, possible.sum(axis=0) == 1)
    sure = possible & once & ~np.logical_or.outer(alone_left, alone_right)
    path = []
    i, j = gain.shape
    while i and j:
        step = gain[i - 1, j - 1]
        if step > 0 and ahead[i, j] == ahead[i - 1, j - 1] + step:
            i, j = i - 1, j - 1
            path.append((i, j))
        elif ahead[i, j] == ahead[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return path, sure


def _gained(gain: Array) -> Array:
    """Return the most that the first i parts of one list and j of the other can gain."""
    most = np.zeros((gain.shape[0] + 1, gain.shape[1] + 1), dtype=np.int64)
    for i, row in enumerate(gain):
        best = np.maximum(most[i, 1:], most[i, :-1] + row)
        np.maximum.accumulate(best, out=most[i + 1, 1:])
    return most


def place_words(place: Iterable[int | None]) -> str:
    """Return nth_a, of_a, nth_b and of_b of ``aligned`` in words; empty for None.

    >>> place_words((3, 12, 4, 13))
    'place 3 of 12 and 4 of 13'
    """
    known = [number for number in place if number]
    return "place {} of {} and {} of {}".format(*known) if known else ""
