"""A block of clusters at once: ``merge_one`` on bytes; what records share is put back."""

from typing import NamedTuple

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import (
    SUBFIELD,
    Bytes,
    Flats,
    Numbers,
    Texts,
    is_same,
    put,
    put_all,
    tag_number,
)
from kimppa.marc.merging.base import CONSORTIUM_CODE
from kimppa.marc.merging.shared import OWNED, SHARED

_NUMBER, _AGENCY, _OLD = map(tag_number, ("001", "003", "035"))
_NUMBER_HEAD = np.frombuffer(b"\x1e001", np.uint8)
_AGENCY_HEAD = np.frombuffer(b"\x1e003", np.uint8)
_OLD_HEAD = np.frombuffer(b"\x1e035  \x1f", np.uint8)
_CANCELLED, _ELSEWHERE = np.frombuffer(b"z(", np.uint8), np.frombuffer(b"a(", np.uint8)
_CLOSING = np.frombuffer(b")", np.uint8)
_CONSORTIUM = np.frombuffer(CONSORTIUM_CODE.encode(), np.uint8)


class Names(NamedTuple):
    """What each record is called, and its cluster."""

    clusters: Texts
    libraries: Texts
    numbers: Texts


class Clusters(NamedTuple):
    """A block of clusters: records one after the other, and what was made of some beforehand."""

    records: Flats
    first: Numbers  # of each cluster: its first record; and how many records there are
    order: Numbers  # of each cluster: its records, base first, then by key
    left: Bytes  # of each field: whether it was left out of the draft, and why
    drafts: Flats  # of each cluster: what it was merged into, nothing for a record that is alone


class Merged(NamedTuple):
    """The merged records, and where each of their fields came from."""

    content: Bytes
    starts: Numbers
    origins: Numbers
    """Of each field the number of its record; or that of the draft's field, after all records."""


class _Room(NamedTuple):
    """Where results go, and what is put down on the way."""

    out: Bytes
    origins: Numbers
    fields: Numbers  # fields of one cluster in the order in which they are written
    old: Bytes  # new 035 fields of one record


@compiled
def merge_many(block: Clusters, names: Names) -> tuple[Bytes, Numbers, Numbers]:
    """Return the columns of ``Merged``.

    A record without a draft becomes what ``merge_one`` makes of it; it has to be whole. Where there
    is a draft, the fields that were left out of it are put back.
    """
    records, drafts, count = block.records, block.drafts, len(block.first) - 1
    most = len(drafts.marks) + len(records.marks) + 4 * count
    called = len(names.clusters.content) + len(names.libraries.content) + len(names.numbers.content)
    room = _Room(
        np.empty(len(records.content) + len(drafts.content) + called + 64 * count, np.uint8),
        np.empty(most, np.int64),
        np.empty(len(records.marks), np.int64),
        np.empty(len(records.content) + called + 64, np.uint8),
    )
    starts = np.zeros(count + 1, np.int64)
    field = 0
    for cluster in range(count):
        if drafts.first[cluster] == drafts.first[cluster + 1]:
            starts[cluster + 1], field = _alone(
                records, block.first[cluster], names, room, starts[cluster], field
            )
        else:
            starts[cluster + 1], field = _put_back(block, cluster, room, starts[cluster], field)
    return room.out[: starts[count]], starts, room.origins[:field]


