"""Which library each file belongs to, and which items belong beside it."""

from collections.abc import Iterable
from pathlib import Path

from kimppa.common.errors import CannotRun
from kimppa.linkage.intake import Source

_ENDINGS = (".gz", ".mrc", ".marc", ".xml", ".json", ".jsonl", ".mrk", ".dat", ".utf8")


def sources(
    files: Iterable[str], libraries: Iterable[str] = (), items: Iterable[str] = ()
) -> list[Source]:
    """Return the files as sources; the library is the file's stem unless ``NAME=FILE`` says other.

    ``libraries`` and ``items`` are ``NAME=FILE`` texts. Raises ``CannotRun`` for what does not fit.
    """
    named = [_parted(text, "--library") for text in libraries]
    given = [(stem(Path(file)), Path(file)) for file in files]
    listed = {path.resolve() for _, path in named}
    pairs = [*named, *(pair for pair in given if pair[1].resolve() not in listed)]
    if not pairs:
        raise CannotRun("no file was named. Try: kimppa match a.mrc b.xml --out result")
    if len({path.resolve() for _, path in pairs}) < len(pairs):
        raise CannotRun("a file is named twice. Name each file once.")
    beside = dict(_parted(text, "--items") for text in items)
    if unknown := set(beside) - {name for name, _ in pairs}:
        raise CannotRun(f"--items names {', '.join(sorted(unknown))}, but no such library is read.")
    return [Source(name, _readable(path), _csv(beside.get(name))) for name, path in pairs]


def stem(path: Path) -> str:
    """Return a file's name without its endings.

    >>> stem(Path("exports/storby.xml.gz"))
    'storby'
    """
    name = path.name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name


def _parted(text: str, option: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise CannotRun(f"{option} {text}: write NAME=FILE, for example {option} Harjula=a.mrc.")
    return name, Path(path)


def _readable(path: Path) -> Path:
    if path.is_dir():
        raise CannotRun(f"{path} is a folder. Name the files in it, for example {path}/*.mrc.")
    if not path.exists():
        raise CannotRun(f"{path} does not exist. Check the name and the folder.")
    return path


def _csv(path: Path | None) -> Path | None:
    return _readable(path) if path else None
