"""When a branch is open."""

from datetime import date

from django.db.models import Q

from kimppa.organisations.models import Branch, BusStop, ExceptionalDay, HoursKind, OpeningHours
from kimppa.organisations.rules import Span, Stop, Timetable, WeeklySpan


def closed_days(branch: Branch, first: date, last: date) -> set[date]:
    """Return the days between two dates, both included, when nobody can come in.

    Self-service hours keep a day open; days for which no hours are recorded count as open.
    """
    return timetable(branch, first, last).closed_days(first, last)


def hours_on(branch: Branch, day: date) -> tuple[Span, ...]:
    """Return when the branch is open on the day, earliest first; empty also when not recorded."""
    return timetable(branch, day, day).spans(day)


def timetable(branch: Branch, first: date, last: date) -> Timetable:
    """Return what is recorded of a branch's hours between two dates."""
    regular: list[WeeklySpan | Stop] = [
        WeeklySpan(weekday, Span(opens, closes, kind), valid_from, valid_to)
        for weekday, opens, closes, kind, valid_from, valid_to in OpeningHours.objects.filter(
            branch=branch
        ).values_list("weekday", "opens", "closes", "kind", "valid_from", "valid_to")
    ]
    if branch.kind == Branch.Kind.BUS:
        regular += [
            Stop(
                stop.first_date,
                stop.cycle_days,
                Span(stop.opens, stop.closes, HoursKind.STAFFED.value),
                stop.last_date,
            )
            for stop in BusStop.objects.filter(bus=branch)
        ]
    return Timetable(tuple(regular), _exceptions(branch, first, last))


def _exceptions(branch: Branch, first: date, last: date) -> dict[date, tuple[Span, ...]]:
    """Return the exceptional days; what a branch says of a day stands before what all say."""
    rows = ExceptionalDay.objects.filter(
        Q(branch=branch) | Q(branch=None), date__range=(first, last)
    )
    found: dict[date, tuple[Span, ...]] = {}
    own_days = {row.date for row in rows if row.branch_id}
    for row in rows:
        if row.branch_id is None and row.date in own_days:
            continue
        span = (Span(row.opens, row.closes, row.kind),) if row.opens and row.closes else ()
        found[row.date] = found.get(row.date, ()) + span
    return found
