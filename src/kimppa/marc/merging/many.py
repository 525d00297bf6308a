"""Records that nothing joins, many at once: ``merge_one`` on bytes."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from kimppa.marc.bulk import Flats, Numbers, tag_number
from kimppa.marc.merging.base import CONSORTIUM_CODE
from kimppa.marc.record import LEADER_LENGTH

_AGENCY = CONSORTIUM_CODE.encode()
_tag = itemgetter(slice(3))
_NUMBER, _AGENCY_TAG, _OLD = map(tag_number, ("001", "003", "035"))


def merge_many(
    flats: Flats, clusters: Sequence[str], libraries: Sequence[str], numbers: Sequence[str]
) -> list[bytes | None]:
    """Return each record as ``merge_one`` does, as bytes; None where that way must be taken.

    So it is where 001 and 003 do not stand once and first, and for a record merged before.
    ``flats`` has to be well-formed, as reading leaves it.
    """
    begins, splits = _places(flats)
    content = flats.content.tobytes()
    rows = zip(
        zip(clusters, libraries, numbers, strict=True),
        zip(flats.starts.tolist(), flats.starts[1:].tolist(), strict=False),
        begins.tolist(),
        splits.tolist(),
        strict=True,
    )
    return [
        _merged(content[start:end], names, begin - start, split - start) if begin else None
        for names, (start, end), begin, split in rows
    ]


def _places(flats: Flats) -> tuple[Numbers, Numbers]:
    """Return where 001 and 003 end in each record, and where a new 035 would stand.

    0 stands for a record that takes the plain way; where fields are out of order, the two are one.
    """
    tags, first = flats.tags, flats.first
    counts = np.diff(first)
    ends = flats.starts[1:]
    places, known = np.append(flats.marks, flats.starts[-1:]), np.append(tags, 0)
    has_number = (counts > 0) & (known[first[:-1]] == _NUMBER)
    has_number &= places[first[:-1]] == flats.starts[:-1] + LEADER_LENGTH
    second = first[:-1] + has_number
    has_agency = has_number & (second < first[1:]) & (known[second] == _AGENCY_TAG)
    third = second + has_agency
    begins = np.where(third < first[1:], places[third], ends)
    owners = flats.owners
    late = np.bincount(owners[tags <= _OLD], minlength=len(counts))
    early = np.bincount(owners[tags <= _AGENCY_TAG], minlength=len(counts))
    begins[~has_number | (early > third - first[:-1])] = 0
    split = first[:-1] + late
    splits = np.where(split < first[1:], places[split], ends)
    mixed = owners[1:][(tags[1:] < tags[:-1]) & (owners[1:] == owners[:-1])]
    splits[mixed] = begins[mixed]
    return begins, splits


def _merged(flat: bytes, names: tuple[str, str, str], begin: int, split: int) -> bytes | None:
    cluster, library, number = (name.encode() for name in names)
    own, _, rest = flat[LEADER_LENGTH + 4 : begin].partition(b"\x1e003")
    if rest == _AGENCY:  # merged before: it may be its own cluster
        return None
    named = b"(%b)%b" % (library, number)
    head = b"%b\x1e001%b\x1e003%b" % (flat[:LEADER_LENGTH], cluster, _AGENCY)
    if begin == split < len(flat):
        kept = flat[begin:]
        fields = (kept + _old_numbers(kept, named, own, rest)).split(b"\x1e")[1:]
        fields.sort(key=_tag)
        return b"\x1e".join([head, *fields])
    kept = flat[begin:split]
    return b"".join([head, kept, _old_numbers(kept, named, own, rest), flat[split:]])


def _old_numbers(kept: bytes, named: bytes, own: bytes, agency: bytes) -> bytes:
    """Return the 035 fields still needed for a record's old ids, as ``traces.needed_numbers``."""
    elsewhere = b"(%b)%b" % (agency, own) if own and agency else b""
    if b"\x1e035" not in kept:
        needed = b"\x1e035  \x1fz" + named
        return b"\x1e035  \x1fa" + elsewhere + needed if elsewhere not in (b"", named) else needed
    known = {
        part
        for field in kept.split(b"\x1e")
        if field[:3] == b"035"
        for part in field.split(b"\x1f")[1:]
    }
    needed = b"" if b"z" + named in known else b"\x1e035  \x1fz" + named
    known.add(b"z" + named)
    if elsewhere and known.isdisjoint({b"a" + elsewhere, b"z" + elsewhere}):
        return b"\x1e035  \x1fa" + elsewhere + needed
    return needed
