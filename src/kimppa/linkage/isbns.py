"""``isbn.isbn13`` of many texts at once, over their bytes."""

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.linkage.isbn import isbn13
from kimppa.linkage.texts import Texts
from kimppa.marc.bulk import Bytes, Flags, Numbers, put

_LENGTH = 13
_HEAD = np.frombuffer(b"978", np.uint8)
_SUM_978 = 9 + 3 * 7 + 8
_TENTH = np.frombuffer(b"0123456789x", np.uint8)
_GOES_ON = np.frombuffer(b"0123456789Xx -", np.uint8)
_ZERO, _NINE, _BLANK = 0x30, 0x39, 0x20
_TO_LOWER = 0x20


def isbns13(found: Texts) -> Texts:
    """Return ``isbn13`` of each text; figures without hyphens are looked at as bytes."""
    content, is_right, is_other = _isbns13(found.content, found.starts, found.ends)
    starts = np.arange(len(is_right)) * _LENGTH
    numbers = Texts(found.owners, content, starts, starts + _LENGTH * is_right)
    if not is_other.any():
        return numbers
    return numbers.replaced(is_other, map(isbn13, found.some(is_other).values()))


@compiled
def _isbns13(content: Bytes, starts: Numbers, ends: Numbers) -> tuple[Bytes, Flags, Flags]:
    """Return the figures of ISBNs, which texts have a right one, and which need a closer look."""
    out = np.zeros(len(starts) * _LENGTH, np.uint8)
    is_right, is_other = np.zeros(len(starts), np.bool_), np.zeros(len(starts), np.bool_)
    for number in range(len(starts)):
        start, end, to = starts[number], ends[number], number * _LENGTH
        figures = _figures(content, start, min(end, start + _LENGTH))
        if figures == _LENGTH:
            is_right[number] = _weighed(content, start, 0, _LENGTH) % 10 == 0
            put(content, start, start + _LENGTH, out, to)
        elif figures in (9, 10) and _is_ten(content, start, end):
            is_right[number] = _is_right_ten(content, start)
            out[to : to + 3] = _HEAD
            put(content, start, start + 9, out, to + 3)
            out[to + 12] = _ZERO + -(_SUM_978 + _weighed(content, start, 3, 12)) % 10
        else:
            is_other[number] = end > start
    return out, is_right, is_other


@compiled
def _figures(content: Bytes, start: int, end: int) -> int:
    """Return how many figures stand at the head of a text."""
    at = start
    while at < end and _ZERO <= content[at] <= _NINE:
        at += 1
    return at - start


@compiled
def _weighed(content: Bytes, start: int, first: int, last: int) -> int:
    """Return the sum of the figures that are the first to last of thirteen, every second thrice."""
    found = 0
    for place in range(first, last):
        found += (content[start + place - first] - _ZERO) * (3 if place % 2 else 1)
    return found


@compiled
def _is_ten(content: Bytes, start: int, end: int) -> bool:
    """Return whether ten characters are a number, and nothing follows that may be of one."""
    if end - start < 10 or (content[start + 9] | _TO_LOWER) not in _TENTH:
        return False
    if end - start > 10 and content[start + 10] != _BLANK:
        return False
    return end - start < 12 or content[start + 11] not in _GOES_ON


@compiled
def _is_right_ten(content: Bytes, start: int) -> bool:
    last = content[start + 9]
    found = 10 if last > _NINE else last - _ZERO
    for place in range(9):
        found += (content[start + place] - _ZERO) * (10 - place)
    return found % 11 == 0
