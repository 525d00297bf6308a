"""How text is kept small in the database: UTF-8, packed with Zstandard."""

import threading
from collections.abc import Iterable

import zstandard

# Level 1 packs catalogue records four times as quickly as zlib and about as small.
LEVEL = 1


class _Packer(threading.local):
    """One compressor a thread: making one for each record costs more than packing it."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_packer = _Packer()


def pack(text: str) -> bytes:
    """Return the text as bytes for a row.

    >>> unpack(pack("Pohjanmaa"))
    'Pohjanmaa'
    """
    return _packer.compress(text.encode())


def unpack(packed: bytes | memoryview) -> str:
    """Return the text that :func:`pack` made small."""
    return _packer.decompress(packed).decode()


def pack_lines(lines: Iterable[str]) -> bytes:
    """Return lines of text as bytes for a row; a line holds no line break.

    >>> unpack_lines(pack_lines(["ALAJARVI:1 SEINAJOKI:7", ""]))
    ['ALAJARVI:1 SEINAJOKI:7', '']
    """
    return pack("\n".join(lines))


def unpack_lines(packed: bytes | memoryview) -> list[str]:
    """Return the lines that :func:`pack_lines` made small."""
    return unpack(packed).split("\n")
