"""Write the demo region: the exports of six invented Finnish libraries, and the answer key.

The editions stand in `works*.toml`, the look-alike pairs in `traps.toml`, the libraries' habits
in `libraries.toml`. Everything invented (control numbers, barcodes, ISBNs) is derived from a
digest of a name, so two builds give the same bytes. See README.md for what is real.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
WORK_FILES = ("works.toml", "works-children.toml", "works-facts.toml", "works-media.toml")
FIRST_ISBN_YEAR = 1972  # Finnish publishers began to print ISBNs about then
FIRST_ISBN13_YEAR = 2007


# --- what the TOML files say ---------------------------------------------------------------


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
    at: tuple[str, ...] = ()
    pop: int = 2
    child: bool = False
    ill: bool = False
    large: bool = False
    easy: bool = False
    club: bool = False
    animation: bool = False
    host: str = ""
    track: int = 0


@dataclass(frozen=True)
class Library:
    """One library and its habits."""

    key: str
    prefix: str
    org: str
    branches: tuple[str, ...]
    language: str
    first_number: int
    rda: bool
    isbn: str
    parts: bool
    items: str
    call: str
    itypes: dict[str, str]
    abbreviated: bool = False

    @property
    def words_column(self) -> int:
        return 1 if self.language == "swe" else 0


@dataclass(frozen=True)
class Region:
    """Everything the TOML files hold."""

    editions: dict[str, Edition]
    libraries: dict[str, Library]
    config: dict[str, Any]
    traps: list[dict[str, Any]]

    def word(self, library: Library, key: str) -> str:
        return str(self.config["words"][key][library.words_column])

    def carrier(self, form: str) -> dict[str, Any]:
        return dict(self.config["carrier"][form])


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    """Lists become tuples, so that an edition can be hashed and compared."""
    return {
        key: tuple(tuple(v) if isinstance(v, list) else v for v in value)
        if isinstance(value, list)
        else value
        for key, value in values.items()
    }


def _songs(album: Edition) -> Iterator[Edition]:
    for number, (title, seconds) in enumerate(album.tracks, start=1):
        yield replace(
            album,
            id=f"{album.id}/{number}",
            title=title,
            form="song",
            sub="",
            seconds=seconds,
            tracks=(),
            host=album.id,
            track=number,
        )


def load_region() -> Region:
    """Read every TOML file beside this one."""
    editions: dict[str, Edition] = {}
    for name in WORK_FILES:
        for work in _toml(name)["work"]:
            shared = {key: value for key, value in work.items() if key != "editions"}
            for line in work["editions"]:
                edition = Edition(**_frozen({**shared, **line}))
                for each in (edition, *_songs(edition)):
                    editions[each.id] = each
    config = _toml("libraries.toml")
    libraries = {
        key: Library(key=key, **_frozen(value)) for key, value in config["library"].items()
    }
    return Region(editions, libraries, config, _toml("traps.toml")["trap"])


# --- invented numbers ----------------------------------------------------------------------


def digest(*parts: str) -> int:
    """A number that looks random and is the same on every machine."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:6], "big")


def isbn13(publisher: str, key: str) -> str:
    """An ISBN nobody owns: 978-669 belongs to no country's agency."""
    body = f"978669{digest('publisher', publisher) % 100:02}{digest('edition', key) % 10000:04}"
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(body))
    return body + str(-total % 10)


def isbn10(number: str) -> str:
    """The ten-digit form of an ISBN that begins with 978."""
    body = number[3:12]
    check = -sum(int(c) * (10 - i) for i, c in enumerate(body)) % 11
    return body + ("X" if check == 10 else str(check))


def hyphenated(number: str) -> str:
    return f"{number[:3]}-{number[3:6]}-{number[6:8]}-{number[8:12]}-{number[12]}"


def ean13(key: str) -> str:
    """A product number beginning with 20, which shops keep for their own use."""
    body = f"20{digest('ean', key) % 10**10:010}"
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(body))
    return body + str(-total % 10)


def issn(key: str) -> str:
    body = f"9999{digest('issn', key) % 1000:03}"
    check = -sum(int(c) * (8 - i) for i, c in enumerate(body)) % 11
    return f"{body[:4]}-{body[4:]}{'X' if check == 10 else check}"


# --- records -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A control field (`data`) or a data field (`subfields`)."""

    tag: str
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()
    data: str = ""


@dataclass(frozen=True)
class Item:
    """One barcoded copy."""

    barcode: str
    branch: str
    location: str
    call: str
    itype: str
    status: str


@dataclass(frozen=True)
class Record:
    """One library's description of one edition."""

    library: str
    number: str
    edition: str
    leader: str
    fields: tuple[Field, ...]
    items: tuple[Item, ...] = ()
    signs: frozenset[str] = frozenset()
    broken: str = ""


