"""What loans of the past would have been under other rules: due dates, fees and blocks.

It is supposed that people bring things back on the day they did, and renew as often as they did
where the rules allow it, each time on the last day. A fee stays open for some days, then is paid.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from kimppa.circulation.rules.fees import LateTerms, overdue_cents
from kimppa.circulation.rules.policy import Case, Policy

ClosedDays = Callable[[int | None, date, date], Collection[date]]
PAID_AFTER_DAYS = 30


def never_closed(_branch: int | None, _first: date, _last: date) -> Collection[date]:
    """Stand in where opening hours are not known."""
    return ()


@dataclass(frozen=True, slots=True)
class PastLoan:
    """One loan of the past; ``patron`` is any name that is the same for one patron, or empty."""

    began: date
    returned: date | None
    renewals: int
    case: Case
    patron: str = ""


@dataclass(slots=True)
class Tally:
    """What came of some loans, in loans, days and cents."""

    loans: int = 0
    refused: int = 0  # loans that the rules would not have allowed
    late: int = 0
    fee_cents: int = 0
    fees: int = 0


@dataclass(slots=True)
class Outcome:
    """What came of all loans, in all and by library and patron category (their numbers)."""

    total: Tally = field(default_factory=Tally)
    by_library: dict[int | None, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_category: dict[int | None, Tally] = field(default_factory=lambda: defaultdict(Tally))
    blocked_patrons: int = 0
    blocked_days: int = 0
    loans_without_patron: int = 0


@dataclass(frozen=True, slots=True)
class Debt:
    """A fee that counts towards the block, open from one day to another."""

    first: date
    last: date
    cents: int
    limit_cents: int


def due_date(loan: PastLoan, policy: Policy) -> date:
    """Return the last due date the loan would have had, before closed days are looked at."""
    case = loan.case
    periods = 1 + min(loan.renewals, policy["renewals", case])
    return loan.began + timedelta(policy["loan_days", case] * periods)


def late_cents(loan: PastLoan, policy: Policy, today: date, closed: ClosedDays) -> tuple[bool, int]:
    """Return whether the loan would have been late, and what that would have cost."""
    due = due_date(loan, policy)
    came = loan.returned or today
    if came <= due:
        return False, 0
    case = loan.case
    shut = closed(case.branch, due, came)
    while due in shut:
        due += timedelta(1)
    terms = LateTerms(
        policy["overdue_cents_per_day", case],
        policy["overdue_grace_days", case],
        policy["overdue_max_cents", case],
    )
    return came > due, overdue_cents(due, came, terms, shut)


def simulate(
    loans: Iterable[PastLoan],
    policies: Sequence[Policy],
    *,
    today: date,
    closed: ClosedDays = never_closed,
    paid_after_days: int = PAID_AFTER_DAYS,
) -> list[Outcome]:
    """Return what would have come of the loans under each policy, in one pass over the loans.

    >>> from kimppa.circulation.rules.policy import Rule
    >>> policy = Policy([Rule(1, "loan_days", 14), Rule(2, "overdue_cents_per_day", 20)])
    >>> loan = PastLoan(date(2026, 1, 1), date(2026, 1, 20), 0, Case())
    >>> [outcome] = simulate([loan], [policy], today=date(2026, 3, 1))
    >>> outcome.total.fee_cents
    100
    """
    trials = [_Trial(policy, today, closed, timedelta(paid_after_days)) for policy in policies]
    for loan in loans:
        for trial in trials:
            trial.add(loan)
    return [trial.finished() for trial in trials]


class _Trial:
    """One policy at work on one loan after another."""

    def __init__(
        self, policy: Policy, today: date, closed: ClosedDays, paid_after: timedelta
    ) -> None:
        self.policy, self.today, self.closed, self.paid_after = policy, today, closed, paid_after
        self.outcome = Outcome()
        self.debts: dict[str, list[Debt]] = defaultdict(list)

    def add(self, loan: PastLoan) -> None:
        """Count the loan."""
        case, outcome = loan.case, self.outcome
        is_late, cents = late_cents(loan, self.policy, self.today, self.closed)
        is_refused = not self.policy["loan_allowed", case]
        for tally in (
            outcome.total,
            outcome.by_library[case.library],
            outcome.by_category[case.category],
        ):
            tally.loans += 1
            tally.refused += is_refused
            tally.late += is_late
            tally.fee_cents += cents
            tally.fees += cents > 0
        if not loan.patron:
            outcome.loans_without_patron += 1
        elif cents and self.policy["block_counts_overdue", case]:
            charged = loan.returned or self.today
            limit = self.policy["block_limit_cents", case]
            self.debts[loan.patron].append(Debt(charged, charged + self.paid_after, cents, limit))

    def finished(self) -> Outcome:
        """Return the outcome with the blocks counted."""
        for owed in self.debts.values():
            days = blocked_days(owed)
            self.outcome.blocked_patrons += days > 0
            self.outcome.blocked_days += days
        return self.outcome


def blocked_days(debts: list[Debt]) -> int:
    """Return on how many days the open debts were above the limit (the lowest; 0: no limit).

    >>> day = date(2026, 1, 1)
    >>> blocked_days([Debt(day, day + timedelta(30), 400, 700)])
    0
    >>> blocked_days([Debt(day, day + timedelta(30), 400, 700)] * 2)
    30
    """
    limits = [debt.limit_cents for debt in debts if debt.limit_cents]
    if not limits or sum(debt.cents for debt in debts) <= min(limits):
        return 0
    changes: dict[date, int] = defaultdict(int)
    for debt in debts:
        changes[debt.first] += debt.cents
        changes[debt.last] -= debt.cents
    days, owed, since = 0, 0, None
    for day in sorted(changes):
        if since is not None and owed > min(limits):
            days += (day - since).days
        owed, since = owed + changes[day], day
    return days
