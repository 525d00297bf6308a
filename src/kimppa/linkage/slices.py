"""Loops over texts that are stretches of one array of bytes: joining, parting and comparing them.

``owners`` numbers what each text is of, ascending; several texts may be of one.
"""

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import Bytes, Flags, Numbers, is_same, put

BLANK = 0x20
_PART_OF_CHARACTER = 0x80  # with the two highest bits: a byte of UTF-8 that begins no character
Slices = tuple[Bytes, Numbers, Numbers]


@compiled
def total(starts: Numbers, ends: Numbers) -> int:
    """Return how many bytes some stretches have."""
    size = 0
    for number in range(len(starts)):
        size += ends[number] - starts[number]
    return size


@compiled
def are_ascii(content: Bytes, starts: Numbers, ends: Numbers) -> bool:
    """Return whether the stretches have but ASCII."""
    found = 0
    for number in range(len(starts)):
        for at in range(starts[number], ends[number]):
            found |= content[at]
    return found < 0x80


@compiled
def packed(content: Bytes, starts: Numbers, ends: Numbers) -> Bytes:
    """Return the bytes of the stretches, one after the other."""
    out = np.empty(total(starts, ends), np.uint8)
    to = 0
    for number in range(len(starts)):
        to = put(content, starts[number], ends[number], out, to)
    return out


@compiled
def joined(
    count: int, owners: Numbers, content: Bytes, starts: Numbers, ends: Numbers, between: Bytes
) -> Slices:
    """Return a text for each owner: all of its own with something between them."""
    out = np.empty(total(starts, ends) + len(starts) * len(between), np.uint8)
    froms, stops = np.empty(count, np.int64), np.empty(count, np.int64)
    to = number = 0
    for owner in range(count):
        froms[owner] = to
        is_first = True
        while number < len(owners) and owners[number] == owner:
            if not is_first:
                to = put(between, 0, len(between), out, to)
            to = put(content, starts[number], ends[number], out, to)
            is_first = False
            number += 1
        stops[owner] = to
    return out[:to], froms, stops


@compiled
def begins(content: Bytes, start: int, end: int, heads: Bytes, at: int, stop: int) -> bool:
    """Return whether a stretch begins with all bytes of another one, which may stand elsewhere."""
    size = stop - at
    if end - start < size:
        return False
    place = 0
    while place < size and content[start + place] == heads[at + place]:
        place += 1
    return place == size


@compiled
def distinct(owners: Numbers, content: Bytes, starts: Numbers, ends: Numbers, most: int) -> Numbers:
    """Return the numbers of each owner's first texts that are not empty, each of them once."""
    kept = np.empty(len(owners), np.int64)
    found = first = 0
    for number in range(len(owners)):
        if number and owners[number] != owners[number - 1]:
            first = found
        is_new = ends[number] > starts[number] and found - first < most
        for place in range(first, found):
            if not is_new:
                break
            other = kept[place]
            is_new = not is_same(
                content, starts[number], ends[number], content, starts[other], ends[other]
            )
        if is_new:
            kept[found] = number
            found += 1
    return kept[:found]


@compiled
def words(
    content: Bytes, starts: Numbers, ends: Numbers, shortest: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Return which text each word is of, where it begins and ends; words part at single blanks.

    Words of less than ``shortest`` characters are left out.
    """
    most = (total(starts, ends) + len(starts)) // 2 + 1
    owners, begins = np.empty(most, np.int64), np.empty(most, np.int64)
    stops = np.empty(most, np.int64)
    found = 0
    for number in range(len(starts)):
        begin = starts[number]
        for at in range(starts[number], ends[number] + 1):
            if at < ends[number] and content[at] != BLANK:
                continue
            if at - begin >= shortest and characters(content, begin, at, shortest) >= shortest:
                owners[found], begins[found], stops[found] = number, begin, at
                found += 1
            begin = at + 1
    return owners[:found], begins[:found], stops[:found]


@compiled
def characters(content: Bytes, start: int, end: int, most: int) -> int:
    """Return how many characters a stretch of UTF-8 has; not all are counted beyond so many."""
    found = 0
    at = start
    while at < end and found < most:
        found += content[at] & 0xC0 != _PART_OF_CHARACTER
        at += 1
    return found


@compiled
def sizes(content: Bytes, starts: Numbers, ends: Numbers) -> Numbers:
    """Return how many characters each stretch has."""
    found = ends - starts
    highest = 0
    for byte in content:
        highest |= byte
    if highest < _PART_OF_CHARACTER:
        return found
    for number in range(len(starts)):
        size = ends[number] - starts[number]
        found[number] = characters(content, starts[number], ends[number], size)
    return found


@compiled
def heads(content: Bytes, starts: Numbers, ends: Numbers) -> Numbers:
    """Return where the first character of each stretch ends."""
    found = ends.copy()
    for number in range(len(starts)):
        for at in range(starts[number] + 1, ends[number]):
            if content[at] & 0xC0 != _PART_OF_CHARACTER:
                found[number] = at
                break
    return found


@compiled
def find(content: Bytes, starts: Numbers, ends: Numbers, byte: int) -> Numbers:
    """Return where a byte first stands in each stretch; its end where it does not."""
    found = ends.copy()
    for number in range(len(starts)):
        for at in range(starts[number], ends[number]):
            if content[at] == byte:
                found[number] = at
                break
    return found


@compiled
def skip(content: Bytes, starts: Numbers, ends: Numbers, needless: Flags) -> Numbers:
    """Return where each stretch has its first byte that is not needless; its end if it has none."""
    found = starts.copy()
    for number in range(len(starts)):
        while found[number] < ends[number] and needless[content[found[number]]]:
            found[number] += 1
    return found


@compiled
def kept(content: Bytes, starts: Numbers, ends: Numbers, needed: Flags, head: Bytes) -> Slices:
    """Return something at the head of each text, and those of its bytes that are needed."""
    out = np.empty(total(starts, ends) + len(starts) * len(head), np.uint8)
    froms, stops = np.empty_like(starts), np.empty_like(ends)
    to = 0
    for number in range(len(starts)):
        froms[number] = to
        to = put(head, 0, len(head), out, to)
        for at in range(starts[number], ends[number]):
            if needed[content[at]]:
                out[to] = content[at]
                to += 1
        stops[number] = to
    return out[:to], froms, stops


@compiled
def longest(owners: Numbers, content: Bytes, starts: Numbers, ends: Numbers, most: int) -> Numbers:
    """Return the numbers of each owner's longest texts, longest first, then by alphabet."""
    found = np.empty(len(owners), np.int64)
    lengths = sizes(content, starts, ends)
    kept = first = 0
    for number in range(len(owners)):
        if number and owners[number] != owners[number - 1]:
            first = kept
        place = kept
        while place > first and _is_before(
            number, found[place - 1], lengths, content, starts, ends
        ):
            if place - first < most:
                found[place] = found[place - 1]
            place -= 1
        if place - first < most:
            found[place] = number
            kept = min(kept + 1, first + most)
    return found[:kept]


@compiled
def _is_before(
    number: int, other: int, lengths: Numbers, content: Bytes, starts: Numbers, ends: Numbers
) -> bool:
    """Return whether a text is longer than another, or as long and before it in the alphabet."""
    if lengths[number] != lengths[other]:
        return bool(lengths[number] > lengths[other])
    for place in range(min(ends[number] - starts[number], ends[other] - starts[other])):
        own, its = content[starts[number] + place], content[starts[other] + place]
        if own != its:
            return bool(own < its)
    return False
