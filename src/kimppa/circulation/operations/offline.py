"""Loans written down while the line was down: taken in whole, then lent one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import OfflineLoan, Step
from kimppa.circulation.operations.checkouts import CheckOutRefused, check_out
from kimppa.circulation.operations.standing import locked_item
from kimppa.circulation.queries.desk import scanned_item
from kimppa.circulation.rules.loans import Problem, Reason
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.queries import patron_by_card


@dataclass(frozen=True)
class Written:
    """One check-out as the browser wrote it down; ``key`` is its own, so it can come twice."""

    key: UUID
    card_number: str
    barcode: str
    lent_at: datetime


@transaction.atomic
def store_offline_loans(
    *, rows: Sequence[Written], branch: Branch, by: StaffAccount | None, now: datetime
) -> int:
    """Keep what the browser wrote down, all of it or nothing; return how many were new.

    The same rows again change nothing, whether solved meanwhile or not.
    """
    known = set(
        OfflineLoan.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)
    )
    new = [row for row in rows if row.key not in known]
    OfflineLoan.objects.bulk_create(
        [
            OfflineLoan(
                key=row.key,
                card_number=row.card_number,
                barcode=row.barcode,
                lent_at=min(row.lent_at, now),
                branch=branch,
                uploaded_at=now,
                uploaded_by=by,
            )
            for row in new
        ],
        ignore_conflicts=True,  # the same upload at the same moment
    )
    if new:
        record_event(
            now=now,
            by=by,
            branch=branch,
            action="offline upload",
            kind="branch",
            object_id=branch.pk,
            details={"loans": len(new)},
        )
    return len(new)


def lend_offline(
    *,
    row: OfflineLoan,
    by: StaffAccount | None,
    now: datetime,
    override: str | None = None,
) -> OfflineLoan:
    """Lend what was written down, as of its day; what is refused keeps its reasons.

    ``override`` as in check_out. Solved rows stay as they are.
    """
    try:
        return _lent(row, by=by, now=now, override=override)
    except CheckOutRefused as refused:
        return _refused(row, refused.reasons)


@transaction.atomic
def _lent(
    row: OfflineLoan, *, by: StaffAccount | None, now: datetime, override: str | None
) -> OfflineLoan:
    """Lend it and mark it as lent, both or neither."""
    if row.state in OfflineLoan.SOLVED:
        return row
    item, found = scanned_item(row.barcode), patron_by_card(row.card_number)
    unknown = [Reason(Problem.UNKNOWN_CARD)] if found is None else []
    unknown += [Reason(Problem.UNKNOWN_ITEM)] if item is None else []
    if item is None or found is None:
        raise CheckOutRefused(unknown)
    locked_item(item.pk)
    present = OfflineLoan.objects.select_for_update().get(pk=row.pk)
    if present.state in OfflineLoan.SOLVED:
        return present
    if _came_back_since(item.pk, row):
        raise CheckOutRefused([Reason(Problem.MOVED_SINCE)])
    made = check_out(
        item=item,
        patron=found[0],
        card=found[1],
        branch=row.branch,
        by=by,
        now=now,
        override=override,
        on_date=timezone.localdate(row.lent_at),
    )
    present.loan = made.loan
    return _solve(present, OfflineLoan.State.LENT, override or "", by, now)


def _came_back_since(item: int, row: OfflineLoan) -> bool:
    """Return whether the item was checked in after it was lent: the loan is over already."""
    back = Step.objects.filter(kind=Step.Kind.CHECK_IN, object_id=item, undone_at=None)
    return back.filter(at__gt=row.lent_at).exists()


@transaction.atomic
def _refused(row: OfflineLoan, reasons: Sequence[Reason]) -> OfflineLoan:
    present = OfflineLoan.objects.select_for_update().get(pk=row.pk)
    if present.state in OfflineLoan.SOLVED:
        return present
    present.state = OfflineLoan.State.REFUSED
    present.problems = [_kept(reason) for reason in reasons]
    present.save(update_fields=["state", "problems"])
    return present


@transaction.atomic
def discard_offline_loan(
    *, row: OfflineLoan, reason: str, branch: Branch, by: StaffAccount | None, now: datetime
) -> OfflineLoan:
    """Give up what was written down, for a reason; solved rows stay as they are."""
    present = OfflineLoan.objects.select_for_update().get(pk=row.pk)
    if present.state in OfflineLoan.SOLVED:
        return present
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="discard offline loan",
        kind="offline loan",
        object_id=present.pk,
        reason=reason,
    )
    return _solve(present, OfflineLoan.State.DISCARDED, reason, by, now)


def _solve(
    row: OfflineLoan, state: OfflineLoan.State, reason: str, by: StaffAccount | None, now: datetime
) -> OfflineLoan:
    """Mark it as solved; nothing of the patron is kept in it."""
    row.state, row.reason = state, reason
    row.card_number, row.problems = "", []
    row.solved_at, row.solved_by = now, by
    row.save()
    return row


def _kept(reason: Reason) -> dict[str, Any]:
    return {
        "problem": reason.problem.value,
        "cents": reason.cents,
        "count": reason.count,
        "limit": reason.limit,
        "until": reason.until.isoformat() if reason.until else None,
        "words": reason.words,
    }


def reasons_of(row: OfflineLoan) -> list[Reason]:
    """Return why it was refused."""
    return [_reason(kept) for kept in row.problems]


def _reason(kept: Mapping[str, Any]) -> Reason:
    return Reason(
        Problem(kept["problem"]),
        cents=kept["cents"],
        count=kept["count"],
        limit=kept["limit"],
        until=date.fromisoformat(kept["until"]) if kept["until"] else None,
        words=kept["words"],
    )
