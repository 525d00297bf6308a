"""$6 and $8: fields that belong together stay together when records merge.

MARC 21, Appendix A: $6 joins a field to its other script in 880 (``880-01`` and ``245-01/(N``); $8
joins fields of one chain by a number (``1.2``). Both count within one record only.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.table import Rule, rule_for
from kimppa.marc.record import Field, Record, Subfield

UNLINKED = "00"  # $6 occurrence number of an 880 that has no field in the usual script


class Linked(NamedTuple):
    """A field without its $6 and $8, its 880s, and what those subfields said."""

    field: Field
    rule: Rule
    is_owned: bool = False  # a library's own, kept word for word
    occurrence: str = ""  # "01" of $6 880-01
    chains: tuple[str, ...] = ()  # $8
    scripts: tuple[Field, ...] = ()  # the 880s that give the field in another script


def linked_fields(record: Record) -> list[Linked]:
    """Return the record's data fields, each with its 880s; 880s without a field stand alone."""
    scripts = _scripts(record.fields)
    found: list[Linked] = []
    for field in record.fields:
        tag = field.tag
        if tag > "009" and tag != "880":
            found.append(_linked(field, scripts))
    for same in scripts.values():
        found += [_alone(script) for script in same]
    return found


def _linked(field: Field, scripts: dict[tuple[str, str], list[Field]]) -> Linked:
    rule = rule_for(field.tag)
    if rule.action == "item":
        return Linked(field, rule, is_owned=True)
    is_own = rule.action == "owner"
    points = False
    for code, value in field.subfields:
        if code in "5689":
            is_own = is_own or _says_owner(code, value)
            points = points or code in "68"
    plain = Linked(field, rule, is_own)
    return _cut(plain, scripts) if points else plain


def _says_owner(code: str, value: str) -> bool:
    """MARC 21 gives $5 to name whose a field is; $9 <KEEP> is Finnish practice for the same."""
    return code == "5" or (code == "9" and "<KEEP>" in value)


def is_owned(field: Field) -> bool:
    """Whether a field belongs to a library and is kept word for word."""
    if rule_for(field.tag).action in ("owner", "item"):
        return True
    return any(_says_owner(code, value) for code, value in field.subfields)


def _cut(linked: Linked, scripts: dict[tuple[str, str], list[Field]]) -> Linked:
    """Return the field less its pointers; $8 of a library's own field stays where it is."""
    field = linked.field
    occurrence = _occurrence(field)[1]
    partners = scripts.pop((field.tag, occurrence), []) if occurrence != UNLINKED else []
    return linked._replace(
        field=field._replace(subfields=_without(field, "6" if linked.is_owned else "68")),
        occurrence=occurrence,
        chains=() if linked.is_owned else tuple(field.all("8")),
        scripts=tuple(partners),
    )


def _alone(script: Field) -> Linked:
    plain = script._replace(subfields=_without(script, "8"))
    chains = tuple(script.all("8"))
    return Linked(plain, rule_for("880"), is_owned(script), chains=chains)


def _occurrence(field: Field) -> tuple[str, str]:
    """Return the tag and the occurrence number that $6 points to."""
    link = field.first("6")
    return link[:3], link[4:].partition("/")[0]


def _scripts(fields: Iterable[Field]) -> dict[tuple[str, str], list[Field]]:
    scripts: dict[tuple[str, str], list[Field]] = {}
    for field in fields:
        if field.tag == "880":
            scripts.setdefault(_occurrence(field), []).append(field)
    return scripts


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
