"""A block of clusters at once: ``merge_one`` on bytes; what records share is put back."""

from typing import NamedTuple

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import (
    Bytes,
    Flags,
    Flats,
    Numbers,
    is_clean,
    put,
    put_all,
    tag_number,
)
from kimppa.marc.merging.base import CONSORTIUM_CODE
from kimppa.marc.merging.old_names import Names, old_numbers, put_text
from kimppa.marc.merging.shared import OWNED, SHARED

_NUMBER, _AGENCY, _OLD = map(tag_number, ("001", "003", "035"))
_LAST = 1 << 24  # after all tags
_NEW = np.array([_NUMBER, _AGENCY, _OLD, _LAST])
_OLD_PLACE = 2
_HEAD = np.frombuffer(b"\x1e001", np.uint8)
_AGENCY_FIELD = np.frombuffer(f"\x1e003{CONSORTIUM_CODE}".encode(), np.uint8)


class Clusters(NamedTuple):
    """A block of clusters: records one after the other, and what was made of some beforehand."""

    records: Flats
    first: Numbers  # of each cluster: its first record; and how many records there are
    order: Numbers  # of each cluster: its records, base first, then by key
    left: Bytes  # of each field: whether it was left out of the draft, and why
    drafts: Flats  # of each cluster: what it was merged into, nothing for a record that is alone


class _Room(NamedTuple):
    """Where results go, and what is put down on the way."""

    content: Bytes
    marks: Numbers  # of each field, as ``Flats`` has them
    ends: Numbers
    tags: Numbers
    origins: Numbers  # of each field, as ``merge_many`` tells
    fields: Numbers  # fields of one cluster in the order in which they are written
    old: Bytes  # new 035 fields of one record
    parts: Numbers  # where each of these two fields begins, and where the last ends


def merge_many(block: Clusters, names: Names) -> tuple[Flats, Numbers]:
    """Return the merged records, and of each of their fields where it came from.

    That is the number of its record, or after all records that of the draft's field. A record
    without a draft becomes what ``merge_one`` makes of it; it has to be whole. Where there is a
    draft, the fields that were left out of it are put back.
    """
    content, starts, marks, ends, tags, first, whole, origins = _merge_many(block, names)
    content.flags.writeable = False
    return Flats(content, starts, marks, ends, tags, first, whole), origins


@compiled
def _merge_many(
    block: Clusters, names: Names
) -> tuple[Bytes, Numbers, Numbers, Numbers, Numbers, Numbers, Flags, Numbers]:
    drafts, count = block.drafts, len(block.first) - 1
    room = _room(block, names)
    starts, first = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    whole = np.zeros(count, np.bool_)
    for cluster in range(count):
        to, field, record = starts[cluster], first[cluster], block.first[cluster]
        if drafts.first[cluster] == drafts.first[cluster + 1]:
            to, field = _alone(block.records, record, names, room, to, field)
            whole[cluster] = _are_clean(names, record)
        else:
            to, field = _put_back(block, cluster, room, to, field)
            whole[cluster] = drafts.whole[cluster]
        for own in range(record, block.first[cluster + 1]):
            whole[cluster] &= block.records.whole[own]
        starts[cluster + 1], first[cluster + 1] = to, field
    size, fields = starts[count], first[count]
    return (
        room.content[:size],
        starts,
        room.marks[:fields],
        room.ends[:fields],
        room.tags[:fields],
        first,
        whole,
        room.origins[:fields],
    )


@compiled
def _room(block: Clusters, names: Names) -> _Room:
    records, drafts, count = block.records, block.drafts, len(block.first) - 1
    called = len(names.clusters.content) + len(names.libraries.content) + len(names.numbers.content)
    fields = len(drafts.marks) + len(records.marks) + 4 * count
    return _Room(
        np.empty(len(records.content) + len(drafts.content) + called + 64 * count, np.uint8),
        np.empty(fields, np.int64),
        np.empty(fields, np.int64),
        np.empty(fields, np.int64),
        np.empty(fields, np.int64),
        np.empty(len(records.marks), np.int64),
        np.empty(len(records.content) + called + 64, np.uint8),
        np.zeros(3, np.int64),
    )


@compiled
def _are_clean(names: Names, record: int) -> bool:
    """Whether nothing in a record's names makes the merged one not whole."""
    for texts in (names.clusters, names.libraries, names.numbers):
        if not is_clean(texts.content, texts.starts[record], texts.starts[record + 1]):
            return False
    return True


