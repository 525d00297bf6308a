"""Questions about records: the filtered list, its counts, and all that a record's page shows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OrderBy, OuterRef, Q, QuerySet

from kimppa.catalogue.choice import ListChoice
from kimppa.catalogue.models import (
    BibliographicRecord,
    Identifier,
    InputRecord,
    Item,
    Load,
    MergeEvent,
    Redirect,
)
from kimppa.catalogue.rules import fold
from kimppa.linkage.isbn import isbn13

PAGE_SIZE = 25
# Beyond this many hits the list says "more than" instead of counting on.
COUNTED_HITS = 2_000
# From this many digits on a query is meant as a number: 1984 may be a title, 97895100 is none.
LONG_NUMBER = 6
LIST_COLUMNS = ("cluster_id", "title", "author", "year", "language", "material", "size")
ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    "title": ("title_key", "search_text", "pk"),
    "newest": (F("year").desc(nulls_last=True), "title_key", "pk"),
    "oldest": (F("year").asc(nulls_last=True), "title_key", "pk"),
}


@dataclass(frozen=True)
class Holdings:
    """How many libraries and items a record has."""

    libraries: int
    items: int


@dataclass(frozen=True)
class RecordList:
    """One page of the list; facets are (code, count) with no count when there are too many hits."""

    records: list[BibliographicRecord]
    holdings: dict[int, Holdings]
    total: int
    is_more: bool
    libraries: list[tuple[str, int | None]]
    materials: list[tuple[str, int | None]]


def record_list(choice: ListChoice) -> RecordList:
    """Return the page of records that the choice names, with counts beside the filters."""
    hits = matching_records(choice)
    start = (choice.page - 1) * PAGE_SIZE
    standing = Load.objects.standing().first()
    counts = standing.counts if standing else {}
    if not choice.is_filtered:
        ids = list(hits.values_list("pk", flat=True)[start : start + PAGE_SIZE])
        return _page(ids, counts.get("records", 0), counts, is_more=False)
    first = list(hits.values_list("pk", flat=True)[: COUNTED_HITS + 1])
    is_more = len(first) > COUNTED_HITS
    ids = first[start : start + PAGE_SIZE]
    if is_more and start + PAGE_SIZE > COUNTED_HITS:
        ids = list(hits.values_list("pk", flat=True)[start : start + PAGE_SIZE])
    facets = _names_only(counts) if is_more else _facets(first)
    return _page(ids, min(len(first), COUNTED_HITS), facets, is_more=is_more)


def _page(
    ids: list[int], total: int, facets: dict[str, dict[str, int | None]], *, is_more: bool
) -> RecordList:
    found = BibliographicRecord.objects.only(*LIST_COLUMNS).in_bulk(ids)
    return RecordList(
        [found[pk] for pk in ids],
        _holdings(ids),
        total,
        is_more,
        sorted(facets.get("by_library", {}).items()),
        sorted(facets.get("by_material", {}).items()),
    )


def matching_records(choice: ListChoice) -> QuerySet[BibliographicRecord]:
    """Return the records that the choice leaves, in its order."""
    records = BibliographicRecord.objects.order_by(*ORDERS[choice.sort])
    if choice.library:
        of_library = InputRecord.objects.filter(record=OuterRef("pk"), library__code=choice.library)
        records = records.filter(Exists(of_library))
    if choice.material:
        records = records.filter(material=choice.material)
    if choice.q:
        records = records.filter(_answers(choice.q))
    return records


def _answers(query: str) -> Q:
    """Words or a number; a long number that is found is not looked for in titles as well."""
    numbered = _records_by_number(query)
    if numbered and len(query) >= LONG_NUMBER and not any(map(str.isalpha, query)):
        return Q(pk__in=numbered)
    return _has_words(query) | Q(pk__in=numbered)


def _has_words(query: str) -> Q:
    """Every word stands somewhere in title or author; a query without words finds nothing."""
    words = fold(query).split()
    condition = Q() if words else Q(pk__in=[])
    for word in words:
        condition &= Q(search_text__contains=word)
    return condition


def _records_by_number(query: str) -> set[int]:
    """Return records whose own id, ISBN, item's barcode or old record id the query is."""
    by_number: list[QuerySet[Identifier] | QuerySet[Item] | QuerySet[InputRecord]] = [
        Item.objects.filter(barcode=query).exclude(barcode=""),
        Item.objects.filter(duplicate_barcode=query).exclude(duplicate_barcode=""),
        InputRecord.objects.filter(control_number=query),
    ]
    if isbn := isbn13(query):
        by_number.append(Identifier.objects.filter(kind=Identifier.Kind.ISBN, value=isbn))
    found = {pk for rows in by_number for pk in rows.values_list("record_id", flat=True)[:100]}
    own = BibliographicRecord.objects.filter(cluster_id=query[:1].upper() + query[1:].lower())
    found.update(own.values_list("pk", flat=True))
    return found


def _facets(ids: list[int]) -> dict[str, dict[str, int | None]]:
    """Return the hits counted by library and by material."""
    materials = BibliographicRecord.objects.filter(pk__in=ids).values_list("material", flat=True)
    pairs = InputRecord.objects.filter(record__in=ids).values_list("library__code", "record")
    libraries = Counter(code for code, _ in pairs.distinct().order_by())
    return {"by_material": dict(Counter(materials)), "by_library": dict(libraries)}


def _names_only(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int | None]]:
    return {name: dict.fromkeys(counts.get(name, {})) for name in ("by_library", "by_material")}


def _holdings(ids: list[int]) -> dict[int, Holdings]:
    rows = (
        Item.objects.filter(record__in=ids)
        .values("record")
        .annotate(items=Count("pk"), libraries=Count("library", distinct=True))
        .order_by()
    )
    return {row["record"]: Holdings(row["libraries"], row["items"]) for row in rows}


def listed_rows(choice: ListChoice) -> Iterator[tuple[str, ...]]:
    """Iterate over id, title, author, year, language and material of all matching records."""
    columns = ("cluster_id", "title", "author", "year", "language", "material")
    for row in matching_records(choice).values_list(*columns).iterator(chunk_size=2_000):
        yield tuple("" if cell is None else str(cell) for cell in row)


def items_of(record: BibliographicRecord) -> list[Item]:
    """Return the record's items by library, branch and call number."""
    return list(
        Item.objects.filter(record=record)
        .select_related("library", "branch")
        .order_by("library__name", F("branch__name").asc(nulls_last=True), "call_number", "pk")
    )


def inputs_of(record: BibliographicRecord) -> list[InputRecord]:
    """Return the records that this one came from, the base record first."""
    found = InputRecord.objects.filter(record=record).select_related("library")
    return sorted(found, key=lambda each: (each.source != record.base, each.source))


def last_merge(record: BibliographicRecord) -> MergeEvent | None:
    """Return the record's latest merge, none when it came from one record."""
    return record.merge_events.order_by("-at").first()


def redirects_to(record: BibliographicRecord) -> list[Redirect]:
    """Return the old ids that lead to the record, by library."""
    found = record.redirects.select_related("library")
    return list(found.order_by("library__code", "control_number"))


def redirect_target(*, library: str, control_number: str) -> BibliographicRecord | None:
    """Return the record that a library's old record id leads to."""
    found = Redirect.objects.filter(library__code=library, control_number=control_number)
    redirect = found.select_related("record").defer("record__packed_marc").first()
    return redirect.record if redirect else None
