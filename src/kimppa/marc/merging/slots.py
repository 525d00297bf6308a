"""Places that only one record may fill: main entry, uniform title, imprint and the like."""

from collections.abc import Iterable, Sequence

from kimppa.marc.merging.links import Linked
from kimppa.marc.merging.table import Rule
from kimppa.marc.record import Field, Record

NAMES = ("100", "110", "111")
UNSAID = {"und", "mul", "zxx"}  # undetermined, several, no language: less than any real code


def place_of(tag: str, second: str, rule: Rule) -> str:
    """Return the place a field takes; that of 264 goes by its function (second indicator)."""
    if tag == "264":
        return "imprint" + second
    if tag == "260":
        return "imprint1"
    return rule.slot or tag


def places(fields: Iterable[Linked]) -> set[str]:
    """Return all places that a record's fields take; 130 is main entry and uniform title."""
    taken: set[str] = set()
    for field, rule, is_owned, *_ in fields:
        if rule.action == "base" and not is_owned:
            taken.add(place_of(field.tag, field.indicators[1:], rule))
            if field.tag == "130":
                taken.add("main")
    return taken


def grants(ranked: Sequence[Sequence[Linked]]) -> list[set[str]]:
    """Return for each record, best first, the places it fills because no better one does."""
    taken: set[str] = set()
    granted = []
    for fields in ranked:
        free = places(fields) - taken
        granted.append(free)
        taken |= free
    return granted


def as_added_entry(field: Field) -> Field | None:
    """Return a main entry (1XX) as an added entry (7XX), None for other fields.

    >>> as_added_entry(Field("100", "1 ")).tag
    '700'
    """
    if field.tag not in NAMES:
        return None
    return field._replace(tag="7" + field.tag[1:], indicators=field.indicators[:1] + " ")


def as_uniform_title(field: Field, *, below_name: bool) -> Field:
    """Return 130 as 240 below a main entry, and the reverse without one.

    The nonfiling characters are counted in the first indicator of 130, the second of 240.
    """
    if below_name and field.tag == "130":
        return field._replace(tag="240", indicators="1" + field.indicators[:1].replace(" ", "0"))
    if not below_name and field.tag == "240":
        return field._replace(tag="130", indicators=field.indicators[1:] + " ")
    return field


def _languages(record: Record) -> set[str]:
    return {value for field in record.get("041") for value in field.all("abdefghjkmn")}


def with_best_languages(ranked: Sequence[Record]) -> list[Record]:
    """Return the records without a first 041 that only says und, mul or zxx when another knows."""
    base = ranked[0]
    said = _languages(base)
    if len(said) != 1 or not said <= UNSAID:
        return list(ranked)
    wanted = 2 if said == {"mul"} else 1
    if all(len(_languages(other) - UNSAID) < wanted for other in ranked[1:]):
        return list(ranked)
    return [
        record
        if len(_languages(record) - UNSAID) >= wanted
        else record.with_fields(field for field in record.fields if field.tag != "041")
        for record in ranked
    ]
