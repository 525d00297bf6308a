"""Let a patron keep an item for longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Fee, Loan
from kimppa.circulation.operations.checkouts import as_terms
from kimppa.circulation.operations.settling import charge_lateness
from kimppa.circulation.operations.standing import Standing, locked_patron_of, locked_standing
from kimppa.circulation.queries.loans import (
    borrower,
    due_date_at,
    lending_case,
    lending_terms,
    loan_period,
    others_wait,
    renewal_terms,
)
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.rules.loans import (
    Problem,
    Reason,
    Renewing,
    borrower_problems,
    renewal_problems,
    that_stand,
)
from kimppa.circulation.rules.policy import Answer, Policy
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron


class RenewRefused(Refused[Reason]):
    """Not renewed, with all the reasons; nothing was changed."""


@dataclass(frozen=True)
class Renewed:
    """A loan that lasts longer, and which rules said so.

    ``fee`` was charged for lateness until today. ``is_repeat`` says that renewing gains nothing:
    the due date is today's already, so nothing was changed and no renewal counted.
    """

    loan: Loan
    due_date: date
    answers: Mapping[str, Answer]
    fee: Fee | None = None
    overridden: Sequence[Reason] = ()
    is_repeat: bool = False


@dataclass(frozen=True)
class NotRenewed:
    """A loan that could not be renewed among those of ``renew_all``, with its reasons."""

    loan: Loan
    reasons: Sequence[Reason]


@transaction.atomic
def renew(
    *,
    loan: Loan,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    override: str | None = None,
) -> Renewed:
    """Count the loan's period anew from today; never to an earlier day than the present one.

    The rules are those of where the item was lent. Lateness until today is charged. ``override``
    as in check_out. Raises RenewRefused.
    """
    today = timezone.localdate(now)
    policy = policy_on(today)
    standing = locked_standing(loan.item_id)
    loan = _present(loan, standing)
    patron = locked_patron_of(loan)
    case = lending_case(patron.category_id, standing.item, loan.branch)
    is_waited_for = others_wait(standing.item, None, today, policy)
    found = _problems(
        loan, patron, branch=branch, policy=policy, today=today, is_waited_for=is_waited_for
    )
    if that_stand(found, overridden=bool(override)):
        raise RenewRefused(found)
    answer = loan_period(policy, case, others_wait=is_waited_for)
    due = due_date_at(loan.branch, today, answer.value)
    if due <= loan.due_date:
        return Renewed(loan, loan.due_date, {answer.name: answer}, is_repeat=True)
    fee = charge_lateness(loan, patron, day=today, branch=branch, by=by, now=now, policy=policy)
    before = loan.due_date
    _extend(loan, due, now, answer)
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="renew",
        kind="loan",
        object_id=loan.pk,
        details={
            "due": [before.isoformat(), due.isoformat()],
            **({"overridden": [str(each) for each in found]} if found else {}),
        },
        reason=override or "" if found else "",
    )
    return Renewed(loan, due, {answer.name: answer}, fee, found)


def renew_all(
    *, patron: Patron, branch: Branch, by: StaffAccount | None, now: datetime
) -> list[Renewed | NotRenewed]:
    """Renew each of the patron's open loans that can be, the soonest due first.

    One transaction for each loan: items are locked before the patron, so several cannot share one.
    """
    loans = Loan.objects.open().filter(patron=patron).order_by("due_date", "pk")
    outcome: list[Renewed | NotRenewed] = []
    for loan in loans.select_related("item__record").defer(
        "item__raw", "item__record__packed_marc", "item__record__packed_provenance"
    ):
        try:
            outcome.append(renew(loan=loan, branch=branch, by=by, now=now))
        except RenewRefused as refusal:
            outcome.append(NotRenewed(loan, refusal.reasons))
    return outcome


def _present(loan: Loan, standing: Standing) -> Loan:
    """Return the loan as it is now that its item is locked."""
    present = Loan.objects.select_related("branch__library").get(pk=loan.pk)
    present.item = standing.item
    if present.ended_at:
        raise RenewRefused([Reason(Problem.LOAN_ENDED)])
    return present


def _problems(
    loan: Loan,
    patron: Patron,
    *,
    branch: Branch,
    policy: Policy,
    today: date,
    is_waited_for: bool,
) -> list[Reason]:
    case = lending_case(patron.category_id, loan.item, loan.branch)
    terms = lending_terms(policy, case)
    young = terms.guardian_needed_below_years.value
    who = borrower(patron, policy, branch, today, young=young)
    renewing = Renewing(
        has_ended=False,
        is_claimed=loan.claimed_returned_at is not None,
        renewals=loan.renewals,
        days_late=(today - loan.due_date).days,
        others_wait=is_waited_for,
    )
    return borrower_problems(who, terms, branch.pk) + renewal_problems(
        renewing, renewal_terms(policy, case)
    )


def _extend(loan: Loan, due: date, now: datetime, answer: Answer) -> None:
    loan.due_date = due
    loan.renewals += 1
    loan.renewed_at = now
    loan.terms = {**loan.terms, answer.name: as_terms(answer)}
    loan.save(update_fields=["due_date", "renewals", "renewed_at", "terms"])
