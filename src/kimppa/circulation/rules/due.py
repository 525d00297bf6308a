"""When a loan falls due: never on a day when nobody can bring it back."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from kimppa.organisations.rules import Stop, Timetable

LOOK_AHEAD_DAYS = 366  # a branch closed for longer than this lends by the plain period


def due_date(start: date, days: int, timetable: Timetable) -> date:
    """Return the first open day that is at least ``days`` days after ``start``.

    On a mobile library an open day is one when it comes again to a stop where it is on
    ``start``; where such stops differ in their cycle, the latest of their days, so that nobody
    has to meet the bus elsewhere (users.md 1.2: bus loans go by the route's cycle).
    """
    wanted = start + timedelta(days=days)
    return max(_open_day(wanted, seen) for seen in _seen_from(start, wanted, timetable))


def _seen_from(start: date, wanted: date, timetable: Timetable) -> Collection[Timetable]:
    """Return a timetable for each stop of that day; else the whole one."""
    stops = [
        each
        for each in timetable.regular
        if isinstance(each, Stop) and each.falls_on(start) and each.is_in_force(wanted)
    ]
    return [replace(timetable, regular=(stop,)) for stop in stops] or [timetable]


def _open_day(wanted: date, timetable: Timetable) -> date:
    days = (wanted + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS))
    return next((day for day in days if not timetable.is_closed(day)), wanted)