@dataclass
class Job:
    """One edition on one cataloguer's desk; `signs` gathers how the habits disguised it."""

    region: Region
    edition: Edition
    library: Library
    numbers: dict[tuple[str, str], str]
    reprinted: bool = False
    signs: set[str] = field(default_factory=set)

    def word(self, key: str) -> str:
        return self.region.word(self.library, key)

    @property
    def number(self) -> str:
        return self.numbers[self.library.key, self.edition.id]

    @property
    def year(self) -> int:
        return self.edition.reprint[1] if self.reprinted else self.edition.year

    @property
    def place(self) -> str:
        table = self.region.config["place"]
        return self.edition.place or str(table.get(self.edition.pub, "Helsinki"))

    def chance(self, what: str, one_in: int) -> bool:
        return digest(what, self.library.key, self.edition.id) % one_in == 0


def data_field(tag: str, indicators: str, *subfields: tuple[str, str]) -> Field:
    """A data field without the subfields that would be empty."""
    return Field(tag, indicators, tuple((c, v) for c, v in subfields if v.strip(" /:.,;")))


def leader(job: Job) -> str:
    edition, library = job.edition, job.library
    level = "a" if edition.host else "s" if edition.form == "serial" else "m"
    scheme = " " if library.items == "csv" else "a"
    encoding = "7" if library.abbreviated else " "
    rules = "i" if library.rda else " " if library.abbreviated else "a"
    kind = job.region.carrier(edition.form)["type"]
    return f"00000n{kind}{level} {scheme}2200000{encoding}{rules} 4500"


def _dates(job: Job) -> str:
    edition = job.edition
    if edition.form == "serial":
        return f"d{edition.year}{edition.last}" if edition.last else f"c{edition.year}9999"
    if edition.original_year and edition.original_year != job.year:
        return f"p{job.year}{edition.original_year}"
    return f"s{job.year}    "


def _book_codes(edition: Edition, *, online: bool) -> str:
    form = "d" if edition.large else "o" if online else " "
    genres = {"romaanit": "f", "novellit": "j", "runot": "p", "näytelmät": "d", "huumori": "h"}
    literary = next((genres[g] for g in edition.slm if g in genres), "0")
    if literary == "0" and edition.ykl.split()[-1].startswith(("84", "85")):
        literary = "1"
    pictures = "a   " if edition.ill else "    "
    life = {"elämäkerrat": "b", "muistelmat": "a"}
    story = next((life[g] for g in edition.slm if g in life), " ")
    return f"{pictures}{'j' if edition.child else ' '}{form}    |000 {literary}{story}"


def _music_codes(edition: Edition, *, online: bool) -> str:
    spoken = edition.form in {"audiocd", "audiomp3", "daisy", "eaudio"}
    style = "nn" if spoken else "rc" if "rockmusiikki" in edition.yso else "uu"
    layout = "a" if edition.form == "score" else "n"
    text = "f " if spoken else "  "
    aud = "j" if edition.child else " "
    return f"{style}{layout} {aud}{'o' if online else ' '}      {text} n "


def _film_codes(edition: Edition) -> str:
    aud = "j" if edition.child else " "
    if edition.form == "boardgame":
        return f"nnn {aud}     |    gn"
    return f"{edition.minutes:03} {aud}     |    v{'a' if edition.animation else 'l'}"


def _material_codes(edition: Edition, kind: str, *, online: bool) -> str:
    if kind in "cij":
        return _music_codes(edition, online=online)
    if kind in "gr":
        return _film_codes(edition)
    if kind == "m":
        return "     q  g |      "
    if kind == "e":
        return "       a  |  0   "
    if edition.form == "serial":
        kind_of_serial = "n" if edition.freq == "d" else "p" if edition.freq != "a" else " "
        return f"{edition.freq}r {kind_of_serial}      |0   a0"
    return _book_codes(edition, online=online)


def fixed_field(job: Job) -> Field:
    """008: forty characters, laid out by material."""
    edition = job.edition
    carrier = job.region.carrier(edition.form)
    entered = f"{(job.year or 2000) % 100:02}{1 + digest(edition.id) % 12:02}15"
    country = str(job.region.config["country"].get(job.place, "fi "))
    language = edition.langs[0] if edition.langs else edition.lang
    codes = _material_codes(edition, carrier["type"], online=bool(carrier.get("online")))
    data = f"{entered}{_dates(job)}{country}{codes}{language} |"
    if len(data) != 40:
        raise ValueError(f"008 of {edition.id} has {len(data)} characters: {data!r}")
    return Field("008", data=data)


def control_fields(job: Job) -> Iterator[Field]:
    yield Field("001", data=job.number)
    yield Field("003", data=f"FI-DEMO-{job.library.prefix}")
    yield Field("005", data=f"2024{1 + digest(job.number) % 12:02}15120000.0")
    physical = job.region.carrier(job.edition.form).get("f007")
    if physical:
        yield Field("007", data=physical)
    yield fixed_field(job)


def has_isbn(edition: Edition) -> bool:
    return edition.form in {
        "book",
        "ebook",
        "audiocd",
        "audiomp3",
        "eaudio",
    } and (edition.year >= FIRST_ISBN_YEAR or bool(edition.isbn))


def _isbn_as_written(job: Job, number: str) -> str:
    old = job.year < FIRST_ISBN13_YEAR
    if job.library.isbn == "hyphens":
        return hyphenated(number)
    if job.library.isbn in {"10", "rare"} and old:
        return isbn10(number)
    return number


