"""Loans whose item is not there: claimed to be returned, lost, missing; and use in the library."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, ItemState, Loan
from kimppa.circulation.operations import fees as money
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.remembering import CheckedIn
from kimppa.circulation.operations.returns import check_in
from kimppa.circulation.operations.settling import charge_lateness, end_loan
from kimppa.circulation.operations.standing import locked_patron_of, locked_standing
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.rules.loans import Problem, Reason
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event


class ItemRefused(Refused[Reason]):
    """What was to be said of an item or its loan is not so; nothing was changed."""


@transaction.atomic
def claim_returned(*, loan: Loan, branch: Branch, by: StaffAccount | None, now: datetime) -> Loan:
    """Note that the patron says the item was returned: lateness stops, staff look for it.

    The loan stays open until the item is checked in or given up. A second claim changes nothing.
    Raises ItemRefused with LOAN_ENDED.
    """
    standing = locked_standing(loan.item_id)
    if standing.loan is None or standing.loan.pk != loan.pk:
        raise ItemRefused([Reason(Problem.LOAN_ENDED)])
    loan = standing.loan
    if loan.claimed_returned_at:
        return loan
    loan.claimed_returned_at = now
    loan.save(update_fields=["claimed_returned_at"])
    standing.put(ItemState.Status.CLAIMED, None, now)
    _log("claim returned", standing.item, by, branch, now, {"loan": loan.pk})
    return loan


@transaction.atomic
def withdraw_claim(*, loan: Loan, branch: Branch, by: StaffAccount | None, now: datetime) -> Loan:
    """Take a claim back: the patron has the item after all. Raises ItemRefused with LOAN_ENDED."""
    standing = locked_standing(loan.item_id)
    if standing.loan is None or standing.loan.pk != loan.pk:
        raise ItemRefused([Reason(Problem.LOAN_ENDED)])
    loan = standing.loan
    if loan.claimed_returned_at is None:
        return loan
    loan.claimed_returned_at = None
    loan.save(update_fields=["claimed_returned_at"])
    standing.leave()
    _log("withdraw claim", standing.item, by, branch, now, {"loan": loan.pk})
    return loan


@transaction.atomic
def declare_lost(
    *,
    item: Item,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    replacement_cents: int = 0,
) -> Fee | None:
    """Give the item up as lost; return the replacement fee if one is charged.

    A loan of it ends, with its lateness charged until today (or until it was claimed returned),
    and its patron is charged ``replacement_cents``. A second time changes nothing.
    """
    standing = locked_standing(item.pk)
    if standing.status == ItemState.Status.LOST:
        return None
    fee = None
    loan = standing.loan
    if loan is not None:
        loan.item = standing.item
        patron = locked_patron_of(loan)
        today = timezone.localdate(now)
        loan = end_loan(loan, Loan.Ending.LOST, patron=patron, branch=branch, now=now)
        charge_lateness(
            loan, patron, day=today, branch=branch, by=by, now=now, policy=policy_on(today)
        )
        if replacement_cents:
            fee = money.charge(
                patron=patron,
                kind=Fee.Kind.LOST_ITEM,
                cents=replacement_cents,
                library=standing.item.library,
                branch=branch,
                by=by,
                now=now,
                loan=loan,
                item=standing.item,
            )
    _leave_the_way(standing.item, now)
    standing.put(ItemState.Status.LOST, None, now)
    details = {"loan": loan.pk if loan else None, "cents": replacement_cents if fee else 0}
    _log("declare lost", standing.item, by, branch, now, details)
    return fee


@transaction.atomic
def set_item_status(
    *, item: Item, status: str, branch: Branch, by: StaffAccount | None, now: datetime
) -> None:
    """Say that an item in nobody's hands is missing, being processed or withdrawn.

    A hold that it was set aside for waits again. Raises ItemRefused with LENT_TO_ANOTHER for an
    item on loan; ValueError for other statuses, which have operations of their own.
    """
    if status not in (
        ItemState.Status.MISSING,
        ItemState.Status.PROCESSING,
        ItemState.Status.WITHDRAWN,
    ):
        raise ValueError(status)
    standing = locked_standing(item.pk)
    if standing.loan is not None:
        raise ItemRefused([Reason(Problem.LENT_TO_ANOTHER)])
    if standing.status == status:
        return
    before = standing.status
    _leave_the_way(standing.item, now)
    standing.put(status, None if status == ItemState.Status.MISSING else branch, now)
    _log("set item status", standing.item, by, branch, now, {"status": [before, status]})


def found(*, item: Item, branch: Branch, by: StaffAccount | None, now: datetime) -> CheckedIn:
    """Take in an item that was lost, missing or claimed returned and turned up at the branch.

    The same as a check-in, which settles the claim, cancels the replacement and routes it.
    """
    return check_in(item=item, branch=branch, by=by, now=now)


@transaction.atomic
def in_house_use(*, item: Item, branch: Branch, by: StaffAccount | None, now: datetime) -> Loan:
    """Count one use within the library, by nobody: a loan that begins and ends at once.

    Raises ItemRefused with LENT_TO_ANOTHER for an item on loan.
    """
    standing = locked_standing(item.pk)
    if standing.loan is not None:
        raise ItemRefused([Reason(Problem.LENT_TO_ANOTHER)])
    loan = Loan.objects.create(
        item=standing.item,
        patron=None,
        kind=Loan.Kind.IN_HOUSE,
        branch=branch,
        by=by,
        began_at=now,
        due_date=timezone.localdate(now),
        ended_at=now,
        ending=Loan.Ending.RETURNED,
        ended_branch=branch,
        category_code="",
    )
    _log("in-house use", standing.item, by, branch, now, {"loan": loan.pk})
    return loan


def _leave_the_way(item: Item, now: datetime) -> None:
    """Call off what the item was on its way to: its hold waits again, its transit is over."""
    holds.put_back(item=item, now=now)
    item.transits.filter(ended_at=None).update(ended_at=now)


def _log(
    action: str,
    item: Item,
    by: StaffAccount | None,
    branch: Branch,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="item",
        object_id=item.pk,
        details=details,
    )
