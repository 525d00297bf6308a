"""What reading a file yields: records in flat form, and stretches that could not be read."""

from typing import Literal, NamedTuple

from kimppa.common.errors import CannotRun

FileFormat = Literal["iso2709", "marcxml", "json"]


class ReadRecord(NamedTuple):
    """A record in flat form, where it stood (bytes) and what was mended, in words."""

    flat: str
    offset: int
    length: int
    repairs: tuple[str, ...] = ()


class Rejected(NamedTuple):
    """A stretch that holds no readable record: where it stood, why in words, its very bytes."""

    offset: int
    length: int
    reason: str
    raw: bytes


class NotMarc(CannotRun):
    """The file holds no MARC records; the message names what was found and what to do."""


class Unreadable(Exception):
    """No record can be made of some bytes; the message says why in plain words."""
