"""Extent and dates: what 008, 26X and 300 say in figures."""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.linkage import slices
from kimppa.linkage.fields import Batch, distinct
from kimppa.linkage.texts import Texts
from kimppa.linkage.words import fold
from kimppa.marc.bulk import Bytes, Flags, Numbers

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
    """Figures of 300: pages (largest and all), volumes, minutes, discs; 0 when not said."""

    pages: int
    page_numbers: list[int]
    volumes: int
    minutes: int
    discs: int


@lru_cache(maxsize=65536)
def extent(said: str) -> Extent:
    """Return what 300 $a counts.

    >>> extent("xiv, 574 p. :")
    Extent(pages=574, page_numbers=[574], volumes=0, minutes=0, discs=0)
    >>> extent("1 CD-äänilevy (1 h 12 min)").minutes
    72
    """
    text = said.lower()
    if plain := _PLAIN.fullmatch(text):
        pages = [int(plain[1])]
        return Extent(pages[0], distinct(pages), 0, 0, 0)
    counted = _FIGURES.findall(" ".join(_PAGES.findall(text)))
    pages = [int(n) for n in counted if len(n) < 6]
    volumes = max((int(n) for n in _VOLUMES.findall(text) if len(n) < 4), default=0)
    minutes = _total(_MINUTES, text) + 60 * _total(_HOURS, text)
    if not (pages or volumes or minutes):
        pages = [int(n) for n in _FIGURES.findall(text) if 1 < len(n) < 5]
    return Extent(max(pages, default=0), distinct(pages), volumes, minutes, discs(text))


def _total(pattern: re.Pattern[str], text: str) -> int:
    return sum(int(number) for number in pattern.findall(text) if len(number) < 5)


@lru_cache(maxsize=4096)
def height(said: str) -> int:
    """Return the height in centimetres (300 $c), or 0."""
    found = _HEIGHT.search(said)
    return int(found.group(1)) if found else 0


# Affixes that say what kind of company it is, not which, and words for a publisher not known.
_AFFIXES = {
    "oy", "ab", "ky", "ry", "abp", "oyj", "inc", "ltd", "co", "corp", "company", "gmbh", "verlag",
    "publishing", "publishers", "publisher", "press", "books", "kustannus", "kustannusosakeyhtio",
    "kustantaja", "kustannusliike", "forlag", "forlaget", "bokforlag", "bokforlaget", "edition",
    "editions", "editore", "the", "of", "&", "ja", "och", "and", "sons", "sn", "tuntematon",
    "unknown", "distributor", "distributed", "by",
}  # fmt: skip


_AROUND = np.isin(np.arange(256), list(b"[ "))  # what may stand before the name of a place


def published(batch: Batch) -> Numbers:
    """Return the fields that state publication: 260, else 264 1 (publication), else any 264."""
    older, newer = batch.fields("260"), batch.fields("264")
    is_publication = batch.indicator(newer, 2) == ord("1")
    has_older, has_publication = np.zeros((2, batch.count), np.bool_)
    has_older[batch.owners(older)] = True
    owners = batch.owners(newer)
    has_publication[owners[is_publication]] = True
    kept = newer[~has_older[owners] & (is_publication | ~has_publication[owners])]
    return np.sort(np.append(older, kept))


def places(said: Texts) -> Texts:
    """Return the first of the places that each 260 or 264 $a names, folded."""
    starts = slices.skip(said.content, said.starts, said.ends, _AROUND)
    return Texts(said.owners, said.content, starts, said.ends).before(",").folded()


def publishers(names: Texts, count: int) -> list[list[str]]:
    """Return the telling words of the first two names of each record (260 or 264 $b)."""
    numbers = np.arange(len(names.owners))
    first = np.searchsorted(names.owners, names.owners)
    said = names.some(numbers - first < 2).joined(count, " ").folded()
    return list(map(publisher, said.values()))


@lru_cache(maxsize=65536)
def publisher(folded: str) -> list[str]:
    """Return the telling words of a publisher's name."""
    words = folded.split()
    telling = [w for w in words if w not in _AFFIXES]
    return distinct(telling or [w for w in words if w not in {"sn", "s", "n"}])[:8]


_DISCS = re.compile(
    r"(\d+)\s*(?:cd|compact|dvd|blu|lp\b|disques?|dis[ck]s?\b|schallpl|aanilevy|äänilevy|levy|skiv"
    r"|kasett|cassett|audiodis|sound dis|aufnahm)"
)


