"""Move due dates away from days on which a branch turns out to be closed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Loan, Step
from kimppa.circulation.queries.loans import loans_due
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event

AT_ONCE = 5000  # numbers in one statement


@dataclass(frozen=True)
class DueDatesMoved:
    """How many loans fall due on another day now; ``step`` undoes it."""

    count: int
    step: Step | None


@transaction.atomic
def move_due_dates(
    *,
    branch: Branch | None,
    first: date,
    last: date,
    to: date,
    by: StaffAccount | None,
    now: datetime,
) -> DueDatesMoved:
    """Let the branch's open loans (None: all) that fall due within the days fall due on ``to``.

    ``queries.loans.loans_due`` counts them beforehand. ValueError unless ``first`` <= ``last`` <
    ``to``: a due date never moves to an earlier day. Run twice it finds nothing more to move.
    """
    if not first <= last < to:
        raise ValueError(first, last, to)
    due = loans_due(branch, first, last).select_for_update(no_key=True).order_by("pk")
    moved: dict[str, list[int]] = defaultdict(list)
    for number, due_date in due.values_list("pk", "due_date"):
        moved[due_date.isoformat()].append(number)
    numbers = [number for numbers in moved.values() for number in numbers]
    if not numbers:
        return DueDatesMoved(0, None)
    for some in _portions(numbers):
        Loan.objects.filter(pk__in=some).update(due_date=to)
    step = Step.objects.create(
        kind=Step.Kind.DUE_DATES,
        object_id=branch.pk if branch else 0,
        before={"to": to.isoformat(), "count": len(numbers), "loans": moved},
        at=now,
        by=by,
        branch=branch,
        # Until the new day has come: after it the loans are late by the new date.
        undo_until=timezone.make_aware(datetime.combine(to + timedelta(days=1), time.min)),
    )
    details = {"first": first.isoformat(), "last": last.isoformat(), "to": to.isoformat()}
    _log("move due dates", branch, by, now, step, {**details, "loans": len(numbers)})
    return DueDatesMoved(len(numbers), step)


@transaction.atomic
def undo_move_due_dates(*, step: Step, by: StaffAccount | None, now: datetime) -> int:
    """Give the loans their earlier due dates again; return how many.

    Those that ended or were renewed meanwhile stay as they are. After the day they were moved to
    nothing is changed any more, nor by a second undo: 0.
    """
    step = Step.objects.select_for_update(of=("self",)).get(pk=step.pk, kind=Step.Kind.DUE_DATES)
    if step.undone_at or now > step.undo_until:
        return 0
    to = date.fromisoformat(step.before["to"])
    count = 0
    for due_date, numbers in sorted(step.before["loans"].items()):
        for some in _portions(numbers):
            still = Loan.objects.open().filter(pk__in=some, due_date=to)
            count += still.update(due_date=date.fromisoformat(due_date))
    step.undone_at = now
    step.save(update_fields=["undone_at"])
    _log("undo move due dates", step.branch, by, now, step, {"loans": count})
    return count


def _portions(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))


def _log(
    action: str,
    branch: Branch | None,
    by: StaffAccount | None,
    now: datetime,
    step: Step,
    details: dict[str, object],
) -> None:
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="step",
        object_id=step.pk,
        details=details,
    )
