"""What reading a file yields: records in flat form, and stretches that could not be read."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from kimppa.common.errors import CannotRun

if TYPE_CHECKING:  # numpy, which no page needs
    from kimppa.marc.bulk import Numbers

FileFormat = Literal["iso2709", "marcxml", "json"]


class ReadRecord(NamedTuple):
    """A record in flat form, where it stood (bytes) and what was mended, in words."""

    flat: str
    offset: int
    length: int
    repairs: tuple[str, ...] = ()


class Run(NamedTuple):
    """Records that stood one after the other and needed nothing, in flat form as one stretch."""

    content: bytes
    starts: "Numbers"  # of each record in it, and the end of the last
    offsets: "Numbers"
    lengths: "Numbers"

    def records(self) -> "Iterator[ReadRecord]":
        """Iterate over the records as such."""
        starts = self.starts.tolist()
        where = zip(self.offsets.tolist(), self.lengths.tolist(), strict=True)
        for number, (offset, length) in enumerate(where):
            flat = self.content[starts[number] : starts[number + 1]].decode()
            yield ReadRecord(flat, offset, length)


class Rejected(NamedTuple):
    """A stretch that holds no readable record: where it stood, why in words, its very bytes."""

    offset: int
    length: int
    reason: str
    raw: bytes


def one_by_one(
    found: "Iterable[Run | ReadRecord | Rejected]",
) -> "Iterator[ReadRecord | Rejected]":
    """Iterate over the same, with the records of runs each by itself."""
    for own in found:
        if isinstance(own, Run):
            yield from own.records()
        else:
            yield own


class NotMarc(CannotRun):
    """The file holds no MARC records; the message names what was found and what to do."""


class Unreadable(Exception):
    """No record can be made of some bytes; the message says why in plain words."""
