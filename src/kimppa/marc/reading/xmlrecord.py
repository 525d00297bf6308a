"""One parsed MARCXML record: from its elements to flat form."""

from lxml import etree

from kimppa.marc.reading import assembling
from kimppa.marc.reading.cleaning import clean
from kimppa.marc.reading.results import Unreadable
from kimppa.marc.record import FIELD_MARK, LEADER_LENGTH, SUBFIELD_MARK


class _Odd(Exception):
    """The record is not as the MARCXML schema wants it and has to be looked at closely."""


def flat(record: etree._Element) -> tuple[str, list[str]]:
    """Return the flat form of a record element and the repairs it needed.

    Elements are known by their attributes and local names, so every namespace will do.
    Raises ``Unreadable``.
    """
    repairs: list[str] = []
    try:
        text = _exact(record)
    except _Odd:
        text = _mended(record, repairs)
    cleaned, more = clean(text)
    if not cleaned:
        raise Unreadable("the record has no fields")
    return cleaned, repairs + more


def _exact(record: etree._Element) -> str:
    """Return the flat form of a record that follows the schema; raises ``_Odd``."""
    parts = [""]
    for field in record:
        tag = field.get("tag")
        if tag is None:
            parts[0] += _exact_leader(field, parts[0])
        elif tag < "010" and not len(field):
            parts.append(tag + (field.text or ""))
        else:
            parts.append(_exact_data_field(field, tag))
        if field.tail and not field.tail.isspace():
            raise _Odd
    if not parts[0]:
        raise _Odd
    return FIELD_MARK.join(parts)


def _exact_leader(element: etree._Element, known: str) -> str:
    text = element.text or ""
    if known or len(text) != LEADER_LENGTH or _name(element) != "leader" or len(element):
        raise _Odd
    return assembling.leader_for_flat(text)


def _exact_data_field(field: etree._Element, tag: str) -> str:
    first, second = field.get("ind1"), field.get("ind2")
    if not first or not second or len(tag) != 3 or len(first) + len(second) != 2:
        raise _Odd
    if field.text and not field.text.isspace():
        raise _Odd
    parts = [tag + first + second]
    for subfield in field:
        code = subfield.get("code")
        tail = subfield.tail
        if not code or len(code) != 1 or len(subfield) or (tail and not tail.isspace()):
            raise _Odd
        parts.append(code + (subfield.text or ""))
    return SUBFIELD_MARK.join(parts)


def _mended(record: etree._Element, repairs: list[str]) -> str:
    """Return the flat form of any record element; raises ``Unreadable`` without a leader."""
    leader = None
    fields = []
    for element in record:
        tag = element.get("tag")
        if tag is not None:
            fields.append(_field(element, assembling.tag(tag, repairs), repairs))
        elif leader is None and _name(element) == "leader":
            leader = _whole_text(element)
        elif text := _whole_text(element).strip():
            repairs.append(f"element {_name(element)} left out: {text}")
        if tail := (element.tail or "").strip():
            repairs.append(f"text between fields left out: {tail}")
    if leader is None and not fields:
        raise Unreadable("no MARC fields (a notice of deletion, or another kind of record)")
    return FIELD_MARK.join([assembling.leader(leader or "", repairs), *fields])


def _field(element: etree._Element, tag: str, repairs: list[str]) -> str:
    if tag < "010":
        if len(element):
            repairs.append(f"elements inside control field {tag} removed, their text kept")
        return tag + _whole_text(element)
    outside = " ".join([element.text or "", *(child.tail or "" for child in element)])
    subfields = []
    for child in element:
        if len(child):
            repairs.append(f"elements inside a subfield of {tag} removed, their text kept")
        subfields.append((child.get("code") or "", _whole_text(child)))
    indicators = element.get("ind1") or "", element.get("ind2") or ""
    return assembling.data_field(tag, indicators, outside, subfields, repairs)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _whole_text(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())