def isbn_fields(job: Job) -> Iterator[Field]:
    """020: its own ISBN, and the set's, which two libraries write without saying so."""
    edition, library = job.edition, job.library
    own = has_isbn(edition)
    if own and not edition.isbn and library.isbn == "rare" and not job.chance("isbn", 4):
        job.signs.add("no-isbn")
        own = False
    if own:
        number = _isbn_as_written(job, isbn13(edition.pub, edition.isbn or edition.id))
        if len(number) == 10:
            job.signs.add("isbn-10-against-13")
        cover = job.word("bound") if library.rda and edition.form == "book" else ""
        yield data_field("020", "  ", ("a", number), ("q", cover))
    if edition.isbn_set and library.isbn != "rare":
        number = _isbn_as_written(job, isbn13(edition.pub, edition.isbn_set))
        yield data_field("020", "  ", ("a", number), ("q", job.word("set") if library.rda else ""))


def number_fields(job: Job) -> Iterator[Field]:
    edition = job.edition
    if not edition.host:
        yield from isbn_fields(job)
    if edition.form == "serial":
        yield data_field("022", "  ", ("a", issn(edition.id)))
    recorded = edition.form in {"cd", "lp", "dvd", "bluray", "ps4", "xbox", "boardgame"}
    if recorded and not job.library.abbreviated:
        yield data_field("024", "3 ", ("a", ean13(edition.id)))
    if edition.number and not edition.host:
        yield data_field("028", "02", ("a", edition.number), ("b", edition.pub))


def source_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    rules = "rda" if library.rda else ""
    code = f"FI-DEMO-{library.prefix}"
    yield data_field("040", "  ", ("a", code), ("b", library.language), ("e", rules))
    if edition.langs:
        sounds = [("a", code) for code in edition.langs]
        yield data_field("041", "0 ", *sounds, *[("j", code) for code in edition.subs])
    elif edition.orig_lang and not (library.abbreviated and job.chance("041", 2)):
        kind = "d" if edition.reader else "a"
        yield data_field("041", "1 ", (kind, edition.lang), ("h", edition.orig_lang))
    if not (library.items == "csv" and job.chance("084", 3)):
        yield data_field("084", "  ", ("a", edition.ykl), ("2", "ykl"))


# --- names and titles ----------------------------------------------------------------------


def is_group(edition: Edition) -> bool:
    music = edition.form in {"cd", "lp", "song", "score"}
    return music and bool(edition.author) and "," not in edition.author


def initials(name: str) -> str:
    """The short form on old cards, with initials for given names."""
    family, _, given = name.partition(", ")
    short = (part if part[0].islower() else part[0] + "." for part in given.split())
    return f"{family}, {' '.join(short)}" if given else name


def direct_order(name: str) -> str:
    family, _, given = name.partition(", ")
    return f"{given} {family}".strip()


def heading_name(job: Job) -> str:
    edition, library = job.edition, job.library
    name = edition.author
    if library.language == "swe" and edition.author_sv:
        name = edition.author_sv
    elif library.abbreviated and not is_group(edition):
        name = initials(name)
    if name != edition.author:
        job.signs.add("name-variant")
    return name


def main_role(edition: Edition) -> str:
    if is_group(edition):
        return "performer"
    if edition.form in {"cd", "lp", "song", "score"}:
        return "composer" if edition.author.startswith("Sibelius") else "performer"
    return "writer"


LANGUAGE_NAMES = {"fin": "suomi.", "swe": "ruotsi.", "eng": "englanti."}


def heading_fields(job: Job) -> Iterator[Field]:
    """100 or 110, and 240 where the original's title is the heading."""
    edition, library = job.edition, job.library
    if edition.author:
        name = heading_name(job)
        role = job.word(main_role(edition)) if library.rda else ""
        with_dates = library.rda or library.items == "852"
        dates = edition.dates if with_dates else ""
        tail = "," if role or dates else "" if name.endswith(".") else "."
        tag, indicators = ("110", "2 ") if is_group(edition) else ("100", "1 ")
        yield data_field(
            tag,
            indicators,
            ("a", name + tail),
            ("d", dates + ("," if role and not dates.endswith("-") else "") if dates else ""),
            ("e", role + "." if role else ""),
        )
    if edition.orig and library.rda and library.language == "fin" and edition.author:
        yield data_field(
            "240", "10", ("a", edition.orig + ","), ("l", LANGUAGE_NAMES[edition.lang])
        )


def _credits(edition: Edition) -> list[tuple[str, str]]:
    translated = "translated" if edition.lang == "fin" else "translated_by"
    return [
        (role, name)
        for role, name in (
            ("adapted", edition.adapter),
            (translated, edition.translator),
            (translated, edition.translator2),
            ("illustrated", edition.illustrator),
            ("directed", edition.director),
            ("read_by", edition.reader),
        )
        if name
    ]


