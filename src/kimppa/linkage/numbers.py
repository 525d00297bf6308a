"""Standard numbers of a record (MARC 01X-03X), each read as the one thing that it names."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from kimppa.common.compiled import one_stretch
from kimppa.linkage import slices
from kimppa.linkage.fields import Batch, distinct
from kimppa.linkage.isbns import isbns13
from kimppa.linkage.texts import Texts, in_order, texts
from kimppa.linkage.words import fold
from kimppa.marc.bulk import Flags

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
_OF_FIGURES = np.isin(np.arange(256), list(b"0123456789Xx- "))  # what an ISBN has
_BRACKET = ord("(")
_OF_PLAIN = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])
_LCCN = one_stretch([b"lccn:"])
_NOT_WORD = re.compile(r"[^0-9A-Za-z]")


def isbns(batch: Batch, carriers: list[str]) -> tuple[Any, Any]:
    """Return the valid ISBNs of each edition, and those whose qualifier names the whole set (020).

    An e-book's record often lists the printed book's ISBN too, and the reverse; a qualifier that
    names the other carrier takes the number out. Both are Arrow arrays of lists.
    """
    fields = batch.fields("020")
    found = isbns13(batch.by_field(fields, "a").first(len(fields)))
    said = batch.by_field(fields, "aqc").joined(len(fields), " ")
    starts = slices.skip(said.content, said.starts, said.ends, _OF_FIGURES)
    own = found.ends > found.starts
    of_sets = np.zeros(len(fields), np.bool_)
    qualified = np.flatnonzero(own & (starts < said.ends))
    owners = batch.owners(fields)
    # No pattern asks for the number itself.
    has_bracket = said.content[starts[qualified]] == _BRACKET
    begins = np.where(has_bracket, starts[qualified], said.starts[qualified])
    words = Texts(owners[qualified], said.content, begins, said.ends[qualified])
    told = zip(qualified.tolist(), words.owners.tolist(), words.values(), strict=True)
    for number, owner, text in told:
        named = _qualified(text)
        own[number] = carriers[owner] not in named.excluded
        of_sets[number] = own[number] and named.is_set
    found = Texts(owners, *found[1:])
    some = (found.some(own & ~of_sets), found.some(of_sets))
    own_ones, of_whole = (numbers.distinct().lists(batch.count) for numbers in some)
    return own_ones, of_whole


class _Qualifier(NamedTuple):
    """What a qualifier of an ISBN tells: the carriers it is not of, and whether it is the set's."""

    excluded: tuple[str, ...] = ()
    is_set: bool = False


@lru_cache(maxsize=4096)
def _qualified(said: str) -> _Qualifier:
    words = fold(said)
    others = {"online": _PRINTED, "volume": _ELECTRONIC}
    excluded = tuple(carrier for carrier, pattern in others.items() if pattern.search(words))
    return _Qualifier(excluded, bool(_SET.search(words)))


def issn(value: str) -> str:
    """Return an ISSN (022 $a) as eight characters, or an empty text."""
    found = _ISSN.match(value.strip())
    return found.group().replace("-", "").upper() if found else ""


def identifiers(batch: Batch) -> Any:
    """Return all other numbers as ``source:number``: LCCN, national numbers, 024, 035."""
    lccns = batch.values("010a")
    found = in_order(
        Texts(lccns.owners, *slices.kept(*lccns[1:], _OF_PLAIN, _LCCN)),
        *(_national(batch, tag) for tag in ("015", "016", "024")),
        batch.values("035a").each(in_register),
    )
    return found.some(_are_long(found)).distinct().lists(batch.count)


def _are_long(identifiers: Texts) -> Flags:
    """Return which identifiers have more than three characters behind the name of the register."""
    numbers = identifiers.after(":")
    are_long: Flags = slices.sizes(*numbers[1:]) > 3
    return are_long


def _national(batch: Batch, tag: str) -> Texts:
    """Return the numbers of 015, 016 or 024 with the register that $2 or an indicator names."""
    fields = batch.fields(tag)
    owners, found = [], []
    for owner, (head, *parts) in zip(
        batch.owners(fields).tolist(), batch.parts(fields), strict=True
    ):
        source = next((part[1:] for part in parts if part[:1] == "2"), "")
        kind = source or (_STANDARD_KINDS.get(head[3:4], "") if tag == "024" else tag)
        numbers = [f"{kind.lower()}:{_plain(p[1:])}" for p in parts if p[:1] == "a" and kind]
        owners += [owner] * len(numbers)
        found += numbers
    return texts(np.array(owners, np.int64), found)


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


def _plain(number: str) -> str:
    stripped = number.strip()
    if stripped.isascii() and stripped.isalnum():  # mostly there is nothing to take out
        return stripped
    return _NOT_WORD.sub("", stripped)


def databases(batch: Batch) -> Any:
    """Return the local records behind a union record as ``database:number`` (SID $b $c)."""
    fields = batch.fields("SID")
    found = []
    for _head, *parts in batch.parts(fields):
        said = {part[:1]: part[1:].strip() for part in parts}
        known = said.get("b") and said.get("c")
        found.append(f"{said['b'].lower()}:{said['c']}" if known else "")
    return texts(batch.owners(fields), found).distinct().lists(batch.count)


def publisher_number(value: str) -> str:
    """Return a publisher's number of music or sound (028 $a), letters and digits only."""
    number = _plain(value).upper()
    return number if len(number) > 3 and any(map(str.isdigit, number)) else ""


_RUN = re.compile(r"\d[\d .,/-]*\d")


def publisher_figures(values: list[str]) -> list[str]:
    """Return the figures of publishers' numbers (028 $a), four and more, without labels.

    Labels are written before, behind or not at all: "Decca 433 210-2" is "433210-2".

    >>> publisher_figures(["Decca 433 210-2"])
    ['4332102']
    """
    runs = [run for value in values for run in _RUN.findall(value)]
    return distinct([figures for run in runs if len(figures := _NOT_WORD.sub("", run)) > 3])
