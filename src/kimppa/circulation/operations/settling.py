"""What ends with a loan: its link to the patron, its lateness, and what a lost item cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, LedgerEntry, Loan
from kimppa.circulation.operations import fees as money
from kimppa.circulation.queries.fees import loan_overdue_cents
from kimppa.circulation.rules.policy import Policy
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Patron

WHY_FORGIVEN = "found"  # the reason in the ledger of a replacement that is no longer owed


def end_loan(loan: Loan, ending: str, *, patron: Patron, branch: Branch, now: datetime) -> Loan:
    """End an open loan whose item and patron are locked; the link goes unless history is kept."""
    loan.ended_at, loan.ending, loan.ended_branch = now, ending, branch
    if patron.history != Patron.History.ALWAYS:
        loan.patron = None
    loan.save(update_fields=["ended_at", "ending", "ended_branch", "patron"])
    return loan


def charge_lateness(
    loan: Loan,
    patron: Patron,
    *,
    day: date,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    policy: Policy,
) -> Fee | None:
    """Charge what the loan's lateness came to by the day; None when it cost nothing.

    What its patron said was returned costs no more after the day when that was said.
    """
    if loan.claimed_returned_at:
        day = min(day, timezone.localdate(loan.claimed_returned_at))
    if day <= loan.due_date:
        return None
    cents = loan_overdue_cents(loan, patron.category_id, day=day, policy=policy)
    if not cents:
        return None
    return money.charge(
        patron=patron,
        kind=Fee.Kind.OVERDUE,
        cents=cents,
        library=loan.branch.library,
        branch=branch,
        by=by,
        now=now,
        loan=loan,
        item=loan.item,
    )


@dataclass(frozen=True)
class Forgiven:
    """Replacement charges that fell away: numbers of the ledger's entries, and what was paid."""

    entries: Sequence[int] = ()
    paid_cents: int = 0


def forgive_replacement(
    item: Item, *, by: StaffAccount | None, branch: Branch, now: datetime
) -> Forgiven:
    """Forgive what is still open of the item's replacement, because it was found.

    What was paid of the last one is told, so that it can be given back.
    """
    charged = Fee.objects.filter(item=item, kind=Fee.Kind.LOST_ITEM)
    entries = []
    for fee in charged.filter(open_cents__gt=0).order_by("pk"):
        money.waive(fee=fee, reason=WHY_FORGIVEN, branch=branch, by=by, now=now)
        entries.append(fee.entries.filter(kind=LedgerEntry.Kind.WAIVED).latest("pk").pk)
    last = charged.order_by("-made_at").first()
    kinds = (LedgerEntry.Kind.PAYMENT, LedgerEntry.Kind.PAYMENT_CANCELLED)
    paid = last.entries.filter(kind__in=kinds).values_list("cents", flat=True) if last else ()
    return Forgiven(entries, -sum(paid))
