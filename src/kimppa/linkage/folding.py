"""``words.fold`` of many texts at once, over their bytes."""

from functools import cache

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.linkage.slices import BLANK
from kimppa.linkage.words import bare
from kimppa.marc.bulk import Bytes, Flags, Numbers

_CODES = 0x2200  # most of what is not ASCII in European texts, with signs for quoting
_OTHER = 255  # how many letters a character becomes that has none in ASCII
_WIDTH = 6


@cache
def _tables() -> tuple[Bytes, Bytes]:
    """Return what each byte of ASCII becomes if one letter or blank (else 0), and each character.

    A row of the second table begins with how many letters a character becomes. They are fewer than
    twice the character's own bytes, which ``fold`` needs to know how much room it takes.
    """
    letters = np.zeros(256, np.uint8)
    characters = np.full((_CODES, _WIDTH), _OTHER, np.uint8)
    for code in range(_CODES):
        text = bare(chr(code))
        most = 3 if code < 0x800 else 5
        if not text.isascii() or len(text) > most:
            continue
        characters[code, 0] = len(text)
        characters[code, 1 : 1 + len(text)] = list(text.encode())
        if code < 0x80 and len(text) == 1:
            letters[code] = ord(text)
    return letters, characters


def fold(content: Bytes, starts: Numbers, ends: Numbers) -> tuple[Bytes, Numbers, Numbers, Flags]:
    """Return ``words.fold`` of each stretch of UTF-8, and which ones need that way themselves."""
    return _fold(content, starts, ends, *_tables())


@compiled
def _fold(
    content: Bytes, starts: Numbers, ends: Numbers, letters: Bytes, characters: Bytes
) -> tuple[Bytes, Numbers, Numbers, Flags]:
    size = 0
    for number in range(len(starts)):
        size += ends[number] - starts[number]
    out = np.empty(2 * size + 1, np.uint8)  # every "&" gets blanks around it
    begins, stops = np.empty_like(starts), np.empty_like(ends)
    is_other = np.zeros(len(starts), np.bool_)
    to = 0
    for number in range(len(starts)):
        begins[number] = to
        after = _one(content, starts[number], ends[number], letters, characters, out, to)
        is_other[number] = after < 0
        to = max(to, after)
        stops[number] = to
    return out[:to], begins, stops, is_other


@compiled
def _one(
    content: Bytes, at: int, end: int, letters: Bytes, characters: Bytes, out: Bytes, begin: int
) -> int:
    """Fold one stretch; return where it ends in ``out``, or -1 for other scripts.

    Every letter is written, and a blank after a blank is written over.
    """
    to, last = begin, BLANK
    while at < end:
        letter = letters[content[at]]
        if letter:
            out[to] = letter
            to += (letter != BLANK) | (last != BLANK)
            last = letter
            at += 1
            continue
        code, at = _character(content, at)
        if code >= len(characters) or characters[code, 0] == _OTHER:
            return -1
        for letter in characters[code, 1 : 1 + characters[code, 0]]:
            out[to] = letter
            to += (letter != BLANK) | (last != BLANK)
            last = letter
    return to - 1 if to > begin and last == BLANK else to


@compiled
def _character(content: Bytes, at: int) -> tuple[int, int]:
    """Return the character that begins at a place in UTF-8, and where the next one begins."""
    first = int(content[at])
    if first < 0x80:
        return first, at + 1
    second = int(content[at + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, at + 2
    third = int(content[at + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, at + 3
    return 0x10000, at + 4


@cache
def _parted() -> Bytes:
    """Return what each byte becomes as in folding, but for "&", which only parts words here."""
    letters = _tables()[0].copy()
    letters[ord("&")] = BLANK
    return letters


def with_word(
    content: Bytes, starts: Numbers, ends: Numbers, heads: Bytes, places: Numbers, pairs: Flags
) -> Flags:
    """Return which texts may have a word that begins as one of some heads when folded.

    ``pairs`` has flags for the first two letters of the heads, which tell nearly all other words.
    Folded texts in ASCII have no others; of those that are not folded, whatever has characters that
    are not letters, blanks or points may have one.
    """
    return _with_word(content, starts, ends, heads, places, pairs, _parted())


@compiled
def _with_word(
    content: Bytes,
    starts: Numbers,
    ends: Numbers,
    heads: Bytes,
    places: Numbers,
    pairs: Flags,
    letters: Bytes,
) -> Flags:
    found = np.zeros(len(starts), np.bool_)
    for number in range(len(starts)):
        before = last = BLANK
        at, end = starts[number], ends[number]
        while at < end and not found[number]:
            letter = letters[content[at]]
            if letter == 0:
                found[number] = True
            elif (before == BLANK) & pairs[last, letter]:
                found[number] = _begins(content, at - 1, end, heads, places, letters)
            before, last = last, letter
            at += 1
    return found


@compiled
def _begins(
    content: Bytes, at: int, end: int, heads: Bytes, places: Numbers, letters: Bytes
) -> bool:
    """Return whether one of the heads stands at a place when the text is folded."""
    for head in range(len(places) - 1):
        place = at
        last = at + places[head + 1] - places[head]
        while (
            place < min(last, end) and letters[content[place]] == heads[places[head] + place - at]
        ):
            place += 1
        if place == last:
            return True
    return False
