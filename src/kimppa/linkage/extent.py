"""Extent and dates: what 008, 26X and 300 say in figures."""

import re
from functools import lru_cache
from typing import NamedTuple

from kimppa.linkage.fields import Fields, distinct, first, values
from kimppa.linkage.words import fold, fold_often

_PAGES = re.compile(
    r"(\[?\d+\]?(?:[\s,-]+\[?(?:\d+|[ivxlc]+)\]?)*)\s*,?\s*(?:numb\.? |numbered )?"
    r"(?:p\b|s\b|pp\b|pages|sivu|sidor|seiten|leaves|l\b|ff?\b|bl\b)"  # 1-345, [3] s.
)
_PLAIN = re.compile(r"(?:[ivxlc]+, )?(\d{1,5}) [ps]\.?(?: [:;])?")  # what most books have
_FIGURES = re.compile(r"\d+")
_VOLUMES = re.compile(
    r"(\d+)\s*(?:v\b|vol|volumes|nidett[aä]|osaa|band|bd|tomes?\b|voll?\b|pts?\b|parts\b|teile\b"
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
    return _counted(" ; ".join(values(fields, ("300",), "a")))


@lru_cache(maxsize=65536)
def _counted(said: str) -> Extent:
    text = said.lower()
    if plain := _PLAIN.fullmatch(text):
        pages = [int(plain[1])]
        return Extent(pages[0], distinct(pages), 0, 0)
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
    return _centimetres(first(fields, ("300",), "c"))


@lru_cache(maxsize=4096)
def _centimetres(said: str) -> int:
    found = _HEIGHT.search(said)
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
    publisher = _telling_words(" ".join(values(chosen, ("260",), "b")[:2]))
    dates = " ".join(values(fields, ("260", "264"), "c"))
    return Imprint(_place(place), publisher, dates)


def _place(said: str) -> str:
    return fold_often(said.strip("[ ").partition(",")[0])


@lru_cache(maxsize=65536)
def _telling_words(publisher: str) -> list[str]:
    words = fold(publisher).split()
    telling = [w for w in words if w not in _AFFIXES]
    return distinct(telling or [w for w in words if w not in {"sn", "s", "n"}])[:8]


def places(fields: Fields) -> list[str]:
    """Return all places of publication (260 or 264 $a), folded."""
    return distinct([_place(said) for said in values(fields, ("260", "264"), "a")])[:6]


_DISCS = re.compile(
    r"(\d+)\s*(?:cd|compact|dvd|blu|lp\b|disques?|dis[ck]s?\b|schallpl|aanilevy|äänilevy|levy|skiv"
    r"|kasett|cassett|audiodis|sound dis|aufnahm)"
)


def discs(fields: Fields) -> int:
    """Return how many discs or cassettes 300 $a counts, or 0.

    >>> discs({"300": ["  \\x1fa2 CD-äänilevyä (1 h 12 min)"]})
    2
    """
    return _counted_discs(" ; ".join(values(fields, ("300",), "a")))


@lru_cache(maxsize=65536)
def _counted_discs(said: str) -> int:
    return sum(int(n) for n in _DISCS.findall(said.lower())[:3] if len(n) < 4)


_PRINTINGS = re.compile(
    r"lisapaino|muut painokset|uusintapaino|nytryck|tryckningar|reprint|printings"
)


def years(fixed: str, dates: str, notes: list[str]) -> tuple[int, list[int]]:
    """Return the year of publication (0 when not known) and every year that may stand for it.

    008/06 tells what 008/07-10 and 11-14 are: for reprints (r), copyright (t) and production (p)
    the second date is another year of the same edition. So are the years of a note on later
    printings (500, "Lisäpainokset: 2. p. 1950"), which Finnish practice keeps on one record.
    """
    year, known = _dated(fixed[6:15], dates)
    later = [
        int(found)
        for note in notes
        if (found_years := _YEAR.findall(note)) and _PRINTINGS.search(fold(note))
        for found in found_years
    ]
    return year, distinct(known + later)


@lru_cache(maxsize=65536)
def _dated(coded_dates: str, dates: str) -> tuple[int, list[int]]:
    kind, first_date, second_date = coded_dates[:1], coded_dates[1:5], coded_dates[5:]
    written = [int(y) for y in _YEAR.findall(dates)]
    coded = [int(d) for d in (first_date,) if d.isdigit() and 1400 <= int(d) < 2100]
    if kind in {"r", "t", "p"} and second_date.isdigit() and 1400 <= int(second_date) < 2100:
        coded.append(int(second_date))
    year = coded[0] if coded else written[0] if written else 0
    return year, coded + written


def reprint_of(fixed: str) -> int:
    """Return the year of the original of a reprint (008/06 r), or 0."""
    original = fixed[11:15]
    return int(original) if fixed[6:7] == "r" and original.isdigit() else 0


_OPEN = re.compile(r"(?<!\d)(1[4-9]|20)(?:(\d)[u?-]|[u?-]{1,2})(?![\du])")  # 19uu, 195-, [18--?]
_DOUBTED = re.compile(r"(?:\b(?:ca|c:a|n|noin|omkr|between|about)\.? ?)?(1[4-9]\d\d|20\d\d)(\?)?")
_NEAR = 5  # how far a year may be off that a record gives with "?" or "about"


def span(fixed: str, dates: str, year: int) -> tuple[int, int]:
    """Return the first and last year that may be meant; the same when it is certain, 0 if unknown.

    A record that says "19--", "between 1970 and 1979" or "1875?" does not disagree with one that
    knows the year.

    >>> span("      q19701979", "", 1970), span("      s19uu    ", "[19--?]", 0)
    ((1970, 1979), (1900, 1999))
    >>> span("      s1875    ", "[1875?]", 1875), span("      s1875    ", "1875", 1875)
    ((1870, 1880), (1875, 1875))
    """
    return _span(fixed[6:15], dates, year)


@lru_cache(maxsize=65536)
def _span(coded: str, dates: str, year: int) -> tuple[int, int]:
    first, last = coded[1:5], coded[5:]
    if coded[:1] == "q" and first.isdigit() and last.isdigit() and first < last < "2100":
        return int(first), int(last)
    written = _DOUBTED.search(dates)
    if not written and (opened := _OPEN.search(dates) or _OPEN.match(first)):
        return _opened(opened)
    if written and int(written[1]) == year and (written[2] or not written[0][0].isdigit()):
        return year - _NEAR, year + _NEAR
    return year, year


def _opened(found: re.Match[str]) -> tuple[int, int]:
    century, decade = found[1], found[2]
    return (
        int(f"{century}{decade or 0}0"),
        int(f"{century}{decade or 9}9"),
    )
