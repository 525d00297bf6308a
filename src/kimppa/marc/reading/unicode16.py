"""Let UTF-16 text pass as UTF-8, and back to its very bytes for offsets and quarantine."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

_LITTLE, _BIG = "utf-16-le", "utf-16-be"
_STARTS = {
    codecs.BOM_UTF16_LE: _LITTLE,
    codecs.BOM_UTF16_BE: _BIG,
    b"<\0": _LITTLE,
    b"\0<": _BIG,
    b"{\0": _LITTLE,
    b"[\0": _LITTLE,
}
# Half characters are carried along, so that damaged text comes back as it was.
_HALVES = "surrogatepass"


def as_ascii_like(blocks: Iterable[bytes]) -> tuple[Iterator[bytes], Callable[[bytes], bytes]]:
    """Return blocks in an encoding that contains ASCII, and what gives back their very bytes."""
    blocks = iter(blocks)
    first = next(blocks, b"")
    encoding = _STARTS.get(first[:2])
    blocks = chain([first], blocks)
    if not encoding:
        return blocks, bytes
    return _as_utf8(blocks, encoding), lambda raw: _back(raw, encoding)


def is_utf16(content: bytes) -> bool:
    """Whether content begins as XML or JSON in UTF-16 does."""
    return content[:2] in _STARTS


def _as_utf8(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_HALVES)
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", _HALVES)


def _back(raw: bytes, encoding: str) -> bytes:
    return raw.decode("utf-8", _HALVES).encode(encoding, _HALVES)
