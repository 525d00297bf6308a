"""When a branch is open on a day: the week's hours, exceptions to them and a bus's stops."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise


@dataclass(frozen=True, order=True)
class Span:
    """From when to when, and who is there: staffed, present or self_service (users.md 0.10)."""

    opens: time
    closes: time
    kind: str


@dataclass(frozen=True)
class WeeklySpan:
    """A span of one weekday (0 is Monday) between two dates, both included."""

    weekday: int
    span: Span
    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Return whether the week that this belongs to holds on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def falls_on(self, day: date) -> bool:
        """Return whether the branch is open by this on the day, exceptions aside."""
        return self.is_in_force(day) and day.weekday() == self.weekday


@dataclass(frozen=True)
class Stop:
    """A stop of a mobile library: every so many days from its first date on."""

    first_date: date
    cycle_days: int
    span: Span
    last_date: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Return whether the stop is served in these times."""
        return self.first_date <= day and (self.last_date is None or day <= self.last_date)

    def falls_on(self, day: date) -> bool:
        """Return whether the bus comes on the day, exceptions aside.

        >>> stop = Stop(date(2026, 3, 2), 14, Span(time(10), time(11), "staffed"))
        >>> stop.falls_on(date(2026, 3, 16)), stop.falls_on(date(2026, 3, 9))
        (True, False)
        """
        return self.is_in_force(day) and (day - self.first_date).days % self.cycle_days == 0


@dataclass(frozen=True)
class Timetable:
    """All that is recorded of when one branch is open.

    ``exceptions`` are the spans of dates on which the rest does not hold; no spans: closed.
    """

    regular: tuple[WeeklySpan | Stop, ...]
    exceptions: dict[date, tuple[Span, ...]]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return when the branch is open on the day, earliest first."""
        if day in self.exceptions:
            return tuple(sorted(self.exceptions[day]))
        return tuple(sorted(each.span for each in self.regular if each.falls_on(day)))

    def is_closed(self, day: date) -> bool:
        """Return whether nobody can come in on the day.

        A day for which no hours are recorded counts as open: else a branch whose hours
        nobody has typed in yet, or typed in only until summer, could lend nothing.
        """
        if day in self.exceptions:
            return not self.exceptions[day]
        is_recorded = any(each.is_in_force(day) for each in self.regular)
        return is_recorded and not any(each.falls_on(day) for each in self.regular)

    def closed_days(self, first: date, last: date) -> set[date]:
        """Return the closed days between two dates, both included."""
        return {day for day in days_between(first, last) if self.is_closed(day)}


def days_between(first: date, last: date) -> Iterable[date]:
    """Iterate over the days from the first to the last, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def read_spans(text: str) -> list[tuple[time, time]]:
    """Return the spans that somebody typed; raises ValueError for what is none.

    >>> read_spans("10-18")
    [(datetime.time(10, 0), datetime.time(18, 0))]
    >>> read_spans("9.30-12, 13:00-17")[0]
    (datetime.time(9, 30), datetime.time(12, 0))
    >>> read_spans(" - ")
    []
    """
    spans = [
        _read_span(part) for part in text.replace("\N{EN DASH}", "-").split(",") if part.strip(" -")
    ]
    for (_, closes), (opens, _) in pairwise(sorted(spans)):
        if opens < closes:
            raise ValueError(text)
    return sorted(spans)


def _read_span(text: str) -> tuple[time, time]:
    opens, closes = (_read_time(part) for part in text.split("-"))
    if closes <= opens:
        raise ValueError(text)
    return opens, closes


def _read_time(text: str) -> time:
    hours, _, minutes = text.strip().replace(".", ":").partition(":")
    if hours == "24":  # midnight at the end of the day; the day's last minute stands for it
        return time(23, 59)
    return time(int(hours), int(minutes or 0))


def typed(spans: Iterable[tuple[time, time]]) -> str:
    """Return spans as one would type them.

    >>> typed([(time(9, 30), time(12)), (time(13), time(17))])
    '9.30-12, 13-17'
    """
    return ", ".join(f"{_typed(opens)}-{_typed(closes)}" for opens, closes in spans)


def _typed(at: time) -> str:
    return f"{at.hour}.{at.minute:02}" if at.minute else str(at.hour)
