"""What the pages of units show: the tree of them, and a branch's week."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from kimppa.organisations.models import Branch, ExceptionalDay, HoursKind, Library, OpeningHours
from kimppa.organisations.queries.hours import timetable
from kimppa.organisations.rules import Span, days_between

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Day:
    """A day of a branch's week, with why it is not as usual."""

    date: date
    spans: tuple[Span, ...]
    is_closed: bool
    is_exception: bool
    reason: str


def libraries() -> list[Library]:
    """Return the libraries with their branches."""
    return list(Library.objects.prefetch_related("branches").order_by("name"))


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def week_of(branch: Branch, day: date) -> list[Day]:
    """Return the seven days, from Monday, of the week that the day belongs to."""
    first = monday_of(day)
    last = first + WEEK - timedelta(days=1)
    known = timetable(branch, first, last)
    reasons = exceptional_days(branch, first, last)
    return [
        Day(
            each,
            known.spans(each),
            known.is_closed(each),
            each in known.exceptions,
            next((row.reason for row in reasons if row.date == each and row.reason), ""),
        )
        for each in days_between(first, last)
    ]


def exceptional_days(
    branch: Branch | None, first: date, last: date | None = None
) -> list[ExceptionalDay]:
    """Return the rows of exceptional days from one day on: the branch's own and those of all."""
    rows = ExceptionalDay.objects.filter(Q(branch=branch) | Q(branch=None), date__gte=first)
    if last:
        rows = rows.filter(date__lte=last)
    return list(rows.order_by("date", "opens"))


def seasons(branch: Branch, day: date) -> list[tuple[date, date | None]]:
    """Return from when to when the branch's hours hold, without those that ended before the day."""
    rows = OpeningHours.objects.filter(branch=branch).filter(
        Q(valid_to=None) | Q(valid_to__gte=day)
    )
    return sorted(set(rows.values_list("valid_from", "valid_to")))


def typed_week(branch: Branch, day: date) -> dict[tuple[int, HoursKind], list[Span]]:
    """Return the hours that hold on a day's date, by weekday and kind, exceptions aside."""
    rows = OpeningHours.objects.filter(branch=branch, valid_from__lte=day).filter(
        Q(valid_to=None) | Q(valid_to__gte=day)
    )
    found: dict[tuple[int, HoursKind], list[Span]] = {}
    for row in rows.order_by("opens"):
        key = (row.weekday, HoursKind(row.kind))
        found.setdefault(key, []).append(Span(row.opens, row.closes, row.kind))
    return found