@compiled
def _alone(
    records: Flats, record: int, names: Names, room: _Room, to: int, field: int
) -> tuple[int, int]:
    """Write a record that nothing joins; return where it ends, and the number of the next field."""
    first, stop = records.first[record], records.first[record + 1]
    count = 0
    for own in range(first, stop):
        if records.tags[own] not in (_NUMBER, _AGENCY):
            room.fields[count] = own
            count += 1
    _sort(room.fields, count, records.tags)
    begin, end, new = _old_numbers(records, record, names, room.old)
    to = put(records.content, records.starts[record], records.marks[first], room.out, to)
    made = 0  # of 001, 003 and 035
    for place in range(count + 1):
        tag = records.tags[room.fields[place]] if place < count else 1 << 24
        if made == 0 and tag > _NUMBER:
            to = put_all(_NUMBER_HEAD, room.out, to)
            to = _put_text(names.clusters, record, room.out, to)
            made = 1
        if made == 1 and tag > _AGENCY:
            to = put_all(_CONSORTIUM, room.out, put_all(_AGENCY_HEAD, room.out, to))
            made = 2
        if made == 2 and tag > _OLD:
            to = put(room.old, begin, end, room.out, to)
            made = 3
        if place < count:
            own = room.fields[place]
            to = put(records.content, records.marks[own], records.ends[own], room.out, to)
    room.origins[field : field + count + 2 + new] = record
    return to, field + count + 2 + new


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
def _old_numbers(records: Flats, record: int, names: Names, room: Bytes) -> tuple[int, int, int]:
    """Write the 035 fields still needed for old ids, as ``traces.needed_numbers`` tells them.

    Returns where they begin and end in the room, and how many they are.
    """
    number, agency = _first(records, record, _NUMBER), _first(records, record, _AGENCY)
    if _says(records, number, names.clusters, record) and _says_consortium(records, agency):
        return 0, 0, 0
    middle = 0
    if _has_value(records, number) and _has_value(records, agency):
        to = put_all(_ELSEWHERE, room, put_all(_OLD_HEAD, room, 0))
        to = put(records.content, records.marks[agency] + 4, records.ends[agency], room, to)
        to = put_all(_CLOSING, room, to)
        middle = put(records.content, records.marks[number] + 4, records.ends[number], room, to)
    to = put_all(_CANCELLED, room, put_all(_OLD_HEAD, room, middle))
    to = put_all(_CLOSING, room, _put_text(names.libraries, record, room, to))
    end = _put_text(names.numbers, record, room, to)
    head = len(_OLD_HEAD)
    begin = middle
    if middle > 0 and not (
        is_same(room, head + 1, middle, room, middle + head + 1, end)
        or _is_known(records, record, room, head, middle)
    ):
        begin = 0
    if _is_known(records, record, room, middle + head, end):
        end = middle
    return begin, end, (begin < middle) + (middle < end)


@compiled
def _first(records: Flats, record: int, tag: int) -> int:
    """Return a record's first field with a tag, or -1."""
    for field in range(records.first[record], records.first[record + 1]):
        if records.tags[field] == tag:
            return field
    return -1


@compiled
def _has_value(records: Flats, field: int) -> bool:
    return field >= 0 and bool(records.ends[field] > records.marks[field] + 4)


@compiled
def _says(records: Flats, field: int, texts: Texts, number: int) -> bool:
    """Whether a control field says the very text; a field that is not there says nothing."""
    start, stop = texts.starts[number], texts.starts[number + 1]
    if field < 0:
        return bool(start == stop)
    return is_same(
        records.content, records.marks[field] + 4, records.ends[field], texts.content, start, stop
    )


@compiled
def _says_consortium(records: Flats, field: int) -> bool:
    return field >= 0 and is_same(
        records.content,
        records.marks[field] + 4,
        records.ends[field],
        _CONSORTIUM,
        0,
        len(_CONSORTIUM),
    )


@compiled
def _is_known(records: Flats, record: int, room: Bytes, start: int, stop: int) -> bool:
    """Whether a 035 of the record holds the number, with the same code or as no longer in use."""
    for field in range(records.first[record], records.first[record + 1]):
        at, end = records.marks[field] + 6, records.ends[field]
        while records.tags[field] == _OLD and at < end:
            after = at + 1
            while after < end and records.content[after] != SUBFIELD:
                after += 1
            code = records.content[at + 1]
            if (code == room[start] or code == _CANCELLED[0]) and is_same(
                records.content, at + 2, after, room, start + 1, stop
            ):
                return True
            at = after
    return False


@compiled
def _put_text(texts: Texts, number: int, out: Bytes, to: int) -> int:
    return put(texts.content, texts.starts[number], texts.starts[number + 1], out, to)


@compiled
def _put_back(block: Clusters, cluster: int, room: _Room, to: int, field: int) -> tuple[int, int]:
    """Write a draft and, before its fields of the same tag, what was left out of it."""
    records, drafts = block.records, block.drafts
    count = _left_out(block, cluster, room.fields)
    _sort(room.fields, count, records.tags)
    last = len(records.starts) - 1  # origins of drafts' fields are counted after all records
    next_draft, stop = drafts.first[cluster], drafts.first[cluster + 1]
    everyone = last + next_draft  # 001 comes from all
    to = put(drafts.content, drafts.starts[cluster], drafts.marks[next_draft], room.out, to)
    for place in range(count + 1):
        tag = records.tags[room.fields[place]] if place < count else 1 << 24
        while next_draft < stop and drafts.tags[next_draft] < tag:
            to = put(
                drafts.content, drafts.marks[next_draft], drafts.ends[next_draft], room.out, to
            )
            room.origins[field] = last + next_draft
            next_draft += 1
            field += 1
        if place < count:
            own = room.fields[place]
            to = put(records.content, records.marks[own], records.ends[own], room.out, to)
            room.origins[field] = everyone
            if block.left[own] == OWNED:
                room.origins[field] = np.searchsorted(records.first, own, "right") - 1
            field += 1
    return to, field


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
