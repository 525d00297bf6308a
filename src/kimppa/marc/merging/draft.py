"""The merged record while it grows: the base's fields, then what each other record adds."""

from collections.abc import Iterable, Sequence

from kimppa.marc.merging.fields import Pair, View, are_same, combined, missing_from, view
from kimppa.marc.merging.links import Chains, Linked, chain_numbers
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

    def __init__(self, linked: Linked, rule: Rule, key: str, *, of_base: bool) -> None:
        """Take a field in as its record has it."""
        self.field, self.is_owned, self.occurrence, self.chains, scripts = linked
        self.scripts = [(script, [key]) for script in scripts]
        self.rule = rule
        self.keys = [key]
        self.of_base = of_base
        self._view: View | None = None

    @property
    def view(self) -> View:
        """The field as it is compared."""
        if self._view is None:
            self._view = view(self.rule, self.field)
        return self._view

    def lacks(self, scripts: Sequence[Field]) -> int:
        """Return how many of these 880s the field does not have yet."""
        own = [_said(script) for script, _ in self.scripts]
        return sum(_said(script) not in own for script in scripts)

    def change(self, field: Field) -> None:
        """Let another text stand for the field."""
        self.field, self._view = field, None


def _alike(rivals: Sequence[Entry], rule: Rule, field: Field) -> list[Entry]:
    seen = view(rule, field)
    return [entry for entry in rivals if are_same(rule, entry.field, entry.view, field, seen)]


class Draft:
    """All entries in the order they came, and by family for comparing."""

    def __init__(self, fields: Sequence[Linked], key: str) -> None:
        """Begin with every field of the base."""
        self.entries: list[Entry] = []
        self._families: dict[str, list[Entry]] = {}
        self._chain_numbers = chain_numbers(fields)
        for linked in fields:
            self._append(Entry(linked, rule_for(linked.field.tag), key, of_base=True))

    def _append(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._families.setdefault(entry.rule.family, []).append(entry)

    def add(self, fields: Iterable[Linked], key: str, granted: set[str]) -> None:
        """Take in another record: pair each field with one that is the same, or add it.

        ``granted`` are the places it may fill because no better record does.
        """
        chains = Chains(self._chain_numbers)
        for linked in fields:
            rule = rule_for(linked.field.tag)
            if linked.is_owned:
                self._append_new(linked, rule, key, chains)
            elif rule.action == "gather":
                self._gather(linked, rule, key)
            else:
                self._pair_or_add(linked, rule, key, granted, chains)

    def _append_new(self, linked: Linked, rule: Rule, key: str, chains: Chains) -> None:
        if linked.chains:
            linked = linked._replace(chains=chains.renumbered(linked.chains, ()))
        self._append(Entry(linked._replace(occurrence=""), rule, key, of_base=False))

    def _pair_or_add(
        self, linked: Linked, rule: Rule, key: str, granted: set[str], chains: Chains
    ) -> None:
        field = linked.field
        same = self._same(rule, linked, key)
        if same is not None:
            _join(same, linked, key, chains)
        elif rule.action != "base" or place_of(field, rule) in granted:
            self._append_new(linked, rule, key, chains)
        elif added := as_added_entry(field):
            rule = rule_for(added.tag)
            self._append_new(linked._replace(field=added), rule, key, chains)

    def _same(self, rule: Rule, linked: Linked, key: str) -> Entry | None:
        """Return the entry that is the same field: to the letter, else the one that lacks least.

        What one record itself holds apart stays apart, unless it is said twice to the letter.
        """
        field = linked.field
        family = self._open_entries(rule)
        found = [entry for entry in family if entry.field == field]
        if not found and rule.compares:
            rivals = [entry for entry in family if entry.keys != [key]]
            found = _alike(rivals, rule, field) if rivals else []
        if len(found) < 2:
            return found[0] if found else None
        seen = view(rule, field)
        return min(
            found,
            key=lambda entry: missing_from(rule, entry.view, seen) + entry.lacks(linked.scripts),
        )

    def _open_entries(self, rule: Rule) -> list[Entry]:
        """Return the entries that others may join: those that no library owns."""
        family = self._families.get(rule.family, ())
        return [entry for entry in family if not entry.is_owned]

    def _gather(self, linked: Linked, rule: Rule, key: str) -> None:
        entries = self._open_entries(rule)
        if not entries:
            self._append(Entry(linked._replace(occurrence=""), rule, key, of_base=False))
            return
        known = {pair for entry in entries for pair, _ in _roles(rule, entry.field)}
        new = [
            subfield
            for pair, subfield in _roles(rule, linked.field)
            if pair not in known and subfield.code not in rule.stays
        ]
        entry = entries[0]
        entry.change(entry.field._replace(subfields=(*entry.field.subfields, *new)))
        _note(entry.keys, key)


def _note(keys: list[str], key: str) -> None:
    if key not in keys:
        keys.append(key)


def _join(entry: Entry, linked: Linked, key: str, chains: Chains) -> None:
    if entry.field != linked.field:
        seen = view(entry.rule, linked.field)
        entry.change(combined(entry.rule, entry.field, entry.view, linked.field, seen))
    _note(entry.keys, key)
    if linked.chains:
        own = entry.chains
        moved = chains.renumbered(linked.chains, own)
        entry.chains = (*own, *[chain for chain in moved if chain not in own])
    for script in linked.scripts:
        _join_script(entry, script, key)


def _join_script(entry: Entry, script: Field, key: str) -> None:
    for own, keys in entry.scripts:
        if _said(own) == _said(script):
            _note(keys, key)
            return
    entry.scripts.append((script, [key]))


def _said(script: Field) -> list[Subfield]:
    return [subfield for subfield in script.subfields if subfield.code != "6"]


def _roles(rule: Rule, field: Field) -> list[tuple[Pair, Subfield]]:
    """Return what a gathered field says; in 040 every agency counts as one that modified ($d)."""
    agencies = AGENCIES if field.tag == "040" else ""
    found: dict[Pair, Subfield] = {}
    for (code, value), (_, normal) in zip(field.subfields, view(rule, field).values, strict=True):
        role = "d" if code in agencies else code
        found.setdefault((role, normal), Subfield(role, value))
    return list(found.items())
