"""The four digits: what counts as a PIN and what wrong tries lead to."""

import re
from datetime import timedelta
from enum import StrEnum

FOUR_DIGITS = re.compile(r"[0-9]{4}")
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class PinAnswer(StrEnum):
    """What comes of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # too many wrong tries; whether this one was right is not told
    NONE = "none"  # the patron has not chosen a PIN


def is_pin(text: str) -> bool:
    """Return whether it is four digits (rules of use, users.md 1.2).

    >>> is_pin("0417"), is_pin("417"), is_pin("٠٤١٧")
    (True, False, False)
    """
    return FOUR_DIGITS.fullmatch(text) is not None
