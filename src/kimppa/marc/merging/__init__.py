"""Records of one cluster become one record, field by field, by the table in ``rules.toml``."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.base import CONSORTIUM_CODE, Source, choose_base, in_key_order, rank
from kimppa.marc.merging.coded import adds_little, merged_coded, merged_leader
from kimppa.marc.merging.draft import Draft, Entry
from kimppa.marc.merging.links import (
    Linked,
    as_script_of,
    chain_numbers,
    joined,
    linked_fields,
)
from kimppa.marc.merging.portrait import portrait_of
from kimppa.marc.merging.single import merge_one
from kimppa.marc.merging.slots import NAMES, as_uniform_title, grants, with_best_languages
from kimppa.marc.merging.traces import (
    Kept,
    identity,
    known_numbers,
    merge_note,
    names_of,
    old_numbers,
    without_brought,
)
from kimppa.marc.record import Field, Record

__all__ = ["CONSORTIUM_CODE", "Merged", "Source", "choose_base", "merge", "merge_one"]


CODED = frozenset({"001", "003", "005", "006", "007", "008"})  # made or merged by position


class Merged(NamedTuple):
    """A merged record; for each of its fields the keys of the records that had or gave it."""

    record: Record
    provenance: tuple[tuple[str, ...], ...]
    base: str


def merge(cluster_id: str, sources: Sequence[Source]) -> Merged:
    """Return the one record of a cluster, the same whatever the order of its sources.

    Its 001 is the cluster id, its 005 the latest of the sources', its old ids are in 035.
    """
    if len(sources) == 1:
        return _kept_alone(cluster_id, sources[0])
    ranked = rank(sources)
    in_order = in_key_order(sources)
    kept = [
        *identity(cluster_id, _everyone(in_order)),
        *_coded(ranked),
        *_finished(_drafted(ranked)),
    ]
    kept += _traces(cluster_id, in_order, kept)
    kept.sort(key=_tag)
    leader = merged_leader([portrait_of(source.record) for source in ranked])
    fields, provenance = zip(*kept, strict=True)
    return Merged(Record(leader, fields), provenance, ranked[0].key)


def _everyone(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(sorted({source.key for source in sources}))


def _tag(kept: Kept) -> str:
    return kept[0].tag


def _kept_alone(cluster_id: str, source: Source) -> Merged:
    """Return a record that nothing joins: everything stays but its number."""
    keys = (source.key,)
    fields = [field for field, _ in identity(cluster_id, keys)]
    fields += [field for field in source.record.fields if field.tag not in ("001", "003")]
    fields += _old_numbers(cluster_id, source, _known_numbers(fields))
    fields.sort(key=lambda field: field.tag)
    return Merged(source.record.with_fields(fields), (keys,) * len(fields), source.key)


def _drafted(ranked: Sequence[Source]) -> Draft[Entry]:
    """Return the base's fields with what the others add, in the order of their keys."""
    base, *others = ranked
    records = with_best_languages([source.record for source in ranked])
    fields = [_admitted(linked_fields(record), record, base.record) for record in records]
    fields = without_brought(ranked, fields)
    granted = grants(fields)
    draft = Draft(
        [Entry(linked, base.key, of_base=True) for linked in fields[0]], chain_numbers(fields[0])
    )
    waiting = dict(zip(map(id, others), zip(fields[1:], granted[1:], strict=True), strict=True))
    for source in in_key_order(others):
        own, free = waiting[id(source)]
        incoming = draft.incoming(source.key, free)
        for linked in own:
            draft.add(Entry(linked, source.key, of_base=False), incoming)
    return draft


def _admitted(fields: list[Linked], record: Record, base: Record) -> list[Linked]:
    """Return what may be taken from a record: of an advance notice only administrative fields."""
    if not adds_little(record.leader, base.leader):
        return fields
    return [linked for linked in fields if linked.is_owned or linked.rule.administrative]


def _coded(ranked: Sequence[Source]) -> list[Kept]:
    """Return 005-008 from all records that may add something."""
    base = ranked[0].record
    able = [source for source in ranked if not adds_little(source.record.leader, base.leader)]
    found = merged_coded([portrait_of(source.record) for source in able])
    return [(field, tuple(sorted({able[at].key for at in givers}))) for field, givers in found]


def _finished(draft: Draft[Entry]) -> list[Kept]:
    """Return the draft's data fields in order, $6 numbers given anew where they would clash."""
    entries = sorted(draft.entries, key=lambda entry: entry.field.tag)
    below_name = any(entry.field.tag in NAMES for entry in entries)
    used = [int(entry.occurrence) for entry in entries if entry.occurrence.isdigit()]
    last = max(used, default=0)
    kept: list[Kept] = []
    for entry in entries:
        if not (entry.of_base or entry.is_owned):
            entry.field = as_uniform_title(entry.field, below_name=below_name)
        if entry.scripts and not entry.occurrence:
            last += 1
            entry.occurrence = f"{last:02d}"
        kept += _with_scripts(entry)
    return kept


def _with_scripts(entry: Entry) -> Iterable[Kept]:
    field = joined(entry.field, entry.occurrence, entry.chains)
    yield field, _in_order(entry.keys)
    for script, keys in entry.scripts:
        yield as_script_of(script, field.tag, entry.occurrence), _in_order(keys)


def _in_order(keys: list[str]) -> tuple[str, ...]:
    return tuple(sorted(keys)) if len(keys) > 1 else (keys[0],)


def _traces(cluster_id: str, in_order: Sequence[Source], kept: Sequence[Kept]) -> list[Kept]:
    """Return the old ids and the note of the merge."""
    known = _known_numbers([field for field, _ in kept])
    traces: list[Kept] = [
        (field, (source.key,))
        for source in in_order
        for field in _old_numbers(cluster_id, source, known)
    ]
    note = merge_note(cluster_id, [names_of(source) for source in in_order])
    traces.append((Field.from_flat(note), _everyone(in_order)))
    return traces


def _old_numbers(cluster_id: str, source: Source, known: set[str]) -> list[Field]:
    return [Field.from_flat(text) for text in old_numbers(cluster_id, names_of(source), known)]


def _known_numbers(fields: Iterable[Field]) -> set[str]:
    return known_numbers(field.to_flat() for field in fields if field.tag == "035")
