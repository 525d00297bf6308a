"""What the rules of lending need to know of a patron, an item and a branch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Block, Hold, Loan, Step
from kimppa.circulation.queries.facts import Known
from kimppa.circulation.queries.fees import fee_standing
from kimppa.circulation.queries.holds import circumstances, copy_of, waiting_for
from kimppa.circulation.rules.due import LOOK_AHEAD_DAYS, due_date
from kimppa.circulation.rules.holds import whose_turn
from kimppa.circulation.rules.loans import Borrower, RenewalTerms, Stopped, Terms, age_on
from kimppa.circulation.rules.policy import Answer, Case, Policy
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import timetable
from kimppa.patrons.models import Guardianship, Patron


def lending_case(category: int | None, item: Item, branch: Branch) -> Case:
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
    """Return when a loan of the branch that begins anew on ``start`` for so many days falls due."""
    last = start + timedelta(days=days + LOOK_AHEAD_DAYS)
    return due_date(start, days, timetable(branch, start, last))


def borrower(
    patron: Patron,
    policy: Policy,
    branch: Branch,
    day: date,
    *,
    young: int,
    facts: Known | None = None,
    owed_cents: int | None = None,
) -> Borrower:
    """Return what decides whether the patron may borrow; asked under the patron's lock.

    ``young`` is the age in years below which a guardian is needed. What the caller knows already
    is not asked again: the facts of a scan, and what counts against the limit of fees.
    """
    age = age_on(day, patron.birth_date)
    if owed_cents is None:
        owes = facts is None or facts.owes or facts.has_overdue
        owed_cents = _owed_cents(patron, policy, branch, day) if owes else 0
    return Borrower(
        is_merged=patron.merged_into_id is not None,
        is_erased=patron.erased_at is not None,
        age_years=age,
        has_guardian=age is not None and age < young and _has_guardian(patron),
        is_institution=patron.category.is_institution,
        has_responsible_adult=patron.responsible_adult_id is not None,
        owed_cents=owed_cents,
        stops=stops_of(patron, day) if facts is None or facts.has_block else (),
        open_loans=facts.open_loans if facts else _open_loans(patron),
    )


def _owed_cents(patron: Patron, policy: Policy, branch: Branch, day: date) -> int:
    return fee_standing(patron, branch=branch, day=day, policy=policy).blocking_cents


def _open_loans(patron: Patron) -> int:
    return Loan.objects.open().filter(patron=patron).count()


def _has_guardian(child: Patron) -> bool:
    return Guardianship.objects.filter(child=child, ended_date=None).exists()


def stops_of(patron: Patron, day: date) -> Sequence[Stopped]:
    """Return the blocks and bans of the patron that are in force on the day."""
    return [
        Stopped(row.kind == Block.Kind.BAN, row.branch_id, row.until_date, row.reason)
        for row in stops_in_force(patron, day)
    ]


def stops_in_force(patron: Patron, day: date) -> QuerySet[Block]:
    """Return the rows of the blocks and bans that are in force on the day, with their branches."""
    rows = Block.objects.filter(patron=patron, ended_at=None).select_related("branch", "by")
    return rows.filter(Q(until_date=None) | Q(until_date__gte=day)).order_by("began_at")


def own_open_hold(patron: Patron, item: Item) -> Hold | None:
    """Return the patron's open hold that this item fills; one with this item set aside first."""
    holds = Hold.objects.open().filter(patron=patron, record=item.record_id)
    fitting = [hold for hold in holds if hold.wanted_item_id in (None, item.pk)]
    return min(fitting, key=lambda hold: (hold.item_id != item.pk, hold.rank), default=None)


def others_wait(item: Item, own: Hold | None, day: date, policy: Policy) -> bool:
    """Return whether somebody else's hold would get this item if it came back on the day."""
    queue = [hold for hold in waiting_for(item.record_id) if own is None or hold.number != own.pk]
    return bool(queue) and bool(whose_turn(copy_of(item), queue, circumstances(day, policy)).hold)


def loans_due(branch: Branch | None, first: date, last: date) -> QuerySet[Loan]:
    """Return the open loans made at the branch (None: anywhere) that fall due within the days."""
    due = Loan.objects.open().filter(due_date__range=(first, last))
    return due if branch is None else due.filter(branch=branch)


@dataclass(frozen=True)
class MovedDueDates:
    """A move of due dates that can be taken back: when, where, how many loans, to which day."""

    number: int
    at: datetime
    branch: Branch | None
    count: int
    to: date


def moved_due_dates(now: datetime) -> list[MovedDueDates]:
    """Return the moves of due dates that can be taken back, the newest first."""
    steps = Step.objects.filter(kind=Step.Kind.DUE_DATES, undone_at=None, undo_until__gte=now)
    # Not the thousands of numbers of loans that a step remembers.
    told = steps.defer("before").annotate(
        count=KeyTransform("count", "before"), to=KeyTextTransform("to", "before")
    )
    return [
        MovedDueDates(step.pk, step.at, step.branch, step.count, date.fromisoformat(step.to))
        for step in told.select_related("branch").order_by("-at")
    ]
