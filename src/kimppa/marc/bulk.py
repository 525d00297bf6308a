"""Many records in flat form at once, as one stretch of bytes: no object per record or field.

What is asked of every field is asked of all fields together (numpy). Text that needs care is only
found here, never mended: it takes the plain way, one record at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kimppa.marc.record import LEADER_LENGTH

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FIELD, SUBFIELD = 0x1E, 0x1F
_NOTHING = np.array([], np.uint8)
_ENTRY = 12
_LONGEST_RECORD = 99_999
_LONGEST_FIELD = 9_999
_CODES = np.arange(256).astype(np.uint8)
_ALNUM = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])
_PRINTED = (_CODES >= 0x20) & (_CODES <= 0x7E)
# Controls; and the first bytes of C1 controls and of U+FFFE and U+FFFF, which are looked at closer.
_SUSPECT = ((_CODES < 0x20) & (_CODES != FIELD) & (_CODES != SUBFIELD)) | (_CODES == 0x7F)
_SUSPECT |= (_CODES == 0xC2) | (_CODES == 0xEF)


class Flats(NamedTuple):
    """Records in flat form one after the other, and where their fields stand (bytes)."""

    content: NDArray[np.uint8]
    starts: Numbers  # of each record, and the end of the last
    marks: Numbers  # of each field: where the mark before it stands
    tags: Numbers  # of each field: the three bytes of its tag as one number
    first: Numbers  # of each record: the number of its first field; and how many fields there are

    @property
    def owners(self) -> Numbers:
        """The number of the record of each field."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def ends(self) -> Numbers:
        """Where each field ends."""
        ends = np.append(self.marks[1:], self.starts[-1:])
        last = self.first[1:][np.diff(self.first) > 0] - 1
        ends[last] = self.starts[1:][np.diff(self.first) > 0]
        return ends


def tag_number(tag: str) -> int:
    """Return a tag as the number that ``Flats.tags`` has for it; they sort as tags do.

    >>> tag_number("245") < tag_number("24a")
    True
    """
    return int.from_bytes(tag.encode(), "big")


def cut(content: NDArray[np.uint8], starts: Numbers) -> Flats:
    """Return records in flat form, cut into fields; ``starts`` has the end as its last."""
    marks = np.flatnonzero(content == FIELD)
    padded = np.append(content, np.zeros(3, np.uint8))
    tags = np.zeros(len(marks), np.int64)
    for place in (1, 2, 3):
        tags = (tags << 8) | padded[marks + place]
    return Flats(content, starts, marks, tags, np.searchsorted(marks, starts))


def whole(flats: Flats) -> Flags:
    """Return for each record whether it is as ``cleaning.clean`` leaves it.

    A record whose leader is not ASCII counts as not clean, since its bytes are no characters.
    """
    content, starts, _marks, tags, first = flats
    ok = (np.diff(starts) > LEADER_LENGTH) & (np.diff(first) > 0)
    leaders = starts[:-1][ok, None] + np.arange(LEADER_LENGTH)
    ok[ok] &= _PRINTED[content[leaders]].all(axis=1)
    ok[ok] &= content[starts[:-1][ok] + LEADER_LENGTH] == FIELD
    fields = _whole_tags(tags) & _whole_fields(flats)
    ok[np.unique(flats.owners[~fields])] = False
    ok[np.searchsorted(starts, _odd_places(content), "right") - 1] = False
    return ok


def _whole_tags(tags: Numbers) -> Flags:
    ok: Flags = _ALNUM[tags >> 16] & _ALNUM[(tags >> 8) & 255] & _ALNUM[tags & 255]
    return ok


def _whole_fields(flats: Flats) -> Flags:
    """Return for each field whether marks and indicators stand where they should."""
    content, marks, tags = flats.content, flats.marks, flats.tags
    ends = flats.ends
    subfields = np.flatnonzero(content == SUBFIELD)
    owners = np.searchsorted(marks, subfields) - 1
    counts = np.bincount(owners[owners >= 0], minlength=len(marks))
    padded = np.append(content, np.zeros(7, np.uint8))
    is_data = _PRINTED[padded[marks + 4]] & _PRINTED[padded[marks + 5]]
    is_data &= (padded[marks + 6] == SUBFIELD) & (ends > marks + 7)
    ok = np.where((tags >> 8) == tag_number("00"), counts == 0, is_data)
    ok &= ends > marks + 3
    # A mark with nothing after it: before another mark, or at the end of the record.
    after = padded[subfields + 1]
    empty = (after == SUBFIELD) | (subfields + 1 == ends[owners])
    ok[owners[empty & (owners >= 0)]] = False
    return ok


def _odd_places(content: NDArray[np.uint8]) -> Numbers:
    """Return where characters stand that neither MARC 21 nor XML allows."""
    found = np.flatnonzero((content < _CODES[0x20]) | (content >= _CODES[0x7F]))
    found = found[_SUSPECT[content[found]]]
    padded = np.append(content, np.zeros(2, np.uint8))
    own, after, last = padded[found], padded[found + 1], padded[found + 2]
    is_c1 = (own == 0xC2) & (after < 0xA0)
    is_no_character = (own == 0xEF) & (after == 0xBF) & (last >= 0xBE)
    odd: Numbers = found[(own < 0x80) | is_c1 | is_no_character]
    return odd


