"""The merged record while it grows: the base's fields, then what each other record adds."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, Self, TypeVar

from kimppa.marc.merging.fields import (
    Pair,
    View,
    are_same,
    combined,
    indicators_agree,
    missing_from,
    view,
)
from kimppa.marc.merging.links import Chains, Linked
from kimppa.marc.merging.slots import as_added_entry, place_of
from kimppa.marc.merging.table import Rule, rule_for
from kimppa.marc.record import Field, Subfield

AGENCIES = "acd"  # 040: made, transcribed, changed the record


class Entry:
    """One field of the draft, its 880s, and the keys of the records that had or gave it."""

    __slots__ = (
        "_view",
        "chains",
        "field",
        "is_owned",
        "keys",
        "occurrence",
        "of_base",
        "rule",
        "scripts",
    )

    def __init__(self, linked: Linked, key: str, *, of_base: bool) -> None:
        """Take a field in as its record has it."""
        self.field, self.rule, self.is_owned, occurrence, self.chains, scripts = linked
        self.occurrence = occurrence if of_base else ""
        self.scripts = [(script, [key]) for script in scripts]
        self.keys = [key]
        self.of_base = of_base
        self._view: View | None = None

    @property
    def view(self) -> View:
        """The field as it is compared."""
        if self._view is None:
            self._view = view(self.rule, self.field)
        return self._view

    def lacks(self, other: Self) -> int:
        """Return how many values and 880s of another entry this one does not have yet."""
        own = [_said(script) for script, _ in self.scripts]
        scripts = sum(_said(script) not in own for script, _ in other.scripts)
        return missing_from(self.rule, self.view, other.view) + scripts

    def change(self, field: Field, rule: Rule) -> None:
        """Let another text stand for the field, with its rule."""
        self.field, self.rule, self._view = field, rule, None


class Incoming(NamedTuple):
    """The record being added: its key, the places it may fill, its $8 numbers."""

    key: str
    granted: set[str]
    chains: Chains


E = TypeVar("E", bound=Entry)


class Draft(Generic[E]):
    """All entries in the order they came, and by family for comparing."""

    def __init__(self, base: Iterable[E], chain_numbers: set[int]) -> None:
        """Begin with every field of the base; ``chain_numbers`` are those that its $8 use."""
        self.entries: list[E] = []
        self._families: dict[str, list[E]] = {}
        self._chain_numbers = chain_numbers
        for entry in base:
            self._append(entry)

    def _append(self, entry: E) -> None:
        self.entries.append(entry)
        family = entry.rule.family
        if family in self._families:
            self._families[family].append(entry)
        else:
            self._families[family] = [entry]

    def incoming(self, key: str, granted: set[str]) -> Incoming:
        """Return what a record to be added needs; ``granted`` are the places it may fill.

        Those are the ones that no better record fills.
        """
        return Incoming(key, granted, Chains(self._chain_numbers))

    def add(self, entry: E, incoming: Incoming) -> None:
        """Pair the next field of another record with one that is the same, or add it."""
        if entry.is_owned:
            self._append_new(entry, incoming)
        elif entry.rule.action == "gather":
            self._gather(entry, incoming)
        else:
            self._pair_or_add(entry, incoming)

    def _append_new(self, entry: E, incoming: Incoming) -> None:
        if entry.chains:
            entry.chains = incoming.chains.renumbered(entry.chains, ())
        self._append(entry)

    def _pair_or_add(self, entry: E, incoming: Incoming) -> None:
        rule = entry.rule
        same = self._same(entry, incoming.key)
        if same is not None:
            _join(same, entry, incoming)
        elif (
            rule.action != "base"
            or place_of(entry.field.tag, entry.field.indicators[1:], rule) in incoming.granted
        ):
            self._append_new(entry, incoming)
        elif added := as_added_entry(entry.field):
            entry.change(added, rule_for(added.tag))
            self._append_new(entry, incoming)

    def _same(self, entry: E, key: str) -> E | None:
        """Return the entry that is the same field: to the letter, else the one that lacks least.

        What one record itself holds apart stays apart, unless it is said twice to the letter.
        """
        field, rule = entry.field, entry.rule
        family = self._open_entries(rule)
        found = [own for own in family if _is_said_alike(own, field)]
        if not found and rule.compares:
            found = [
                own
                for own in family
                if own.keys != [key] and are_same(rule, own.field, own.view, field, entry.view)
            ]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda own: (own.field != field, own.lacks(entry)))

    def _open_entries(self, rule: Rule) -> list[E]:
        """Return the entries that others may join: those that no library owns."""
        family = self._families.get(rule.family, ())
        return [entry for entry in family if not entry.is_owned]

    def _gather(self, entry: E, incoming: Incoming) -> None:
        gathered = self._open_entries(entry.rule)
        if not gathered:
            self._append_new(entry, incoming)
            return
        known = {pair for own in gathered for pair, _ in _roles(own)}
        new = [
            subfield
            for pair, subfield in _roles(entry)
            if pair not in known and subfield.code not in entry.rule.stays
        ]
        own = gathered[0]
        own.change(own.field._replace(subfields=(*own.field.subfields, *new)), own.rule)
        note(own.keys, incoming.key)


def _is_said_alike(own: Entry, field: Field) -> bool:
    """Whether an entry of the family has the very same subfields, if perhaps in another tag."""
    return own.field.subfields == field.subfields and indicators_agree(
        own.rule.indicators, own.field.indicators, field.indicators
    )


def note(keys: list[str], key: str) -> None:
    """Add a record's key to those that had or gave a field."""
    if key not in keys:
        keys.append(key)


def _join(own: Entry, other: Entry, incoming: Incoming) -> None:
    if own.field != other.field:
        own.change(combined(own.rule, own.field, own.view, other.field, other.view), own.rule)
    note(own.keys, incoming.key)
    if other.chains:
        moved = incoming.chains.renumbered(other.chains, own.chains)
        own.chains = (*own.chains, *[chain for chain in moved if chain not in own.chains])
    for script, _ in other.scripts:
        _join_script(own, script, incoming.key)


def _join_script(entry: Entry, script: Field, key: str) -> None:
    for own, keys in entry.scripts:
        if _said(own) == _said(script):
            note(keys, key)
            return
    entry.scripts.append((script, [key]))


def _said(script: Field) -> list[Subfield]:
    return [subfield for subfield in script.subfields if subfield.code != "6"]


def _roles(entry: Entry) -> list[tuple[Pair, Subfield]]:
    """Return what a gathered field says; in 040 every agency counts as one that modified ($d)."""
    agencies = AGENCIES if entry.field.tag == "040" else ""
    found: dict[Pair, Subfield] = {}
    said = zip(entry.field.subfields, entry.view.values, strict=True)
    for (code, value), (_, normal) in said:
        role = "d" if code in agencies else code
        found.setdefault((role, normal), Subfield(role, value))
    return list(found.items())
