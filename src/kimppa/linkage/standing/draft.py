"""A result while it is being made beside its place: it takes the place only when it is whole."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kimppa.common.errors import CannotRun
from kimppa.linkage.workspace import FINGERPRINT, LOCK, WORK, write_whole


def finished(folder: Path, made_from: dict[str, Any]) -> dict[str, Any] | None:
    """Return the report of a folder that the very same run made before; None for no folder yet.

    Raises ``CannotRun`` for a folder with anything else in it.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    known = folder / WORK / FINGERPRINT
    if known.exists() and known.read_text("utf-8") == _text(made_from):
        report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
        return report
    raise CannotRun(
        f"{folder} holds another result or other files. Name a new folder with --out; nothing was"
        " changed."
    )


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep runs from changing a standing result while it is read."""
    with ExitStack() as stack:
        if (folder / WORK / LOCK).exists():
            lock = stack.enter_context((folder / WORK / LOCK).open("rb"))
            _take(lock, fcntl.LOCK_SH, f"another run is writing into {folder}")
        yield


@contextmanager
def draft(folder: Path, made_from: dict[str, Any]) -> Iterator[Path]:
    """Offer a folder beside ``folder``; it takes its name at the end, or is removed.

    What a killed run left there is cleared first.
    """
    place = folder.with_name(f"{folder.name}.partial")
    work = place / WORK
    if place.exists() and not (work / LOCK).is_file():
        raise CannotRun(f"{place} is in the way. Move it, or name another folder with --out.")
    work.mkdir(parents=True, exist_ok=True)
    with (work / LOCK).open("wb") as lock:
        _take(lock, fcntl.LOCK_EX, f"another run is making {folder}")
        _clear(place)
        try:
            yield place
            _remove(*(path for path in work.iterdir() if path.name != LOCK))
            write_whole(work / FINGERPRINT, _text(made_from))
            place.rename(folder)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise


def _take(lock: Any, how: int, busy: str) -> None:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(f"{busy}. Wait until it is done; nothing was changed.") from None


def _clear(place: Path) -> None:
    _remove(*(path for path in place.iterdir() if path.name != WORK))
    _remove(*(path for path in (place / WORK).iterdir() if path.name != LOCK))


def _remove(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _text(made_from: dict[str, Any]) -> str:
    return json.dumps(made_from, indent=1)
