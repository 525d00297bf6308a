"""Describe every edition as each library that holds it would: a MARC record in its habit."""

from collections.abc import Callable, Iterator

from demo.region.cataloguing import access, coded, description, identifiers, names, titles
from demo.region.desk import Job, LibraryRecord
from demo.region.holdings import control_numbers, reprint_holder
from demo.region.items import items_of
from demo.region.libraries import Region
from kimppa.marc.record import Field

FIELD_MAKERS: tuple[Callable[[Job], Iterator[Field]], ...] = (
    coded.control_fields,
    identifiers.number_fields,
    identifiers.source_fields,
    names.heading_fields,
    titles.title_fields,
    description.imprint_fields,
    description.physical_fields,
    description.series_fields,
    description.note_fields,
    access.subject_fields,
    names.added_name_fields,
    access.link_fields,
)


def describe_all(region: Region) -> list[LibraryRecord]:
    """Every library's records, in the order of their control numbers."""
    numbers = control_numbers(region)
    records = []
    for (key, edition_id), _ in sorted(numbers.items(), key=lambda kv: (kv[0][0], int(kv[1]))):
        edition = region.editions[edition_id]
        again = reprint_holder(region, edition) == key
        records.append(describe(Job(region, edition, region.libraries[key], numbers, again)))
    return records


def describe(job: Job) -> LibraryRecord:
    """One record with its items, and the signs by which a habit disguised it."""
    fields = [made for maker in FIELD_MAKERS for made in maker(job)]
    if job.library.is_swedish:
        job.signs.add("cataloguing-language")
    if job.edition.tracks:
        job.signs.add("host-pair")
    if job.edition.host:
        job.signs.add("part-pair")
    return LibraryRecord(
        library=job.library.key,
        number=job.number,
        edition=job.edition.id,
        leader=coded.leader(job),
        fields=tuple(fields),
        items=items_of(job),
        signs=frozenset(job.signs),
    )
