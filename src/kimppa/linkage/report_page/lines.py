"""A record as labelled lines that people compare, and which words of two lines differ."""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from kimppa.linkage.report_page.stored import Stored
from kimppa.marc.record import Field, Record

LONGEST = 600  # characters of a line; the whole record stands below


class Line(NamedTuple):
    """One labelled line of two records; ``state`` is ``same``, ``differs`` or ``one_side``."""

    label: str
    left: str
    right: str
    state: str


_PARTS = (  # label, tags, subfields
    ("title", ("245",), "abnph"),
    ("responsibility", ("245",), "c"),
    ("author", ("100", "110", "111"), "abcdq"),
    ("edition", ("250",), "ab"),
    ("publication", ("260", "264"), "abc"),
    ("extent", ("300",), "abce"),
    ("carrier", ("338",), "a"),
    ("language", ("041",), "ah"),
    ("issn", ("022",), "a"),
    ("number", ("028",), "ab"),
    ("series", ("490", "440"), "av"),
    ("host", ("773",), "tg"),
    ("identifiers", ("010", "024", "035"), "a"),
)
_ORDER = (
    "title", "responsibility", "author", "edition", "publication", "extent", "material", "carrier",
    "language", "isbn", "issn", "number", "series", "host", "identifiers",
)  # fmt: skip


def lines(left: Stored, right: Stored) -> Iterator[Line]:
    """Iterate over the lines that at least one of two records has, in reading order."""
    one, other = _values(left), _values(right)
    for label in _ORDER:
        if one[label] or other[label]:
            yield Line(label, one[label], other[label], _state(one[label], other[label]))


def _values(stored: Stored) -> dict[str, str]:
    found = {label: _texts(stored.record, tags, codes) for label, tags, codes in _PARTS}
    found["language"] = found["language"] or stored.record.control("008")[35:38].strip(" |#")
    found["material"] = stored.material
    found["isbn"] = " ; ".join(stored.isbns) or _texts(stored.record, ("020",), "az")
    return {label: text[:LONGEST] for label, text in found.items()}


def _texts(record: Record, tags: tuple[str, ...], codes: str) -> str:
    return " ; ".join(text for f in record.get(*tags) if (text := " ".join(f.all(codes)).strip()))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _state(left: str, right: str) -> str:
    if not left or not right:
        return "one_side"
    return "same" if _words(left) == _words(right) else "differs"


def marked(text: str, other: str) -> str:
    """Return a line as HTML in which the words that the other line lacks are marked.

    >>> marked("Otava, 1979", "Otava, 1981.")
    'Otava, <mark>1979</mark>'
    """
    known = set(_words(other))
    pieces = re.split(r"(\w+)", text)
    return "".join(
        f"<mark>{escape(piece)}</mark>" if number % 2 and piece.casefold() not in known
        else escape(piece)
        for number, piece in enumerate(pieces)
    )  # fmt: skip


_ITEMS = ("852", "866", "867", "868", "876", "877", "878", "952", "995")


def marc_text(record: Record, most: int) -> tuple[str, int, bool]:
    """Return a record's fields as lines, how many item fields are left out, and whether it is cut.

    Fields about items are left out (barcodes and shelves say nothing about the edition); ``most``
    is the number of characters to stop at.
    """
    shown = [field for field in record.fields if field.tag not in _ITEMS]
    text = "\n".join([f"LDR {record.leader}", *map(_field_text, shown)])
    return text[:most], len(record.fields) - len(shown), len(text) > most


def _field_text(field: Field) -> str:
    if field.is_control:
        return f"{field.tag} {field.value}"
    parts = " ".join(f"${code} {value}" for code, value in field.subfields)
    return f"{field.tag} {field.indicators.replace(' ', '_')} {parts}"
