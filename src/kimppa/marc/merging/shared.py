"""What all records of a cluster say alike is left out before they are merged, and put back after.

Records of one edition mostly say the same to the letter. A field that all have comes out as it is,
and a library's own field comes out for each; neither changes what becomes of any other field.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kimppa.common.compiled import compiled
from kimppa.marc.bulk import SUBFIELD, Bytes, Flags, Flats, Numbers, is_same, put, tag_number
from kimppa.marc.merging.base import CONSORTIUM_CODE
from kimppa.marc.merging.coded import ADVANCE_LEVELS, FULL_LEVELS, LENGTH_008
from kimppa.marc.merging.table import RULES

SHARED, OWNED = 1, 2  # why a field was left out

# Fields of one group are compared with each other, or compete for one place: all or none of them
# is left out. Which name is the main entry decides where other names and uniform titles go.
_NAMES: Final = ("person", "body", "meeting", "uniform")
_NEVER: Final = -1  # what other fields depend on, and what is not taken over as it is
_OWN: Final = -2  # a library's own, in which no record is better than another
_CHANGED, _CODED, _LINKED = map(tag_number, ("005", "008", "880"))
_MERGED = np.frombuffer(f"003{CONSORTIUM_CODE}".encode(), np.uint8)
_PLAIN, _SAYS_OWNER, _HARD = 0, 1, 2  # what a field says by $5 and $9, $6 and $8


def _group_names() -> dict[str, str]:
    """Return the group of each tag whose fields may be left out."""
    names = {"005": "005", "008": "008"}
    for tag, rule in RULES.items():
        if rule.action in ("base", "union", "gather") and tag > "009" and tag not in ("035", "880"):
            names[tag] = "names" if rule.family in _NAMES else rule.family
    return names


def _groups() -> NDArray[np.int16]:
    """Return the group of each tag of three figures."""
    groups = np.full(1000, _NEVER, np.int16)
    for tag, rule in RULES.items():
        if rule.action in ("owner", "item") and tag[0] in "09":
            groups[int(tag)] = _OWN
    names = _group_names()
    numbers = {name: at for at, name in enumerate(dict.fromkeys(names.values()))}
    for tag, name in names.items():
        groups[int(tag)] = numbers[name]
    return groups


def _singles(groups: NDArray[np.int16]) -> Flags:
    """Return which groups are left out only where a record has one field: coded, and gathered."""
    singles = np.zeros(groups.max() + 1, np.bool_)
    for tag, rule in RULES.items():
        if groups[int(tag)] >= 0 and rule.action in ("coded", "made", "gather"):
            singles[groups[int(tag)]] = True
    return singles


_GROUPS = _groups()
_SINGLES = _singles(_GROUPS)


def _levels(codes: frozenset[str]) -> Flags:
    return np.array([chr(code) in codes for code in range(256)])


_ADVANCE, _FULL, _DELETED = map(_levels, (ADVANCE_LEVELS, FULL_LEVELS, frozenset("dsx")))


@compiled
def leave_out(records: Flats, first: Numbers, able: Flags) -> Bytes:
    """Return for each field whether it is left out, and why.

    ``first`` has the first record of each cluster, and at last how many records there are; only
    ``able`` clusters are looked at. Of a cluster that takes the plain way nothing is left out.
    """
    left = np.zeros(len(records.marks), np.uint8)
    says = np.zeros(len(records.marks), np.uint8)
    for cluster in range(len(first) - 1):
        start, stop = first[cluster], first[cluster + 1]
        if not able[cluster] or _is_hard(records, start, stop, says):
            continue
        for field in range(records.first[start], records.first[stop]):
            if _group(records.tags[field]) == _OWN:
                left[field] = OWNED
        if _are_equals(records, start, stop):
            _leave_shared(records, start, stop, says, left)
    return left


@compiled
def _leave_shared(records: Flats, start: int, stop: int, says: Bytes, left: Bytes) -> None:
    done = np.zeros(len(_SINGLES), np.bool_)
    for field in range(records.first[start], records.first[start + 1]):
        group = _group(records.tags[field])
        if group >= 0 and not done[group]:
            done[group] = True
            if _is_shared(records, start, stop, group, says):
                _mark(records, start, stop, group, left)


@compiled
def _group(tag: int) -> int:
    """Return the group of a tag; ``_OWN`` for one of letters, which no rule names."""
    first, second, third = (tag >> 16) - 0x30, (tag >> 8 & 255) - 0x30, (tag & 255) - 0x30
    if 0 <= first < 10 and 0 <= second < 10 and 0 <= third < 10:
        return int(_GROUPS[first * 100 + second * 10 + third])
    return _OWN if first >= 9 else _NEVER


@compiled
def _is_hard(records: Flats, start: int, stop: int, says: Bytes) -> bool:
    """Whether the records take the plain way (``texts.merge_texts``); notes what fields say."""
    for record in range(start, stop):
        if not records.whole[record]:
            return True
    for field in range(records.first[start], records.first[stop]):
        mark, end = records.marks[field], records.ends[field]
        says[field] = _says(records.content, mark, end)
        if says[field] == _HARD or records.tags[field] == _LINKED:
            return True
        if end - mark > len(_MERGED) and is_same(
            records.content, mark + 1, mark + 1 + len(_MERGED), _MERGED, 0, len(_MERGED)
        ):
            return True
    return False


@compiled
def _says(content: Bytes, start: int, stop: int) -> int:
    found = _PLAIN
    for at in range(start, stop - 1):
        if content[at] != SUBFIELD:
            continue
        code = content[at + 1]
        if code == 0x36 or code == 0x38:  # noqa: PLR1714 $6, $8
            return _HARD
        if code == 0x35 or code == 0x39:  # noqa: PLR1714 $5, $9
            found = _SAYS_OWNER
    return found


@compiled
def _are_equals(records: Flats, start: int, stop: int) -> bool:
    """Whether none of the records adds little beside another (``coded.adds_little``)."""
    advance = full = deleted = 0
    for record in range(start, stop):
        leader = records.starts[record]
        advance += _ADVANCE[records.content[leader + 17]]
        full += _FULL[records.content[leader + 17]]
        deleted += _DELETED[records.content[leader + 5]]
    return bool((advance == 0 or full == 0) and (deleted == 0 or deleted == stop - start))


@compiled
def _is_shared(records: Flats, start: int, stop: int, group: int, says: Bytes) -> bool:
    """Whether all records have the same fields of a group, each once and none a library's own."""
    for field in range(records.first[start], records.first[start + 1]):
        if _group(records.tags[field]) == group and (
            says[field] == _SAYS_OWNER
            or not _is_plain(records, field)
            or _came_before(records, records.first[start], field, group)
        ):
            return False
    for record in range(start + 1, stop):  # noqa: SIM110 a generator is not compiled
        if not _has_the_same(records, start, record, group):
            return False
    return True


