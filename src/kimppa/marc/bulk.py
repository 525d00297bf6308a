"""Many records in flat form at once, as one stretch of bytes: no object per record or field.

Their bytes are walked once, by compiled loops. Text that needs care is only found here, never
mended: it takes the plain way, one record at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kimppa.common.compiled import compiled
from kimppa.marc.record import LEADER_LENGTH

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FIELD, SUBFIELD = 0x1E, 0x1F
_NOTHING = np.array([], np.uint8)
_CONTROL_TAGS = 0x3030  # the tags 00X
_MARK, _SUBFIELD_MARK, _CONTROL, _BEFORE_C1, _BEFORE_NONE = 1, 2, 3, 4, 5


def _sorts() -> Bytes:
    """Return what is to be asked where each byte stands: nothing (0), or one of five things."""
    sorts = np.zeros(256, np.uint8)
    sorts[:0x20] = sorts[0x7F] = _CONTROL
    sorts[FIELD], sorts[SUBFIELD] = _MARK, _SUBFIELD_MARK
    sorts[0xC2], sorts[0xEF] = _BEFORE_C1, _BEFORE_NONE  # C1 controls; U+FFFE and U+FFFF
    return sorts


_SORTS = _sorts()
_ALNUM = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])


class Texts(NamedTuple):
    """Texts one after the other (UTF-8), as Arrow keeps them."""

    content: Bytes
    starts: Numbers  # of each text, and the end of the last


class Flats(NamedTuple):
    """Records in flat form one after the other, and where their fields stand (bytes)."""

    content: Bytes
    starts: Numbers  # of each record, and the end of the last
    marks: Numbers  # of each field: where the mark before it stands
    ends: Numbers  # of each field: where it ends
    tags: Numbers  # of each field: the three bytes of its tag as one number; 0 where it has fewer
    first: Numbers  # of each record: the number of its first field; and how many fields there are
    whole: Flags  # of each record: whether it is as ``cleaning.clean`` leaves it

    @property
    def owners(self) -> Numbers:
        """The number of the record of each field."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


def tag_number(tag: str) -> int:
    """Return a tag as the number that ``Flats.tags`` has for it; they sort as tags do.

    >>> tag_number("245") < tag_number("24a")
    True
    """
    return int.from_bytes(tag.encode(), "big")


def cut(content: Bytes, starts: Numbers) -> Flats:
    """Return records in flat form, cut into fields; ``starts`` has the end as its last.

    A record whose leader is not ASCII counts as not whole, since its bytes are no characters.
    """
    content = _locked(content)
    return Flats(content, starts, *_cut(content, starts))


def _locked(content: Bytes) -> Bytes:
    """Return the same bytes, which cannot be written: loops are compiled for one kind of array."""
    view = content.view()
    view.flags.writeable = False
    return view


@compiled
def _cut(content: Bytes, starts: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers, Flags]:
    count = 0
    for byte in content:
        count += byte == FIELD
    marks, ends = np.empty(count, np.int64), np.empty(count, np.int64)
    tags = np.empty(count, np.int64)
    first = np.zeros(len(starts), np.int64)
    whole = np.zeros(len(starts) - 1, np.bool_)
    for record in range(len(starts) - 1):
        first[record + 1], whole[record] = _cut_one(
            content, starts[record], starts[record + 1], (marks, ends, tags), first[record]
        )
    return marks, ends, tags, first, whole


@compiled
def _cut_one(
    content: Bytes, start: int, stop: int, found: tuple[Numbers, Numbers, Numbers], field: int
) -> tuple[int, bool]:
    """Note the fields of a record from number ``field`` on; return the next, and if it is whole."""
    marks, ends, tags = found
    is_whole = _has_leader(content, start, stop)
    before, is_control, subfield = field, True, -2
    for at in range(start, stop):
        sort = _SORTS[content[at]]
        if sort == 0:
            continue
        is_whole &= subfield != at - 1 or sort > _SUBFIELD_MARK
        if sort == _MARK:
            if field > before:
                ends[field - 1] = at
            marks[field], tags[field] = at, _tag(content, at, stop)
            is_control = tags[field] >> 8 == _CONTROL_TAGS
            is_whole &= _begins_well(content, at, stop, is_control)
            field += 1
        elif sort == _SUBFIELD_MARK:
            is_whole &= not is_control
            subfield = at
        else:
            is_whole &= not _is_odd(content, at, stop, sort)
    if field > before:
        ends[field - 1] = stop
    return field, is_whole and subfield != stop - 1 and field > before


@compiled
def _has_leader(content: Bytes, start: int, stop: int) -> bool:
    if stop - start <= LEADER_LENGTH or content[start + LEADER_LENGTH] != FIELD:
        return False
    is_ascii = True
    for at in range(start, start + LEADER_LENGTH):
        is_ascii &= _is_printed(content[at])
    return is_ascii


@compiled
def _is_printed(byte: int) -> bool:
    return 0x20 <= byte <= 0x7E


