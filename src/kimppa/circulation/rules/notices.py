"""Which message goes by which way, and when an overdue loan is spoken of."""

from collections.abc import Mapping
from datetime import date, timedelta

# The first way that works, where the patron chose none.
DEFAULT_WAYS = ("email", "sms", "print")
# What a patron cannot decline: the library must be able to say that it asked its things back.
ALWAYS_TOLD = frozenset({"overdue", "invoice"})
# Names of the policy's values: how many days after the due date each step comes (0: never).
OVERDUE_STEPS: Mapping[str, str] = {
    "overdue 1": "overdue_notice_days",
    "overdue 2": "second_overdue_notice_days",
    "invoice": "invoice_after_days",
}


def way(kind: str, chosen: str | None, reachable: Mapping[str, bool]) -> str | None:
    """Return how to tell: the chosen way if it can be gone, else the first that can; None: not.

    >>> way("hold_ready", None, {"email": False, "sms": True})
    'sms'
    >>> way("hold_ready", "none", {"email": True}) is None
    True
    >>> way("overdue", "none", {"email": True})
    'email'
    """
    if chosen == "none" and kind not in ALWAYS_TOLD:
        return None
    if chosen and chosen != "none" and reachable.get(chosen, chosen == "print"):
        return chosen
    return next((way for way in DEFAULT_WAYS if reachable.get(way, way == "print")), None)


def step_due(due_date: date, days: int, today: date) -> bool:
    """Return whether a step that comes so many days after the due date has come (0 days: never).

    >>> step_due(date(2026, 3, 1), 7, date(2026, 3, 8)), step_due(date(2026, 3, 1), 0, date.max)
    (True, False)
    """
    return days > 0 and due_date + timedelta(days) <= today