def responsibility(job: Job) -> str:
    """245 $c as it would stand on a title page."""
    edition = job.edition
    names = [direct_order(name) for name in (edition.author, edition.author2) if name]
    written = [" & ".join(names)] if names else []
    # The words are the title page's, so they follow the edition's language.
    column = 1 if edition.lang == "swe" else 0
    words = job.region.config["words"]
    rest = [f"{words[role][column]} {direct_order(name)}" for role, name in _credits(edition)]
    return " ; ".join([*written, *([] if job.library.abbreviated else rest)])


def _title_parts(job: Job) -> list[tuple[str, str]]:
    edition, library = job.edition, job.library
    gmd = str(job.region.carrier(edition.form).get("gmd", ""))
    sub = edition.sub
    if library.abbreviated and sub:
        job.signs.add("missing-subtitle")
        sub = ""
    parts = [("a", edition.title), ("n", edition.n), ("p", edition.p)]
    if gmd and not library.rda:
        parts.append(("h", f"[{gmd}]"))
    return [*parts, ("b", sub), ("c", responsibility(job))]


def _punctuated(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """ISBD marks before the next part: ' :' before $b, ' /' before $c, '.' before $n."""
    kept = [(code, value) for code, value in parts if value]
    marks = {"b": " :", "c": " /", "n": ".", "p": ",", "h": ""}
    out = []
    for index, (code, value) in enumerate(kept):
        following = kept[index + 1][0] if index + 1 < len(kept) else ""
        mark = marks.get(following, "." if not following else "")
        closed = mark == "." and value.endswith((".", "?", "!"))
        out.append((code, value if closed else value + mark))
    return out


def title_fields(job: Job) -> Iterator[Field]:
    edition = job.edition
    parts = _title_parts(job)
    if job.library.abbreviated and edition.year < 1990:
        job.signs.add("all-capitals")
        parts = [(code, value.upper()) for code, value in parts]
    indicators = f"{1 if edition.author else 0}{edition.nonfiling}"
    yield data_field("245", indicators, *_punctuated(parts))


# --- description ---------------------------------------------------------------------------


def imprint_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    statement = edition.edition
    if job.reprinted:
        job.signs.add("reprint")
        statement = f"{edition.reprint[0]}. {job.word('print')}"
    if library.abbreviated:
        statement = statement.replace("painos", "p.").replace("uudistettu", "uud.")
    yield from [data_field("250", "  ", ("a", statement))] if statement else []
    if edition.scale:
        yield data_field("255", "  ", ("a", edition.scale))
    if edition.host:
        return
    tag = "264" if library.rda else "260"
    end = "" if edition.form == "serial" and not edition.last else "."
    year = f"{edition.year}-{edition.last or ''}" if edition.form == "serial" else f"{job.year}"
    shortened = library.abbreviated and job.chance("place", 5)
    place = job.place[:3] + "." if shortened else job.place
    yield data_field(
        tag,
        " 1" if library.rda else "  ",
        ("a", place + " :"),
        ("b", edition.pub + ","),
        ("c", year + end),
    )


def _unit(job: Job) -> str:
    carrier = job.region.carrier(job.edition.form)
    name = str(carrier["unit"][job.library.words_column])
    if name.startswith("1 "):
        return name
    if job.edition.discs == 1:
        return f"1 {name.removesuffix('ä')}" if name == "CD-äänilevyä" else f"1 {name}"
    return f"{job.edition.discs} {name}"


def extent(job: Job) -> str:
    edition, library = job.edition, job.library
    if edition.volumes:
        return f"{edition.volumes} {job.word('volumes') if library.rda else 'nid.'}"
    carrier = job.region.carrier(edition.form)
    count = f"{edition.pages} {job.word('pages') if library.rda else 's.'}" if edition.pages else ""
    if "unit" not in carrier:
        return count
    length = f"{edition.minutes} min" if edition.minutes else count
    return f"{_unit(job)} ({length})" if length else _unit(job)


def physical_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    amount = extent(job)
    if library.abbreviated and edition.pages and job.chance("pages", 4):
        job.signs.add("no-pages")
        amount = ""
    if edition.host:
        amount = f"{edition.seconds // 60} min {edition.seconds % 60} s"
    online = job.region.carrier(edition.form).get("online")
    measured = bool(edition.pages) and not online
    pictures = job.word("illustrated_300") if edition.ill else ""
    if pictures and not library.rda:
        pictures = "kuv."
    if amount:
        yield data_field(
            "300",
            "  ",
            ("a", amount + (" :" if pictures else " ;" if measured else "")),
            ("b", pictures + (" ;" if measured else "")),
            ("c", f"{edition.size} cm" if measured else ""),
        )
    if library.rda:
        yield from rda_fields(job)


def rda_fields(job: Job) -> Iterator[Field]:
    carrier = job.region.carrier(job.edition.form)
    names = job.region.config["rda"]
    for tag, key, vocabulary in (
        ("336", "content", "rdacontent"),
        ("337", "media", "rdamedia"),
        ("338", "carrier", "rdacarrier"),
    ):
        code = carrier[key]
        name = names[code][job.library.words_column]
        yield data_field(tag, "  ", ("a", name), ("b", code), ("2", vocabulary))


def series_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    if not edition.series or (library.abbreviated and job.chance("series", 2)):
        return
    traced = library.rda
    end = " ;" if edition.vol else ""
    yield data_field(
        "490", "1 " if traced else "0 ", ("a", edition.series + end), ("v", edition.vol)
    )
    if traced:
        yield data_field("830", " 0", ("a", edition.series + end), ("v", edition.vol))


def note_texts(job: Job) -> Iterator[str]:
    edition = job.edition
    if edition.orig and not job.library.abbreviated:
        yield f"{job.word('original')} {edition.orig}."
    if edition.reprint and not job.reprinted and not job.library.abbreviated:
        yield f"{job.word('reprints')} {edition.reprint[0]}. p. {edition.reprint[1]}."
    for flag, key in ((edition.large, "large"), (edition.easy, "easy"), (edition.club, "club")):
        if flag and not (key == "club" and job.library.abbreviated):
            yield f"{job.word(key)}."
    if edition.note and job.library.language == "fin":
        yield f"{edition.note}."


def note_fields(job: Job) -> Iterator[Field]:
    edition = job.edition
    for text in note_texts(job):
        yield data_field("500", "  ", ("a", text))
    if edition.tracks:
        yield data_field("505", "0 ", ("a", " ; ".join(t for t, _ in edition.tracks) + "."))
    if edition.form == "daisy":
        yield data_field("538", "  ", ("a", "Daisy 2.02"))
    if job.library.language == "swe" and edition.form != "song":
        names = {"fin": "finska", "swe": "svenska", "eng": "engelska"}
        spoken = names.get(edition.langs[0] if edition.langs else edition.lang)
        if spoken:
            yield data_field("546", "  ", ("a", f"{job.word('language_note')} {spoken}."))


def _terms(job: Job, words: Iterable[str]) -> list[str]:
    if job.library.language != "swe":
        return list(words)
    swedish = job.region.config["swedish"]
    return [swedish[word] for word in words if word in swedish]


def subject_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    language = library.language
    if not (library.abbreviated and job.chance("subjects", 2)):
        for term in _terms(job, edition.yso):
            yield data_field("650", " 7", ("a", term), ("2", f"yso/{language}"))
    forms = _terms(job, edition.slm)
    extra = (
        (edition.large, "large_form"),
        (edition.easy, "easy_form"),
        (bool(edition.reader), "audio_form"),
        (edition.form == "daisy", "daisy_form"),
    )
    forms += [job.word(key) for flag, key in extra if flag and library.rda]
    for term in forms:
        yield data_field("655", " 7", ("a", term), ("2", f"slm/{language}"))


def added_name_fields(job: Job) -> Iterator[Field]:
    edition, library = job.edition, job.library
    people = (
        ("contributor", edition.author2),
        ("translator", edition.translator),
        ("translator", edition.translator2),
        ("illustrator", edition.illustrator),
        ("adapter", edition.adapter),
        ("reader", edition.reader),
        ("director", edition.director),
    )
    for role, name in people:
        if not name or (library.abbreviated and role != "director"):
            continue
        if library.rda:
            yield data_field("700", "1 ", ("a", name + ","), ("e", job.word(role) + "."))
        else:
            yield data_field("700", "1 ", ("a", name + ("" if name.endswith(".") else ".")))


def link_fields(job: Job) -> Iterator[Field]:
    """765 original, 773 host, 780/785 earlier and later title, 856 address of an e-book."""
    edition, library = job.edition, job.library
    editions = job.region.editions
    if edition.orig and library.rda:
        yield data_field("765", "08", ("i", job.word("original")), ("t", edition.orig))
    if edition.host:
        host = editions[edition.host]
        number = job.numbers[library.key, edition.host]
        yield data_field(
            "773",
            "08",
            ("w", f"(FI-DEMO-{library.prefix}){number}"),
            ("t", host.title),
            ("o", host.number),
            ("g", f"Raita {edition.track}"),
        )
    for tag, other in (("780", edition.continues), ("785", edition.continued_by)):
        if other:
            yield data_field(tag, "00", ("t", editions[other].title), ("x", issn(other)))
    if job.region.carrier(edition.form).get("online"):
        yield data_field("856", "40", ("u", f"https://example.org/teos/{edition.id}"))


FieldMaker = Callable[[Job], Iterator[Field]]
FIELD_MAKERS: tuple[FieldMaker, ...] = (
    control_fields,
    number_fields,
    source_fields,
    heading_fields,
    title_fields,
    imprint_fields,
    physical_fields,
    series_fields,
    note_fields,
    subject_fields,
    added_name_fields,
    link_fields,
)


# --- items ---------------------------------------------------------------------------------


def call_number(job: Job) -> str:
    edition = job.edition
    letters = (edition.author or edition.title[edition.nonfiling :])[:3].upper()
    if job.library.call == "letters-first":
        return f"{letters} {edition.ykl}"
    return f"{edition.ykl} {letters}"


def shelving_location(job: Job) -> str:
    swedish = job.library.language == "swe"
    if job.edition.child:
        return "Barn" if swedish else "LAP"
    if job.edition.form in {"cd", "lp", "score"}:
        return "Musik" if swedish else "MUS"
    return "Vuxna" if swedish else "AIK"


def items_of(job: Job) -> tuple[Item, ...]:
    """One to three copies; none for what is online or only a part of an album."""
    edition, library = job.edition, job.library
    if edition.host or job.region.carrier(edition.form).get("online"):
        return ()
    copies = 1 + digest("copies", library.key, edition.id) % (3 if edition.pop > 3 else 2)
    return tuple(
        Item(
            barcode=f"{library.prefix}{job.number.zfill(7)}{copy}",
            branch=library.branches[digest(job.number, str(copy)) % len(library.branches)],
            location=shelving_location(job),
            call=call_number(job),
            itype=library.itypes.get(edition.form, library.itypes["default"]),
            status="kadonnut" if digest("lost", job.number, str(copy)) % 40 == 0 else "",
        )
        for copy in range(1, copies + 1)
    )


def item_field(item: Item, library: Library) -> Field:
    if library.items == "852":
        shelf, _, rest = item.call.rpartition(" ")
        return data_field(
            "852",
            "8 ",
            ("a", library.org),
            ("b", item.branch),
            ("c", item.location),
            ("h", shelf),
            ("i", rest),
            ("p", item.barcode),
        )
    return data_field(
        "952",
        "  ",
        ("0", "0"),
        ("1", "1" if item.status else "0"),
        ("7", "0"),
        ("a", item.branch),
        ("b", item.branch),
        ("c", item.location),
        ("d", f"20{digest(item.barcode) % 20:02}-05-14"),
        ("o", item.call),
        ("p", item.barcode),
        ("y", item.itype),
    )


# --- who holds what ------------------------------------------------------------------------


def holders(region: Region, edition: Edition) -> list[str]:
    """Which libraries own the edition: as the trap needs, or by a digest of its name."""
    if edition.host:
        owners = holders(region, region.editions[edition.host])
        return [key for key in owners if region.libraries[key].parts]
    if edition.at:
        return list(edition.at)

    def eagerness(key: str) -> tuple[int, int]:
        swedish_shelf = region.libraries[key].language == "swe"
        fits = 0 if swedish_shelf == (edition.lang == "swe") else 1
        return (fits if swedish_shelf or edition.lang == "swe" else 0, digest(key, edition.id))

    return sorted(region.libraries, key=eagerness)[: edition.pop]


def control_numbers(region: Region) -> dict[tuple[str, str], str]:
    """Each library counts up from its own first number, with gaps where records were deleted."""
    owned: dict[str, list[str]] = {key: [] for key in region.libraries}
    for edition in region.editions.values():
        for key in holders(region, edition):
            owned[key].append(edition.id)
    numbers = {}
    for key, ids in owned.items():
        number = region.libraries[key].first_number
        for edition_id in sorted(ids, key=lambda each: digest("order", key, each)):
            number += 1 + digest("gap", key, edition_id) % 37
            numbers[key, edition_id] = str(number)
    return numbers


def reprint_holder(region: Region, edition: Edition) -> str:
    """The one library that catalogued a later printing as if it were the first."""
    owners = [key for key in holders(region, edition) if key != "ylikyla"]
    if not edition.reprint or len(owners) < 2:
        return ""
    return min(owners, key=lambda key: digest("reprint", key, edition.id))


def describe(job: Job) -> Record:
    fields = [made for maker in FIELD_MAKERS for made in maker(job)]
    if job.library.language == "swe":
        job.signs.add("cataloguing-language")
    if job.edition.form == "cd" and job.edition.tracks:
        job.signs.add("host-pair")
    if job.edition.host:
        job.signs.add("part-pair")
    return Record(
        library=job.library.key,
        number=job.number,
        edition=job.edition.id,
        leader=leader(job),
        fields=tuple(fields),
        items=items_of(job),
        signs=frozenset(job.signs),
    )


def describe_all(region: Region) -> list[Record]:
    """Every library's records, in the order of their control numbers, with what is broken."""
    numbers = control_numbers(region)
    records = []
    for (key, edition_id), _ in sorted(numbers.items(), key=lambda kv: (kv[0][0], int(kv[1]))):
        edition = region.editions[edition_id]
        again = reprint_holder(region, edition) == key
        records.append(describe(Job(region, edition, region.libraries[key], numbers, again)))
    return break_on_purpose(region, records)


# --- what is wrong on purpose --------------------------------------------------------------


def _copy_barcode(records: list[Record], case: dict[str, str]) -> list[Record]:
    taken = next(
        each.items[0].barcode
        for each in records
        if (each.library, each.edition) == (case["owner"], case["edition"])
    )
    return [
        replace(each, items=(replace(each.items[0], barcode=taken), *each.items[1:]))
        if (each.library, each.edition) == (case["copied_by"], case["edition"])
        else each
        for each in records
    ]


def _twice(record: Record) -> list[Record]:
    """The record and its later copy: the same number, one new item."""
    item = replace(record.items[0], barcode=record.items[0].barcode[:-1] + "9")
    first = replace(record, broken="duplicated-001")
    return [first, replace(first, items=(item,))]


def break_on_purpose(region: Region, records: list[Record]) -> list[Record]:
    cases = region.config["breakage"]
    for case in cases["barcodes"]:
        records = _copy_barcode(records, case)
    out: list[Record] = []
    for record in records:
        if (record.library, record.edition) == ("ylikyla", cases["missing_001"]):
            fields = tuple(each for each in record.fields if each.tag != "001")
            out.append(replace(record, number="", fields=fields, broken="missing-001"))
        elif (record.library, record.edition) == ("ylikyla", cases["duplicated_001"]):
            out += _twice(record)
        elif (record.library, record.edition) == ("harjula", cases["truncated"]):
            out.append(replace(record, broken="truncated"))
        else:
            out.append(record)
    return out


# --- file formats --------------------------------------------------------------------------

# MARC-8 (ANSEL): a diacritic is one byte BEFORE its letter; a few letters have bytes of their own.
ANSEL_MARKS = {
    "\u0300": 0xE1,
    "\u0301": 0xE2,
    "\u0302": 0xE3,
    "\u0303": 0xE4,
    "\u0308": 0xE8,
    "\u030c": 0xE9,
    "\u030a": 0xEA,
    "\u0327": 0xF0,
}
ANSEL_LETTERS = {"ø": 0xB2, "Ø": 0xA2, "æ": 0xB5, "Æ": 0xA5, "ß": 0xC7}


def marc8(text: str) -> bytes:
    """Text as the old systems stored it."""
    out = bytearray()
    for character in unicodedata.normalize("NFC", text):
        plain = unicodedata.normalize("NFD", character)
        base, marks = plain[0], plain[1:]
        out += bytes(ANSEL_MARKS[mark] for mark in marks)
        out += bytes([ANSEL_LETTERS[base]]) if base in ANSEL_LETTERS else base.encode("ascii")
    return bytes(out)


def utf8(text: str) -> bytes:
    return text.encode()


def with_items(record: Record, library: Library) -> tuple[Field, ...]:
    if library.items == "csv":
        return record.fields
    return (*record.fields, *(item_field(item, library) for item in record.items))


def _iso2709_body(made: Field, encode: Callable[[str], bytes]) -> bytes:
    if made.data:
        return encode(made.data) + b"\x1e"
    parts = b"".join(b"\x1f" + code.encode() + encode(value) for code, value in made.subfields)
    return made.indicators.encode() + parts + b"\x1e"


def iso2709(record: Record, library: Library) -> bytes:
    encode = marc8 if library.items == "csv" else utf8
    directory, body = b"", b""
    for made in with_items(record, library):
        raw = _iso2709_body(made, encode)
        directory += f"{made.tag}{len(raw):04}{len(body):05}".encode()
        body += raw
    base = 24 + len(directory) + 1
    total = base + len(body) + 1
    head = f"{total:05}{record.leader[5:12]}{base:05}{record.leader[17:]}".encode()
    whole = head + directory + b"\x1e" + body + b"\x1d"
    # A record cut short keeps its end mark, so its neighbours can still be found.
    return whole[: len(whole) // 2] + b"\x1d" if record.broken == "truncated" else whole


def iso2709_file(records: list[Record], library: Library) -> bytes:
    return b"".join(iso2709(record, library) for record in records)


def _xml_field(made: Field) -> str:
    if made.data:
        return f'  <controlfield tag="{made.tag}">{escape(made.data)}</controlfield>\n'
    first, second = made.indicators[0], made.indicators[1]
    inner = "".join(
        f"    <subfield code={quoteattr(code)}>{escape(value)}</subfield>\n"
        for code, value in made.subfields
    )
    head = f'  <datafield tag="{made.tag}" ind1="{first}" ind2="{second}">\n'
    return head + inner + "  </datafield>\n"


def marcxml_file(records: list[Record], library: Library) -> bytes:
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    out.append('<collection xmlns="http://www.loc.gov/MARC21/slim">\n')
    for record in records:
        fields = "".join(map(_xml_field, with_items(record, library)))
        out.append(f"<record>\n  <leader>{record.leader}</leader>\n{fields}</record>\n")
    return "".join([*out, "</collection>\n"]).encode()


def _json_field(made: Field) -> dict[str, object]:
    if made.data:
        return {made.tag: made.data}
    first, second = made.indicators[0], made.indicators[1]
    subfields = [{code: value} for code, value in made.subfields]
    return {made.tag: {"ind1": first, "ind2": second, "subfields": subfields}}


def json_file(records: list[Record], library: Library) -> bytes:
    rows = [
        {"leader": record.leader, "fields": [_json_field(f) for f in with_items(record, library)]}
        for record in records
    ]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def zipped(content: bytes) -> bytes:
    """Compressed without the time of day, so that two builds are the same bytes."""
    return gzip.compress(content, mtime=0)


def write_csv(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def write_exports(region: Region, records: list[Record], out: Path) -> None:
    def written(key: str, form: Callable[[list[Record], Library], bytes]) -> bytes:
        return form([each for each in records if each.library == key], region.libraries[key])

    (out / "harjula.mrc").write_bytes(written("harjula", iso2709_file))
    (out / "lammaskoski.xml").write_bytes(written("lammaskoski", marcxml_file))
    (out / "niemela.mrc").write_bytes(written("niemela", iso2709_file))
    (out / "storby.xml.gz").write_bytes(zipped(written("storby", marcxml_file)))
    (out / "ylikyla.mrc.gz").write_bytes(zipped(written("ylikyla", iso2709_file)))
    (out / "saarinen.json").write_bytes(written("saarinen", json_file))
    write_csv(
        out / "niemela-items.csv",
        "control_number,barcode,branch,shelving_location,call_number,item_type,status",
        (
            (each.number, i.barcode, i.branch, i.location, i.call, i.itype, i.status)
            for each in records
            if each.library == "niemela"
            for i in each.items
        ),
    )


# --- the answer key ------------------------------------------------------------------------

SAME_EDITION = {
    "reprint": "a later printing of the same edition is the same record",
    "name-variant": "the author's name is written another way",
    "missing-subtitle": "one library left the subtitle out",
    "all-capitals": "one library typed the title in capitals and shortened the name",
    "no-pages": "one library left the pages out",
    "isbn-10-against-13": "the same ISBN in ten and in thirteen digits",
    "no-isbn": "one library did not record the ISBN",
    "cataloguing-language": "one record is in Swedish, the other in Finnish; the book is the same",
    "host-pair": "the same album, with its songs described in records of their own",
    "part-pair": "the same song on the same album",
}
PAIRED_AS_THEY_ARE = {"host-pair", "part-pair"}  # both sides carry the sign

PairRow = tuple[str, str, str, str, int, str, str]


def _pair(one: Record, two: Record, label: int, trap: str, why: str) -> PairRow:
    first, second = sorted((one, two), key=lambda each: (each.library, each.number))
    return (first.library, first.number, second.library, second.number, label, trap, why)


def _usable(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by edition; a broken one has no number to name it by in the key."""
    by_edition: dict[str, list[Record]] = {}
    for record in records:
        if not record.broken:
            by_edition.setdefault(record.edition, []).append(record)
    return by_edition


def _look_alikes(region: Region, by_edition: dict[str, list[Record]]) -> Iterator[PairRow]:
    """Label 0: up to three record pairs, from different libraries, for each pair of editions."""
    for trap in region.traps:
        for left, right in trap["pairs"]:
            pairs = [
                (one, two)
                for one in by_edition[left]
                for two in by_edition[right]
                if one.library != two.library
            ]
            pairs.sort(key=lambda p: digest(p[0].library, p[1].library, left, right))
            for one, two in pairs[:3]:
                yield _pair(one, two, 0, trap["kind"], trap["why"])


def _disguises(by_edition: dict[str, list[Record]]) -> Iterator[PairRow]:
    """Label 1: a record that a habit disguised, beside an undisguised one of the same edition."""
    for records in by_edition.values():
        for sign, why in SAME_EDITION.items():
            disguised = [each for each in records if sign in each.signs]
            plain = [
                each for each in records if sign not in each.signs or sign in PAIRED_AS_THEY_ARE
            ]
            if sign == "isbn-10-against-13":
                plain = [each for each in plain if "no-isbn" not in each.signs]
            for one in disguised[:1]:
                others = [each for each in plain if each.library != one.library]
                if others:
                    yield _pair(one, others[0], 1, sign, why)


def write_key(region: Region, records: list[Record], out: Path) -> None:
    """`truth.csv` and `traps.csv`. The truncated record is in neither: nobody can read it."""
    by_edition = _usable(records)
    pairs = sorted([*_look_alikes(region, by_edition), *_disguises(by_edition)])
    kinds: dict[tuple[str, str], set[str]] = {}
    for lib1, cn1, lib2, cn2, _, kind, _ in pairs:
        kinds.setdefault((lib1, cn1), set()).add(kind)
        kinds.setdefault((lib2, cn2), set()).add(kind)
    write_csv(out / "traps.csv", "lib1,cn1,lib2,cn2,label,trap,why", pairs)
    rows = []
    for each in records:
        if each.broken != "truncated":
            signs = kinds.get((each.library, each.number), set()) | ({each.broken} - {""})
            rows.append((each.library, each.number, each.edition, ";".join(sorted(signs))))
    write_csv(out / "truth.csv", "library,control_number,cluster_id,traps", rows)


def build(out: Path) -> list[Record]:
    """Write the six exports and the two key files into `out`; return the records written."""
    out.mkdir(parents=True, exist_ok=True)
    region = load_region()
    records = describe_all(region)
    write_exports(region, records, out)
    write_key(region, records, out)
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the demo region's six exports and its key.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    out: Path = parser.parse_args().out
    records = build(out)
    editions = {record.edition for record in records}
    sys.stdout.write(f"{len(records)} records of {len(editions)} editions in {out}\n")


if __name__ == "__main__":
    main()
