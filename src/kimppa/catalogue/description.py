"""A record in words that a reader understands: labels and values instead of MARC tags."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from kimppa.marc.record import Field, Record

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Line(NamedTuple):
    """What one line of the description shows: values of these subfields of these fields."""

    label: "_StrPromise | str"
    tags: tuple[str, ...]
    codes: str
    strip: str = " /:;,."


class Described(NamedTuple):
    """A label and its values."""

    label: "_StrPromise | str"
    values: list[str]


_SUBJECTS = ("600", "610", "611", "630", "647", "648", "650", "651", "653")
LINES = (
    Line(_("Author"), ("100", "110", "111"), "abcdn"),
    Line(_("Uniform title"), ("130", "240"), "anplr"),
    Line(_("Other titles"), ("246", "740"), "abnp"),
    Line(_("Other contributors"), ("700", "710", "711"), "abcdne"),
    Line(_("Edition"), ("250",), "ab"),
    Line(_("Published"), ("260", "264"), "abc", " /:;,"),
    Line(_("Extent"), ("300",), "abce", " /:;,"),
    Line(_("Part of"), ("773",), "tgdiz"),
    Line(_("Series"), ("490", "830"), "anpv"),
    Line(_("Language"), ("041",), "ad"),
    Line(_("Subjects"), _SUBJECTS, "abcdtvxyz"),
    Line(_("Genre and form"), ("655",), "avx"),
    Line(_("Classification"), ("084", "082", "080"), "a", " "),
    Line(_("Summary"), ("520",), "ab", " "),
    Line(_("Contents"), ("505",), "agrt", " "),
    Line(_("Audience"), ("521",), "a", " "),
    Line(_("Performers"), ("511", "508"), "a", " "),
    Line(_("Notes"), ("500", "502", "504", "538", "546", "586"), "a", " "),
    Line("ISBN", ("020",), "aq", " :;"),
    Line("ISSN", ("022",), "a", " :;"),
    Line(_("Publisher's number"), ("028", "024"), "ab", " :;"),
)


def title(record: Record) -> str:
    """Return title, subtitle and part as one text, without the marks that ISBD puts between.

    Part number and part name always show: they tell the volumes of a set apart.
    """
    field = next(record.get("245"), None)
    return _value(field, "abnp", " /:;,=") if field else ""


def responsibility(record: Record) -> str:
    """Return who made it, as the title page says (245 $c)."""
    field = next(record.get("245"), None)
    return field.first("c").strip(" ./") if field else ""


def describe(record: Record) -> list[Described]:
    """Return the lines that the record has something for, in the order of ``LINES``."""
    lines = (Described(line.label, list(_values(record, line))) for line in LINES)
    return [line for line in lines if line.values]


def links(record: Record) -> list[tuple[str, str]]:
    """Return addresses and their texts (856 $u, $y or $z or $3); other schemes are left out."""
    found = []
    for field in record.get("856"):
        text = next((t for t in (field.first("y"), field.first("z"), field.first("3")) if t), "")
        found += [
            (address, text or address)
            for address in field.all("u")
            if address.startswith(("https://", "http://"))
        ]
    return found


def _values(record: Record, line: Line) -> Iterable[str]:
    values = (_value(field, line.codes, line.strip) for field in record.get(*line.tags))
    return dict.fromkeys(value for value in values if value)


def _value(field: Field, codes: str, strip: str) -> str:
    parts = [part.strip() for part in field.all(codes)]
    if field.tag == "041":
        return ", ".join(parts)
    if field.tag == "020" and parts:
        number, *binding = [part.strip("() :;") for part in parts]
        return f"{number} ({', '.join(binding)})" if binding else number
    return " ".join(part for part in parts if part).strip(strip)
