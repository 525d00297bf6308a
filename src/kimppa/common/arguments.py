"""What commands take: days and moments, and what is said when they cannot be read."""

from argparse import ArgumentTypeError
from datetime import date, datetime


def day(text: str) -> date:
    """Return the day.

    >>> day("2026-03-01")
    datetime.date(2026, 3, 1)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"write the day as 2026-03-31, not {text!r}") from None


def moment(text: str) -> datetime:
    """Return the moment; a day alone is its beginning.

    >>> moment("2026-03-01T12:30")
    datetime.datetime(2026, 3, 1, 12, 30)
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"write the time as 2026-03-31 or 2026-03-31T12:30, not {text!r}"
        ) from None
