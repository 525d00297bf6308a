"""When a branch is open on a day: the week's hours, exceptions to them and a bus's stops."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta


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
