"""The comparable form of a record: what tells two editions apart, as columns."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise, starmap
from operator import itemgetter
from typing import Any, NamedTuple

from kimppa.linkage import extent as extents
from kimppa.linkage import numbers
from kimppa.linkage.carrier import carriers, material, music_form, special_kinds
from kimppa.linkage.fields import NONE, Batch, distinct, stretch
from kimppa.linkage.texts import Texts
from kimppa.linkage.titles import titles
from kimppa.linkage.words import edition_number, edition_words, is_printing, part_numbers
from kimppa.marc.bulk import Texts as Flats
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
_AUTHORS = "100a 110a 111a"
_NAMES = f"{_AUTHORS} 700a 710a 711a"
_SUBJECTS = "600a 610a 611a 630a 650a 651a"
_CLASSES = "050a 060a 080a 082a 084a 090a"
_SERIES = "490{0} 830{0} 440{0}"
_NO_LANGUAGE = {"und", "zxx", "mul", "|||", "xxx"}

_AT_ONCE = 2_500  # records: what is done once for all of them takes as long as for 250 more

Columns = dict[str, Any]


def form(flat: str) -> Form:
    """Return the comparable form of one record in flat form; many are read much quicker at once."""
    return Form(**{name: column[0].as_py() for name, column in forms(stretch([flat])).items()})


def forms(flats: Flats) -> Columns:
    """Return the values of ``Form`` of records in flat form, name by name, as Arrow arrays.

    What cannot be read is missing.
    """
    import pyarrow as pa

    parts = [_forms(Batch(part)) for part in _parts(flats)]
    found = {}
    for name, kind in kinds().items():
        columns = [part[name] for part in parts]
        found[name] = pa.chunked_array(
            [own if isinstance(own, pa.Array) else pa.array(own, kind) for own in columns], kind
        )
    return found


def _parts(flats: Flats) -> Iterator[Flats]:
    count = len(flats.starts) - 1
    wanted = max(1, round(count / _AT_ONCE))
    for first, last in pairwise(count * number // wanted for number in range(wanted + 1)):
        starts = flats.starts[first : last + 1]
        yield Flats(flats.content[starts[0] : starts[-1]], starts - starts[0])


@cache
def kinds() -> dict[str, Any]:
    """Return the Arrow types of the columns of ``Form``."""
    import pyarrow as pa

    simple = {str: pa.string(), int: pa.int32(), bool: pa.bool_()}
    lists = {list[str]: pa.list_(pa.string()), list[int]: pa.list_(pa.int32())}
    return {name: (simple | lists)[kind] for name, kind in Form.__annotations__.items()}


def _forms(batch: Batch) -> Columns:
    count = batch.count
    fixed = batch.controls("008").first(count).values()
    types = batch.leaders(6)
    authors = batch.values(_AUTHORS).first(count)
    entry_words = _entry_words(authors)
    return {
        **_kinds(batch, types),
        **_read_as(batch, types, fixed),
        **titles(batch, entry_words),
        "author": entry_words.column(),
        "author_initial": authors.after(",").folded().heads().column(),
        "names": _entry_words(batch.values(_NAMES)).distinct().lists(count),
        "statement": _words(batch.values("245c").first(count), shortest=2).distinct().lists(count),
        **_imprint(batch, fixed),
        **_extent(batch),
        **_edition(batch),
        "languages": _languages(batch, fixed),
        "original_languages": _lists(batch.values("041h").each(str.lower), count),
        **_numbers(batch),
        **_hosts(batch),
        "subjects": batch.values(_SUBJECTS).folded().distinct(20).lists(count),
        "classes": batch.values(_CLASSES).folded().distinct(6).lists(count),
        "music_form": _music_forms(batch, types),
        "reproduction": _words(batch.values("533c").first(count)).lists(count),
    }


def _entry_words(names: Texts) -> Texts:
    """Return the entry word of each heading: the surname of a person, the first words of a body."""
    return names.before(",").folded()


def _words(said: Texts, shortest: int = 1) -> Texts:
    return said.folded().words(shortest)


def _kinds(batch: Batch, types: list[str]) -> Columns:
    codes, statuses = batch.leaders(7), batch.leaders(5)
    told = zip(types, codes, batch.having("773").tolist(), statuses, strict=True)
    return columns(_Kind, starmap(_kind, told))


class _Kind(NamedTuple):
    """What the leader tells, as in ``Form``."""

    kind: str
    record_type: str
    level: str
    material: str
    deleted: bool


@lru_cache(maxsize=4096)
def _kind(record_type: str, code: str, has_host: bool, status: str) -> _Kind:  # noqa: FBT001
    level = _level(code, has_host=has_host)
    return _Kind(
        _KINDS.get(record_type, "bibliographic"),
        _SAME_TYPE.get(record_type, record_type),
        level,
        material(record_type, level),
        status == "d",
    )


def _level(code: str, *, has_host: bool) -> str:
    if code in "ab" or (has_host and code not in "is"):
        return "p"
    return "s" if code in "is" else "m"


def _read_as(batch: Batch, types: list[str], fixed: list[str]) -> Columns:
    found = carriers(batch, types, fixed)
    isbns, set_isbns = numbers.isbns(batch, found)
    return {
        "carrier": found,
        "content_types": _lists(batch.values("336b").each(str.strip), batch.count),
        "media_types": _lists(batch.values("337b").each(str.strip), batch.count),
        "special": special_kinds(batch, types, fixed),
        "isbns": isbns,
        "set_isbns": set_isbns,
    }


def _lists(found: Texts, count: int) -> Any:
    return found.distinct().lists(count)


def _imprint(batch: Batch, fixed: list[str]) -> Columns:
    published = extents.published(batch)
    names = batch.values_of(published, "b")
    dates = batch.values("260c 264c").joined(batch.count, " ").values()
    coded = [codes[6:15] for codes in fixed]
    told = columns(extents.Years, map(extents.years, coded, dates))
    places = extents.places(batch.values("260a 264a"))
    return {
        **told,
        "years": _with_printings(batch, told["years"]),
        "country": [codes[15:18].strip(" |#^").lower() for codes in fixed],
        "place": extents.places(batch.values_of(published, "a").first(batch.count)).column(),
        "places": places.distinct(6).lists(batch.count),
        "publisher": extents.publishers(names, batch.count),
    }


def _with_printings(batch: Batch, known: list[list[int]]) -> list[list[int]]:
    notes = extents.with_years(batch.values("500a"))
    for owner, note in zip(notes.owners.tolist(), notes.values(), strict=True):
        if later := extents.years_of_printings(note):
            known[owner] = distinct(known[owner] + later)
    return known


def columns(kind: type[tuple[Any, ...]], rows: Iterable[tuple[Any, ...]]) -> Columns:
    """Return rows of named values as columns."""
    listed = list(rows)
    names = kind.__annotations__
    return {name: list(map(itemgetter(place), listed)) for place, name in enumerate(names)}


def _extent(batch: Batch) -> Columns:
    said = batch.values("300a").joined(batch.count, " ; ").values()
    heights = batch.values("300c").first(batch.count).values()
    return {
        **columns(extents.Extent, map(extents.extent, said)),
        "height": list(map(extents.height, heights)),
    }


def _edition(batch: Batch) -> Columns:
    said = batch.values("250a").firsts()
    numbers, more = [""] * batch.count, [NONE] * batch.count
    printings = [False] * batch.count
    for owner, text in zip(said.owners.tolist(), said.values(), strict=True):
        numbers[owner] = edition_number(text)
        more[owner] = edition_words(text)
        printings[owner] = is_printing(text)
    return {"edition": numbers, "edition_words": more, "printing": printings}


def _languages(batch: Batch, fixed: list[str]) -> list[list[str]]:
    coded = batch.values("041ad").joined(batch.count, SUBFIELD_MARK).values()
    return [_known_languages(codes[35:38], more) for codes, more in zip(fixed, coded, strict=True)]


@lru_cache(maxsize=65536)
def _known_languages(code: str, more: str) -> list[str]:
    codes = [code] if len(code) == 3 else []
    for value in more.split(SUBFIELD_MARK):  # older records have several codes in one subfield
        codes += [value[at : at + 3] for at in range(0, len(value) - 2, 3)]
    known = [code.lower() for code in codes if code.isalpha()]
    return distinct([code for code in known if code not in _NO_LANGUAGE])


def _numbers(batch: Batch) -> Columns:
    publisher_numbers = batch.values("028a")
    of_publishers = publisher_numbers.by_owner()
    series = batch.values(_SERIES.format("a")).first(batch.count)
    volumes = batch.values(_SERIES.format("v")).firsts()
    return {
        "issns": _lists(batch.values("022a").each(numbers.issn), batch.count),
        "identifiers": numbers.identifiers(batch),
        "databases": numbers.databases(batch),
        "publisher_numbers": _lists(publisher_numbers.each(numbers.publisher_number), batch.count),
        "publisher_figures": [
            numbers.publisher_figures(of_publishers[owner]) if owner in of_publishers else NONE
            for owner in range(batch.count)
        ],
        "series": series.folded().column(),
        "series_number": volumes.each(_part_numbers).first(batch.count).column(),
    }


@lru_cache(maxsize=65536)
def _part_numbers(text: str) -> str:
    return " ".join(part_numbers(text))


def _hosts(batch: Batch) -> Columns:
    links = batch.values("773w 973w")
    return {
        "host": batch.values("773t").first(batch.count).folded().column(),
        "host_numbers": _lists(links.each(numbers.in_register), batch.count),
        "host_links": _lists(links, batch.count),
        "host_tags": batch.tags("773", "973").lists(batch.count),
        "position": batch.values("773g").first(batch.count).folded().column(),
    }


def _music_forms(batch: Batch, types: list[str]) -> list[str]:
    if not {"c", "d"}.intersection(types):
        return [""] * batch.count
    said = batch.values("245abc 250abc 254abc 300abc").joined(batch.count, " ; ").values()
    return [
        music_form(text) if record_type in {"c", "d"} else ""
        for text, record_type in zip(said, types, strict=True)
    ]
