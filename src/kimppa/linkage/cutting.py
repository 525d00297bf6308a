"""Records in flat form cut into fields and subfields: one walk over their bytes."""

import numpy as np

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import FIELD, SUBFIELD, Bytes, Flags, Numbers

_TAGS = 1_000
_ZERO = ord("0")


@compiled
def cut(content: Bytes, records: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Return where the marks of fields and of subfields stand, and what they belong to.

    ``records`` has where each record begins, and at last where the last one ends. Returned are the
    record of each field, the place of its mark and the number of its first subfield (both with an
    end at last), and of each subfield the place of its mark and its end. What stands before the
    first field of a record belongs to none.
    """
    places = places_of_marks(content)
    fields = count(content, FIELD)
    owners, marks = np.empty(fields, np.int64), np.empty(fields + 1, np.int64)
    firsts = np.empty(fields + 1, np.int64)
    starts, ends = np.empty(len(places), np.int64), np.empty(len(places), np.int64)
    field = subfield = place = 0
    for record in range(len(records) - 1):
        before = field
        while place < len(places) and places[place] < records[record + 1]:
            at = places[place]
            place += 1
            if content[at] == FIELD:
                owners[field], marks[field], firsts[field] = record, at, subfield
                field += 1
            elif field > before:
                starts[subfield] = at
                ends[subfield] = records[record + 1]
                if place < len(places):
                    ends[subfield] = min(places[place], records[record + 1])
                subfield += 1
    marks[field], firsts[field] = len(content), subfield
    return owners, marks, firsts, starts[:subfield], ends[:subfield]


@compiled
def places_of_marks(content: Bytes) -> Numbers:
    """Return where the marks of fields and subfields stand.

    Every place is written down and mostly written over: asking at each byte takes longer.
    """
    found = np.empty(count(content, FIELD) + count(content, SUBFIELD) + 1, np.int64)
    to = 0
    for at in range(len(content)):
        found[to] = at
        to += (content[at] == FIELD) | (content[at] == SUBFIELD)
    return found[:to]


@compiled
def count(content: Bytes, wanted: int) -> int:
    """Return how often a byte stands there."""
    found = 0
    for byte in content:
        found += byte == wanted
    return found


@compiled
def codes(content: Bytes, starts: Numbers, ends: Numbers) -> Bytes:
    """Return the code of each subfield, 0 for none."""
    found = np.zeros(len(starts), np.uint8)
    for number in range(len(starts)):
        if starts[number] + 1 < ends[number]:
            found[number] = content[starts[number] + 1]
    return found


@compiled
def tags(content: Bytes, records: Numbers, owners: Numbers, marks: Numbers) -> Numbers:
    """Return the three bytes of each field's tag as one number; 0 where the record ends before."""
    found = np.zeros(len(owners), np.int64)
    for field in range(len(owners)):
        at = marks[field]
        if at + 3 < records[owners[field] + 1]:
            for place in range(1, 4):
                found[field] = found[field] << 8 | content[at + place]
    return found


@compiled
def by_tag(tags: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers of all fields tag by tag, and where each tag of figures begins.

    The last stretch has those whose tag is not of figures.
    """
    kinds = np.empty(len(tags), np.int64)
    first = np.zeros(_TAGS + 2, np.int64)
    for field in range(len(tags)):
        kinds[field] = number_of(tags[field])
        first[kinds[field] + 1] += 1
    for kind in range(_TAGS + 1):
        first[kind + 1] += first[kind]
    order, to = np.empty(len(tags), np.int64), first.copy()
    for field in range(len(tags)):
        order[to[kinds[field]]] = field
        to[kinds[field]] += 1
    return order, first


@compiled
def controls(content: Bytes, records: Numbers, tag: int) -> tuple[Numbers, Numbers]:
    """Return where what each record's first field with this tag says begins and ends."""
    starts, ends = records[1:].copy(), records[1:].copy()
    for record in range(len(records) - 1):
        is_found = False
        for at in range(records[record], records[record + 1]):
            if content[at] != FIELD:
                continue
            if is_found:
                ends[record] = at
                break
            if at + 3 < records[record + 1]:
                found = content[at + 1] * 65536 + content[at + 2] * 256 + content[at + 3]
                if found == tag:
                    is_found = True
                    starts[record] = at + 4
    return starts, ends


@compiled
def number_of(tag: int) -> int:
    """Return the number that the three figures of a tag say; 1,000 where they are none.

    >>> number_of(int.from_bytes(b"245", "big")), number_of(int.from_bytes(b"SID", "big"))
    (245, 1000)
    """
    found = 0
    for shift in (16, 8, 0):
        figure = (tag >> shift & 255) - _ZERO
        if figure < 0 or figure > 9:
            return _TAGS
        found = found * 10 + figure
    return found


@compiled
def chosen(
    fields: Numbers, firsts: Numbers, codes: Bytes, wanted: Flags
) -> tuple[Numbers, Numbers]:
    """Return the subfields of some fields whose code is wanted, and which of these they are of.

    ``wanted`` has a flag for each byte.
    """
    most = 0
    for field in fields:
        most += firsts[field + 1] - firsts[field]
    owners, subfields = np.empty(most, np.int64), np.empty(most, np.int64)
    found = 0
    for place in range(len(fields)):
        field = fields[place]
        for subfield in range(firsts[field], firsts[field + 1]):
            if wanted[codes[subfield]]:
                owners[found], subfields[found] = place, subfield
                found += 1
    return owners[:found], subfields[:found]
