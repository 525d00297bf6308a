"""What to say when the disk, the rights or the memory of the machine do not allow the work."""

import errno
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import duckdb

from kimppa.common.errors import CannotRun

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_ROOM_WORDS = ("No space left", "File too large", "Disk quota", "Could not write all bytes")


@contextmanager
def trouble_explained(place: Path) -> Iterator[None]:
    """Say what to do when the machine fails us; what was finished stays and is used again."""
    try:
        yield
    except (OSError, RuntimeError, duckdb.Error) as error:
        if str(error) == "Query interrupted":  # DuckDB's word for Ctrl-C
            raise KeyboardInterrupt from error
        if said := _said(error, place):
            raise CannotRun(said) from error
        raise


_AGAIN = (
    "Nothing of the inputs was changed. Run the same command again: it goes on where it stopped."
)


def _said(error: Exception, place: Path) -> str:
    no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
    if no_room or (isinstance(error, duckdb.Error) and _lacks_room(error)):
        return f"the disk that holds {place} is full. Make room. {_AGAIN}"
    if isinstance(error, OSError):
        where = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return f"{where}. Check the name and the rights to read and write."
    if isinstance(error, BrokenProcessPool):
        return (
            "a working process was ended from outside, mostly for want of memory. Close other"
            f" programs or give --processes 1. {_AGAIN}"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"there is not enough memory ({error}). {_AGAIN}"
    return ""


def _lacks_room(error: duckdb.Error) -> bool:
    return any(word in str(error) for word in _NO_ROOM_WORDS)
