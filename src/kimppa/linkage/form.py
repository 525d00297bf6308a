"""The comparable form of a record: what tells two editions apart, as columns."""

import re
from typing import Any, NamedTuple

from kimppa.linkage import extent as extents
from kimppa.linkage import numbers
from kimppa.linkage.carrier import carrier, material, music_form, special_kinds
from kimppa.linkage.fields import Fields, cut, distinct, first, values
from kimppa.linkage.words import (
    edition_number,
    edition_words,
    fold,
    fold_often,
    initial,
    is_printing,
    part_numbers,
    surname,
    title_words,
)
from kimppa.marc.record import SUBFIELD_MARK


class Form(NamedTuple):
    """One record's comparable values; texts are folded, lists without repeats, 0 is not known."""

    kind: str  # bibliographic, holdings, authority or other (LDR/06)
    record_type: str  # LDR/06; t and d read as a and c: manuscripts are told apart by their year
    level: str  # s serial, p component part, m everything else (LDR/07 and 773)
    material: str
    carrier: str  # volume, online, dvd…; empty when nothing tells
    content_types: list[str]  # 336 $b
    media_types: list[str]  # 337 $b
    special: list[str]  # large-print, braille, easy-read, abridged, book-club
    title: str  # 245 $a
    subtitle: str  # 245 $b
    words: list[str]  # distinct words of 245 $a $b $n $p
    full_title: str  # the same words in their order
    other_titles: list[str]  # 246 $a and parallel titles of 245
    figures: list[str]  # numbers in 245 $a $b, sorted
    part_numbers: list[str]  # 245 $n
    part_name: str  # 245 $p
    last_part: str  # the last 245 $p: of a part of a part, what tells it from its neighbours
    title_key: str  # the first four words of $a, without blanks
    long_words: list[str]  # the three longest words, longest first: a signature that survives order
    author: str  # entry word of 1XX
    author_initial: str
    names: list[str]  # entry words of 1XX and 7XX
    statement: list[str]  # words of 245 $c
    year: int
    years: list[int]
    reprint_of: int  # the year of the original, for reprints (008/06 r); else 0
    year_from: int  # the years that an uncertain date may mean; both the year when it is certain
    year_to: int
    country: str
    place: str
    places: list[str]  # all of them: co-editions are described under either
    publisher: list[str]
    pages: int
    page_numbers: list[int]
    volumes: int
    minutes: int
    discs: int
    height: int
    edition: str  # its number, or r when only said to be revised
    edition_words: list[str]  # what else the statement says, but for the words that all have
    printing: bool  # 250 counts printings ("4. painos"), not editions
    languages: list[str]
    original_languages: list[str]
    isbns: list[str]
    set_isbns: list[str]
    issns: list[str]
    identifiers: list[str]
    databases: list[str]  # SID: database:number, the local records behind a union catalogue's
    publisher_numbers: list[str]
    publisher_figures: list[str]  # their figures without labels: 433 210-2 of "Decca 433 210-2"
    series: str
    series_number: str
    host: str  # 773 $t, for component parts; $w is a local number that libraries do not share
    host_numbers: list[str]  # 773 and 973 $w as register:number
    host_links: list[str]  # the same as written
    host_tags: list[str]  # the tags of its links to hosts (773, 973), one for each link
    position: str  # 773 $g
    subjects: list[str]
    classes: list[str]
    music_form: str  # vocal, study, parts or score, for printed music
    reproduction: list[str]  # who made the copy that is described (533 $c)
    deleted: bool  # LDR/05 d


HOLDINGS_TYPES = ("u", "v", "x", "y")  # LDR/06
_KINDS = {**dict.fromkeys(HOLDINGS_TYPES, "holdings"), "z": "authority", "w": "other", "q": "other"}
_SAME_TYPE = {"t": "a", "d": "c", "f": "e"}
_NAMES = ("100", "110", "111", "700", "710", "711")
_SUBJECTS = ("600", "610", "611", "630", "650", "651")
_CLASSES = ("050", "060", "080", "082", "084", "090")
_HOSTS = ("773", "973")
_SERIES = ("490", "830", "440")
_NO_LANGUAGE = {"und", "zxx", "mul", "|||", "xxx"}


