"""Cut JSON into the objects that are records and what stands round them, as ``markup`` does XML."""

import re
from collections.abc import Iterable, Iterator

from kimppa.marc.reading.markup import Kind, Piece

LONGEST = 4 << 20  # bytes that are looked at as one record
_KEY_ROOM = 256  # the first key of an object may be cut off at the end of a block
_STRING = rb'"(?:[^"\\\n]|\\.)*+'
_RECORD_STARTS = rb'\{\s*+"(?:leader|fields)"\s*+:'
_WRAPPER = re.compile(rb'\{\s*+"(?!fields")\w+"\s*+:\s*+\[\s*+[{\]]')
_TOKEN = re.compile(rb"(%b)|([{}])|(%b)" % (_RECORD_STARTS, _STRING))
_MARC = re.compile(rb'"(?:leader|fields|subfields)"\s*:')
_NEXT = re.compile(rb"%b|(?<=\n)\{" % _RECORD_STARTS)
_JSON = re.compile(rb'%b"|[\s\[\]{},:\d.eE+-]|true|false|null|\xef\xbb\xbf|\0' % _STRING)


def pieces(blocks: Iterable[bytes]) -> Iterator[Piece]:
    """Cut blocks of JSON in UTF-8 (one array, one object a line, or wrapped) into pieces."""
    scanner = _Scanner()
    for block in blocks:
        yield from scanner.feed(block)
    yield from scanner.feed(b"", last=True)


class _Scanner:
    """Keeps what was not handed over yet; with a depth over 0, that begins with an object."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0
        self._depth = 0

    def feed(self, block: bytes, *, last: bool = False) -> Iterator[Piece]:
        """Take a block in and hand over the pieces that are complete."""
        self._buffer += block
        yield from self._complete(last=last)
        while (last and self._depth) or len(self._buffer) > LONGEST:
            yield self._broken()
            yield from self._complete(last=last)
        if last and self._buffer:
            yield _outside(self._buffer)

    def _complete(self, *, last: bool) -> Iterator[Piece]:
        done = 0
        limit = len(self._buffer) if last else len(self._buffer) - _KEY_ROOM
        while (match := _TOKEN.search(self._buffer, self._at)) and match.start() < limit:
            if match[3] and not self._depth:
                # Between objects no string begins; a stray quote must not hide the next brace.
                self._at = match.start() + 1
                continue
            if match[3] and match.end() == len(self._buffer) and not last:
                limit = match.start()
                break
            self._at = match.end() + self._has_end(match)
            piece, done = self._piece(match, done)
            if piece:
                yield piece
        self._at = max(self._at, limit) - done
        self._buffer = self._buffer[done:]

    def _has_end(self, match: re.Match[bytes]) -> bool:
        """Whether a string was closed by a quote; otherwise a line break ended it."""
        return bool(match[3]) and self._buffer[match.end() : match.end() + 1] == b'"'

    def _piece(self, match: re.Match[bytes], done: int) -> tuple[Piece | None, int]:
        """Return the piece that a brace completes, and up to where the buffer is handed over."""
        start, stop = match.span()
        if match[3]:
            return None, done
        if match[2] == b"}":
            self._depth -= self._depth > 0
            is_end = self._depth == 0 and self._buffer[done : done + 1] == b"{"
            return (Piece(Kind.RECORD, self._buffer[done:stop]), stop) if is_end else (None, done)
        is_start = match[1] or (not self._depth and not _WRAPPER.match(self._buffer, start))
        if not is_start:
            self._depth += self._depth > 0
            return None, done
        raw = self._buffer[done:start]
        self._depth = 1
        return (_outside(raw) if raw else None), start

    def _broken(self) -> Piece:
        """Give up the object at the start of the buffer; go on where the next may begin."""
        following = _NEXT.search(self._buffer, 1)
        stop = following.start() if following else max(self._at, 1)
        raw = self._buffer[:stop]
        self._buffer = self._buffer[stop:]
        is_open, self._depth, self._at = bool(self._depth), 0, 0
        return Piece(Kind.DAMAGED, raw, "the object has no end") if is_open else _outside(raw)


def _outside(raw: bytes) -> Piece:
    """Return bytes between objects: commas, brackets and wrappers, or remains of a record."""
    if _MARC.search(raw):
        return Piece(Kind.DAMAGED, raw, "MARC fields without the start or end of their record")
    if _JSON.sub(b"", raw):
        return Piece(Kind.DAMAGED, raw, "text that is not JSON")
    return Piece(Kind.MARKUP, raw)
