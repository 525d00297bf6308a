"""How fast queues are: a long one put into another order, and the pull lists of a whole region."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from bench.page import Part, Table, Target
from bench.region import make_region

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
QUEUE = 2_000
QUEUE_SECONDS = 0.2
RESTORED, RESTORE_SECONDS = 1_000, 2.0
SHARE = float(os.environ.get("KIMPPA_BENCH_SHARE", "1"))
ITEMS, RECORDS = int(2_000_000 * SHARE), int(800_000 * SHARE)
WAITING, WANTED = int(50_000 * SHARE), int(10_000 * SHARE)  # holds, and the records they are for
PATRONS = max(WAITING, QUEUE)
# Of the wanted records' items all but each fifth are on loan.
LENT = "item.record_id < {record} + {wanted} AND item.id % 5 > 0"
LIST_SECONDS = 5.0
TIMES = 7


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
        make_region(
            patrons=PATRONS, items=ITEMS, records=RECORDS, waiting=WAITING, wanted=WANTED,
            lent=LENT, now=NOW,
        )  # fmt: skip
        rows: list[tuple[Any, ...]] = []
        reordering = _reordering()
        rows.append((f"a queue of {QUEUE:,} put into another order", *_spread(reordering)))
        restoring = _restoring()
        rows.append((f"{RESTORED:,} cancelled holds back in their places", *_spread(restoring)))
        lists = _pull_lists()
        rows += lists
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
                f"{RESTORED:,} cancelled holds back in under {RESTORE_SECONDS:.0f} s",
                max(restoring) < RESTORE_SECONDS,
                f"slowest of {TIMES}: {max(restoring):.2f} s",
            ),
            Target(
                f"pull lists of {WAITING:,} waiting holds in under {LIST_SECONDS:.0f} s",
                lists[0][2] < LIST_SECONDS,
                f"{lists[0][2]:.2f} s",
            ),
        ],
    )


def _spread(seconds: list[float]) -> tuple[float, float]:
    return round(median(seconds), 3), round(max(seconds), 3)


def _timed(work: Callable[[], Any]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _reordering() -> list[float]:
    """Return the seconds that it takes to turn round the queue of a record nobody wanted before."""
    from kimppa.catalogue.models import BibliographicRecord
    from kimppa.circulation.models import Hold
    from kimppa.circulation.operations.queues import reorder_queue
    from kimppa.organisations.models import Branch
    from kimppa.patrons.models import Patron

    record, branch = BibliographicRecord.objects.latest("pk"), Branch.objects.earliest("pk")
    Hold.objects.bulk_create(
        Hold(
            record=record,
            patron=patron,
            pickup_branch=branch,
            placed_at=NOW + timedelta(seconds=number),
            rank=number * 1_000_000,
        )
        for number, patron in enumerate(Patron.objects.order_by("pk")[:QUEUE])
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


def _restoring() -> list[float]:
    """Return the seconds that it takes to bring back a part of the queue that was cancelled."""
    from kimppa.circulation.models import Hold
    from kimppa.circulation.operations.hold_endings import cancel_holds, restore_holds

    acting: dict[str, Any] = {"by": None, "branch": None, "now": NOW}
    seconds = []
    for _ in range(TIMES):
        holds = list(Hold.objects.waiting().order_by("-pk").values_list("pk", flat=True)[:RESTORED])
        cancel_holds(holds=holds, **acting)
        seconds.append(_timed(lambda holds=holds: restore_holds(holds=holds, **acting)))  # type: ignore[misc]
    return seconds


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
