"""Bring a match result into the catalogue as a whole, and take it out again as a whole."""

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, Model

from kimppa.catalogue import bulk, rows
from kimppa.catalogue.folder import ResultFolder
from kimppa.catalogue.models import (
    BibliographicRecord,
    Identifier,
    InputRecord,
    Item,
    Load,
    MergeEvent,
    MergeInput,
    Redirect,
)
from kimppa.catalogue.rebuilding import indexes_aside
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import Library, StaffAccount
from kimppa.organisations.operations import (
    ensure_branch,
    ensure_library,
    record_event,
    remove_unused,
)

FILLED = (BibliographicRecord, Identifier, InputRecord, Item, Redirect, MergeEvent)
Progress = Callable[[int, int], None]
Table = tuple[type[Model], Sequence[str], list[rows.Row]]
DUPLICATES_FILE = "duplicate-barcodes.csv"
LOCKED = "another load is under way. Wait until it is done; nothing was changed by this one."
OTHER_LOADED = (
    "another match result is in the catalogue. Run `kimppa undo-load` first to take it out; "
    "nothing was changed."
)

MERGE_INPUTS = """
    INSERT INTO catalogue_mergeinput (event_id, input_record_id, is_base)
    SELECT event.id, input.id, record.base = library.code || ':' || input.control_number
    FROM catalogue_mergeevent AS event
    JOIN catalogue_bibliographicrecord AS record ON record.id = event.record_id
    JOIN catalogue_inputrecord AS input ON input.record_id = event.record_id
    JOIN organisations_library AS library ON library.id = input.library_id
    WHERE event.load_id = %s
"""


class Batch(NamedTuple):
    """Some rows of one kind for one table or several."""

    name: str
    size: int
    tables: list[Table]


@dataclass(frozen=True)
class LoadReport:
    """What came of a load; ``already_loaded`` when the catalogue held the very same result."""

    load: Load
    already_loaded: bool
    duplicates_file: Path | None = None
    seconds: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each table holds of this load."""
        return {name: n for name, n in self.load.counts.items() if isinstance(n, int)}


def load_result(
    folder: Path,
    *,
    now: datetime,
    by: StaffAccount | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load the match result in ``folder`` in one transaction and return what came of it.

    The same result twice changes nothing. Raises CannotRun, with nothing changed, when the
    folder is not whole, another result stands in the catalogue, or another load is under way.
    ``progress`` is told the rows done and the rows in all. Duplicated barcodes are listed in
    the folder's duplicate-barcodes.csv.
    """
    began = time.monotonic()
    source = ResultFolder(folder)
    digest = source.digest()
    try:
        with bulk.room_for_many_rows(), transaction.atomic():
            load, is_new = _begin(digest, now=now, by=by)
            if not is_new:
                return LoadReport(load, already_loaded=True)
            loading = _Loading(source, load, now, progress or (lambda done, total: None))
            loading.run()
            record_event(
                now=now, by=by, action="load", kind="load", object_id=load.pk, details=load.counts
            )
    except DatabaseError as error:
        raise CannotRun(_trouble(error)) from error
    bulk.refresh_statistics()
    path = _write_duplicates(folder, loading.barcodes.duplicates)
    return LoadReport(load, False, path, time.monotonic() - began)  # noqa: FBT003


def _begin(digest: str, *, now: datetime, by: StaffAccount | None) -> tuple[Load, bool]:
    """Return the load that has the floor and whether it is new."""
    try:
        with transaction.atomic():  # a savepoint, so that the loser can still ask who won
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
            standing = Load.objects.standing().first()
            if standing is None:
                return Load.objects.create(digest=digest, started_at=now, by=by), True
    except IntegrityError:
        standing = Load.objects.standing().get()
    if standing.digest != digest:
        raise CannotRun(OTHER_LOADED)
    return standing, False


def _trouble(error: DatabaseError) -> str:
    """Return what to say when the database did not take the rows."""
    if isinstance(error, OperationalError) and "lock" in str(error):
        return LOCKED
    return f"the database did not take the rows, nothing was loaded: {error}"


