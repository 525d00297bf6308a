"""What the merged record tells of its origin: 001, 003, old ids in 035, and the merge in 583."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kimppa.marc.merging.base import CONSORTIUM_CODE, Source
from kimppa.marc.merging.draft import is_owned
from kimppa.marc.merging.table import rule_for
from kimppa.marc.record import Field, Subfield

Kept = tuple[Field, tuple[str, ...]]  # a field and the keys of its sources


def identity(cluster_id: str, keys: tuple[str, ...]) -> list[Kept]:
    """Return 001 and 003 of the merged record."""
    return [
        (Field("001", value=cluster_id), keys),
        (Field("003", value=CONSORTIUM_CODE), keys),
    ]


def old_numbers(cluster_id: str, source: Source, known: set[str]) -> Iterator[Field]:
    """Iterate over the 035 fields still needed for a source's old ids; adds them to ``known``.

    MARC 21, 035: $a the number in another system, $z a number no longer in use.
    """
    own, agency = source.record.control("001"), source.record.control("003")
    if (own, agency) == (cluster_id, CONSORTIUM_CODE):
        return
    wanted = [("z", f"({source.library}){source.control_number}")]
    if own and agency:
        wanted.insert(0, ("a", f"({agency}){own}"))
    for code, value in wanted:
        if value not in known:
            known.add(value)
            yield Field("035", "  ", (Subfield(code, value),))


def known_numbers(fields: Sequence[Field]) -> set[str]:
    """Return the numbers that 035 fields hold already."""
    return {value for field in fields if field.tag == "035" for value in field.all("az")}


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
        owned = Counter(field for field in fields if is_owned(rule_for(field.tag), field))
        for at, source in enumerate(result):
            if source.key != merged.key and f"({source.library}){source.control_number}" in held:
                left = [field for field in source.record.fields if not _is_counted(owned, field)]
                result[at] = source._replace(record=source.record.with_fields(left))
    return result


def _is_counted(owned: Counter[Field], field: Field) -> bool:
    """Whether the field is among those counted, which it then is once less."""
    if owned.get(field, 0) == 0:
        return False
    owned[field] -= 1
    return True
