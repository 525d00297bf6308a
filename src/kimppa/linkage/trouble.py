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
    again = (
        "Nothing of the inputs was changed. Run the same command again: it goes on where it"
        " stopped."
    )
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise CannotRun(f"the disk that holds {place} is full. Make room. {again}") from error
        where = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise CannotRun(f"{where}. Check the name and the rights to read and write.") from error
    except BrokenProcessPool as error:
        raise CannotRun(
            "a working process was ended from outside, mostly for want of memory. Close other"
            f" programs or give --processes 1. {again}"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise CannotRun(f"there is not enough memory ({error}). {again}") from error
    except duckdb.Error as error:
        if any(word in str(error) for word in _NO_ROOM_WORDS):
            raise CannotRun(f"the disk that holds {place} is full. Make room. {again}") from error
        raise