@compiled
def _came_before(records: Flats, first: int, field: int, group: int) -> bool:
    """Whether the field was there before; of some groups, whether any field was."""
    content, marks, ends = records.content, records.marks, records.ends
    for other in range(first, field):
        if is_same(content, marks[field], ends[field], content, marks[other], ends[other]):
            return True
        if _SINGLES[group] and _group(records.tags[other]) == group:
            return True
    return False


@compiled
def _is_plain(records: Flats, field: int) -> bool:
    """Whether a field is taken over as it is: 005 if it is a time, 008 if it has every place."""
    start, stop = records.marks[field] + 4, records.ends[field]
    if records.tags[field] == _CHANGED:
        for at in range(start, min(start + 8, stop)):
            if not 0x30 <= records.content[at] <= 0x39:
                return False
        return bool(stop > start)
    if records.tags[field] == _CODED:
        for at in range(start, stop):
            if records.content[at] > 0x7F:
                return False
        return bool(stop - start == LENGTH_008)
    return True


@compiled
def _has_the_same(records: Flats, one: int, other: int, group: int) -> bool:
    """Whether two records have the same fields of a group in the same order."""
    content, marks, ends = records.content, records.marks, records.ends
    field, stop = records.first[other], records.first[other + 1]
    for own in range(records.first[one], records.first[one + 1]):
        if _group(records.tags[own]) != group:
            continue
        while field < stop and _group(records.tags[field]) != group:
            field += 1
        if field == stop or not is_same(
            content, marks[own], ends[own], content, marks[field], ends[field]
        ):
            return False
        field += 1
    while field < stop and _group(records.tags[field]) != group:
        field += 1
    return bool(field == stop)


@compiled
def _mark(records: Flats, start: int, stop: int, group: int, left: Bytes) -> None:
    for field in range(records.first[start], records.first[stop]):
        if _group(records.tags[field]) == group:
            left[field] = SHARED


@compiled
def rest(records: Flats, left: Bytes, wanted: Flags) -> tuple[Bytes, Numbers]:
    """Return the wanted records without what was left out, nothing for others, as ``Texts``."""
    out = np.empty(len(records.content), np.uint8)
    starts = np.zeros(len(records.starts), np.int64)
    for record in range(len(records.starts) - 1):
        to = starts[record]
        if wanted[record]:
            first, after = records.first[record], records.first[record + 1]
            end = records.marks[first] if first < after else records.starts[record + 1]
            to = put(records.content, records.starts[record], end, out, to)
            for field in range(first, after):
                if left[field] == 0:
                    to = put(records.content, records.marks[field], records.ends[field], out, to)
        starts[record + 1] = to
    return out[: starts[-1]], starts