def to_iso2709(flats: Flats) -> list[bytes | None]:
    """Return each record as ``writing.flat_to_iso2709`` does; None where that way must be taken.

    So it is for a record that is not ``whole``, and for one that ISO 2709 cannot hold.
    """
    ok = whole(flats)
    content, starts, marks, tags, first = flats
    lengths = flats.ends - marks - 3
    before = np.cumsum(lengths) - lengths  # where a field begins, counted through all records
    begins = np.append(before, lengths.sum())
    sizes = np.diff(begins[first])
    counts = np.diff(first)
    bases = LEADER_LENGTH + _ENTRY * counts + 1
    totals = bases + sizes + 1
    ok &= totals <= _LONGEST_RECORD
    ok[np.unique(flats.owners[lengths > _LONGEST_FIELD])] = False
    where = before - np.repeat(begins[first[:-1]], counts)
    entries = _entries(tags, np.minimum(lengths, _LONGEST_FIELD), where).tobytes()
    heads = _leaders(flats, ok, totals, bases).tobytes()
    kept = np.ones(len(content), np.bool_)
    own = marks[np.repeat(ok, counts)]
    for place in (1, 2, 3):
        kept[own + place] = False
    for place in range(LEADER_LENGTH + 1):
        kept[starts[:-1][ok] + place] = False
    body = content[kept].tobytes()
    left = np.diff(starts) - ok * (LEADER_LENGTH + 1 + 3 * counts)
    at = np.append(0, np.cumsum(left)).tolist()
    numbers = (first * _ENTRY).tolist()
    return [
        b"%b%b\x1e%b\x1e\x1d"
        % (
            heads[record * LEADER_LENGTH : (record + 1) * LEADER_LENGTH],
            entries[numbers[record] : numbers[record + 1]],
            body[at[record] : at[record + 1]],
        )
        if fits
        else None
        for record, fits in enumerate(ok.tolist())
    ]


def _digits(values: Numbers, width: int) -> NDArray[np.uint8]:
    """Return numbers as rows of figures in ASCII.

    >>> bytes(_digits(np.array([42]), 5)[0])
    b'00042'
    """
    figures = np.empty((len(values), width), np.uint8)
    rest = values.astype(np.int32)  # dividing by one number at a time, and in 32 bits, is quickest
    for place in range(width - 1, -1, -1):
        tenth = rest // 10
        figures[:, place] = rest - tenth * 10
        rest = tenth
    return figures + np.uint8(ord("0"))


def _entries(tags: Numbers, lengths: Numbers, where: Numbers) -> NDArray[np.uint8]:
    entries = np.empty((len(tags), _ENTRY), np.uint8)
    for place, shift in enumerate((16, 8, 0)):
        entries[:, place] = tags >> shift & 255
    entries[:, 3:] = _digits(lengths * 100_000 + where % 100_000, 9)
    return entries


def _leaders(flats: Flats, ok: Flags, totals: Numbers, bases: Numbers) -> NDArray[np.uint8]:
    """Return a row of 24 bytes for each record, as ``writing`` makes leaders."""
    leaders = np.zeros((len(ok), LEADER_LENGTH), np.uint8)
    leaders[ok] = flats.content[flats.starts[:-1][ok, None] + np.arange(LEADER_LENGTH)]
    leaders[:, :5] = _digits(totals, 5)
    leaders[:, 9:12] = np.frombuffer(b"a22", np.uint8)
    leaders[:, 12:17] = _digits(bases, 5)
    leaders[:, 20:] = np.frombuffer(b"4500", np.uint8)
    return leaders


def joined(records: Sequence[bytes]) -> Flats:
    """Return records in flat form (UTF-8), cut into fields."""
    starts = np.zeros(len(records) + 1, np.int64)
    np.cumsum([len(record) for record in records], out=starts[1:])
    return cut(np.frombuffer(b"".join(records), np.uint8), starts)


def from_arrow(texts: Any) -> Flats:
    """Return an Arrow column of records in flat form, cut into fields; the text is not copied."""
    import pyarrow as pa

    array = pa.concat_arrays(texts.chunks) if texts.num_chunks != 1 else texts.chunk(0)
    _, offsets, content = array.buffers()
    starts = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    taken = np.frombuffer(content, np.uint8)[starts[0] : starts[-1]] if content else _NOTHING
    return cut(taken, (starts - starts[0]).astype(np.int64))


def to_arrow(flats: Flats) -> Any:
    """Return the records as an Arrow array of texts."""
    import pyarrow as pa

    buffers = [pa.py_buffer(flats.starts.astype(np.int32)), pa.py_buffer(flats.content)]
    return pa.StringArray.from_buffers(len(flats.starts) - 1, *buffers)


def having(flats: Flats, tags: Iterable[str]) -> Numbers:
    """Return the numbers of the records that have a field with one of these tags."""
    wanted = np.array([tag_number(tag) for tag in tags])
    return np.unique(flats.owners[np.isin(flats.tags, wanted)])


def firsts(flats: Flats, tags: Iterable[str]) -> list[str]:
    """Return each record's first field with one of these tags, or an empty text."""
    wanted = np.array([tag_number(tag) for tag in tags])
    fields = np.flatnonzero(np.isin(flats.tags, wanted))
    owners, at = np.unique(flats.owners[fields], return_index=True)
    chosen = fields[at]
    found = [""] * (len(flats.first) - 1)
    content = flats.content.tobytes()
    places = zip(
        owners.tolist(), flats.marks[chosen].tolist(), flats.ends[chosen].tolist(), strict=True
    )
    for owner, mark, end in places:
        found[owner] = content[mark + 1 : end].decode()
    return found
