"""Records in flat form cut into fields and subfields: one walk over their bytes."""

import numpy as np
from numpy.typing import NDArray

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import FIELD, SUBFIELD, Numbers

Bytes = NDArray[np.uint8]


@compiled
def cut(content: Bytes, records: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Return where the marks of fields and of subfields stand, and what they belong to.

    ``records`` has where each record begins, and at last where the last one ends. Returned are the
    record of each field, the place of its mark and the number of its first subfield (both with an
    end at last), and of each subfield the place of its mark and its end. What stands before the
    first field of a record belongs to none.
    """
    fields = np.count_nonzero(content == FIELD)
    subfields = np.count_nonzero(content == SUBFIELD)
    owners, marks = np.empty(fields, np.int64), np.empty(fields + 1, np.int64)
    firsts = np.empty(fields + 1, np.int64)
    starts, ends = np.empty(subfields, np.int64), np.empty(subfields, np.int64)
    field = subfield = 0
    for record in range(len(records) - 1):
        before, is_open = field, False
        for at in range(records[record], records[record + 1]):
            byte = content[at]
            if byte not in (FIELD, SUBFIELD):
                continue
            if is_open:
                ends[subfield - 1] = at
            is_open = byte == SUBFIELD and field > before
            if byte == FIELD:
                owners[field], marks[field], firsts[field] = record, at, subfield
                field += 1
            elif is_open:
                starts[subfield] = at
                subfield += 1
        if is_open:
            ends[subfield - 1] = records[record + 1]
    marks[field], firsts[field] = len(content), subfield
    return owners, marks, firsts, starts[:subfield], ends[:subfield]


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
def chosen(
    content: Bytes, fields: Numbers, firsts: Numbers, starts: Numbers, ends: Numbers, codes: Bytes
) -> tuple[Numbers, Numbers]:
    """Return the subfields with one of these codes of some fields, and which of these they are of.

    >>> content = np.frombuffer(b"abc", np.uint8)
    >>> number = lambda *numbers: np.array(numbers, np.int64)
    >>> chosen(content, number(0), number(0, 1), number(0), number(3), content[1:2])
    (array([0]), array([0]))
    """
    most = 0
    for field in fields:
        most += firsts[field + 1] - firsts[field]
    owners, subfields = np.empty(most, np.int64), np.empty(most, np.int64)
    found = 0
    for place in range(len(fields)):
        field = fields[place]
        for subfield in range(firsts[field], firsts[field + 1]):
            at = starts[subfield] + 1
            if at < ends[subfield] and content[at] in codes:
                owners[found], subfields[found] = place, subfield
                found += 1
    return owners[:found], subfields[:found]
