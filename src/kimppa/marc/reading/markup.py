"""Cut XML into records and the markup round them, byte by byte, so that damage stays where it is.

A parser stops at the first error and cannot say where the next record begins; this can.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

LONGEST = 16 << 20  # bytes that are looked at as one record
_LONG_ENOUGH = 1 << 16
_TAG_ROOM = 512  # a tag may be cut in two at the end of a block
_TOKEN = re.compile(rb"<(?:(!--|!\[CDATA\[|\?)|(/?)(?:[\w.-]++:)?+record(?=[\s/>]))")
_MARC = re.compile(rb"<(?:[\w.-]++:)?+(?:leader|controlfield|datafield|subfield)[\s/>]")
_OPEN_TAG = re.compile(rb"<[^<>]*\Z")
_CLOSERS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}


class Kind(Enum):
    """What a piece of the file is."""

    RECORD = "record"
    MARKUP = "markup"
    DAMAGED = "damaged"


class Piece(NamedTuple):
    """A stretch of the file; put together, the pieces are the file."""

    kind: Kind
    raw: bytes
    reason: str = ""


def pieces(blocks: Iterable[bytes]) -> Iterator[Piece]:
    """Cut blocks of XML in an encoding that contains ASCII into pieces."""
    splitter = _Splitter()
    for block in blocks:
        yield from splitter.feed(block)
    yield from splitter.feed(b"", last=True)


class _Splitter:
    """Keeps what was not handed over yet; where a record is open, that begins with its start."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0
        self._is_open = False

    def feed(self, block: bytes, *, last: bool = False) -> Iterator[Piece]:
        """Take a block in and hand over the pieces that are complete."""
        self._buffer += block
        done = 0
        limit = len(self._buffer) if last else len(self._buffer) - _TAG_ROOM
        at = self._at
        while (match := _TOKEN.search(self._buffer, at)) and match.start() < limit:
            stop = self._end_of(match)
            if stop < 0 and not last and len(self._buffer) - match.start() < LONGEST:
                limit = match.start()
                break
            at = max(stop, match.end())
            piece, done = self._piece(match, done, at)
            if piece:
                yield piece
        self._at = max(at, limit) - done
        self._buffer = self._buffer[done:]
        yield from self._last() if last else self._overlong()

    def _end_of(self, match: re.Match[bytes]) -> int:
        """Return where the tag or comment that begins here ends; -1 if not in the buffer."""
        closer = _CLOSERS[match[1]] if match[1] else b">"
        end = self._buffer.find(closer, match.end())
        return end if end < 0 else end + len(closer)

    def _piece(self, match: re.Match[bytes], done: int, stop: int) -> tuple[Piece | None, int]:
        """Return the piece that a tag completes, and up to where the buffer is handed over."""
        if match[1] or self._buffer[stop - 2 : stop] == b"/>":
            return None, done
        if match[2]:
            raw = self._buffer[done:stop]
            piece = Piece(Kind.RECORD, raw) if self._is_open else _outside(raw)
            self._is_open = False
            return piece, stop
        raw = self._buffer[done : match.start()]
        self._is_open = True
        return (_outside(raw) if raw else None), match.start()

    def _overlong(self) -> Iterator[Piece]:
        """Hand over what has grown too long to wait for its end."""
        if len(self._buffer) < (LONGEST if self._is_open else _LONG_ENOUGH):
            return
        raw = self._buffer[: self._at]
        reason = f"no end of the record within {LONGEST:,} bytes"
        yield Piece(Kind.DAMAGED, raw, reason) if self._is_open else _outside(raw)
        self._is_open = False
        self._buffer = self._buffer[self._at :]
        self._at = 0

    def _last(self) -> Iterator[Piece]:
        if self._is_open:
            yield Piece(Kind.DAMAGED, self._buffer, "the file ends in the middle of a record")
        elif _OPEN_TAG.search(self._buffer):
            yield Piece(Kind.DAMAGED, self._buffer, "the file ends in the middle of a tag")
        elif self._buffer:
            yield _outside(self._buffer)


def _outside(raw: bytes) -> Piece:
    """Return bytes between records: markup of the wrapper, or remains of a record."""
    if _MARC.search(raw):
        return Piece(Kind.DAMAGED, raw, "MARC fields without the start or end of their record")
    return Piece(Kind.MARKUP, raw)
