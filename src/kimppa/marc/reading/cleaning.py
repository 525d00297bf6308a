"""Make a record in flat form well-formed: no stray marks, no control characters, whole fields."""

import re

from kimppa.marc.reading.words import counted
from kimppa.marc.record import FIELD_MARK, LEADER_LENGTH, SUBFIELD_MARK

# What neither MARC 21 nor XML allows: C0 and C1 controls, lone surrogates, U+FFFE, U+FFFF.
_BAD = "\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff"
_CLEAN = re.compile(
    f"[^{_BAD}]{{{LEADER_LENGTH}}}"
    f"(?:\x1e00[0-9A-Za-z][^{_BAD}]*+|\x1e(?!00)[0-9A-Za-z]{{3}}[ -~]{{2}}(?:\x1f[^{_BAD}]++)++)++"
)
_BREAKS = re.compile(r"[\t\n\r\x85]+")
_CONTROLS = re.compile(f"[{_BAD}]")
_TAG = re.compile(r"[0-9A-Za-z]{3}")
_INDICATORS = re.compile(r"[0-9 #|]{2}")


def clean(flat: str) -> tuple[str, list[str]]:
    """Return a record in flat form as it should be, and the repairs made; no fields left: empty.

    >>> clean("00000nam a2200000   4500\\x1e24510\\x1faSinuhe\\x07")
    ('00000nam a2200000   4500\\x1e24510\\x1faSinuhe', ['1 control character removed from 245'])
    """
    if _CLEAN.fullmatch(flat):
        return flat, []
    leader, *fields = flat.split(FIELD_MARK)
    repairs: list[str] = []
    good = _CONTROLS.sub(" ", leader)
    if good != leader:
        repairs.append("control characters in the leader turned into blanks")
    cleaned = [text for field in fields if (text := _field(field, repairs))]
    return (FIELD_MARK.join([good, *cleaned]) if cleaned else ""), repairs


def plain(text: str) -> str:
    """Return text without control characters; a line break or tab becomes a blank.

    >>> plain("Pää\\ntalo\\x1f")
    'Pää talo'
    """
    if text.isprintable():
        return text
    return _CONTROLS.sub("", _BREAKS.sub(" ", text))


def _field(field: str, repairs: list[str]) -> str:
    """Return a field in flat form, or an empty text when nothing of it can be kept."""
    tag, text = field[:3], field[3:]
    if not _TAG.fullmatch(tag):
        shown = _text(text.replace(SUBFIELD_MARK, " $"), tag, [])
        repairs.append(f"field with the unreadable tag {tag!r} left out: {shown}")
        return ""
    if tag < "010":
        value = text.replace(SUBFIELD_MARK, "")
        if value != text:
            repairs.append(f"subfield marks removed from control field {tag}")
        return tag + _text(value, tag, repairs)
    head, *parts = text.split(SUBFIELD_MARK)
    indicators, lead = _indicators(head, tag, repairs)
    subfields = _subfields(lead, parts, tag, repairs)
    if not subfields:
        repairs.append(f"field {tag} left out: it is empty")
        return ""
    return tag + indicators + subfields


def _indicators(head: str, tag: str, repairs: list[str]) -> tuple[str, str]:
    """Part what stands before the first subfield into two indicators and text for $a."""
    indicators, lead = head[:2], head[2:].strip()
    if not indicators.isprintable() or not indicators.isascii() or len(indicators) < 2:
        padded = "".join(c if " " <= c <= "~" else " " for c in indicators).ljust(2)
        repairs.append(f"indicators of {tag} repaired: {padded!r}")
        indicators = padded
    if lead and not _INDICATORS.fullmatch(indicators):
        repairs.append(f"indicators of {tag} were missing")
        return "  ", head.strip()
    if len(head) > 2 and not lead:
        repairs.append(f"blanks after the indicators of {tag} removed")
    return indicators, lead


def _subfields(lead: str, parts: list[str], tag: str, repairs: list[str]) -> str:
    kept = [text for part in parts if (text := _text(part, tag, repairs))]
    empty = len(parts) - len(kept)
    if empty:
        repairs.append(f"{counted(empty, 'empty subfield mark')} removed from {tag}")
    lead = _text(lead, tag, repairs)
    if lead:
        repairs.append(f"text before the first subfield of {tag} put into $a")
        kept.insert(0, "a" + lead)
    return "".join(SUBFIELD_MARK + part for part in kept)


def _text(text: str, tag: str, repairs: list[str]) -> str:
    """Return text without control characters; a line break becomes a blank, parting words still."""
    joined = _BREAKS.sub(" ", text)
    if joined != text:
        repairs.append(f"line breaks or tabs in {tag} turned into blanks")
    cleaned, count = _CONTROLS.subn("", joined)
    if count:
        repairs.append(f"{counted(count, 'control character')} removed from {tag}")
    return cleaned