def discs(said: str) -> int:
    """Return how many discs or cassettes 300 $a counts, or 0.

    >>> discs("2 CD-äänilevyä (1 h 12 min)")
    2
    """
    return sum(int(n) for n in _DISCS.findall(said.lower())[:3] if len(n) < 4)


_PRINTINGS = re.compile(
    r"lisapaino|muut painokset|uusintapaino|nytryck|tryckningar|reprint|printings"
)


def with_years(notes: Texts) -> Texts:
    """Return the notes that may hold a year."""
    return notes.some(_maybe_years(*notes[1:], _MAY_BE_FIGURE))


@compiled
def _maybe_years(content: Bytes, starts: Numbers, ends: Numbers, may_be_figure: Flags) -> Flags:
    found = np.zeros(len(starts), np.bool_)
    for number in range(len(starts)):
        figures = 0
        at = starts[number]
        while at < ends[number] and figures < 4:
            figures = figures + 1 if may_be_figure[content[at]] else 0
            at += 1
        found[number] = figures == 4
    return found


def years_of_printings(note: str) -> list[int]:
    """Return the years of a note on later printings (500, "Lisäpainokset: 2. p. 1950").

    Finnish practice keeps them on one record; other notes name years of other things.
    """
    found = _YEAR.findall(note)
    return [int(year) for year in found] if found and _PRINTINGS.search(fold(note)) else []


class Years(NamedTuple):
    """What 008 and 260 or 264 say of years; 0 for not known."""

    year: int
    years: list[int]
    reprint_of: int
    year_from: int
    year_to: int


@lru_cache(maxsize=65536)
def years(coded_dates: str, dates: str) -> Years:
    """Return what 008/06-14 and ``dates`` (260 and 264 $c) say of years."""
    year, known = dated(coded_dates, dates)
    return Years(year, known, reprint_of(coded_dates), *span(coded_dates, dates, year))


def dated(coded_dates: str, dates: str) -> tuple[int, list[int]]:
    """Return the year of publication (0 when not known) and every year that may stand for it.

    008/06 tells what 008/07-10 and 11-14 are: for reprints (r), copyright (t) and production (p)
    the second date is another year of the same edition. ``coded_dates`` is 008/06-14, ``dates``
    what 260 and 264 $c say.
    """
    kind, first_date, second_date = coded_dates[:1], coded_dates[1:5], coded_dates[5:]
    written = [int(y) for y in _YEAR.findall(dates)]
    coded = [int(d) for d in (first_date,) if d.isdigit() and 1400 <= int(d) < 2100]
    if kind in {"r", "t", "p"} and second_date.isdigit() and 1400 <= int(second_date) < 2100:
        coded.append(int(second_date))
    year = coded[0] if coded else written[0] if written else 0
    return year, distinct(coded + written)


def reprint_of(coded_dates: str) -> int:
    """Return the year of the original of a reprint (008/06 r), or 0; takes 008/06-14."""
    original = coded_dates[5:]
    return int(original) if coded_dates[:1] == "r" and original.isdigit() else 0


_OPEN = re.compile(r"(?<!\d)(1[4-9]|20)(?:(\d)[u?-]|[u?-]{1,2})(?![\du])")  # 19uu, 195-, [18--?]
_DOUBTED = re.compile(r"(?:\b(?:ca|c:a|n|noin|omkr|between|about)\.? ?)?(1[4-9]\d\d|20\d\d)(\?)?")
_MAY_BE_FIGURE = np.array([chr(code).isdigit() or code >= 0x80 for code in range(256)])
_NEAR = 5  # how far a year may be off that a record gives with "?" or "about"


def span(coded: str, dates: str, year: int) -> tuple[int, int]:
    """Return the first and last year that may be meant; the same when it is certain, 0 if unknown.

    A record that says "19--", "between 1970 and 1979" or "1875?" does not disagree with one that
    knows the year.

    >>> span("q19701979", "", 1970), span("s19uu    ", "[19--?]", 0)
    ((1970, 1979), (1900, 1999))
    >>> span("s1875    ", "[1875?]", 1875), span("s1875    ", "1875", 1875)
    ((1870, 1880), (1875, 1875))
    """
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
