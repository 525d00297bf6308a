"""What the merged record tells of its origin: 001, 003, old ids in 035, and the merge in 583."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.base import CONSORTIUM_CODE, Source
from kimppa.marc.merging.links import Linked
from kimppa.marc.record import Field, Subfield

Kept = tuple[Field, tuple[str, ...]]  # a field and the keys of its sources


def identity(cluster_id: str, keys: tuple[str, ...]) -> list[Kept]:
    """Return 001 and 003 of the merged record."""
    return [
        (Field("001", value=cluster_id), keys),
        (Field("003", value=CONSORTIUM_CODE), keys),
    ]


def old_numbers(cluster_id: str, source: Source, known: set[Subfield]) -> list[Field]:
    """Return the 035 fields still needed for a source's old ids, which then are ``known``.

    MARC 21, 035: $a the number in another system, $z a number no longer in use.
    """
    names = Names(
        source.library,
        source.control_number,
        source.record.control("001"),
        source.record.control("003"),
    )
    needed = needed_numbers(cluster_id, names, known)
    known.update(needed)
    return [Field("035", "  ", (subfield,)) for subfield in needed]


class Names(NamedTuple):
    """What a record is called: in its library's export, and by its own 001 and 003."""

    library: str
    control_number: str
    own: str
    agency: str


def needed_numbers(cluster_id: str, names: Names, known: set[Subfield]) -> list[Subfield]:
    """Return a record's old ids that no 035 holds yet, in order, as subfields of 035."""
    if (names.own, names.agency) == (cluster_id, CONSORTIUM_CODE):
        return []
    needed = {Subfield("z", f"({names.library}){names.control_number}")} - known
    elsewhere = f"({names.agency}){names.own}"
    said = known | needed
    if names.own and names.agency and said.isdisjoint({("a", elsewhere), ("z", elsewhere)}):
        needed.add(Subfield("a", elsewhere))
    return sorted(needed)


def _old_number(source: Source) -> Subfield:
    return Subfield("z", f"({source.library}){source.control_number}")


def known_numbers(fields: Iterable[Field]) -> set[Subfield]:
    """Return the subfields in which 035 fields hold numbers."""
    return {number for field in fields if field.tag == "035" for number in field.subfields}


def merge_note(cluster_id: str, sources: Sequence[Source]) -> Field:
    """Return the note of which records became one (583, action note); it bears no date."""
    old = [
        f"({source.library}){source.control_number}"
        for source in sources
        if not _is_merged(source) or source.record.control("001") != cluster_id
    ]
    note = "MERGED FROM " + " + ".join(old)
    return Field("583", "  ", (Subfield("a", note), Subfield("5", CONSORTIUM_CODE)))


def _is_merged(source: Source) -> bool:
    return source.record.control("003") == CONSORTIUM_CODE


def without_brought(
    sources: Sequence[Source], fields: Sequence[list[Linked]]
) -> list[list[Linked]]:
    """Return each source's fields less its owner's ones that a record merged earlier holds already.

    Without this an item would be doubled when a record joins the cluster it came from again.
    """
    result = list(fields)
    for merged in filter(_is_merged, sources):
        held = known_numbers(merged.record.fields)
        own = fields[sources.index(merged)]
        owned = Counter(linked.field for linked in own if linked.is_owned)
        for at, source in enumerate(sources):
            if source.key != merged.key and _old_number(source) in held:
                result[at] = [linked for linked in result[at] if not _is_counted(owned, linked)]
    return result


def _is_counted(owned: Counter[Field], linked: Linked) -> bool:
    """Whether the owner's field is among those counted, which it then is once less."""
    if not linked.is_owned or owned.get(linked.field, 0) == 0:
        return False
    owned[linked.field] -= 1
    return True