def form(flat: str) -> Form:
    """Return the comparable form of a record in flat form; what cannot be read is missing."""
    leader, fields = cut(flat)
    record_type = leader[6:7]
    fixed = fields["008"][0] if "008" in fields else ""
    level = _level(leader, fields)
    author = first(fields, _NAMES[:3], "a")
    imprint = extents.imprint(fields)
    year, years = extents.years(fixed, imprint.dates, values(fields, ("500",), "a"))
    year_from, year_to = extents.span(fixed, imprint.dates, year)
    extent = extents.extent(fields)
    edition = first(fields, ("250",), "a")
    read_as = carrier(record_type, fixed, fields)
    isbns, set_isbns = numbers.isbns(fields, read_as)
    host_links = values(fields, _HOSTS, "w")
    return Form(
        kind=_KINDS.get(record_type, "bibliographic"),
        record_type=_SAME_TYPE.get(record_type, record_type),
        level=level,
        material=material(record_type, level),
        carrier=read_as,
        content_types=_codes(fields, "336"),
        media_types=_codes(fields, "337"),
        special=special_kinds(record_type, fixed, fields),
        **_title(fields, surname(author)),
        author=surname(author),
        author_initial=initial(author),
        names=distinct([surname(name) for name in values(fields, _NAMES, "a")]),
        statement=distinct([w for w in fold(first(fields, ("245",), "c")).split() if len(w) > 1]),
        year=year,
        years=years,
        reprint_of=extents.reprint_of(fixed),
        year_from=year_from,
        year_to=year_to,
        country=fixed[15:18].strip(" |#^").lower(),
        place=imprint.place,
        places=extents.places(fields),
        publisher=imprint.publisher,
        pages=extent.pages,
        page_numbers=extent.page_numbers,
        volumes=extent.volumes,
        minutes=extent.minutes,
        discs=extents.discs(fields),
        height=extents.height(fields),
        edition=edition_number(edition),
        edition_words=edition_words(edition),
        printing=is_printing(edition),
        languages=_languages(fixed, fields),
        original_languages=distinct([code.lower() for code in values(fields, ("041",), "h")]),
        isbns=isbns,
        set_isbns=set_isbns,
        issns=numbers.issns(fields),
        identifiers=numbers.identifiers(fields),
        databases=numbers.databases(fields),
        publisher_numbers=numbers.publisher_numbers(fields),
        publisher_figures=numbers.publisher_figures(fields),
        series=fold_often(first(fields, _SERIES, "a")),
        series_number=" ".join(part_numbers(first(fields, _SERIES, "v"))),
        host=fold(first(fields, ("773",), "t")),
        host_numbers=distinct([numbers.in_register(link) for link in host_links]),
        host_links=distinct(host_links),
        host_tags=[tag for tag in _HOSTS if tag in fields for _ in fields[tag]],
        position=fold(first(fields, ("773",), "g")),
        subjects=distinct([fold_often(word) for word in values(fields, _SUBJECTS, "a")])[:20],
        classes=distinct([fold_often(mark) for mark in values(fields, _CLASSES, "a")])[:6],
        music_form=music_form(fields) if record_type in "cd" else "",
        reproduction=fold(first(fields, ("533",), "c")).split(),
        deleted=leader[5:6] == "d",
    )


def _codes(fields: Fields, tag: str) -> list[str]:
    return distinct([code.strip() for code in values(fields, (tag,), "b")])


def _level(leader: str, fields: Fields) -> str:
    code = leader[7:8]
    if code in "ab" or ("773" in fields and code not in "is"):
        return "p"
    return "s" if code in "is" else "m"


_RESPONSIBILITY = re.compile(r" / | \[by\] |,? by (?=[A-Z])")  # in $a, where $c is missing


def _title(fields: Fields, author: str) -> dict[str, Any]:
    field = fields["245"][0] if "245" in fields else ""
    skip = int(field[1]) if field[1:2].isdigit() else 0
    said: dict[str, list[str]] = {}
    for subfield in field.split(SUBFIELD_MARK)[1:]:
        said.setdefault(subfield[:1], []).append(subfield[1:])
    main = said["a"][0] if "a" in said else ""
    # A non-filing count that would cut into a word is a mistake of the record, not an article.
    if 0 < skip < len(main) and main[skip - 1] in " '\u2019\"":
        main = main[skip:]
    if "c" not in said and (told := _RESPONSIBILITY.search(main)):
        # Older catalogues wrote who made it straight after the title.
        maker = fold(main[told.end() :])
        if not told.group().endswith(" by ") or (author and author in maker):
            main = main[: told.start()]
    title = title_words(main)
    subtitle = title_words(" ".join(said["b"])) if "b" in said else []
    part = title_words(" ".join(said["p"])) if "p" in said else []
    parts = part_numbers(" ".join(said["n"])) if "n" in said else []
    words = title + subtitle + parts + part
    return {
        "title": " ".join(title),
        "subtitle": " ".join(subtitle),
        "words": distinct(words),
        "full_title": " ".join(words),
        "other_titles": _other_titles(fields, said),
        "figures": sorted({w for w in title + subtitle if w.isdigit()}),
        "part_numbers": distinct(parts),
        "part_name": " ".join(part),
        "last_part": " ".join(title_words(said["p"][-1])) if "p" in said else "",
        "title_key": "".join(title[:4]),
        "long_words": sorted(sorted(set(words)), key=len, reverse=True)[:3],
    }


def _other_titles(fields: Fields, said: dict[str, list[str]]) -> list[str]:
    texts = values(fields, ("246",), "a")
    for part in said.get("a", [])[:1] + said.get("b", []):
        if " = " in part:
            texts += part.split(" = ")[1:]
    if said.get("b") and said.get("a", [""])[0].rstrip().endswith("="):
        texts.append(said["b"][0])
    return distinct([" ".join(title_words(text)) for text in texts])[:8]


def _languages(fixed: str, fields: Fields) -> list[str]:
    codes = [fixed[35:38].lower()] if len(fixed) >= 38 else []
    for value in values(fields, ("041",), "ad"):
        codes += [value[i : i + 3].lower() for i in range(0, len(value) - 2, 3)]
    return distinct([c for c in codes if c.isalpha() and c not in _NO_LANGUAGE])
