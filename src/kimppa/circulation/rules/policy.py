"""The policy matrix: which value holds for whom, what and where, and which rule said so.

Sources of the values: users.md 1.2 (rules of use of several Finnish consortia) and 1.3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """What a value counts."""

    DAYS = "days"
    CENTS = "cents"
    COUNT = "count"
    HOURS = "hours"
    YEARS = "years"
    YES_NO = "yes_no"  # 1 or 0


class Value(NamedTuple):
    """What a rule can set: its unit, and what holds where no rule says anything."""

    unit: Unit
    default: int


VALUES: Mapping[str, Value] = {
    "loan_allowed": Value(Unit.YES_NO, 1),
    "loan_days": Value(Unit.DAYS, 28),
    "loan_days_when_reserved": Value(Unit.DAYS, 0),  # 0: the ordinary period
    "renewals": Value(Unit.COUNT, 5),
    "renewal_when_reserved": Value(Unit.YES_NO, 0),
    "renewal_max_days_late": Value(Unit.DAYS, 0),  # 0: no limit
    "max_loans": Value(Unit.COUNT, 0),  # 0: no limit
    "max_holds": Value(Unit.COUNT, 0),
    "hold_allowed": Value(Unit.YES_NO, 1),
    "pickup_days": Value(Unit.DAYS, 7),
    "pickup_open_days_only": Value(Unit.YES_NO, 0),
    "uncollected_cents": Value(Unit.CENTS, 0),
    "overdue_cents_per_day": Value(Unit.CENTS, 0),
    "overdue_grace_days": Value(Unit.DAYS, 0),
    "overdue_max_cents": Value(Unit.CENTS, 0),  # 0: no limit
    "overdue_notice_days": Value(Unit.DAYS, 7),
    "second_overdue_notice_days": Value(Unit.DAYS, 21),
    "invoice_after_days": Value(Unit.DAYS, 60),
    "block_limit_cents": Value(Unit.CENTS, 0),  # 0: fees never stop borrowing
    "block_counts_overdue": Value(Unit.YES_NO, 1),
    "block_counts_uncollected": Value(Unit.YES_NO, 0),
    "block_counts_interlibrary": Value(Unit.YES_NO, 0),
    "ban_max_days": Value(Unit.DAYS, 30),  # 0: no limit
    "new_card_cents": Value(Unit.CENTS, 0),
    "first_card_free": Value(Unit.YES_NO, 1),
    "interlibrary_cents": Value(Unit.CENTS, 0),
    "return_to_lender_only": Value(Unit.YES_NO, 0),
    "guardian_needed_below_years": Value(Unit.YEARS, 15),
    "guardian_liable_below_years": Value(Unit.YEARS, 18),
    "card_from_years": Value(Unit.YEARS, 0),
    "self_service_from_years": Value(Unit.YEARS, 15),
    "cancel_undo_hours": Value(Unit.HOURS, 24),
    "merge_undo_days": Value(Unit.DAYS, 30),
    "purge_after_years": Value(Unit.YEARS, 5),
}


class Case(NamedTuple):
    """Whom and what a question is about; codes and numbers as rules name them."""

    category: int | None = None
    item_type: str = ""
    shelving_location: str = ""
    library: int | None = None
    branch: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the matrix; None or "" means any."""

    number: int
    name: str
    value: int
    category: int | None = None
    item_type: str = ""
    shelving_location: str = ""
    library: int | None = None
    branch: int | None = None

    @property
    def particularity(self) -> tuple[bool, ...]:
        """What it names, the weightiest first: place, patron category, location, item type."""
        return (
            self.branch is not None,
            self.library is not None,
            self.category is not None,
            bool(self.shelving_location),
            bool(self.item_type),
        )

    def fits(self, case: Case) -> bool:
        """Return whether all it names is so in the case."""
        return (
            self.branch in (None, case.branch)
            and self.library in (None, case.library)
            and self.category in (None, case.category)
            and self.shelving_location in ("", case.shelving_location)
            and self.item_type in ("", case.item_type)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, the rule that set it (None: the built-in default) and the rules it went before."""

    name: str
    value: int
    rule: Rule | None
    beaten: tuple[Rule, ...] = ()


class Policy:
    """The rules of one rule set, ready to be asked.

    >>> policy = Policy([Rule(1, "loan_days", 28), Rule(2, "loan_days", 14, item_type="DVD")])
    >>> policy.answer("loan_days", Case(item_type="DVD")).value
    14
    >>> policy["loan_days", Case(item_type="BOOK")]
    28
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_name: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda rule: (rule.particularity, -rule.number)):
            self._by_name.setdefault(rule.name, []).insert(0, rule)
        self._known: dict[tuple[str, Case], Answer] = {}

    def answer(self, name: str, case: Case) -> Answer:
        """Return the value that holds, with its reason; KeyError when nothing has that name."""
        found = self._known.get((name, case))
        if found is None:
            found = self._known[name, case] = self._decide(name, case)
        return found

    def __getitem__(self, asked: tuple[str, Case]) -> int:
        return self.answer(*asked).value

    def _decide(self, name: str, case: Case) -> Answer:
        fitting = [rule for rule in self._by_name.get(name, ()) if rule.fits(case)]
        if not fitting:
            return Answer(name, VALUES[name].default, None)
        return Answer(name, fitting[0].value, fitting[0], tuple(fitting[1:]))
