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
    unnamed = [pair for pair in given if pair[1].resolve() not in listed]
    pairs = [*named, *unnamed]
    if not pairs:
        raise CannotRun("no file was named. Try: kimppa match a.mrc b.xml --out result")
    if len({path.resolve() for _, path in pairs}) < len(pairs):
        raise CannotRun("a file is named twice. Name each file once.")
    _one_library_each(unnamed, {name for name, _ in named})
    for name, path in pairs:
        _fit_to_print(name, path)
    beside = _beside(items, {name for name, _ in pairs})
    return [Source(name, _readable(path), _csv(beside.get(name))) for name, path in pairs]


def _one_library_each(given: list[tuple[str, Path]], named: set[str]) -> None:
    """Two files of one stem may be two libraries or one; only the person who asks can tell."""
    seen: dict[str, Path] = {}
    for name, path in given:
        if name in seen or name in named:
            first = seen.get(name, "a file named by --library")
            raise CannotRun(
                f"{first} and {path} would both be the library {name}. Give each its library's"
                f" name, the same one if they are one library's: --library NAME={path}."
            )
        seen[name] = path


def _fit_to_print(name: str, path: Path) -> None:
    """A library stands as LIBRARY:ID and on one line; the name must not break that."""
    if not name.strip() or ":" in name or not name.isprintable():
        raise CannotRun(
            f"{name!r} cannot be a library's name: it is empty or has a colon, a line break or"
            f" another unprintable character. Give a name: --library NAME={path}."
        )


def _beside(items: Iterable[str], libraries: set[str]) -> dict[str, Path]:
    beside: dict[str, Path] = {}
    for name, path in (_parted(text, "--items") for text in items):
        if name not in libraries:
            known = ", ".join(sorted(libraries))
            raise CannotRun(
                f"--items names {name}, but no such library is read. The libraries are: {known}."
            )
        if name in beside:
            raise CannotRun(f"--items names {name} twice. Put its items into one CSV.")
        beside[name] = path
    return beside


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
