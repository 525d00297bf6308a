"""What the merged record tells of its origin: 001, 003, old ids in 035, and the merge in 583."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.base import CONSORTIUM_CODE, Source
from kimppa.marc.merging.links import Linked
from kimppa.marc.record import SUBFIELD_MARK, Field

Kept = tuple[Field, tuple[str, ...]]  # a field and the keys of its sources


def identity(cluster_id: str, keys: tuple[str, ...]) -> list[Kept]:
    """Return 001 and 003 of the merged record."""
    return [
        (Field("001", value=cluster_id), keys),
        (Field("003", value=CONSORTIUM_CODE), keys),
    ]


class Names(NamedTuple):
    """What a record is called: in its library's export, and by its own 001 and 003."""

    library: str
    control_number: str
    own: str
    agency: str

    @property
    def old_number(self) -> str:
        """The name as a subfield of 035: $z holds a number no longer in use (MARC 21)."""
        return f"z({self.library}){self.control_number}"


def names_of(source: Source) -> Names:
    """Return what a source is called."""
    control = source.record.control
    return Names(source.library, source.control_number, control("001"), control("003"))


def old_numbers(cluster_id: str, names: Names, known: set[str]) -> list[str]:
    """Return the 035 fields (flat) still needed for a record's old ids, which then are ``known``.

    MARC 21, 035: $a the number in another system, $z a number no longer in use.
    """
    needed = needed_numbers(cluster_id, names, known)
    known.update(needed)
    return [f"035  {SUBFIELD_MARK}{subfield}" for subfield in needed]


def needed_numbers(cluster_id: str, names: Names, known: set[str]) -> list[str]:
    """Return a record's old ids that no 035 holds yet, in order, as subfields: code and value."""
    library, control_number, own, agency = names
    if own == cluster_id and agency == CONSORTIUM_CODE:
        return []
    old = f"z({library}){control_number}"
    needed = [] if old in known else [old]
    if own and agency:
        elsewhere = f"({agency}){own}"
        said = f"z{elsewhere}"
        if f"a{elsewhere}" not in known and said not in known and said != old:
            needed.insert(0, f"a{elsewhere}")
    return needed


def known_numbers(fields: Iterable[str]) -> set[str]:
    """Return the subfields (code and value) in which 035 fields, given flat, hold numbers."""
    return {
        part
        for field in fields
        if field[:3] == "035"
        for part in field[5:].split(SUBFIELD_MARK)[1:]
        if part
    }


def merge_note(cluster_id: str, sources: Sequence[Names]) -> str:
    """Return the note of which records became one (583, action note, flat); it bears no date."""
    old = [
        names.old_number[1:]
        for names in sources
        if names.agency != CONSORTIUM_CODE or names.own != cluster_id
    ]
    note = "MERGED FROM " + " + ".join(old)
    return f"583  {SUBFIELD_MARK}a{note}{SUBFIELD_MARK}5{CONSORTIUM_CODE}"


def without_brought(
    sources: Sequence[Source], fields: Sequence[list[Linked]]
) -> list[list[Linked]]:
    """Return each source's fields less its owner's ones that a record merged earlier holds already.

    Without this an item would be doubled when a record joins the cluster it came from again.
    """
    result = list(fields)
    for merged in sources:
        if merged.record.control("003") != CONSORTIUM_CODE:
            continue
        held = known_numbers(field.to_flat() for field in merged.record.get("035"))
        own = fields[sources.index(merged)]
        owned = Counter(linked.field for linked in own if linked.is_owned)
        for at, source in enumerate(sources):
            if source.key != merged.key and names_of(source).old_number in held:
                result[at] = [linked for linked in result[at] if not _is_counted(owned, linked)]
    return result


def _is_counted(owned: Counter[Field], linked: Linked) -> bool:
    """Whether the owner's field is among those counted, which it then is once less."""
    if not linked.is_owned or owned.get(linked.field, 0) == 0:
        return False
    owned[linked.field] -= 1
    return True
