"""Records of one cluster merged as text: what ``merge`` makes, but only fields that differ are cut.

Records of one edition mostly say the same to the letter, so nearly every field of the one finds
itself in the other. What text cannot decide goes through the very functions of ``merge``.
"""

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from kimppa.marc.merging.base import CONSORTIUM_CODE, best_first
from kimppa.marc.merging.coded import adds_little, merged_coded, merged_leader
from kimppa.marc.merging.draft import Draft, Entry, note
from kimppa.marc.merging.portrait import Portrait, portrait
from kimppa.marc.merging.slots import NAMES, UNSAID, as_uniform_title, place_of
from kimppa.marc.merging.table import LOCAL, RULES, Rule
from kimppa.marc.merging.traces import Names, known_numbers, merge_note, old_numbers
from kimppa.marc.record import FIELD_MARK, SUBFIELD_MARK, Field

# Fields that point to each other ($6, $8, 880), a record merged before, one not well-formed.
_HARD = (
    f"{SUBFIELD_MARK}6", f"{SUBFIELD_MARK}8", f"{FIELD_MARK}880",
    f"{FIELD_MARK}003{CONSORTIUM_CODE}", FIELD_MARK + FIELD_MARK,
)  # fmt: skip
_OWNER, _KEEP = f"{SUBFIELD_MARK}5", "<KEEP>"
_SAYS_OWNER = re.compile(f"{_OWNER}|{SUBFIELD_MARK}9[^{SUBFIELD_MARK}]*{_KEEP}")
_LANGUAGES = re.compile(f"{SUBFIELD_MARK}[abdefghjkmn]([^{SUBFIELD_MARK}]*)")
_OWNED = ("owner", "item")
_CODED = frozenset({"005", "006", "007", "008"})
_key = attrgetter("key")
Told = tuple[str, Rule, bool]  # a data field, its rule, and whether it is a library's own
Kept = tuple[str, str]  # a field of the merged record, and the keys of its sources parted by a tab


class Text(NamedTuple):
    """One record of a cluster in flat form, well-formed as reading leaves it."""

    library: str
    control_number: str
    flat: str


class MergedText(NamedTuple):
    """A merged record in flat form; for each field the keys of its records, parted by a tab."""

    flat: str
    provenance: list[str]
    base: str


class _Given(NamedTuple):
    """A record taken apart as far as text goes."""

    key: str
    names: Names
    data: list[Told]
    drawn: Portrait


class _Uncut(Entry):
    """A field of the draft that stays text until somebody looks into it."""

    __slots__ = ("_cut", "text")

    def __init__(self, told: Told, key: str, *, of_base: bool) -> None:
        """Take in a field that points to no other."""
        self.text, self.rule, self.is_owned = told
        self._cut: Field | None = None
        self.keys = [key]
        self.of_base = of_base
        self.occurrence = ""
        self.chains = ()
        self.scripts = []
        self._view = None

    @property
    def field(self) -> Field:
        """The field as an object."""
        if self._cut is None:
            self._cut = Field.from_flat(self.text)
        return self._cut

    @field.setter
    def field(self, field: Field) -> None:
        self._cut, self.text = field, field.to_flat()


class _TextDraft(Draft[_Uncut]):
    """A draft of uncut fields."""

    def take(self, given: _Given, granted: set[str]) -> None:
        """Take in another record; what stands in the draft to the letter is only noted."""
        key, incoming = given.key, self.incoming(given.key, granted)
        for told in given.data:
            text, rule, is_owned = told
            same = None if is_owned else self._said_before(text, rule)
            if same is None:
                self.add(_Uncut(told, key, of_base=False), incoming)
            else:
                note(same.keys, key)

    def _said_before(self, text: str, rule: Rule) -> _Uncut | None:
        """Return the entry that has the very same text, or that gathers what it says."""
        for own in self._families.get(rule.family, ()):
            if own.text == text:
                return self._open_entries(rule)[0] if rule.action == "gather" else own
        return None


