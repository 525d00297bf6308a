"""What the merged record tells of its origin: 001, 003, old ids in 035, and the merge in 583."""

from collections import Counter
from collections.abc import Iterable, Sequence

from kimppa.marc.merging.base import CONSORTIUM_CODE, Source
from kimppa.marc.merging.links import is_owned
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
    own, agency = source.record.control("001"), source.record.control("003")
    if (own, agency) == (cluster_id, CONSORTIUM_CODE):
        return []
    old = _old_number(source)
    missing = {old} - known
    known.add(old)
    elsewhere = f"({agency}){own}"
    if own and agency and known.isdisjoint({("a", elsewhere), ("z", elsewhere)}):
        missing.add(Subfield("a", elsewhere))
        known.add(Subfield("a", elsewhere))
    return [Field("035", "  ", (subfield,)) for subfield in sorted(missing)]


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


def without_brought(sources: Sequence[Source]) -> list[Source]:
    """Return the sources less the owners' fields that a record merged earlier holds already.

    Without this an item would be doubled when a record joins the cluster it came from again.
    """
    result = list(sources)
    for merged in filter(_is_merged, sources):
        fields = merged.record.fields
        held = known_numbers(fields)
        owned = Counter(field for field in fields if is_owned(field))
        for at, source in enumerate(result):
            if source.key != merged.key and _old_number(source) in held:
                left = [field for field in source.record.fields if not _is_counted(owned, field)]
                result[at] = source._replace(record=source.record.with_fields(left))
    return result


def _is_counted(owned: Counter[Field], field: Field) -> bool:
    """Whether the field is among those counted, which it then is once less."""
    if owned.get(field, 0) == 0:
        return False
    owned[field] -= 1
    return True
