"""How fast queues are: a long one put into another order, and the pull lists of a whole region."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from bench.page import Part, Table, Target

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
QUEUE = 2_000
QUEUE_SECONDS = 0.2
ITEMS, RECORDS, BRANCHES = 2_000_000, 800_000, 60
WAITING, WANTED = 50_000, 10_000  # holds, and the records they are for
LENT_EVERY = 5  # of the wanted records' items all but each fifth are on loan
LIST_SECONDS = 5.0
TIMES = 7

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
SQL_RECORDS = """
INSERT INTO catalogue_bibliographicrecord (cluster_id, title, author, language, material, size,
    base, title_key, search_text, load_id, packed_marc, packed_provenance)
{count} SELECT 'B' || i, 'Kirja ' || i, '', 'fin', 'book', 1, '', 'kirja ' || i, 'kirja ' || i,
    %s, %s, %s FROM n
"""
SQL_ITEMS = """
INSERT INTO catalogue_item (record_id, library_id, branch_id, control_number, barcode,
    duplicate_barcode, shelving_location, call_number, item_type, status, source, raw)
{count} SELECT %s + i %% {records}, %s, %s + i %% {branches}, '' || i, 'N' || i, '',
    'Osasto ' || i %% 40, '84.2 ' || i %% 9000, 'KIRJA', '', '952', '' FROM n
"""
SQL_HOLDS = """
INSERT INTO circulation_hold (key, record_id, patron_id, pickup_branch_id, placed_at, rank, state,
    shelf_code, ended_from)
{count} SELECT {key}, %s + i %% {wanted}, %s, %s + (i * 7) %% {branches}, %s, i, 'waiting', '', ''
FROM n
"""
SQL_LOANS = """
INSERT INTO circulation_loan (item_id, patron_id, kind, branch_id, began_at, due_date, renewals,
    ending, category_code, terms)
SELECT id, %s, 'loan', branch_id, %s, %s, 0, '', 'adult', '{{}}' FROM catalogue_item
WHERE record_id <= %s + {wanted} AND id %% {lent_every} > 0
"""


@contextmanager
def empty_database() -> Iterator[str]:
    """Make an empty database beside the one of the settings, and drop it in the end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.site.settings")
    import django

    django.setup()
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def queues() -> Part:
    """Measure both; ``bin/postgres python -m bench queues`` on PostgreSQL."""
    with empty_database() as vendor:
        rows: list[tuple[Any, ...]] = []
        place = _region()
        reordering = _reordering(place)
        rows.append((f"a queue of {QUEUE:,} put into another order", *_spread(reordering)))
        _fill_shelves(place)
        rows += _pull_lists()
    table = Table(
        f"Queues on {vendor}: {ITEMS:,} items, {WAITING:,} waiting holds",
        ("what", "median s", "slowest s"),
        rows,
        "Whole operations: transaction, locks and audit event included.",
    )
    return Part(
        "queues",
        [table],
        [
            Target(
                f"a queue of {QUEUE:,} in another order in under 200 ms",
                max(reordering) < QUEUE_SECONDS,
                f"slowest of {TIMES}: {max(reordering) * 1000:.0f} ms",
            ),
            Target(
                f"pull lists of {WAITING:,} waiting holds in under {LIST_SECONDS:.0f} s",
                rows[1][2] < LIST_SECONDS,
                f"{rows[1][2]:.2f} s",
            ),
        ],
    )


def _spread(seconds: list[float]) -> tuple[float, float]:
    return round(median(seconds), 3), round(max(seconds), 3)


def _timed(work: Callable[[], Any]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _region() -> dict[str, Any]:
    """Make sixty branches, one patron and a load; return what the rest hangs on."""
    from kimppa.catalogue.models import Load
    from kimppa.organisations.models import Branch
    from kimppa.organisations.operations import ensure_library
    from kimppa.patrons.models import Patron, PatronCategory

    library, _ = ensure_library(code="Seutu")
    branches = [
        Branch.objects.create(library=library, code=f"{number}", name=f"Toimipiste {number}")
        for number in range(BRANCHES)
    ]
    patron = Patron.objects.create(
        category=PatronCategory.objects.create(code="adult", name_fi="Aikuinen"),
        library=library,
        surname="Mittaaja",
        registered_at=NOW,
        last_active_date=NOW.date(),
    )
    load = Load.objects.create(digest="bench", started_at=NOW)
    return {"library": library, "branch": branches[0], "patron": patron, "load": load}


def _reordering(place: dict[str, Any]) -> list[float]:
    from kimppa.catalogue.models import BibliographicRecord
    from kimppa.circulation.models import Hold
    from kimppa.circulation.operations.queues import reorder_queue

    record = BibliographicRecord.objects.create(
        cluster_id="Q", title="Jono", material="book", size=1, base="", title_key="jono",
        search_text="jono", load=place["load"], packed_marc=b"", packed_provenance=b"",
    )  # fmt: skip
    Hold.objects.bulk_create(
        Hold(
            record=record,
            patron=place["patron"],
            pickup_branch=place["branch"],
            placed_at=NOW + timedelta(seconds=number),
            rank=number * 1_000_000,
        )
        for number in range(QUEUE)
    )
    seconds = []
    for _ in range(TIMES):
        queue = Hold.objects.waiting().filter(record=record)
        order = list(queue.values_list("pk", flat=True))[::-1]
        seconds.append(
            _timed(
                lambda order=order: reorder_queue(  # type: ignore[misc]
                    record=record, order=order, reason="bench", by=None, branch=None, now=NOW
                )
            )
        )
    return seconds


def _fill_shelves(place: dict[str, Any]) -> None:
    from django.db import connection

    from kimppa.catalogue.models import BibliographicRecord

    key = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"

    def run(sql: str, values: list[Any], *, many: int = 0) -> None:
        filled = sql.format(
            count=COUNT.format(many=many), records=RECORDS, branches=BRANCHES, wanted=WANTED,
            lent_every=LENT_EVERY, key=key,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(filled, values)

    branch, patron = place["branch"].pk, place["patron"].pk
    run(SQL_RECORDS, [place["load"].pk, b"", b""], many=RECORDS)
    first = BibliographicRecord.objects.get(cluster_id="B1").pk
    run(SQL_ITEMS, [first, place["library"].pk, branch], many=ITEMS)
    run(SQL_HOLDS, [first, patron, branch, NOW], many=WAITING)
    run(SQL_LOANS, [patron, NOW, NOW.date() + timedelta(days=28), first])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _pull_lists() -> list[tuple[Any, ...]]:
    from kimppa.circulation.models import PullRequest
    from kimppa.circulation.operations.pulling import ask_branches
    from kimppa.circulation.queries.pulling import pull_list
    from kimppa.organisations.models import Branch

    asking = _timed(lambda: ask_branches(now=NOW))
    asked = PullRequest.objects.count()
    again = [_timed(lambda: ask_branches(now=NOW)) for _ in range(3)]
    branches = Branch.objects.order_by("pk")[:TIMES]
    showing = [
        _timed(lambda branch=branch: list(pull_list(branch, NOW.date())))  # type: ignore[misc]
        for branch in branches
    ]
    return [
        (f"pull lists of all branches, {asked:,} items asked for", *_spread([asking])),
        ("the same again, nothing new", *_spread(again)),
        ("one branch's list read", *_spread(showing)),
    ]
