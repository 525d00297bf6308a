"""merged.mrc and merged.xml with some records taken out and others put in, each at its place.

The records of both stand in the order of their ids, so places are found by halving; what lies
between is copied as bytes.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL


class Format(Protocol):
    """How records stand in a file."""

    head: bytes
    tail: bytes

    def start(self, content: mmap.mmap, low: int, at: int) -> int:
        """Return where the record begins that holds the byte ``at``; none begins before ``low``."""

    def end(self, content: mmap.mmap | bytes, start: int) -> int:
        """Return where the record ends that begins at ``start``."""

    def name(self, content: mmap.mmap | bytes, start: int) -> bytes:
        """Return the control number of the record that begins at ``start``."""


class Iso2709:
    """Records that end with a record mark."""

    head = tail = b""

    def start(self, content: mmap.mmap, low: int, at: int) -> int:
        """See ``Format``."""
        return max(low, content.rfind(b"\x1d", low, at) + 1)

    def end(self, content: mmap.mmap | bytes, start: int) -> int:
        """See ``Format``."""
        return start + int(content[start : start + 5])

    def name(self, content: mmap.mmap | bytes, start: int) -> bytes:
        """See ``Format``."""
        base = start + int(content[start + 12 : start + 17])
        directory = content[start + 24 : base]
        at = next(n for n in range(0, len(directory), 12) if directory[n : n + 3] == b"001")
        length, begins = int(directory[at + 3 : at + 7]), int(directory[at + 7 : at + 12])
        return content[base + begins : base + begins + length - 1]


class Marcxml:
    """One record on each line."""

    head, tail = MARCXML_HEAD, MARCXML_TAIL
    _NAME = b'<controlfield tag="001">'

    def start(self, content: mmap.mmap, low: int, at: int) -> int:
        """See ``Format``."""
        return max(low, content.rfind(b"\n<record>", low, at + 8) + 1)

    def end(self, content: mmap.mmap | bytes, start: int) -> int:
        """See ``Format``."""
        return content.find(b"</record>\n", start) + 10

    def name(self, content: mmap.mmap | bytes, start: int) -> bytes:
        """See ``Format``."""
        begins = content.find(self._NAME, start) + len(self._NAME)
        return content[begins : content.find(b"<", begins)]


FORMATS: dict[str, Format] = {"mrc": Iso2709(), "xml": Marcxml()}


class Body(NamedTuple):
    """An old file's bytes and where its records stand in them."""

    content: mmap.mmap | bytes
    begin: int
    end: int


def splice(old: Path, new: Path, form: Format, removed: set[bytes], added: list[Path]) -> int:
    """Write ``new``: the records of ``old`` without ``removed`` (ids), and those of the parts.

    ``old`` may be missing. The parts' ids, too, stand in order. Returns how many were added.
    """
    fresh = {name: text for path in added for name, text in _records(path.read_bytes(), form)}
    with _opened(old, form) as body, new.open("wb") as file:
        file.write(form.head)
        at = body.begin
        for name in sorted(removed | set(fresh)):
            found = _place(body, form, at, name) if at < body.end else at
            file.write(memoryview(body.content)[at:found])
            at = found
            if at < body.end and name in removed and form.name(body.content, at) == name:
                at = form.end(body.content, at)
            file.write(fresh.get(name, b""))
        file.write(memoryview(body.content)[at : body.end])
        file.write(form.tail)
    return len(fresh)


def _place(body: Body, form: Format, low: int, name: bytes) -> int:
    """Return where the first record from ``low`` on begins whose id is not before ``name``."""
    high = body.end
    while low < high:
        start = form.start(body.content, low, (low + high) // 2)  # type: ignore[arg-type]
        if form.name(body.content, start) < name:
            low = form.end(body.content, start)
        else:
            high = start
    return low


def _records(content: bytes, form: Format) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        end = form.end(content, at)
        yield form.name(content, at), content[at:end]
        at = end


@contextmanager
def _opened(path: Path, form: Format) -> Iterator[Body]:
    size = path.stat().st_size if path.exists() else 0
    begin, end = len(form.head), size - len(form.tail)
    if end <= begin:  # also since nothing cannot be mapped
        yield Body(b"", 0, 0)
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield Body(content, begin, end)
