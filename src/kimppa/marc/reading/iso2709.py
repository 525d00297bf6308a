"""Read ISO 2709: cut at record marks, and find the next leader where a mark is missing or stray."""

import re
from collections.abc import Generator, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from kimppa.marc.reading.directory import exact, mended
from kimppa.marc.reading.results import ReadRecord, Rejected, Run, Unreadable, one_by_one
from kimppa.marc.reading.words import counted
from kimppa.marc.record import LEADER_LENGTH

MARK = b"\x1d"
FILLER = b" \t\r\n\v\f\0\x1a\x1d\xef\xbb\xbf"
_BREAKS = (b"\r", b"\n")
LONGEST = 4 << 20  # bytes without a record mark that are looked at as one
_OVERLAP = 200_000  # longer than any record whose length its leader can say
_STRAY = 20  # record marks that one record may hold by mistake
_LEADER = re.compile(
    rb"(?=[0-9]{5}[\x20-\x7e]{7}([0-9]{5})[\x20-\x7e]{7}[0-9A-Za-z]{3}[0-9]{9})", re.DOTALL
)
_ENTRIES = re.compile(rb"(?:[0-9A-Za-z]{3}[0-9]{9})+")


class Frame(NamedTuple):
    """Bytes up to a record mark; ``closed`` is false where the mark is missing."""

    offset: int
    raw: bytes
    closed: bool = True
    quick: str | None = None  # flat form without line breaks before it, where that is known

    @property
    def length(self) -> int:
        """Bytes including the mark."""
        return len(self.raw) + self.closed


def read(blocks: Iterable[bytes], offset: int = 0) -> Iterator[ReadRecord | Rejected]:
    """Iterate over the records in blocks of bytes, the first of which stands at ``offset``."""
    return one_by_one(runs(blocks, offset))


def runs(blocks: Iterable[bytes], offset: int = 0) -> Iterator[Run | ReadRecord | Rejected]:
    """Iterate over the same, with records that need nothing as runs."""
    held: list[Frame] = []
    filler = 0
    for found in frames(blocks, offset):
        if isinstance(found, Run):
            filler = yield from _settled(held, filler)
            held = []
            if filler:
                for record in found.records():
                    yield record._replace(repairs=_skipped(filler))
                    filler = 0
            else:
                yield found
            continue
        # Many exports have one record a line: those need not take the slow way.
        has_break = found.raw[:1] in _BREAKS
        frame = _without_breaks(found) if has_break and not held else found
        filler += frame.offset - found.offset
        flat = found.quick if not (has_break and held) else None
        flat = (flat or exact(frame.raw)) if frame.closed else None
        if held and (flat or _begins_with_leader(frame.raw)):
            filler = yield from _settled(held, filler)
            held = []
        if flat:
            yield ReadRecord(flat, frame.offset, frame.length, _skipped(filler))
            filler = 0
            continue
        held.append(frame)
        if not _is_cut_by_a_stray_mark(held):
            filler = yield from _settled(held, filler)
            held = []
    yield from _settled(held, filler)


def frames(blocks: Iterable[bytes], offset: int) -> Iterator[Frame | Run]:
    """Cut blocks of bytes at record marks, and where none comes for a long time."""
    rest = b""
    for block in blocks:
        content = rest + block
        end = content.rfind(MARK) + 1
        if end:
            yield from _looked_at(content[:end], offset)
            offset += end
        rest = content[end:]
        if len(rest) > LONGEST:
            cut = len(rest) - _OVERLAP
            yield Frame(offset, rest[:cut], closed=False)
            offset += cut
            rest = rest[cut:]
    if rest:
        yield Frame(offset, rest, closed=False)


def _looked_at(marked: bytes, offset: int) -> Iterator[Frame | Run]:
    """Iterate over frames that all have their mark: as runs where nothing is wrong with them."""
    import numpy as np  # and compiled loops, which no page needs

    from kimppa.common.compiled import one_stretch
    from kimppa.marc.reading import together

    content = one_stretch([marked])
    stops = np.flatnonzero(content == MARK[0])
    starts = np.append(0, stops[:-1] + 1)
    begins = together.behind_breaks(content, starts, stops)
    found = together.looked_at(content, begins, stops)
    offsets, lengths = starts + offset, stops - starts + 1
    ready = found.right & (begins == starts)
    cuts = [0, *(np.flatnonzero(np.diff(ready)) + 1).tolist(), len(stops)]
    for first, last in pairwise(cuts):
        if ready[first]:
            places = found.starts[first : last + 1]
            flats = found.content[places[0] : places[-1]]
            yield Run(flats, places - places[0], offsets[first:last], lengths[first:last])
            continue
        for number in range(first, last):
            start, stop = int(starts[number]), int(stops[number])
            yield Frame(offset + start, marked[start:stop], quick=found.flat(number))


