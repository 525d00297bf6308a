"""Whether a hold may be placed or changed; every reason against it at once, with its figures."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kimppa.circulation.rules.loans import OVERRIDABLE as LOAN_OVERRIDABLE
from kimppa.circulation.rules.loans import Reason
from kimppa.circulation.rules.policy import Answer

MOST_COPIES = 60  # of one record for one purpose: a school class and its teachers


class HoldProblem(StrEnum):
    """Why a hold cannot be placed, changed or restored."""

    TOO_MANY_HOLDS = "too_many_holds"
    NOT_ALLOWED = "not_allowed"
    HAS_LOAN = "has_loan"
    HAS_HOLD = "has_hold"
    NO_ITEM = "no_item"
    TOO_FEW_ITEMS = "too_few_items"
    NO_PICKUP_THERE = "no_pickup_there"
    DATE_PAST = "date_past"
    DATES_CROSS = "dates_cross"
    NOT_WAITING = "not_waiting"
    NO_REASON = "no_reason"
    NOT_CANCELLED = "not_cancelled"
    TOO_LATE = "too_late"
    PATRON_GONE = "patron_gone"


OVERRIDABLE = frozenset({HoldProblem.TOO_MANY_HOLDS, HoldProblem.NOT_ALLOWED, HoldProblem.HAS_LOAN})


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One reason against a hold; ``count`` holds or items there are, ``limit`` that may be."""

    problem: HoldProblem
    count: int = 0
    limit: int = 0
    answer: Answer | None = None

    def __str__(self) -> str:
        return self.problem.value

    @property
    def can_be_overridden(self) -> bool:
        """Whether the permission to override helps."""
        return self.problem in OVERRIDABLE


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and what decides whether it can be had."""

    copies: int
    items: int  # that may come to the pickup branch
    items_allowed: int  # of those, the ones that the rules let this patron category reserve
    open_holds: int
    max_holds: Answer
    not_allowed: Answer | None = None  # the rule that says no, if one does
    has_loan: bool = False
    has_hold: bool = False
    is_pickup_place: bool = True
    not_before_date: date | None = None
    wanted_by_date: date | None = None


def placing_problems(wish: Wish, today: date) -> list[HoldReason]:
    """Return what speaks against the hold itself; what stops the patron is asked of loans."""
    max_holds = wish.max_holds
    table = [
        (not wish.is_pickup_place, HoldReason(HoldProblem.NO_PICKUP_THERE)),
        (wish.has_hold, HoldReason(HoldProblem.HAS_HOLD)),
        (wish.has_loan, HoldReason(HoldProblem.HAS_LOAN)),
        (not wish.items, HoldReason(HoldProblem.NO_ITEM)),
        (
            wish.items > 0 and not wish.items_allowed,
            HoldReason(HoldProblem.NOT_ALLOWED, answer=wish.not_allowed),
        ),
        (
            0 < wish.items_allowed < wish.copies,
            HoldReason(HoldProblem.TOO_FEW_ITEMS, count=wish.copies, limit=wish.items_allowed),
        ),
        (
            0 < max_holds.value < wish.open_holds + wish.copies,
            HoldReason(
                HoldProblem.TOO_MANY_HOLDS,
                count=wish.open_holds,
                limit=max_holds.value,
                answer=max_holds,
            ),
        ),
    ]
    found = [reason for is_so, reason in table if is_so]
    return found + date_problems(wish.not_before_date, wish.wanted_by_date, today)


def date_problems(not_before: date | None, wanted_by: date | None, today: date) -> list[HoldReason]:
    """Return what is wrong with the dates: wanted until a day gone by, or before it begins.

    >>> [str(each) for each in date_problems(date(2026, 5, 1), date(2026, 4, 1), date(2026, 3, 1))]
    ['dates_cross']
    """
    found = []
    if wanted_by and wanted_by < today:
        found.append(HoldReason(HoldProblem.DATE_PAST))
    if wanted_by and not_before and wanted_by < not_before:
        found.append(HoldReason(HoldProblem.DATES_CROSS))
    return found


def is_overridable(reason: HoldReason | Reason) -> bool:
    """Return whether somebody with the permission may let it pass, giving a reason.

    >>> is_overridable(HoldReason(HoldProblem.NO_ITEM))
    False
    """
    return reason.problem in OVERRIDABLE or reason.problem in LOAN_OVERRIDABLE
