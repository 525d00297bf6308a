"""$6 and $8: fields that belong together stay together when records merge.

MARC 21, Appendix A: $6 joins a field to its other script in 880 (``880-01`` and ``245-01/(N``); $8
joins fields of one chain by a number (``1.2\\\\p``). Both count within one record only.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.table import rule_for
from kimppa.marc.record import Field, Record, Subfield

_POINTERS = {"item": "", "owner": "6"}  # else $6 and $8; what a library owns stays as it is
UNLINKED = "00"  # $6 occurrence number of an 880 that has no field in the usual script


class Linked(NamedTuple):
    """A field without its $6 and $8, its 880s, and what those subfields said."""

    field: Field
    occurrence: str = ""  # "01" of $6 880-01
    chains: tuple[str, ...] = ()  # $8
    scripts: tuple[Field, ...] = ()  # the 880s that give the field in another script


def linked_fields(record: Record) -> list[Linked]:
    """Return the record's data fields, each with its 880s; 880s without a field stand alone."""
    scripts = _scripts(record.get("880"))
    found: list[Linked] = []
    for field in record.fields:
        tag = field.tag
        if tag < "010" or tag == "880":
            continue
        pointers = _POINTERS.get(rule_for(tag).action, "68")
        if any([code in pointers for code, _ in field.subfields]):  # noqa: C419 twice as quick
            found.append(_linked(field, scripts))
        else:
            found.append(Linked(field))
    alone = (script for same in scripts.values() for script in same)
    return found + [
        Linked(script._replace(subfields=_without(script, "8")), "", tuple(script.all("8")))
        for script in alone
    ]


def _occurrence(field: Field) -> tuple[str, str]:
    """Return the tag and the occurrence number that $6 points to."""
    link = field.first("6")
    return link[:3], link[4:].partition("/")[0]


def _scripts(fields: Iterable[Field]) -> dict[tuple[str, str], list[Field]]:
    scripts: dict[tuple[str, str], list[Field]] = {}
    for field in fields:
        scripts.setdefault(_occurrence(field), []).append(field)
    return scripts


def _linked(field: Field, scripts: dict[tuple[str, str], list[Field]]) -> Linked:
    occurrence = _occurrence(field)[1]
    partners = scripts.pop((field.tag, occurrence), []) if occurrence != UNLINKED else []
    plain = field._replace(subfields=_without(field, "68"))
    return Linked(plain, occurrence, tuple(field.all("8")), tuple(partners))


def _without(field: Field, codes: str) -> tuple[Subfield, ...]:
    return tuple(subfield for subfield in field.subfields if subfield.code not in codes)


def joined(field: Field, occurrence: str, chains: Sequence[str]) -> Field:
    """Return the field with its $6 and $8 in front, as MARC 21 wants them."""
    if not occurrence and not chains:
        return field
    front = [Subfield("6", f"880-{occurrence}")] if occurrence else []
    front += [Subfield("8", chain) for chain in chains]
    return field._replace(subfields=(*front, *field.subfields))


def as_script_of(script: Field, tag: str, occurrence: str) -> Field:
    """Return an 880 that points to the field with this tag and occurrence number."""
    old = script.first("6")
    link = f"{tag}-{occurrence}{old[4:].lstrip('0123456789')}"
    return script._replace(subfields=(Subfield("6", link), *_without(script, "6")))


class Chains:
    """The $8 numbers of one later record, moved out of the way of those given before."""

    def __init__(self, taken: set[int]) -> None:
        """Remember which numbers the merged record has already."""
        self._taken = taken
        self._moved: dict[str, int] = {}

    def renumbered(self, chains: Sequence[str], existing: Sequence[str]) -> tuple[str, ...]:
        """Return this field's $8; a chain that meets one of the merged record's joins it."""
        met = [_chain_number(chain) for chain in existing]
        return tuple(self._renumber(chain, met) for chain in chains)

    def _renumber(self, chain: str, met: Sequence[str]) -> str:
        old = _chain_number(chain)
        if not old:
            return chain
        if old not in self._moved:
            free = max(self._taken, default=0) + 1
            self._moved[old] = int(next(filter(None, met), str(free)))
            self._taken.add(self._moved[old])
        return str(self._moved[old]) + chain[len(old) :]


def _chain_number(chain: str) -> str:
    return chain[: len(chain) - len(chain.lstrip("0123456789"))]


def chain_numbers(fields: Iterable[Linked]) -> set[int]:
    """Return the $8 numbers in use."""
    numbers = (_chain_number(chain) for linked in fields for chain in linked.chains)
    return {int(number) for number in numbers if number}
