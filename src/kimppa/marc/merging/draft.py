"""The merged record while it grows: the base's fields, then what each other record adds."""

from collections.abc import Iterable, Sequence

from kimppa.marc.merging.fields import View, are_same, combined, missing_from, view
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

    def change(self, field: Field) -> None:
        """Let another text stand for the field."""
        self.field, self._view = field, None


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
        same = self._same(rule, field, key)
        if same is not None:
            _join(same, linked, key, chains)
        elif rule.action != "base" or place_of(field, rule) in granted:
            self._append_new(linked, rule, key, chains)
        elif added := as_added_entry(field):
            rule = rule_for(added.tag)
            self._append_new(linked._replace(field=added), rule, key, chains)

    def _same(self, rule: Rule, field: Field, key: str) -> Entry | None:
        """Return the entry that is the same field: to the letter, else the one that lacks least.

        What one record itself holds apart stays apart, unless it is said twice to the letter.
        """
        family = self._families.get(rule.family)
        if not family:
            return None
        for entry in family:
            if entry.field == field and not entry.is_owned:
                return entry
        if not rule.compares:
            return None
        rivals = [entry for entry in family if entry.keys != [key] and not entry.is_owned]
        if not rivals:
            return None
        seen = view(rule, field)
        found = [e for e in rivals if are_same(rule, e.field, e.view, field, seen)]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda entry: missing_from(rule, entry.view, seen))

    def _gather(self, linked: Linked, rule: Rule, key: str) -> None:
        entries = self._families.get(rule.family)
        if not entries:
            self._append(Entry(linked._replace(occurrence=""), rule, key, of_base=False))
            return
        entry = entries[0]
        entry.change(_gathered(rule, entry.field, linked.field))
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
    said = [subfield for subfield in script.subfields if subfield.code != "6"]
    for own, keys in entry.scripts:
        if [subfield for subfield in own.subfields if subfield.code != "6"] == said:
            _note(keys, key)
            return
    entry.scripts.append((script, [key]))


def _gathered(rule: Rule, own: Field, other: Field) -> Field:
    """Return the field with the subfields it lacks; in 040 other agencies become $d (modifying)."""
    has = {(_role(own.tag, code), rule.forms[code](value)) for code, value in own.subfields}
    new: list[Subfield] = []
    for code, value in other.subfields:
        role = _role(own.tag, code)
        said = (role, rule.forms[code](value))
        if code not in rule.stays and said not in has:
            has.add(said)
            new.append(Subfield(role, value))
    return own._replace(subfields=(*own.subfields, *new))


def _role(tag: str, code: str) -> str:
    return "d" if tag == "040" and code in AGENCIES else code
