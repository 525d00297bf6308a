"""Many records at once as ISO 2709, and what lists of records show of each: title and author."""

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import (
    FIELD,
    SUBFIELD,
    Bytes,
    Flags,
    Flats,
    Numbers,
    Texts,
    put,
    put_all,
    tag_number,
)
from kimppa.marc.record import LEADER_LENGTH

_ENTRY = 12
_LONGEST_RECORD = 99_999
_LONGEST_FIELD = 9_999
_RECORD, _ZERO = 0x1D, 0x30
_CODED = np.frombuffer(b"a22", np.uint8)  # leader 9-11: UTF-8, two indicators, codes of two bytes
_ENTRY_MAP = np.frombuffer(b"4500", np.uint8)
_BLANK = np.frombuffer(b" ", np.uint8)
_TITLE_CODES, _AUTHOR_CODES = np.frombuffer(b"abnp", np.uint8), np.frombuffer(b"a", np.uint8)
_TITLE = np.array([tag_number("245")])
_AUTHOR = np.array([tag_number(tag) for tag in ("100", "110", "111")])
_AFTER_TITLE = np.frombuffer(b" /:;=.,", np.uint8)
_AFTER_AUTHOR = np.frombuffer(b" ,", np.uint8)


@compiled
def to_iso2709(flats: Flats) -> tuple[Bytes, Numbers, Flags]:
    """Return each record as ``writing.flat_to_iso2709`` does: bytes, starts, which are there.

    Nothing stands for a record that has to take that way: one that is not whole, and one that
    ISO 2709 cannot hold.
    """
    count = len(flats.starts) - 1
    most = len(flats.content) + (_ENTRY - 3) * len(flats.marks) + 2 * count
    out = np.empty(most, np.uint8)
    starts = np.zeros(count + 1, np.int64)
    there = np.zeros(count, np.bool_)
    for record in range(count):
        there[record] = flats.whole[record] and _fits(flats, record)
        starts[record + 1] = starts[record]
        if there[record]:
            starts[record + 1] = _write(flats, record, out, starts[record])
    return out[: starts[count]], starts, there


@compiled
def _fits(flats: Flats, record: int) -> bool:
    first, last = flats.first[record], flats.first[record + 1]
    for field in range(first, last):
        if flats.ends[field] - flats.marks[field] - 3 > _LONGEST_FIELD:
            return False
    size = flats.starts[record + 1] - flats.starts[record]
    return bool(size + (_ENTRY - 3) * (last - first) + 2 <= _LONGEST_RECORD)


@compiled
def _write(flats: Flats, record: int, out: Bytes, start: int) -> int:
    """Write a record; return where it ends."""
    first, last = flats.first[record], flats.first[record + 1]
    base = LEADER_LENGTH + _ENTRY * (last - first) + 1
    entry, to = start + LEADER_LENGTH, start + base
    out[to - 1] = FIELD
    for field in range(first, last):
        mark, end = flats.marks[field], flats.ends[field]
        put(flats.content, mark + 1, mark + 4, out, entry)
        _put_number(end - mark - 3, 4, out, entry + 3)
        _put_number(to - start - base, 5, out, entry + 7)
        entry += _ENTRY
        to = put(flats.content, mark + 4, end, out, to)
        out[to] = FIELD
        to += 1
    out[to] = _RECORD
    put(flats.content, flats.starts[record], flats.starts[record] + LEADER_LENGTH, out, start)
    _put_number(to + 1 - start, 5, out, start)
    put_all(_CODED, out, start + 9)
    _put_number(base, 5, out, start + 12)
    put_all(_ENTRY_MAP, out, start + 20)
    return int(to + 1)


@compiled
def _put_number(value: int, width: int, out: Bytes, to: int) -> None:
    """Write a number with zeros before it."""
    for at in range(to + width - 1, to - 1, -1):
        tenth = value // 10
        out[at] = _ZERO + value - 10 * tenth
        value = tenth


def titles(flats: Flats) -> Texts:
    """Return each record's title: $a $b $n $p of its first 245, without ISBD's mark at the end."""
    return Texts(*_said(flats, _TITLE, _TITLE_CODES, _AFTER_TITLE))


def authors(flats: Flats) -> Texts:
    """Return each record's name in the main entry: $a of its first 1XX."""
    return Texts(*_said(flats, _AUTHOR, _AUTHOR_CODES, _AFTER_AUTHOR))


@compiled
def _said(flats: Flats, tags: Numbers, codes: Bytes, endings: Bytes) -> tuple[Bytes, Numbers]:
    """Return what the first field with one of the tags says, without these signs at its end.

    A blank stands between subfields; of a single code only the first counts.
    """
    out = np.empty(len(flats.content), np.uint8)
    starts = np.zeros(len(flats.starts), np.int64)
    for record in range(len(flats.starts) - 1):
        start = to = starts[record]
        at, stop = _first(flats, record, tags)
        count = 0
        while at < stop:
            end = _next_mark(flats.content, at + 1, stop)
            if at + 1 < end and _has_code(flats.content, at, codes):
                if count > 0:
                    to = put_all(_BLANK, out, to)
                to = put(flats.content, at + 2, end, out, to)
                count += 1
            at = stop if count == 1 and len(codes) == 1 else end
        starts[record + 1] = _without(endings, out, start, to)
    return out[: starts[-1]], starts


@compiled
def _first(flats: Flats, record: int, tags: Numbers) -> tuple[int, int]:
    """Return where the record's first field with one of these tags stands; 0 and 0 for none."""
    for field in range(flats.first[record], flats.first[record + 1]):
        for tag in tags:
            if flats.tags[field] == tag:
                return flats.marks[field], flats.ends[field]
    return 0, 0


@compiled
def _next_mark(content: Bytes, at: int, stop: int) -> int:
    while at < stop and content[at] != SUBFIELD:
        at += 1
    return at


@compiled
def _has_code(content: Bytes, at: int, codes: Bytes) -> bool:
    """Whether a subfield with one of these codes begins here."""
    if content[at] != SUBFIELD:
        return False
    for code in codes:  # noqa: SIM110 a generator is not compiled
        if content[at + 1] == code:
            return True
    return False


@compiled
def _without(endings: Bytes, out: Bytes, start: int, stop: int) -> int:
    """Return where a text ends if these signs at its end are left out."""
    while stop > start:
        is_ending = False
        for sign in endings:
            is_ending |= out[stop - 1] == sign
        if not is_ending:
            break
        stop -= 1
    return stop
