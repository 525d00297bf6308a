"""When a branch is open."""

import json
from datetime import date, time
from functools import lru_cache

from django.db import connection

from kimppa.organisations.models import Branch, HoursKind
from kimppa.organisations.queries.prepared import first_row
from kimppa.organisations.rules import Span, Stop, Timetable, WeeklySpan

# What is recorded of a branch's hours, as three texts: its weeks, its stops if it is a bus, and
# exceptional days. A part of a statement, so that a scan need not ask for it apart.
COLUMNS = """
(SELECT CAST({rows}({row}(weekday, opens, closes, kind, valid_from, valid_to)) AS text)
    FROM organisations_openinghours WHERE branch_id = %(branch)s),
(SELECT CAST({rows}({row}(stop.first_date, stop.cycle_days, stop.opens, stop.closes,
        stop.last_date)) AS text)
    FROM organisations_busstop AS stop JOIN organisations_branch AS bus ON bus.id = stop.bus_id
    WHERE stop.bus_id = %(branch)s AND bus.kind = 'bus'),
(SELECT CAST({rows}({row}(date, opens, closes, kind, branch_id)) AS text)
    FROM organisations_exceptionalday
    WHERE (branch_id = %(branch)s OR branch_id IS NULL) AND date BETWEEN %(day)s AND %(last)s)
"""
DIALECTS = {
    "postgresql": {"rows": "json_agg", "row": "json_build_array"},
    "sqlite": {"rows": "json_group_array", "row": "json_array"},
}
KEPT = 1_000


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
    given = {"branch": branch.pk, "day": first, "last": last}
    row = first_row(f"SELECT {timetable_columns()}", given)
    return timetable_of(*row or (None, None, None))


def timetable_columns() -> str:
    """Return three columns for a statement with ``%(branch)s``, ``%(day)s`` and ``%(last)s``."""
    return COLUMNS.format(**DIALECTS[connection.vendor])


@lru_cache(maxsize=KEPT)
def timetable_of(weeks: str | None, stops: str | None, exceptions: str | None) -> Timetable:
    """Return what the three columns say; the same texts are read only once."""
    regular: list[WeeklySpan | Stop] = [
        WeeklySpan(weekday, _span(opens, closes, kind), date.fromisoformat(since), _day(until))
        for weekday, opens, closes, kind, since, until in json.loads(weeks or "[]")
    ]
    regular += [
        Stop(
            date.fromisoformat(first),
            cycle_days,
            _span(opens, closes, HoursKind.STAFFED.value),
            _day(last),
        )
        for first, cycle_days, opens, closes, last in json.loads(stops or "[]")
    ]
    return Timetable(tuple(regular), _exceptions(exceptions))


def _exceptions(text: str | None) -> dict[date, tuple[Span, ...]]:
    """Return the exceptional days; what a branch says of a day stands before what all say."""
    rows = json.loads(text or "[]")
    own_days = {day for day, _, _, _, branch in rows if branch}
    found: dict[date, tuple[Span, ...]] = {}
    for text_of_day, opens, closes, kind, branch in rows:
        if branch is None and text_of_day in own_days:
            continue
        day = date.fromisoformat(text_of_day)
        span = (_span(opens, closes, kind),) if opens and closes else ()
        found[day] = found.get(day, ()) + span
    return found


def _span(opens: str, closes: str, kind: str) -> Span:
    return Span(time.fromisoformat(opens), time.fromisoformat(closes), kind)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