@compiled
def _alone(
    records: Flats, record: int, names: Names, room: _Room, to: int, field: int
) -> tuple[int, int]:
    """Write a record that nothing joins; return where it ends, and the number of the next field."""
    first, count = records.first[record], 0
    for own in range(first, records.first[record + 1]):
        if records.tags[own] not in (_NUMBER, _AGENCY):
            room.fields[count] = own
            count += 1
    _sort(room.fields, count, records.tags)
    old_numbers(records, record, names, room.old, room.parts)
    to = put(records.content, records.starts[record], records.marks[first], room.content, to)
    place = 0
    for new in range(len(_NEW)):
        while place < count and records.tags[room.fields[place]] <= _NEW[new]:
            own = room.fields[place]
            stop = put(records.content, records.marks[own], records.ends[own], room.content, to)
            room.marks[field], room.ends[field] = to, stop
            room.tags[field], room.origins[field] = records.tags[own], record
            place, to, field = place + 1, stop, field + 1
        to, field = _put_new(new, names, record, room, to, field)
    return to, field


@compiled
def _put_new(
    new: int, names: Names, record: int, room: _Room, to: int, field: int
) -> tuple[int, int]:
    """Write a record's new 001, 003 or what it needs of 035, by their places in ``_NEW``."""
    if new == 0:
        stop = put_text(names.clusters, record, room.content, put_all(_HEAD, room.content, to))
        return _noted(room, field, to, stop, new, record)
    if new == 1:
        stop = put_all(_AGENCY_FIELD, room.content, to)
        return _noted(room, field, to, stop, new, record)
    for part in range(2 * (new == _OLD_PLACE)):
        stop = put(room.old, room.parts[part], room.parts[part + 1], room.content, to)
        if stop > to:
            to, field = _noted(room, field, to, stop, new, record)
    return to, field


@compiled
def _noted(
    room: _Room, field: int, start: int, stop: int, new: int, record: int
) -> tuple[int, int]:
    """Note where a new field stands; return where it ends, and the number of the next."""
    room.marks[field], room.ends[field] = start, stop
    room.tags[field], room.origins[field] = _NEW[new], record
    return stop, field + 1


@compiled
def _sort(fields: Numbers, count: int, tags: Numbers) -> None:
    """Put fields in order by tag; those of one tag stay as they are. Nearly all are in order."""
    for place in range(1, count):
        field, at = fields[place], place
        while at > 0 and tags[fields[at - 1]] > tags[field]:
            fields[at] = fields[at - 1]
            at -= 1
        fields[at] = field


@compiled
def _put_back(block: Clusters, cluster: int, room: _Room, to: int, field: int) -> tuple[int, int]:
    """Write a draft and, before its fields of the same tag, what was left out of it."""
    records, drafts = block.records, block.drafts
    count = _left_out(block, cluster, room.fields)
    _sort(room.fields, count, records.tags)
    last = len(records.starts) - 1  # origins of drafts' fields are counted after all records
    draft, after = drafts.first[cluster], drafts.first[cluster + 1]
    everyone = last + draft  # 001 comes from all
    to = put(drafts.content, drafts.starts[cluster], drafts.marks[draft], room.content, to)
    for place in range(count + 1):
        own = room.fields[place] if place < count else 0
        tag = records.tags[own] if place < count else _LAST
        while draft < after and drafts.tags[draft] < tag:
            stop = put(drafts.content, drafts.marks[draft], drafts.ends[draft], room.content, to)
            room.marks[field], room.ends[field] = to, stop
            room.tags[field], room.origins[field] = drafts.tags[draft], last + draft
            to, field, draft = stop, field + 1, draft + 1
        if place < count:
            stop = put(records.content, records.marks[own], records.ends[own], room.content, to)
            room.marks[field], room.ends[field] = to, stop
            room.tags[field], room.origins[field] = tag, everyone
            if block.left[own] == OWNED:
                room.origins[field] = _owner(records.first, block.first[cluster], own)
            to, field = stop, field + 1
    return to, field


@compiled
def _owner(first: Numbers, record: int, field: int) -> int:
    """Return the record of a field, which is this one or one after it."""
    while first[record + 1] <= field:
        record += 1
    return record


@compiled
def _left_out(block: Clusters, cluster: int, fields: Numbers) -> int:
    """List what is put back: what all say from the base, and everyone's own; return how many."""
    count = 0
    base = block.order[block.first[cluster]]
    for place in range(block.first[cluster], block.first[cluster + 1]):
        record = block.order[place]
        for field in range(block.records.first[record], block.records.first[record + 1]):
            why = block.left[field]
            if why == OWNED or (why == SHARED and record == base):
                fields[count] = field
                count += 1
    return count
