"""Extent and dates: what 008, 26X and 300 say in figures."""

import re
from typing import NamedTuple

from kimppa.linkage.fields import Fields, distinct, first, values
from kimppa.linkage.words import fold

_PAGES = re.compile(
    r"((?:\[?\d+\]?\s*,\s*)*\[?\d+\]?)\s*(?:numb\.? |numbered )?"  # 345, [3] s.
    r"(?:p\b|s\b|pp\b|pages|sivu|sidor|seiten|leaves|l\b|ff?\b|bl\b)"
)
_FIGURES = re.compile(r"\d+")
_VOLUMES = re.compile(
    r"(\d+)\s*(?:v\b|vol|volumes|nidett[aä]|osaa|band|bd|tomes?\b|voll?\b"
    r"|t\b(?!\.?,?\s*\d+\s*min))"  # tomes, but not the hours of "2 t 5 min"
)
_MINUTES = re.compile(r"(\d+)\s*(?:min)")
_HOURS = re.compile(r"(\d+)\s*(?:h\b|t\b|tim|hr|std)")
_HEIGHT = re.compile(r"(\d+)(?:\s*x\s*\d+)?\s*cm")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")


class Extent(NamedTuple):
    """Figures of 300: pages (largest and all), volumes, minutes; 0 when not said."""

    pages: int
    page_numbers: list[int]
    volumes: int
    minutes: int


def extent(fields: Fields) -> Extent:
    """Return what 300 $a counts.

    >>> extent({"300": ["  \\x1faxiv, 574 p. :"]})
    Extent(pages=574, page_numbers=[574], volumes=0, minutes=0)
    >>> extent({"300": ["  \\x1fa1 CD-äänilevy (1 h 12 min)"]}).minutes
    72
    """
    text = " ; ".join(values(fields, ("300",), "a")).lower()
    if not text:
        return Extent(0, [], 0, 0)
    counted = _FIGURES.findall(" ".join(_PAGES.findall(text)))
    pages = [int(n) for n in counted if len(n) < 6]
    volumes = max((int(n) for n in _VOLUMES.findall(text) if len(n) < 4), default=0)
    minutes = _total(_MINUTES, text) + 60 * _total(_HOURS, text)
    if not (pages or volumes or minutes):
        pages = [int(n) for n in _FIGURES.findall(text) if 1 < len(n) < 5]
    return Extent(max(pages, default=0), distinct(pages), volumes, minutes)


def _total(pattern: re.Pattern[str], text: str) -> int:
    return sum(int(number) for number in pattern.findall(text) if len(number) < 5)


def height(fields: Fields) -> int:
    """Return the height in centimetres (300 $c), or 0."""
    found = _HEIGHT.search(first(fields, ("300",), "c"))
    return int(found.group(1)) if found else 0


class Imprint(NamedTuple):
    """The publication statement: 264 with second indicator 1, else any 260 or 264."""

    place: str
    publisher: list[str]
    dates: str


# Affixes that say what kind of company it is, not which, and words for a publisher not known.
_AFFIXES = {
    "oy", "ab", "ky", "ry", "abp", "oyj", "inc", "ltd", "co", "corp", "company", "gmbh", "verlag",
    "publishing", "publishers", "publisher", "press", "books", "kustannus", "kustannusosakeyhtio",
    "kustantaja", "kustannusliike", "forlag", "forlaget", "bokforlag", "bokforlaget", "edition",
    "editions", "editore", "the", "of", "&", "ja", "och", "and", "sons", "sn", "tuntematon",
    "unknown", "distributor", "distributed", "by",
}  # fmt: skip


def imprint(fields: Fields) -> Imprint:
    """Return place, the publisher's telling words and the dates as written."""
    published = [f for f in fields.get("264", ()) if f[1:2] == "1"] or fields.get("264", [])
    chosen = {"260": fields.get("260", []) or published}
    place = first(chosen, ("260",), "a")
    words = fold(" ".join(values(chosen, ("260",), "b")[:2])).split()
    publisher = [w for w in words if w not in _AFFIXES] or [
        w for w in words if w not in {"sn", "s", "n"}
    ]
    dates = " ".join(values(fields, ("260", "264"), "c"))
    return Imprint(fold(place.strip("[ ").partition(",")[0]), distinct(publisher)[:8], dates)


_PRINTINGS = re.compile(
    r"lisapaino|muut painokset|uusintapaino|nytryck|tryckningar|reprint|printings"
)


def years(fixed: str, dates: str, notes: list[str]) -> tuple[int, list[int]]:
    """Return the year of publication (0 when not known) and every year that may stand for it.

    008/06 tells what 008/07-10 and 11-14 are: for reprints (r), copyright (t) and production (p)
    the second date is another year of the same edition. So are the years of a note on later
    printings (500, "Lisäpainokset: 2. p. 1950"), which Finnish practice keeps on one record.
    """
    kind, first_date, second_date = fixed[6:7], fixed[7:11], fixed[11:15]
    written = [int(y) for y in _YEAR.findall(dates)]
    coded = [int(d) for d in (first_date,) if d.isdigit() and 1400 <= int(d) < 2100]
    if kind in {"r", "t", "p"} and second_date.isdigit() and 1400 <= int(second_date) < 2100:
        coded.append(int(second_date))
    year = coded[0] if coded else written[0] if written else 0
    later = [int(y) for n in notes if _PRINTINGS.search(fold(n)) for y in _YEAR.findall(n)]
    return year, distinct(coded + written + later)
