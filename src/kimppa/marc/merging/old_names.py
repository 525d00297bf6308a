"""The new 035 of a record that nothing joins, for its old ids: ``traces.old_numbers`` on bytes."""

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

_NUMBER, _AGENCY, _OLD = map(tag_number, ("001", "003", "035"))
_CANCELLED = np.frombuffer(b"\x1e035  \x1fz(", np.uint8)
_ELSEWHERE = np.frombuffer(b"\x1e035  \x1fa(", np.uint8)
_CODE = 7  # the place of the code in these
_CLOSING = np.frombuffer(b")", np.uint8)
_CONSORTIUM = np.frombuffer(CONSORTIUM_CODE.encode(), np.uint8)


class Names(NamedTuple):
    """What each record is called, and its cluster."""

    clusters: Texts
    libraries: Texts
    numbers: Texts


@compiled
def old_numbers(records: Flats, record: int, names: Names, old: Bytes, parts: Numbers) -> None:
    """Put down the 035 fields still needed for old ids, as ``traces.needed_numbers`` tells them.

    ``parts`` gets where each of two begins in ``old``, and where the last one ends.
    """
    parts[:] = 0
    number, agency = _first(records, record, _NUMBER), _first(records, record, _AGENCY)
    if _says(records, number, names.clusters, record) and _says_consortium(records, agency):
        return
    middle = 0
    if _has_value(records, number) and _has_value(records, agency):
        to = put_all(_ELSEWHERE, old, 0)
        to = put(records.content, records.marks[agency] + 4, records.ends[agency], old, to)
        to = put_all(_CLOSING, old, to)
        middle = put(records.content, records.marks[number] + 4, records.ends[number], old, to)
    to = put_text(names.libraries, record, old, put_all(_CANCELLED, old, middle))
    end = put_text(names.numbers, record, old, put_all(_CLOSING, old, to))
    needs_old = not _is_known(records, record, old, middle, end)
    needs_elsewhere = (
        middle > 0
        and not is_same(old, _CODE + 1, middle, old, middle + _CODE + 1, end)
        and not _is_known(records, record, old, 0, middle)
    )
    parts[0] = 0 if needs_elsewhere else middle
    parts[1] = middle
    parts[2] = end if needs_old else middle


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
def _is_known(records: Flats, record: int, old: Bytes, start: int, stop: int) -> bool:
    """Whether a 035 of the record holds the number, with the same code or as no longer in use."""
    for field in range(records.first[record], records.first[record + 1]):
        at, end = records.marks[field] + 6, records.ends[field]
        while records.tags[field] == _OLD and at < end:
            after = at + 1
            while after < end and records.content[after] != SUBFIELD:
                after += 1
            code = records.content[at + 1]
            is_code = code == old[start + _CODE] or code == _CANCELLED[_CODE]
            if is_code and is_same(records.content, at + 2, after, old, start + _CODE + 1, stop):
                return True
            at = after
    return False


@compiled
def put_text(texts: Texts, number: int, out: Bytes, to: int) -> int:
    """Copy one of some texts and return where the next bytes go."""
    return put(texts.content, texts.starts[number], texts.starts[number + 1], out, to)
