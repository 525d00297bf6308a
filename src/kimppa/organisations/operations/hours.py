"""Opening hours: a week's hours for a season, and days on which they do not hold."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kimppa.organisations.models import Branch, ExceptionalDay, OpeningHours, StaffAccount
from kimppa.organisations.operations.log import record_event
from kimppa.organisations.rules import Span

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@transaction.atomic
def set_hours(
    *,
    branch: Branch,
    week: dict[int, list[Span]],
    valid_from: date,
    valid_to: date | None,
    now: datetime,
    by: StaffAccount,
) -> None:
    """Let the week (0 is Monday) hold from one day to another, or for the time being.

    Earlier hours end the day before and, after a season with an end, go on the day after it.
    """
    Branch.objects.select_for_update().get(pk=branch.pk)
    overlapping = OpeningHours.objects.filter(branch=branch).filter(
        Q(valid_to=None) | Q(valid_to__gte=valid_from)
    )
    if valid_to:
        overlapping = overlapping.filter(valid_from__lte=valid_to)
    for row in overlapping:
        _make_room(row, valid_from, valid_to)
    OpeningHours.objects.bulk_create(
        OpeningHours(
            branch=branch,
            weekday=weekday,
            opens=span.opens,
            closes=span.closes,
            kind=span.kind,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for weekday, spans in week.items()
        for span in spans
    )
    details = {
        "from": valid_from.isoformat(),
        "to": valid_to.isoformat() if valid_to else None,
        "week": {
            WEEKDAYS[weekday]: [
                f"{span.opens:%H:%M}-{span.closes:%H:%M} {span.kind}" for span in spans
            ]
            for weekday, spans in week.items()
        },
    }
    _log("set hours", branch, details, now=now, by=by)


def _make_room(row: OpeningHours, valid_from: date, valid_to: date | None) -> None:
    """Cut the season out of a row; what is left of it may be two rows, one or none."""
    ends = row.valid_to
    begins_before = row.valid_from < valid_from
    if begins_before:
        OpeningHours.objects.filter(pk=row.pk).update(valid_to=valid_from - DAY)
    goes_on = valid_to is not None and (ends is None or ends > valid_to)
    if goes_on and valid_to:
        if begins_before:
            row.pk = None
        row.valid_from, row.valid_to = valid_to + DAY, ends
        row.save()
    elif not begins_before:
        row.delete()


@transaction.atomic
def set_exceptional_day(
    *,
    branch: Branch | None,
    day: date,
    spans: Collection[Span],
    reason: str,
    now: datetime,
    by: StaffAccount,
) -> None:
    """Let other hours hold on one day, none for closed; no branch: everywhere.

    What was said of the day before is replaced.
    """
    ExceptionalDay.objects.filter(branch=branch, date=day).delete()
    row = {"branch": branch, "date": day, "reason": reason}
    ExceptionalDay.objects.bulk_create(
        [
            ExceptionalDay(**row, opens=span.opens, closes=span.closes, kind=span.kind)
            for span in spans
        ]
        or [ExceptionalDay(**row)]
    )
    hours = [f"{span.opens:%H:%M}-{span.closes:%H:%M} {span.kind}" for span in spans]
    details = {"date": day.isoformat(), "hours": hours}
    _log("set exceptional day", branch, details, now=now, by=by)


@transaction.atomic
def remove_exceptional_day(
    *, branch: Branch | None, day: date, now: datetime, by: StaffAccount
) -> None:
    """Let the week's hours hold on the day again."""
    count, _ = ExceptionalDay.objects.filter(branch=branch, date=day).delete()
    if count:
        details = {"date": day.isoformat()}
        _log("remove exceptional day", branch, details, now=now, by=by)


def _log(
    action: str,
    branch: Branch | None,
    details: Mapping[str, object],
    *,
    now: datetime,
    by: StaffAccount,
) -> None:
    object_id = branch.pk if branch else ""
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="branch",
        object_id=object_id,
        details=details,
    )