class _Loading:
    """One load at work: the rows of each table in turn, within the caller's transaction."""

    def __init__(self, source: ResultFolder, load: Load, now: datetime, progress: Progress) -> None:
        self.source = source
        self.load = load
        self.now = now
        self.progress = progress
        self.counts = dict.fromkeys(
            ("records", "inputs", "items", "redirects", "merges", "duplicate_barcodes"), 0
        )
        self.numbers = rows.RecordNumbers(
            source.cluster_ids(), bulk.next_number(BibliographicRecord)
        )
        self.barcodes = rows.Barcodes(source.repeated_barcodes())
        self.libraries: dict[str, int] = {}
        self.branches: dict[tuple[str, str], int | None] = {}

    def run(self) -> None:
        """Fill every table and finish the load's row."""
        self.ensure_organisations()
        if BibliographicRecord.objects.exists():
            self.insert()
        else:
            with indexes_aside(FILLED):
                self.insert()
        _insert_merge_inputs(self.load)
        bulk.set_sequence(BibliographicRecord)
        self.counts["merges"] = self.load.merge_events.count()
        self.counts["duplicate_barcodes"] = len(self.barcodes.duplicates)
        self.load.counts = {**self.counts, **_facet_counts(self.load)}
        self.load.finished_at = self.now
        self.load.save()

    def insert(self) -> None:
        """Insert all batches and tell the caller how far it is."""
        total = self.source.row_count()
        done = 0
        for batch in bulk.made_ahead(self.batches()):
            for model, fields, made in batch.tables:
                bulk.insert_rows(model, fields, made)
            self.counts[batch.name] += batch.size
            done += batch.size if batch.name != "redirects" else 0
            self.progress(done, total)

    def ensure_organisations(self) -> None:
        """Make the libraries and branches that are met for the first time."""
        owners: dict[str, Library] = {}
        for (code,) in self.source.distinct("inputs", ("library",)):
            owners[code], is_new = ensure_library(code=code)
            self.libraries[code] = owners[code].pk
            if is_new:
                self.load.made_libraries.append(owners[code].pk)
        for library, given in self.source.distinct("items", ("library", "branch")):
            if code := rows.branch_code(given):
                branch, is_new = ensure_branch(library=owners[library], code=code)
                self.branches[library, code] = branch.pk
                if is_new:
                    self.load.made_branches.append(branch.pk)

    def batches(self) -> Iterator[Batch]:
        """Iterate over what goes into the tables; asks the database nothing."""
        for columns in self.source.batches("merged"):
            numbers = self.numbers.of(columns[0])
            made = rows.merged_rows(columns, numbers, self.load.pk, self.now)
            tables: list[Table] = [
                (BibliographicRecord, rows.RECORD_FIELDS, made.records),
                (Identifier, rows.IDENTIFIER_FIELDS, made.identifiers),
                (MergeEvent, rows.EVENT_FIELDS, made.events),
            ]
            yield Batch("records", len(numbers), tables)
        for columns in self.source.batches("inputs"):
            numbers = self.numbers.of(columns[2])
            inputs = list(rows.input_rows(columns, numbers, self.libraries))
            yield Batch("inputs", len(inputs), [(InputRecord, rows.INPUT_FIELDS, inputs)])
        for columns in self.source.batches("items"):
            numbers = self.numbers.of(columns[2])
            items = list(
                rows.item_rows(columns, numbers, self.libraries, self.branches, self.barcodes)
            )
            yield Batch("items", len(items), [(Item, rows.ITEM_FIELDS, items)])
        for columns in self.source.redirects():
            numbers = self.numbers.of(columns[2])
            old = list(rows.redirect_rows(columns, numbers, self.libraries))
            yield Batch("redirects", len(old), [(Redirect, rows.REDIRECT_FIELDS, old)])


def _insert_merge_inputs(load: Load) -> None:
    """Name the inputs of each merge event; in the database, as both ends are there already."""
    with connection.cursor() as cursor:
        cursor.execute(MERGE_INPUTS, [load.pk])


def _facet_counts(load: Load) -> dict[str, dict[str, int]]:
    """Return records by material and by library, kept with the load for the front page."""
    records = BibliographicRecord.objects.filter(load=load)
    materials = records.values_list("material").annotate(n=Count("pk")).order_by()
    libraries = (
        InputRecord.objects.filter(record__load=load)
        .values_list("library__code")
        .annotate(n=Count("record", distinct=True))
        .order_by()
    )
    return {"by_material": dict(materials), "by_library": dict(libraries)}


def _write_duplicates(folder: Path, duplicates: list[rows.DuplicateBarcode]) -> Path | None:
    """Return the written list; none when there is nothing to list or the folder is read-only."""
    target = folder / DUPLICATES_FILE
    if not duplicates:
        return None
    half = target.with_suffix(".tmp")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(rows.DuplicateBarcode._fields)
            writer.writerows(duplicates)
        half.replace(target)
    except OSError:
        return None
    return target


def undo_load(*, now: datetime, by: StaffAccount | None = None) -> Load:
    """Remove what the standing load brought, in one transaction, and return the load.

    The load's own row and the audit log stay. Raises CannotRun when nothing is loaded.
    """
    try:
        with transaction.atomic():
            load = Load.objects.standing().select_for_update().first()
            if load is None:
                raise CannotRun("nothing is loaded, so there is nothing to undo.")
            _remove_rows(load)
            remove_unused(libraries=load.made_libraries, branches=load.made_branches)
            load.state = Load.State.UNDONE
            load.undone_at = now
            load.save()
            record_event(now=now, by=by, action="undo load", kind="load", object_id=load.pk)
    except DatabaseError as error:
        raise CannotRun(f"the load could not be undone, nothing was changed: {error}") from error
    return load


def _remove_rows(load: Load) -> None:
    """Delete the load's rows, those that refer to others first, without reading them."""
    records = BibliographicRecord.objects.filter(load=load)
    of_records = {"record__in": records.values("pk")}
    MergeInput.objects.filter(event__load=load)._raw_delete(connection.alias)  # noqa: SLF001
    for model in (MergeEvent, Redirect, Item, InputRecord, Identifier):
        model._default_manager.filter(**of_records)._raw_delete(connection.alias)  # noqa: SLF001
    records._raw_delete(connection.alias)  # noqa: SLF001