@compiled
def _tag(content: Bytes, mark: int, stop: int) -> int:
    if mark + 3 >= stop:
        return 0
    tag = 0
    for at in range(mark + 1, mark + 4):
        if content[at] == FIELD:
            return 0
        tag = tag << 8 | int(content[at])
    return tag


@compiled
def _begins_well(content: Bytes, mark: int, stop: int, is_control: bool) -> bool:  # noqa: FBT001
    """Whether a field has a tag and, if it holds data, two indicators and a subfield's mark."""
    if mark + 3 >= stop:
        return False
    for at in range(mark + 1, mark + 4):
        if not _ALNUM[content[at]]:
            return False
    if is_control:
        return True
    if mark + 7 >= stop or content[mark + 6] != SUBFIELD:
        return False
    return _is_printed(content[mark + 4]) and _is_printed(content[mark + 5])


@compiled
def _is_odd(content: Bytes, at: int, stop: int, sort: int) -> bool:
    """Whether a character stands here that neither MARC 21 nor XML allows."""
    if sort == _CONTROL or at + 1 >= stop:
        return True
    if sort == _BEFORE_C1:
        return bool(content[at + 1] < 0xA0)
    return at + 2 >= stop or bool(content[at + 1] == 0xBF and content[at + 2] >= 0xBE)


@compiled
def is_clean(content: Bytes, start: int, stop: int) -> bool:
    """Whether text has no mark and no character that neither MARC 21 nor XML allows."""
    for at in range(start, stop):
        sort = _SORTS[content[at]]
        if sort != 0 and (sort <= _CONTROL or _is_odd(content, at, stop, sort)):
            return False
    return True


@compiled
def is_same(one: Bytes, start: int, stop: int, other: Bytes, begin: int, end: int) -> bool:
    """Whether two stretches of bytes are the same."""
    if stop - start != end - begin:
        return False
    for at in range(stop - start):  # noqa: SIM110 a generator is not compiled
        if one[start + at] != other[begin + at]:
            return False
    return True


@compiled
def distinct(texts: Texts, first: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers of the different texts of each group, in order by text.

    ``first`` has the first text of each group, and the number after the last. Returned with them is
    where each group begins among them.
    """
    found = np.empty(first[-1] - first[0], np.int64)
    starts = np.zeros(len(first), np.int64)
    for group in range(len(first) - 1):
        start = stop = starts[group]
        for text in range(first[group], first[group + 1]):
            at = stop
            while at > start and _order(texts, found[at - 1], text) > 0:
                at -= 1
            if at == start or _order(texts, found[at - 1], text) < 0:
                for place in range(stop, at, -1):
                    found[place] = found[place - 1]
                found[at] = text
                stop += 1
        starts[group + 1] = stop
    return found[: starts[-1]], starts


@compiled
def _order(texts: Texts, one: int, other: int) -> int:
    """Return below 0, 0 or above 0: whether one text comes before, with or after another."""
    start, begin = texts.starts[one], texts.starts[other]
    size, length = texts.starts[one + 1] - start, texts.starts[other + 1] - begin
    for at in range(min(size, length)):
        if texts.content[start + at] != texts.content[begin + at]:
            return -1 if texts.content[start + at] < texts.content[begin + at] else 1
    return int(size - length)


@compiled
def put(source: Bytes, start: int, stop: int, target: Bytes, to: int) -> int:
    """Copy bytes and return where the next ones go."""
    for at in range(stop - start):  # an assignment of slices takes three seconds to compile
        target[to + at] = source[start + at]
    return to + stop - start


@compiled
def put_all(source: Bytes, target: Bytes, to: int) -> int:
    """Copy all of some bytes and return where the next ones go."""
    return put(source, 0, len(source), target, to)


def joined(records: Sequence[bytes]) -> Flats:
    """Return records in flat form (UTF-8), cut into fields."""
    starts = np.zeros(len(records) + 1, np.int64)
    np.cumsum([len(record) for record in records], out=starts[1:])
    return cut(np.frombuffer(b"".join(records), np.uint8), starts)


def from_arrow(column: Any) -> Texts:
    """Return an Arrow column of texts, which is not copied if it is one piece."""
    import pyarrow as pa

    array = column if isinstance(column, pa.Array) else _one(column)
    _, offsets, content = array.buffers()
    starts = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    taken = np.frombuffer(content, np.uint8)[starts[0] : starts[-1]] if content else _NOTHING
    return Texts(_locked(taken), (starts - starts[0]).astype(np.int64))


def _one(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def to_arrow(texts: Texts | Flats) -> Any:
    """Return texts as an Arrow array."""
    import pyarrow as pa

    buffers = [pa.py_buffer(texts.starts.astype(np.int32)), pa.py_buffer(texts.content)]
    return pa.StringArray.from_buffers(len(texts.starts) - 1, *buffers)


def having(flats: Flats, tags: Iterable[str]) -> Numbers:
    """Return the numbers of the records that have a field with one of these tags."""
    wanted = np.array([tag_number(tag) for tag in tags])
    return np.unique(flats.owners[np.isin(flats.tags, wanted)])
