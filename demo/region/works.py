"""The works and their editions, as `works*.toml` tell them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

TABLES = Path(__file__).resolve().parents[1]
WORK_FILES = ("works.toml", "works-children.toml", "works-facts.toml", "works-media.toml")


@dataclass(frozen=True)
class Edition:
    """One edition: what one library describes in one record."""

    id: str
    title: str
    pub: str = ""
    year: int = 0
    form: str = "book"
    author: str = ""
    author_sv: str = ""
    author2: str = ""
    dates: str = ""
    sub: str = ""
    n: str = ""
    p: str = ""
    lang: str = "fin"
    nonfiling: int = 0
    orig: str = ""
    orig_lang: str = ""
    translator: str = ""
    translator2: str = ""
    illustrator: str = ""
    adapter: str = ""
    reader: str = ""
    director: str = ""
    place: str = ""
    edition: str = ""
    note: str = ""
    series: str = ""
    vol: str = ""
    pages: int = 0
    volumes: int = 0
    discs: int = 1
    minutes: int = 0
    seconds: int = 0
    size: int = 21
    last: int = 0
    original_year: int = 0
    freq: str = ""
    scale: str = ""
    number: str = ""
    isbn: str = ""
    isbn_set: str = ""
    continues: str = ""
    continued_by: str = ""
    ykl: str = "84.2"
    yso: tuple[str, ...] = ()
    slm: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    subs: tuple[str, ...] = ()
    reprint: tuple[int, ...] = ()  # which printing, and its year
    tracks: tuple[tuple[str, int], ...] = ()
    orders: tuple[tuple[Any, ...], ...] = ()  # a library, and its own order of the tracks
    at: tuple[str, ...] = ()
    pop: int = 2
    child: bool = False
    ill: bool = False
    large: bool = False
    easy: bool = False
    club: bool = False
    animation: bool = False
    late: bool = False  # catalogued after all else, so that no other number moves
    host: str = ""
    track: int = 0


def load_editions() -> dict[str, Edition]:
    """Return every edition by its id; a song on an album is an edition of its own."""
    editions: dict[str, Edition] = {}
    for name in WORK_FILES:
        for work in load_table(name)["work"]:
            shared = {key: value for key, value in work.items() if key != "editions"}
            for line in work["editions"]:
                edition = Edition(**frozen({**shared, **line}))
                for each in (edition, *_songs(edition)):
                    editions[each.id] = each
    return editions


def _songs(album: Edition) -> Iterator[Edition]:
    for number, (title, seconds) in enumerate(album.tracks, start=1):
        yield replace(
            album,
            id=f"{album.id}/{number}",
            title=title,
            form="lpsong" if album.form == "lp" else "song",
            sub="",
            seconds=seconds,
            tracks=(),
            host=album.id,
            track=number,
        )


def load_table(name: str) -> dict[str, Any]:
    """Return what one of the TOML files beside the command says."""
    return tomllib.loads((TABLES / name).read_text(encoding="utf-8"))


def frozen(values: dict[str, Any]) -> dict[str, Any]:
    """Lists become tuples, so that an edition can be hashed and compared."""
    return {
        key: tuple(tuple(v) if isinstance(v, list) else v for v in value)
        if isinstance(value, list)
        else value
        for key, value in values.items()
    }
