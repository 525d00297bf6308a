"""Many ISO 2709 records at once: those whose every number is right become flat form by numpy.

This is the bulk path of ``directory.exact``, and gives what that gives. It tells of no record what
is wrong with it, only that the plain way has to be taken.
"""

from collections.abc import Sequence

import numpy as np

from kimppa.marc import bulk
from kimppa.marc.bulk import Flags, Numbers
from kimppa.marc.record import LEADER_LENGTH

_RECORD = 0x1D
_ENTRY = 12
_SHORTEST = LEADER_LENGTH + _ENTRY + 3
_UTF8 = ord("a")  # leader/09
# What flat form has at each place of the leader; None where the record's own stays.
_LEADER = dict(enumerate("00000....a2200000...4500\x1e"))


class _Frames:
    """Records without their marks, one after the other, and where their fields end (bytes)."""

    def __init__(self, raws: Sequence[bytes]) -> None:
        self.lengths = np.fromiter(map(len, raws), np.int64, len(raws))
        self.stops = np.cumsum(self.lengths + 1) - 1  # where the record's mark would stand
        self.starts = self.stops - self.lengths
        self.content = np.frombuffer(b"\x1d".join([*raws, bytes(LEADER_LENGTH)]), np.uint8)
        self.marks = np.flatnonzero(self.content == bulk.FIELD)
        self.first = np.searchsorted(self.marks, self.starts)
        self.counts = np.searchsorted(self.marks, self.stops) - self.first - 1

    def number(self, at: Numbers, width: int) -> Numbers:
        """Return the number that so many figures say at each place; negative for no figures."""
        found = np.zeros(len(at), np.int64)
        wrong = np.zeros(len(at), np.bool_)
        for place in range(width):
            figure = self.content[at + place].astype(np.int64) - ord("0")
            wrong |= (figure < 0) | (figure > 9)
            found = found * 10 + figure
        found[wrong] = -1
        return found


def exact(raws: Sequence[bytes]) -> list[str | None]:
    """Return ``directory.exact`` of each record, or None where only that can tell."""
    found: list[str | None] = [None] * len(raws)
    frames = _Frames(raws)
    right = np.flatnonzero(_leaders(frames))
    right = right[_directories(frames, right)]
    if not len(right):
        return found
    flats = _flats(frames, right)
    whole = bulk.whole(flats) & _utf8(frames, right, flats)
    text = flats.content.tobytes()
    places = zip(flats.starts.tolist(), flats.starts[1:].tolist(), strict=False)
    for number, is_whole, (start, stop) in zip(right.tolist(), whole.tolist(), places, strict=True):
        if is_whole:
            found[number] = _decoded(text[start:stop])
    return found


def _leaders(frames: _Frames) -> Flags:
    """Return which records have a leader that tells their length and where their fields begin."""
    base = LEADER_LENGTH + _ENTRY * frames.counts + 1
    right: Flags = (frames.lengths >= _SHORTEST) & (frames.counts > 0)
    starts = np.where(right, frames.starts, 0)
    right &= frames.number(starts, 5) == frames.lengths + 1
    right &= frames.number(starts + 12, 5) == base
    last = np.where(right, frames.first + frames.counts, 0)
    marks = np.append(frames.marks, 0)  # there may be none at all
    right &= (marks[last] == frames.stops - 1) & (
        marks[np.where(right, frames.first, 0)] == frames.starts + base - 1
    )
    return right


def _fields(frames: _Frames, records: Numbers) -> tuple[Numbers, Numbers]:
    """Return for each field of some records its entry's place, and the number of its mark."""
    counts = frames.counts[records]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    entries = np.repeat(frames.starts[records] + LEADER_LENGTH, counts) + _ENTRY * within
    return entries, np.repeat(frames.first[records] + 1, counts) + within


def _directories(frames: _Frames, records: Numbers) -> Flags:
    """Return which of some records have a directory that tells where each field stands."""
    entries, ends = _fields(frames, records)
    counts = frames.counts[records]
    lengths = frames.marks[ends] - frames.marks[ends - 1]
    base = np.repeat(frames.marks[frames.first[records]] + 1, counts)
    where = frames.marks[ends - 1] + 1 - base
    wrong = frames.number(entries + 3, 9) != lengths * 100_000 + where
    wrong |= lengths > 9_999
    right = np.ones(len(records), np.bool_)
    right[np.repeat(np.arange(len(records)), counts)[wrong]] = False
    return right


def _flats(frames: _Frames, records: Numbers) -> bulk.Flats:
    """Return these records in flat form: leaders, then tags and contents by turns."""
    counts = frames.counts[records]
    entries, ends = _fields(frames, records)
    heads = np.cumsum(1 + 2 * counts) - (1 + 2 * counts)  # which piece is the leader
    sources = np.empty(len(records) + 2 * len(entries), np.int64)
    sizes = np.empty_like(sources)
    is_leader = np.zeros(len(sources), np.bool_)
    is_leader[heads] = True
    sources[heads] = frames.starts[records]
    sizes[heads] = LEADER_LENGTH + 1
    tags = np.flatnonzero(~is_leader)[::2]
    sources[tags], sizes[tags] = entries, 3
    begins = frames.marks[ends - 1] + 1
    sources[tags + 1], sizes[tags + 1] = begins, frames.marks[ends] + 1 - begins
    sizes[heads + 2 * counts] -= 1  # the last field ends without a mark
    targets = np.cumsum(sizes) - sizes
    places = np.repeat((sources - targets).astype(np.int32), sizes)  # half as wide, twice as quick
    places += np.arange(sizes.sum(), dtype=np.int32)
    content = frames.content.take(places)
    starts = np.append(targets[heads], len(content))
    for place, letter in _LEADER.items():
        if letter != ".":
            content[starts[:-1] + place] = ord(letter)
    return bulk.cut(content, starts)


def _utf8(frames: _Frames, records: Numbers, flats: bulk.Flats) -> Flags:
    """Return which records say that they are UTF-8, or have no other characters than ASCII's."""
    found: Flags = frames.content[frames.starts[records] + 9] == _UTF8
    owners = np.searchsorted(flats.starts, np.flatnonzero(flats.content > 0x7F), "right") - 1
    is_ascii = np.ones(len(records), np.bool_)
    is_ascii[owners] = False
    return found | is_ascii


def _decoded(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None
