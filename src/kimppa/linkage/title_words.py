"""``words.title_words`` of many titles at once: number words, Roman numerals and "and" as signs."""

from functools import cache

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.linkage.slices import BLANK, Slices, begins, total
from kimppa.linkage.texts import Texts, places, texts
from kimppa.linkage.words import IN_TITLES
from kimppa.marc.bulk import Bytes, Numbers, put

_SLOTS = 1 << 10  # a power of two, so many times the words that hardly two fall into one


def with_signs(folded: Texts) -> Texts:
    """Return folded titles with their words as ``words.title_words`` has them."""
    return Texts(folded.owners, *_with_signs(*folded[1:], *_table()))


@cache
def _table() -> tuple[Numbers, Bytes, Numbers]:
    """Return by hash which word may stand there (or -1), and the words, then the signs."""
    some = texts(np.arange(2 * len(IN_TITLES)), [*IN_TITLES, *IN_TITLES.values()])
    slots = np.full(_SLOTS, -1, np.int64)
    for number in range(len(IN_TITLES)):
        slot = _hash(some.content, some.starts[number], some.ends[number])
        while slots[slot] >= 0:
            slot = (slot + 1) % _SLOTS
        slots[slot] = number
    return slots, some.content, places(some)


@compiled
def _hash(content: Bytes, start: int, end: int) -> int:
    found = 0
    for at in range(start, end):
        found = (31 * found + content[at]) % _SLOTS
    return found


@compiled
def _with_signs(
    content: Bytes, starts: Numbers, ends: Numbers, slots: Numbers, words: Bytes, word_at: Numbers
) -> Slices:
    out = np.empty(total(starts, ends), np.uint8)  # no sign is longer than its word
    froms, stops = np.empty_like(starts), np.empty_like(ends)
    signs = len(word_at) // 2
    to = 0
    for number in range(len(starts)):
        froms[number] = to
        begin = starts[number]
        for at in range(starts[number], ends[number] + 1):
            if at < ends[number] and content[at] != BLANK:
                continue
            found = _found(content, begin, at, slots, words, word_at)
            if found < 0:
                to = put(content, begin, at, out, to)
            else:
                to = put(words, word_at[signs + found], word_at[signs + found + 1], out, to)
            if at < ends[number]:
                out[to] = BLANK
                to += 1
            begin = at + 1
        stops[number] = to
    return out[:to], froms, stops


@compiled
def _found(
    content: Bytes, start: int, end: int, slots: Numbers, words: Bytes, word_at: Numbers
) -> int:
    """Return which of the words stands at a place, or -1."""
    slot = _hash(content, start, end)
    while slots[slot] >= 0:
        word = slots[slot]
        size = word_at[word + 1] - word_at[word]
        if end - start == size and begins(
            content, start, end, words, word_at[word], word_at[word + 1]
        ):
            return int(word)
        slot = (slot + 1) % _SLOTS
    return -1


@compiled
def keys(content: Bytes, starts: Numbers, ends: Numbers, most: int) -> Slices:
    """Return the first words of folded texts, so many, without the blanks between them."""
    out = np.empty(total(starts, ends), np.uint8)
    froms, stops = np.empty_like(starts), np.empty_like(ends)
    to = 0
    for number in range(len(starts)):
        froms[number] = to
        blanks = 0
        for at in range(starts[number], ends[number]):
            if content[at] == BLANK:
                blanks += 1
            elif blanks < most:
                out[to] = content[at]
                to += 1
        stops[number] = to
    return out[:to], froms, stops


@compiled
def behind_articles(content: Bytes, starts: Numbers, ends: Numbers, counts: Numbers) -> Numbers:
    """Return where titles begin that have so many characters of an article before them.

    A count that would cut into a word is a mistake of the record, not an article.
    """
    found = starts.copy()
    for number in range(len(starts)):
        at = before = starts[number]
        for _character in range(counts[number]):
            before = at
            at += 1
            while at < ends[number] and content[at] & 0xC0 == 0x80:
                at += 1
        if before < at < ends[number] and _parts(content, before):
            found[number] = at
    return found


@compiled
def _parts(content: Bytes, at: int) -> bool:
    """Return whether a blank, an apostrophe or a quotation mark stands at a place."""
    byte = content[at]
    if byte == 0xE2:  # the typographic apostrophe has three bytes
        return bool(content[at + 1] == 0x80 and content[at + 2] == 0x99)
    return byte in (0x20, 0x22, 0x27)
