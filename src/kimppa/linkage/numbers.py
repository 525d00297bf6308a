"""Standard numbers of a record (MARC 01X-03X), each read as the one thing that it names."""

import re

from kimppa.linkage.fields import Fields, distinct, values
from kimppa.linkage.words import fold_often, isbn13
from kimppa.marc.record import SUBFIELD_MARK

_SET = re.compile(
    r"\b(koko (teos|sarja)|helhet|hela verket|kokonaisuus|set|setti|samlat verk|complete"
    r"|gesamt\w*)\b"
)
_PRINTED = re.compile(
    r"\b(cloth|hbk|pbk|hardback|hardcover|paperback|print|painettu|nid\w*|sid\w*|inb\w*|haft\w*"
    r"|geb)\b"
)
_ELECTRONIC = re.compile(
    r"\b(e ?book|ebk|electronic|pdf|epub|online|verkko\w*|elektron\w*|e bok)\b"
)
_ISSN = re.compile(r"\d{4}-?\d{3}[\dXx]")
_STANDARD_KINDS = {"0": "isrc", "1": "upc", "2": "ismn", "3": "ean", "4": "sici"}  # 024 ind1
_FIGURES = "0123456789Xx- "  # of an ISBN
_NOT_WORD = re.compile(r"[^0-9A-Za-z]")


def isbns(fields: Fields, read_as: str) -> tuple[list[str], list[str]]:
    """Return the valid ISBNs of this edition, and those whose qualifier names the whole set (020).

    An e-book's record often lists the printed book's ISBN too, and the reverse; a qualifier that
    names the other carrier takes the number out (``read_as`` is the record's own carrier).
    """
    if "020" not in fields:
        return [], []
    own: list[str] = []
    of_set: list[str] = []
    of_other = {"online": _PRINTED, "volume": _ELECTRONIC}.get(read_as)
    for field in fields["020"]:
        parts = field.split(SUBFIELD_MARK)[1:]
        number = isbn13(next((part[1:] for part in parts if part[:1] == "a"), ""))
        said = " ".join([part[1:] for part in parts if part[:1] in "aqc"])
        rest = said.lstrip(_FIGURES)  # no pattern asks for the number itself
        if not rest:  # as newer records have it: the number alone
            own.append(number)
            continue
        words = fold_often(rest if rest[0] == "(" else said)
        if of_other is None or not of_other.search(words):
            (of_set if _SET.search(words) else own).append(number)
    return distinct(own), distinct(of_set)


def issns(fields: Fields) -> list[str]:
    """Return the ISSNs (022 $a) as eight characters."""
    found = [_ISSN.match(value.strip()) for value in values(fields, ("022",), "a")]
    return distinct([match.group().replace("-", "").upper() for match in found if match])


def identifiers(fields: Fields) -> list[str]:
    """Return all other numbers as ``source:number``: LCCN, national numbers, 024, 035."""
    found = [f"lccn:{_plain(value)}" for value in values(fields, ("010",), "a")]
    for tag in ("015", "016", "024"):
        if tag in fields:
            for field in fields[tag]:
                found += _numbers(tag, field)
    found += map(in_register, values(fields, ("035",), "a"))
    return distinct([item for item in found if len(item.partition(":")[2]) > 3])


def in_register(value: str) -> str:
    """Return a number with its register as ``register:number``; empty without a register.

    OCLC's prefixes and leading zeros are habits of writing, not parts of the number; ``FCC`` is how
    records of the Finnish union catalogue name it without brackets.

    >>> in_register("(OCoLC)ocm00123"), in_register("4711")
    ('ocolc:123', '')
    """
    text = value.strip()
    if text.startswith("FCC"):
        text = f"(FI-MELINDA){text[3:]}"
    register, bracket, number = text.lstrip("(").partition(")")
    plain = _plain(number).lower().removeprefix("ocm").removeprefix("ocn").removeprefix("on")
    return f"{register.lower()}:{plain.lstrip('0')}" if bracket and plain else ""


def _numbers(tag: str, field: str) -> list[str]:
    parts = field.split(SUBFIELD_MARK)[1:]
    source = next((p[1:] for p in parts if p[:1] == "2"), "")
    kind = source or (_STANDARD_KINDS.get(field[:1], "") if tag == "024" else tag)
    return [f"{kind.lower()}:{_plain(p[1:])}" for p in parts if p[:1] == "a" and kind]


def _plain(number: str) -> str:
    stripped = number.strip()
    if stripped.isascii() and stripped.isalnum():  # mostly there is nothing to take out
        return stripped
    return _NOT_WORD.sub("", stripped)


def databases(fields: Fields) -> list[str]:
    """Return the local records behind a union record as ``database:number`` (SID $b $c)."""
    if "SID" not in fields:
        return []
    found = []
    for field in fields["SID"]:
        parts = {part[:1]: part[1:].strip() for part in field.split(SUBFIELD_MARK)[1:]}
        if parts.get("b") and parts.get("c"):
            found.append(f"{parts['b'].lower()}:{parts['c']}")
    return distinct(found)


def publisher_numbers(fields: Fields) -> list[str]:
    """Return the publishers' numbers of music and sound (028 $a), letters and digits only."""
    found = [_plain(value).upper() for value in values(fields, ("028",), "a")]
    return distinct([n for n in found if len(n) > 3 and any(map(str.isdigit, n))])


_RUN = re.compile(r"\d[\d .,/-]*\d")


def publisher_figures(fields: Fields) -> list[str]:
    """Return the figures of publishers' numbers (028 $a), four and more, without labels.

    Labels are written before, behind or not at all: "Decca 433 210-2" is "433210-2".

    >>> publisher_figures({"028": ["02\\x1faDecca 433 210-2"]})
    ['4332102']
    """
    runs = [run for value in values(fields, ("028",), "a") for run in _RUN.findall(value)]
    return distinct([figures for run in runs if len(figures := _NOT_WORD.sub("", run)) > 3])
