"""What the rules of lending need to know of a patron, an item and a branch."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet, Sum
from django.utils.timezone import localdate

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Block, Fee, Hold, Loan
from kimppa.circulation.rules.due import LOOK_AHEAD_DAYS, due_date
from kimppa.circulation.rules.fees import COUNTS, LateTerms, overdue_cents
from kimppa.circulation.rules.loans import Borrower, RenewalTerms, Stopped, Terms, age_on
from kimppa.circulation.rules.policy import Answer, Case, Policy
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import closed_days, timetable
from kimppa.patrons.models import Guardianship, Patron


def case_of(category: int | None, item: Item, branch: Branch) -> Case:
    """Return whom, what and where the policy is asked about: the place is where it is lent."""
    return Case(
        category=category,
        item_type=item.item_type,
        shelving_location=item.shelving_location,
        library=branch.library_id,
        branch=branch.pk,
    )


def lending_terms(policy: Policy, case: Case) -> Terms:
    """Return the policy's answers that check-out asks for, each with the rule that won."""
    return Terms(
        loan_allowed=policy.answer("loan_allowed", case),
        max_loans=policy.answer("max_loans", case),
        block_limit_cents=policy.answer("block_limit_cents", case),
        guardian_needed_below_years=policy.answer("guardian_needed_below_years", case),
    )


def renewal_terms(policy: Policy, case: Case) -> RenewalTerms:
    """Return the policy's answers that renewing asks for, each with the rule that won."""
    return RenewalTerms(
        renewals=policy.answer("renewals", case),
        renewal_when_reserved=policy.answer("renewal_when_reserved", case),
        renewal_max_days_late=policy.answer("renewal_max_days_late", case),
    )


def loan_period(policy: Policy, case: Case, *, others_wait: bool) -> Answer:
    """Return how many days a loan lasts: shorter when others wait, if a rule says so."""
    shorter = policy.answer("loan_days_when_reserved", case)
    return shorter if others_wait and shorter.value else policy.answer("loan_days", case)


def due_date_at(branch: Branch, start: date, days: int) -> date:
    """Return when a loan made at the branch on ``start`` for so many days falls due."""
    last = start + timedelta(days=days + LOOK_AHEAD_DAYS)
    return due_date(start, days, timetable(branch, start, last))


def late_terms(policy: Policy, case: Case) -> LateTerms:
    """Return what lateness costs in the case, in cents and days."""
    return LateTerms(
        cents_per_day=policy["overdue_cents_per_day", case],
        grace_days=policy["overdue_grace_days", case],
        max_cents=policy["overdue_max_cents", case],
    )


def late_cents(loan: Loan, policy: Policy, category: int | None, day: date) -> int:
    """Return what the loan's lateness comes to if it is returned on the day.

    A loan whose patron says it was returned costs no more after the day when that was said.
    """
    if loan.claimed_returned_at:
        day = min(day, localdate(loan.claimed_returned_at))
    if day <= loan.due_date or loan.kind != Loan.Kind.LOAN:
        return 0
    terms = late_terms(policy, case_of(category, loan.item, loan.branch))
    if not terms.cents_per_day:
        return 0
    return overdue_cents(loan.due_date, day, terms, closed_days(loan.branch, loan.due_date, day))


def overdue_loans(patron: Patron, day: date) -> QuerySet[Loan]:
    """Return the patron's open loans that are late on the day, with items and branches."""
    return (
        Loan.objects.open()
        .filter(patron=patron, due_date__lt=day)
        .select_related("item", "branch")
        .defer("item__raw")
    )


def counted_cents(patron: Patron, policy: Policy, case: Case, day: date) -> int:
    """Return what the patron owes that counts towards the block: open fees and accruing ones."""
    total = sum(
        cents
        for kind, cents in _open_cents(patron).items()
        if kind in COUNTS and policy[COUNTS[kind], case]
    )
    if policy[COUNTS["overdue"], case]:
        total += accruing_cents(overdue_loans(patron, day), policy, patron.category_id, day)
    return total


def accruing_cents(loans: Iterable[Loan], policy: Policy, category: int, day: date) -> int:
    """Return what the loans' lateness comes to so far; it is not booked until they end."""
    return sum(late_cents(loan, policy, category, day) for loan in loans)


def _open_cents(patron: Patron) -> Mapping[str, int]:
    rows = Fee.objects.filter(patron=patron, open_cents__gt=0).order_by()
    return dict(rows.values_list("kind").annotate(Sum("open_cents")))


def borrower(patron: Patron, policy: Policy, case: Case, day: date) -> Borrower:
    """Return what decides whether the patron may borrow; asked under the patron's lock."""
    age = age_on(day, patron.birth_date)
    is_young = age is not None and age < policy["guardian_needed_below_years", case]
    is_limited = bool(policy["block_limit_cents", case])
    return Borrower(
        is_merged=patron.merged_into_id is not None,
        is_erased=patron.erased_at is not None,
        age_years=age,
        has_guardian=is_young and _has_guardian(patron),
        is_institution=patron.category.is_institution,
        has_responsible_adult=patron.responsible_adult_id is not None,
        owed_cents=counted_cents(patron, policy, case, day) if is_limited else 0,
        stops=stops_of(patron, day),
        open_loans=Loan.objects.open().filter(patron=patron).count(),
    )


def _has_guardian(child: Patron) -> bool:
    return Guardianship.objects.filter(child=child, ended_date=None).exists()


def stops_of(patron: Patron, day: date) -> Sequence[Stopped]:
    """Return the blocks and bans of the patron that are in force on the day."""
    rows = Block.objects.filter(patron=patron, ended_at=None)
    return [
        Stopped(row.kind == Block.Kind.BAN, row.branch_id, row.until_date, row.reason)
        for row in rows
        if row.until_date is None or row.until_date >= day
    ]


def own_open_hold(patron: Patron, item: Item) -> Hold | None:
    """Return the patron's open hold that this item fills; one with this item set aside first."""
    holds = Hold.objects.open().filter(patron=patron, record=item.record_id)
    fitting = [hold for hold in holds if hold.wanted_item_id in (None, item.pk)]
    return min(fitting, key=lambda hold: (hold.item_id != item.pk, hold.rank), default=None)


def others_wait(item: Item, patron: Patron, day: date) -> bool:
    """Return whether somebody else waits for this item or its record and would take it today."""
    return (
        Hold.objects.waiting()
        .filter(record=item.record_id)
        .filter(Q(wanted_item=None) | Q(wanted_item=item))
        .filter(Q(not_before_date=None) | Q(not_before_date__lte=day))
        .exclude(patron=patron)
        .exists()
    )