def merge_texts(cluster_id: str, texts: Sequence[Text]) -> MergedText | None:
    """Return what ``merge`` makes of two records and more; None where that way must be taken.

    So it is where a record is ``_HARD``, two have one name, or the base's language is not known.
    """
    if any(_is_hard(text.flat) for text in texts):
        return None
    in_order = sorted(map(_given, texts), key=_key)
    keys = [given.key for given in in_order]
    if len(set(keys)) < len(keys):
        return None
    ranked = [in_order[at] for at in best_first([given.drawn for given in in_order])]
    base = ranked[0].drawn
    if "041" in base.by_tag and _is_unsaid(base.by_tag["041"]):
        return None
    everyone = "\t".join(keys)
    kept = [(f"001{cluster_id}", everyone), (f"003{CONSORTIUM_CODE}", everyone)]
    kept += _coded(ranked)
    kept += _finished(_drafted(ranked))
    known = known_numbers([field for field, _ in kept])
    for given in in_order:
        kept += [(field, given.key) for field in old_numbers(cluster_id, given.names, known)]
    kept.append((merge_note(cluster_id, [given.names for given in in_order]), everyone))
    kept.sort(key=_tag)
    leader = merged_leader([given.drawn for given in ranked])
    flat = FIELD_MARK.join([leader, *[field for field, _ in kept]])
    return MergedText(flat, [said for _, said in kept], ranked[0].key)


def _is_hard(flat: str) -> bool:
    for mark in _HARD:  # noqa: SIM110 a generator costs twice the time
        if mark in flat:
            return True
    return False


def _tag(kept: Kept) -> str:
    return kept[0][:3]


def _given(text: Text) -> _Given:
    library, control_number, flat = text
    leader, *fields = flat.split(FIELD_MARK)
    may_be_owned = _OWNER in flat or _KEEP in flat
    data: list[Told] = []
    for field in fields:
        tag = field[:3]
        if tag > "009":
            rule = RULES.get(tag, LOCAL)
            is_owned = rule.action in _OWNED
            if may_be_owned and not is_owned:
                is_owned = _SAYS_OWNER.search(field) is not None
            data.append((field, rule, is_owned))
    drawn = portrait(leader, fields)
    names = Names(library, control_number, drawn.control("001"), drawn.control("003"))
    return _Given(f"{library}:{control_number}", names, data, drawn)


def _is_unsaid(fields: list[str]) -> bool:
    """Whether 041 only says und, mul or zxx, as ``slots.with_best_languages`` asks."""
    said = {value for field in fields for value in _LANGUAGES.findall(field)}
    return len(said) == 1 and said <= UNSAID


def _coded(ranked: Sequence[_Given]) -> Iterator[Kept]:
    """Iterate over 005-008 from all records that may add something."""
    if all(_CODED.isdisjoint(given.drawn.by_tag) for given in ranked):
        return
    base = ranked[0].drawn.leader
    able = [given for given in ranked if not adds_little(given.drawn.leader, base)]
    for field, givers in merged_coded([given.drawn for given in able]):
        yield field.tag + field.value, "\t".join(sorted({able[at].key for at in givers}))


def _drafted(ranked: Sequence[_Given]) -> _TextDraft:
    """Return the base's fields with what the others add, in the order of their keys."""
    base = ranked[0]
    taken = _places(base.data)
    waiting = []
    for given in ranked[1:]:
        if adds_little(given.drawn.leader, base.drawn.leader):
            data = [told for told in given.data if told[2] or told[1].administrative]
            given = given._replace(data=data)  # noqa: PLW2901 what may be taken from it
        own = _places(given.data)
        waiting.append((given.key, given, own - taken))
        taken |= own
    draft = _TextDraft([_Uncut(told, base.key, of_base=True) for told in base.data], set())
    for _, given, granted in sorted(waiting):  # keys are all different
        draft.take(given, granted)
    return draft


def _places(data: Sequence[Told]) -> set[str]:
    """Return all places that a record's fields take, as ``slots.places`` does."""
    taken: set[str] = set()
    for text, rule, is_owned in data:
        if rule.action == "base" and not is_owned:
            tag = text[:3]
            taken.add(place_of(tag, text[4:5], rule))
            if tag == "130":
                taken.add("main")
    return taken


def _finished(draft: _TextDraft) -> Iterator[Kept]:
    """Iterate over the draft's fields by tag; 130 and 240 go by the main entry."""
    entries = sorted(draft.entries, key=_entry_tag)
    below_name = any(entry.text[:3] in NAMES for entry in entries)
    for entry in entries:
        text, keys = entry.text, entry.keys
        if text[:3] in ("130", "240") and not (entry.of_base or entry.is_owned):
            text = as_uniform_title(entry.field, below_name=below_name).to_flat()
        yield text, keys[0] if len(keys) == 1 else "\t".join(sorted(keys))


def _entry_tag(entry: _Uncut) -> str:
    return entry.text[:3]
