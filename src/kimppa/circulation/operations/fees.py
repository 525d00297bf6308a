"""Charge, take payments, forgive, and take each of these back. Sums are cents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Max

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, LedgerEntry, Loan, Receipt, Step
from kimppa.circulation.operations.standing import locked_borrower
from kimppa.circulation.rules.fees import legal_kind
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, Library, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron

UNDO = timedelta(days=1)


class PaymentProblem(StrEnum):
    """Why money cannot be taken or given back."""

    NOTHING_CHOSEN = "nothing_chosen"
    NOT_THIS_PATRONS = "not_this_patrons"
    MORE_THAN_LEFT = "more_than_left"
    NO_REASON = "no_reason"
    NO_SUM = "no_sum"
    NOTHING_LEFT = "nothing_left"
    IS_A_CANCELLATION = "is_a_cancellation"
    TOO_LATE = "too_late"
    ALREADY_PAID = "already_paid"


class PaymentRefused(Refused[PaymentProblem]):
    """A payment, its cancelling, a forgiving or an undo that cannot be done; nothing changed."""


@dataclass(frozen=True)
class Acting:
    """Who does it, where and when; the same for every entry of one operation."""

    by: StaffAccount | None
    branch: Branch | None
    now: datetime


@transaction.atomic
def charge(
    *,
    patron: Patron,
    kind: str,
    cents: int,
    library: Library,
    branch: Branch | None,
    by: StaffAccount | None,
    now: datetime,
    loan: Loan | None = None,
    item: Item | None = None,
    reason: str = "",
) -> Fee:
    """Charge the patron and return the fee; can be undone for a day. ValueError below one cent."""
    if cents <= 0:
        raise ValueError(cents)
    fee = Fee.objects.create(
        patron=patron,
        kind=kind,
        legal_kind=legal_kind(kind),
        library=library,
        loan=loan,
        item=item,
        reason=reason,
        made_at=now,
        open_cents=0,
    )
    acting = Acting(by, branch, now)
    _enter(fee, LedgerEntry.Kind.CHARGE, cents, acting)
    _remember(Step.Kind.FEE, fee.pk, acting, {})
    _log("charge", fee, acting, {"kind": kind, "cents": cents})
    return fee


@transaction.atomic
def undo_charge(*, fee: Fee, by: StaffAccount | None, branch: Branch | None, now: datetime) -> None:
    """Take a charge back within a day, if nothing was paid of it.

    Raises PaymentRefused with TOO_LATE or ALREADY_PAID; a second undo changes nothing.
    """
    step = Step.objects.select_for_update().get(kind=Step.Kind.FEE, object_id=fee.pk)
    if step.undone_at:
        return
    fee = _locked(fee)
    if now > step.undo_until:
        raise PaymentRefused([PaymentProblem.TOO_LATE])
    charged = sum(e.cents for e in fee.entries.all() if e.kind == LedgerEntry.Kind.CHARGE)
    if fee.open_cents != charged:
        raise PaymentRefused([PaymentProblem.ALREADY_PAID])
    acting = Acting(by, branch, now)
    _enter(fee, LedgerEntry.Kind.WAIVED, -fee.open_cents, acting)
    step.undone_at = now
    step.save(update_fields=["undone_at"])
    _log("undo charge", fee, acting, {"cents": charged})


@transaction.atomic
def take_payment(
    *,
    patron: Patron,
    parts: Mapping[int, int],
    method: str,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    request_key: str,
) -> Receipt:
    """Take a payment over the fees in ``parts`` (number of the fee to cents); return its receipt.

    The same ``request_key`` again returns the receipt there is and takes nothing. Raises
    PaymentRefused when no fee is chosen, a fee is another patron's, or more is offered than left.
    """
    locked_borrower(patron.pk)
    if done := Receipt.objects.filter(request_key=request_key).first():
        return done
    fees = list(Fee.objects.select_for_update(no_key=True).filter(pk__in=parts).order_by("pk"))
    problems = _payment_problems(patron, fees, parts)
    if problems:
        raise PaymentRefused(problems)
    acting = Acting(by, branch, now)
    receipt = _number(
        Receipt(branch=branch, method=method, cents=sum(parts.values()), request_key=request_key),
        acting,
    )
    for fee in fees:
        _enter(fee, LedgerEntry.Kind.PAYMENT, -parts[fee.pk], acting, receipt=receipt)
    details = {"cents": receipt.cents, "method": method, "fees": len(fees)}
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="take payment",
        kind="receipt",
        object_id=receipt.pk,
        details=details,
    )
    return receipt


@transaction.atomic
def cancel_payment(
    *, receipt: Receipt, reason: str, branch: Branch, by: StaffAccount | None, now: datetime
) -> Receipt:
    """Give a payment back: a receipt of its own with the sum below zero, and the fees open again.

    A second time returns the cancellation there is. Raises PaymentRefused without a reason, and
    for a receipt that is itself a cancellation.
    """
    patron = Patron.objects.filter(fees__entries__receipt=receipt).order_by("pk").first()
    if patron:
        locked_borrower(patron.pk)
    receipt = Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    if done := Receipt.objects.filter(cancels=receipt).first():
        return done
    problems = []
    if not reason.strip():
        problems.append(PaymentProblem.NO_REASON)
    if receipt.cancels_id:
        problems.append(PaymentProblem.IS_A_CANCELLATION)
    if problems:
        raise PaymentRefused(problems)
    acting = Acting(by, branch, now)
    back = Receipt(
        branch=branch,
        method=receipt.method,
        cents=-receipt.cents,
        request_key=f"cancels {receipt.pk}",
        cancels=receipt,
    )
    _number(back, acting)
    for entry in receipt.entries.select_related("fee").order_by("fee_id"):
        _enter(
            _locked(entry.fee),
            LedgerEntry.Kind.PAYMENT_CANCELLED,
            -entry.cents,
            acting,
            receipt=back,
            reason=reason,
        )
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="cancel payment",
        kind="receipt",
        object_id=receipt.pk,
        details={"cents": -receipt.cents, "cancellation": back.pk},
        reason=reason,
    )
    return back


@transaction.atomic
def waive(
    *,
    fee: Fee,
    reason: str,
    branch: Branch | None,
    by: StaffAccount | None,
    now: datetime,
    cents: int | None = None,
) -> Fee:
    """Forgive the fee, or ``cents`` of it; PaymentRefused without a reason or for too much."""
    fee = _locked(fee)
    amount = fee.open_cents if cents is None else cents
    problems = []
    if not reason.strip():
        problems.append(PaymentProblem.NO_REASON)
    if not fee.open_cents:
        problems.append(PaymentProblem.NOTHING_LEFT)
    elif not 0 < amount <= fee.open_cents:
        problems.append(PaymentProblem.MORE_THAN_LEFT)
    if problems:
        raise PaymentRefused(problems)
    acting = Acting(by, branch, now)
    entry = _enter(fee, LedgerEntry.Kind.WAIVED, -amount, acting, reason=reason)
    _remember(Step.Kind.WAIVE, entry.pk, acting, {"fee": fee.pk, "cents": amount})
    _log("waive fee", fee, acting, {"cents": amount}, reason)
    return fee


@transaction.atomic
def undo_waiver(
    *, entry: LedgerEntry, by: StaffAccount | None, branch: Branch | None, now: datetime
) -> Fee:
    """Take a forgiving back within a day; a second time changes nothing. Raises PaymentRefused."""
    step = Step.objects.select_for_update().get(kind=Step.Kind.WAIVE, object_id=entry.pk)
    fee = _locked(entry.fee)
    if step.undone_at:
        return fee
    if now > step.undo_until:
        raise PaymentRefused([PaymentProblem.TOO_LATE])
    acting = Acting(by, branch, now)
    _enter(fee, LedgerEntry.Kind.WAIVER_CANCELLED, -entry.cents, acting)
    step.undone_at = now
    step.save(update_fields=["undone_at"])
    _log("undo waiver", fee, acting, {"cents": -entry.cents})
    return fee


def _locked(fee: Fee) -> Fee:
    return Fee.objects.select_for_update(no_key=True).get(pk=fee.pk)


def _payment_problems(
    patron: Patron, fees: Sequence[Fee], parts: Mapping[int, int]
) -> list[PaymentProblem]:
    problems = []
    if not parts:
        problems.append(PaymentProblem.NOTHING_CHOSEN)
    if len(fees) != len(parts) or any(fee.patron_id != patron.pk for fee in fees):
        problems.append(PaymentProblem.NOT_THIS_PATRONS)
    if any(not 0 < parts[fee.pk] <= fee.open_cents for fee in fees):
        problems.append(PaymentProblem.MORE_THAN_LEFT)
    return problems


def _number(receipt: Receipt, acting: Acting) -> Receipt:
    """Save the receipt with the branch's next number; numbers have no gaps."""
    Branch.objects.select_for_update(no_key=True).get(pk=receipt.branch.pk)
    last = Receipt.objects.filter(branch=receipt.branch).aggregate(last=Max("number"))["last"]
    receipt.number = (last or 0) + 1
    receipt.at, receipt.by = acting.now, acting.by
    receipt.save()
    return receipt


def _enter(
    fee: Fee,
    kind: str,
    cents: int,
    acting: Acting,
    *,
    receipt: Receipt | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Write one entry and keep the fee's open sum beside it."""
    entry = LedgerEntry.objects.create(
        fee=fee,
        kind=kind,
        cents=cents,
        receipt=receipt,
        reason=reason,
        at=acting.now,
        branch=acting.branch,
        by=acting.by,
    )
    fee.open_cents += cents
    fee.save(update_fields=["open_cents"])
    return entry


def _remember(kind: str, number: int, acting: Acting, before: dict[str, int]) -> None:
    Step.objects.create(
        kind=kind,
        object_id=number,
        before=before,
        at=acting.now,
        by=acting.by,
        branch=acting.branch,
        undo_until=acting.now + UNDO,
    )


def _log(
    action: str, fee: Fee, acting: Acting, details: dict[str, object], reason: str = ""
) -> None:
    record_event(
        now=acting.now,
        by=acting.by,
        branch=acting.branch,
        action=action,
        kind="fee",
        object_id=fee.pk,
        details=details,
        reason=reason,
    )
