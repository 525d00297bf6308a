"""What a patron's age asks for; the limits come from the rules of use in force."""

from dataclasses import dataclass
from datetime import date

ADULT_YEARS = 18


@dataclass(frozen=True)
class Ages:
    """Limits in whole years: a card is given from one age, a guardian is needed below another."""

    card_from: int = 0
    guardian_needed_below: int = 15


def age_on(born: date, day: date) -> int:
    """Return the age in whole years on a day; one born on 29 February has a birthday on 1 March.

    >>> age_on(date(2011, 3, 2), date(2026, 3, 1)), age_on(date(2011, 3, 2), date(2026, 3, 2))
    (14, 15)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """Return the day on which the age is reached.

    >>> birthday(date(2008, 2, 29), 15)
    datetime.date(2023, 3, 1)
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def born_by(day: date, years: int) -> date:
    """Return the latest date of birth of those who are at least so old on the day.

    >>> born_by(date(2026, 3, 1), 15)
    datetime.date(2011, 3, 1)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