def leaders(raw: bytes) -> Iterator[int]:
    """Iterate over the places where a leader with a fitting directory begins."""
    for match in _LEADER.finditer(raw):
        start = match.start()
        end = start + int(match[1]) - 1
        is_whole = raw[end : end + 1] == b"\x1e"
        if is_whole and _ENTRIES.fullmatch(raw, start + LEADER_LENGTH, end):
            yield start


def _begins_with_leader(raw: bytes) -> bool:
    start = raw.lstrip(FILLER)[:5]
    return len(start) == 5 and start.isdigit() and any(True for _ in leaders(raw))


def _is_cut_by_a_stray_mark(held: list[Frame]) -> bool:
    """Whether a record mark inside a field cut these frames: the leader promises more bytes."""
    promised = held[0].raw[:5]
    frame = _joined(held)
    if len(held) > _STRAY or not promised.isdigit() or frame.length >= int(promised):
        return False
    return frame.closed and not frame.raw.endswith(b"\x1e") and list(leaders(frame.raw)) == [0]


def _without_breaks(frame: Frame) -> Frame:
    raw = frame.raw.lstrip(b"\r\n")
    return Frame(frame.offset + len(frame.raw) - len(raw), raw, frame.closed)


def _joined(held: list[Frame]) -> Frame:
    return Frame(held[0].offset, MARK.join(frame.raw for frame in held), held[-1].closed)


def _settled(held: list[Frame], filler: int) -> Generator[ReadRecord | Rejected, None, int]:
    """Read frames as one record if that can be, otherwise each by itself."""
    if len(held) > 1:
        whole = _piece(_joined(held), _skipped(filler))
        if isinstance(whole, ReadRecord):
            yield whole
            return 0
    for frame in held:
        filler = yield from _pieces(frame, filler)
    return filler


def _pieces(frame: Frame, filler: int) -> Generator[ReadRecord | Rejected, None, int]:
    """Part a frame where leaders begin; each piece is read or rejected by itself.

    ``filler`` counts the bytes skipped before it; returns those that follow the last record.
    """
    cuts = sorted({0, *leaders(frame.raw), len(frame.raw)})
    for start, stop in pairwise(cuts):
        is_last = stop == len(frame.raw)
        piece = Frame(frame.offset + start, frame.raw[start:stop], frame.closed and is_last)
        stripped = _without_filler(piece)
        filler += len(piece.raw) - len(stripped.raw)
        if stripped.raw:
            yield _piece(stripped, _skipped(filler))
            filler = 0
    return filler if frame.raw else filler + 1


def _without_filler(piece: Frame) -> Frame:
    """Return a piece without blanks, line breaks, byte order marks and zeros round the record."""
    raw = piece.raw
    if raw[12:17] != b"%05d" % (raw.find(b"\x1e") + 1):
        raw = raw.lstrip(FILLER)
    offset = piece.offset + len(piece.raw) - len(raw)
    ended = raw.rstrip(FILLER)
    if not ended or (not piece.closed and ended.endswith(b"\x1e")):
        raw = ended
    return Frame(offset, raw, piece.closed)


def _piece(piece: Frame, repairs: tuple[str, ...]) -> ReadRecord | Rejected:
    """Read one piece, or say why it cannot be read."""
    flat = exact(piece.raw) if piece.closed else None
    if flat:
        return ReadRecord(flat, piece.offset, piece.length, repairs)
    raw = piece.raw + MARK if piece.closed else piece.raw
    try:
        flat, more = mended(piece.raw, closed=piece.closed)
    except Unreadable as error:
        return Rejected(piece.offset, piece.length, str(error), raw)
    return ReadRecord(flat, piece.offset, piece.length, (*repairs, *more))


def _skipped(filler: int) -> tuple[str, ...]:
    return (f"{counted(filler, 'byte')} between records skipped",) if filler else ()
