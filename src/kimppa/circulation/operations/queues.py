"""Move holds within their queue: one, or many at once."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from kimppa.catalogue.models import BibliographicRecord
from kimppa.circulation.models import Hold
from kimppa.circulation.rules.placing import HoldProblem, HoldReason
from kimppa.circulation.rules.queues import STEP, in_new_order, rank_between
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event

SET_RANKS = """
UPDATE circulation_hold SET rank = CAST(moved.value AS BIGINT)
FROM {each}(%s) AS moved
WHERE circulation_hold.id = CAST(moved.key AS BIGINT)
"""


class MoveRefused(Refused[HoldReason]):
    """The queue was left as it is, for these reasons."""


@transaction.atomic
def move_hold(
    *,
    hold: Hold,
    position: int,
    reason: str,
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
) -> Hold:
    """Move the hold to a position of its record's queue, one being the first.

    Beyond the end means the end. Raises MoveRefused without a reason, or when it is not waiting.
    """
    queue = _locked_queue(hold.record_id)
    places = [number for number, _ in queue]
    problems = [] if reason.strip() else [HoldReason(HoldProblem.NO_REASON)]
    if hold.pk not in places:
        problems.append(HoldReason(HoldProblem.NOT_WAITING))
    if problems:
        raise MoveRefused(problems)
    before = places.index(hold.pk) + 1
    position = min(max(position, 1), len(queue))
    if position == before:
        return hold
    others = [each for each in queue if each[0] != hold.pk]
    hold.rank = _make_room(hold.record_id, others, position - 1)
    hold.save(update_fields=["rank"])
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="move hold",
        kind="hold",
        object_id=hold.pk,
        details={"from": before, "to": position},
        reason=reason,
    )
    return hold


@transaction.atomic
def reorder_queue(
    *,
    record: BibliographicRecord,
    order: Sequence[int],
    reason: str,
    by: StaffAccount | None,
    branch: Branch | None,
    now: datetime,
) -> int:
    """Put the holds numbered in ``order`` into that order; return how many changed their place.

    They take each other's places: holds not named, also those placed meanwhile, stay where they
    are, and those that no longer wait are passed over. One UPDATE, however long the queue.
    Raises MoveRefused without a reason.
    """
    if not reason.strip():
        raise MoveRefused([HoldReason(HoldProblem.NO_REASON)])
    changed = in_new_order(_locked_queue(record.pk), order)
    if not changed:
        return 0
    _set_ranks(changed)
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="reorder queue",
        kind="record",
        object_id=record.cluster_id,
        details={"holds": len(changed)},
        reason=reason,
    )
    return len(changed)


def _locked_queue(record: int) -> list[tuple[int, int]]:
    """Return the numbers and ranks of the record's waiting holds in their order, locked.

    Locked by number, as whoever locks several holds does.
    """
    rows = Hold.objects.select_for_update(no_key=True).filter(
        record=record, state=Hold.State.WAITING
    )
    found = list(rows.order_by("pk").values_list("pk", "rank"))
    return sorted(found, key=lambda each: (each[1], each[0]))


def _make_room(record: int, others: Sequence[tuple[int, int]], index: int) -> int:
    """Return a rank before ``others[index]``; those from there on move back if none is free."""
    before = others[index - 1][1] if index else None
    after = others[index] if index < len(others) else None
    rank = rank_between(before, after[1] if after else None)
    if rank is not None:
        return rank
    assert before is not None and after is not None  # noqa: S101, PT018 - else there was room
    # All holds of the record, also those that are over: what is restored keeps its place.
    Hold.objects.filter(record=record).filter(
        Q(rank__gt=after[1]) | Q(rank=after[1], pk__gte=after[0])
    ).update(rank=F("rank") + STEP)
    return before + STEP // 2


def _set_ranks(ranks: dict[int, int]) -> None:
    """Write many ranks in one statement; SQLite and PostgreSQL both read them from JSON."""
    each = "json_each" if connection.vendor == "sqlite" else "json_each_text"
    with connection.cursor() as cursor:
        cursor.execute(SET_RANKS.format(each=each), [json.dumps(ranks)])
