"""What patrons owe and whether it stops them from borrowing, and what a branch's till took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum

from kimppa.circulation.models import Fee, LedgerEntry, Loan, Receipt
from kimppa.circulation.rules.fees import COUNTS, LateTerms, overdue_cents
from kimppa.circulation.rules.policy import Case, Policy
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import closed_days, midnight
from kimppa.patrons.models import Patron


@dataclass(frozen=True, slots=True)
class FeeStanding:
    """What a patron owes, in cents, and the limit from which it stops borrowing (0: never)."""

    open_cents: int
    counted_cents: int  # of the open ones, those whose kind counts towards the block
    accruing_cents: int  # what overdue loans would cost if they came back today
    limit_cents: int

    @property
    def blocking_cents(self) -> int:
        """What is held against the limit."""
        return self.counted_cents + self.accruing_cents

    @property
    def is_blocking(self) -> bool:
        """Whether the patron may not borrow: the sum is above the limit."""
        return 0 < self.limit_cents < self.blocking_cents


def loan_case(loan: Loan, category: int | None) -> Case:
    """Return whom and what the rules of a loan are asked for: those of where it was lent."""
    return Case(
        category=category,
        item_type=loan.item.item_type,
        shelving_location=loan.item.shelving_location,
        library=loan.branch.library_id,
        branch=loan.branch_id,
    )


def late_terms(policy: Policy, case: Case) -> LateTerms:
    """Return what lateness costs in the case."""
    return LateTerms(
        cents_per_day=policy["overdue_cents_per_day", case],
        grace_days=policy["overdue_grace_days", case],
        max_cents=policy["overdue_max_cents", case],
    )


def loan_overdue_cents(loan: Loan, category: int | None, *, day: date, policy: Policy) -> int:
    """Return what the loan costs in lateness if it comes back on the day, in cents."""
    terms = late_terms(policy, loan_case(loan, category))
    if day <= loan.due_date or not terms.cents_per_day:
        return 0
    closed = closed_days(loan.branch, loan.due_date + timedelta(1), day)
    return overdue_cents(loan.due_date, day, terms, closed)


def fee_standing(patron: Patron, *, branch: Branch, day: date, policy: Policy) -> FeeStanding:
    """Return how the patron stands with fees at the branch on the day; two queries."""
    sums = dict(
        Fee.objects.filter(patron=patron, open_cents__gt=0)
        .order_by()
        .values_list("kind")
        .annotate(cents=Sum("open_cents"))
    )
    case = Case(category=patron.category_id, library=branch.library_id, branch=branch.pk)
    overdue = (
        Loan.objects.open()
        .filter(patron=patron, due_date__lt=day, claimed_returned_at=None)
        .select_related("item", "branch")
    )
    return FeeStanding(
        open_cents=sum(sums.values()),
        counted_cents=sum(
            cents for kind, cents in sums.items() if kind in COUNTS and policy[COUNTS[kind], case]
        ),
        accruing_cents=sum(
            loan_overdue_cents(loan, patron.category_id, day=day, policy=policy) for loan in overdue
        ),
        limit_cents=policy["block_limit_cents", case],
    )


def open_fees(patron: Patron) -> QuerySet[Fee]:
    """Return the patron's fees that are not settled, the oldest first: the order of paying."""
    return (
        Fee.objects.filter(patron=patron, open_cents__gt=0)
        .select_related("item__record", "library")
        .order_by("made_at", "pk")
    )


@dataclass(frozen=True)
class Till:
    """One branch's day: its receipts, sums by way of paying, and what was forgiven, in cents."""

    branch: Branch
    day: date
    receipts: Sequence[Receipt]
    sums: Sequence[tuple[str, int]]
    waived: Sequence[LedgerEntry]

    @property
    def total_cents(self) -> int:
        """What was taken in all, less what was given back."""
        return sum(cents for _, cents in self.sums)


def till(branch: Branch, day: date) -> Till:
    """Return the branch's till of the day, from midnight to midnight in the time of the place."""
    span = (midnight(day), midnight(day + timedelta(1)))
    receipts = (
        Receipt.objects.filter(branch=branch, at__gte=span[0], at__lt=span[1])
        .select_related("by", "cancels__branch", "cancelled_by__branch", "branch")
        .order_by("number")
    )
    waived = (
        LedgerEntry.objects.filter(branch=branch, at__gte=span[0], at__lt=span[1])
        .filter(kind__in=[LedgerEntry.Kind.WAIVED, LedgerEntry.Kind.WAIVER_CANCELLED])
        .select_related("by", "fee")
    )
    return Till(branch, day, list(receipts), _sums(receipts), list(waived))


def _sums(receipts: Iterable[Receipt]) -> list[tuple[str, int]]:
    sums = dict.fromkeys(Receipt.Method.values, 0)
    for receipt in receipts:
        sums[receipt.method] += receipt.cents
    return list(sums.items())
