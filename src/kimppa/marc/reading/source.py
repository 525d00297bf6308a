"""The content of a file in blocks of bytes, gunzipped where it is gzip."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kimppa.marc.reading.results import Rejected

BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_SMALL = 1 << 16
_STEP = 64
_EITHER_HEADER = 31  # zlib's word for gzip with the largest window


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def head(path: Path, size: int = BLOCK) -> bytes:
    """Return the first bytes of the content."""
    content = b""
    for block in blocks(path, None, []):
        content += block
        if len(content) >= size:
            break
    return content[:size]


def blocks(path: Path, span: tuple[int, int] | None, damage: list[Rejected]) -> Iterator[bytes]:
    """Iterate over the content; what cannot be gunzipped is added to ``damage``."""
    with path.open("rb") as file:
        if is_gzip(path):
            yield from _gunzipped(file, damage)
            return
        start, stop = span or (0, path.stat().st_size)
        file.seek(start)
        while start < stop and (block := file.read(min(BLOCK, stop - start))):
            start += len(block)
            yield block


def _gunzipped(file: BinaryIO, damage: list[Rejected]) -> Iterator[bytes]:
    """Gunzip member after member; zeros after the last are padding."""
    gunzip = zlib.decompressobj(_EITHER_HEADER)
    done = 0
    is_open = False
    while chunk := file.read(_SMALL):
        while chunk and (is_open or chunk.strip(b"\0")):
            before = gunzip.copy()
            try:
                content = gunzip.decompress(chunk, BLOCK)
            except zlib.error as error:
                content, rest = _up_to_damage(before, chunk)
                yield content
                done += len(content)
                damage.extend(_damaged(file, rest, done, str(error)))
                return
            yield content
            done += len(content)
            is_open = not gunzip.eof
            chunk = gunzip.unconsumed_tail
            if gunzip.eof:
                chunk = gunzip.unused_data
                gunzip = zlib.decompressobj(_EITHER_HEADER)
    if is_open:
        yield (last := gunzip.flush())
        done += len(last)
        reason = "the compressed file is cut short: what stood after this point is missing"
        damage.append(Rejected(done, 0, reason, b""))


def _up_to_damage(gunzip: "zlib._Decompress", chunk: bytes) -> tuple[bytes, bytes]:
    """Gunzip a chunk in small steps; return the content before the damage, and the rest."""
    content = []
    for at in range(0, len(chunk), _STEP):
        try:
            content.append(gunzip.decompress(chunk[at : at + _STEP]))
        except zlib.error:
            return b"".join(content), chunk[at:]
    return b"".join(content), b""


def _damaged(file: BinaryIO, rest: bytes, done: int, error: str) -> Iterator[Rejected]:
    """Hand over the compressed bytes that cannot be gunzipped, in bounded pieces."""
    reason = f"compressed bytes that cannot be unpacked ({error})"
    yield Rejected(done, len(rest), reason, rest)
    while piece := file.read(BLOCK):
        done += len(rest)
        rest = piece
        yield Rejected(done, len(rest), reason, rest)
