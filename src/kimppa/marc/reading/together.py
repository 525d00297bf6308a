"""Many ISO 2709 records at once: those whose every number is right become flat form by one walk.

This is the bulk path of ``directory.exact``, and gives what that gives. It tells of no record what
is wrong with it, only that the plain way has to be taken.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kimppa.common.compiled import compiled, one_stretch
from kimppa.marc.bulk import FIELD, SUBFIELD, Bytes, Flags, Numbers
from kimppa.marc.record import LEADER_LENGTH

_ENTRY = 12
_SHORTEST = LEADER_LENGTH + _ENTRY + 3
_UTF8 = ord("a")  # leader/09
_ZERO = ord("0")
_CR, _LF = ord("\r"), ord("\n")
# What flat form has at each place of the leader, where a zero stands for the record's own.
_LEADER = np.frombuffer(b"00000\0\0\0\0a2200000\0\0\0004500", np.uint8)
_CODES = np.arange(256)
_PRINTED = (_CODES >= 0x20) & (_CODES <= 0x7E)
_ALNUM = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])
# Controls; and the first bytes of C1 controls and of U+FFFE and U+FFFF, which are looked at closer.
_SUSPECT = (_CODES < 0x20) | np.isin(_CODES, [0x7F, 0xC2, 0xEF])


class Looked(NamedTuple):
    """The flat forms of records one after the other; those that are not right may have no bytes."""

    content: bytes
    starts: Numbers  # of each record in it, and the end of the last
    right: Flags  # of each record: whether this is what ``directory.exact`` returns

    def flat(self, number: int) -> str | None:
        """Return one of them, or None where it is not right."""
        start, end = self.starts[number : number + 2]
        return self.content[start:end].decode() if self.right[number] else None


def exact(raws: Sequence[bytes]) -> list[str | None]:
    """Return ``directory.exact`` of each record, or None where only that can tell."""
    marked = one_stretch([raw + b"\x1d" for raw in raws])
    stops = np.cumsum([len(raw) + 1 for raw in raws], dtype=np.int64) - 1
    found = looked_at(marked, np.append(0, stops[:-1] + 1), stops)
    return list(map(found.flat, range(len(raws))))


def looked_at(content: Bytes, starts: Numbers, stops: Numbers) -> Looked:
    """Return the flat form of records that stand there, each with a record mark behind it."""
    flats, places = _flats(content, starts, stops)
    right = places[1:] > places[:-1]
    text = flats.tobytes()
    if not _is_text(text):  # each begins with ASCII, so that no character reaches into the next
        for number in np.flatnonzero(right):
            right[number] = _is_text(text[places[number] : places[number + 1]])
    return Looked(text, places, right)


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


@compiled
def behind_breaks(content: Bytes, starts: Numbers, stops: Numbers) -> Numbers:
    """Return where each record begins behind the line breaks before it."""
    found = starts.copy()
    for record in range(len(starts)):
        at = starts[record]
        while at < stops[record] and (content[at] == _CR or content[at] == _LF):
            at += 1
        found[record] = at
    return found


@compiled
def _flats(content: Bytes, starts: Numbers, stops: Numbers) -> tuple[Bytes, Numbers]:
    """Return the flat form of each record one after the other, and where each begins and ends.

    That of a record that is not exactly right has no bytes.
    """
    out = np.empty(len(content), np.uint8)  # flat form is shorter: it has no directory
    places = np.zeros(len(starts) + 1, np.int64)
    to = 0
    for record in range(len(starts)):
        start, stop = starts[record], stops[record]
        if stop - start >= _SHORTEST and _number(content, start, 5) == stop - start + 1:
            to = max(to, _flat(content, start, stop, out, to))
        places[record + 1] = to
    return out[:to], places


@compiled
def _number(content: Bytes, at: int, width: int) -> int:
    """Return the number that so many figures say; -1 for no figures."""
    found = 0
    for place in range(at, at + width):
        figure = int(content[place]) - _ZERO
        if figure < 0 or figure > 9:
            return -1
        found = found * 10 + figure
    return found


@compiled
def _flat(content: Bytes, start: int, stop: int, out: Bytes, to: int) -> int:
    """Write one record in flat form; return where it ends, or -1 where something is not right."""
    begin = to
    entry = start + LEADER_LENGTH
    base = at = start + _number(content, start + 12, 5)
    if base <= entry + _ENTRY or base >= stop or (base - 1 - entry) % _ENTRY:
        return -1
    to = _leader(content, start, out, to)
    while to > 0 and entry < base - 1:
        end = at + _number(content, entry + 3, 4) - 1
        if end < at or end >= stop or _number(content, entry + 7, 5) != at - base:
            return -1
        to = _field(content, entry, at, end, out, to)
        at = end + 1
        entry += _ENTRY
    is_whole = at == stop and content[base - 1] == FIELD
    is_text = content[start + 9] == _UTF8 or _is_ascii(out, begin, to)
    return to if is_whole and is_text else -1


@compiled
def _leader(content: Bytes, start: int, out: Bytes, to: int) -> int:
    for place in range(LEADER_LENGTH):
        if not _PRINTED[content[start + place]]:
            return -1
        out[to + place] = _LEADER[place] or content[start + place]
    return to + LEADER_LENGTH


@compiled
def _field(content: Bytes, entry: int, at: int, end: int, out: Bytes, to: int) -> int:
    """Write a field with its mark and tag; return where it ends, or -1 where it is not clean."""
    out[to] = FIELD
    for place in range(3):
        if not _ALNUM[content[entry + place]]:
            return -1
        out[to + 1 + place] = content[entry + place]
    is_control = content[entry] == _ZERO and content[entry + 1] == _ZERO
    if content[end] != FIELD or not (is_control or _is_data(content, at, end)):
        return -1
    to += 4
    for place in range(at, end):
        if _SUSPECT[content[place]] and not _is_right(content, place, end, is_control):
            return -1
        out[to] = content[place]
        to += 1
    return to


@compiled
def _is_data(content: Bytes, at: int, end: int) -> bool:
    """Return whether two indicators and a subfield stand at the head of a field."""
    if end - at < 4 or content[at + 2] != SUBFIELD:
        return False
    return bool(_PRINTED[content[at]] and _PRINTED[content[at + 1]])


@compiled
def _is_right(content: Bytes, at: int, end: int, is_control: bool) -> bool:  # noqa: FBT001
    """Return whether a suspect byte is a mark with a subfield, or begins a character."""
    byte, after = content[at], content[at + 1]
    if byte == SUBFIELD:
        return not is_control and at + 1 < end and after != SUBFIELD
    if byte == 0xC2:
        return bool(after >= 0xA0)
    return bool(byte == 0xEF and not (after == 0xBF and content[at + 2] >= 0xBE))


@compiled
def _is_ascii(content: Bytes, start: int, end: int) -> bool:
    found = 0
    for at in range(start, end):
        found |= content[at]
    return found < 0x80
