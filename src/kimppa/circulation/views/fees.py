"""Fees at the desk: pay, forgive, charge, take back; receipts and the till of a day."""

import csv
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation import queries
from kimppa.circulation.forms.fees import (
    ChargeForm,
    DayForm,
    PaymentForm,
    ReasonForm,
    WaiveForm,
)
from kimppa.circulation.models import Fee, LedgerEntry, Receipt, Step
from kimppa.circulation.operations import fees as operations
from kimppa.circulation.operations.fees import PaymentProblem, PaymentRefused
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.rules.fees import share
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import patron_by_key

P = Permission


def problem_words(problem: PaymentProblem) -> str:
    """Return a refusal in words, with what to do."""
    return {
        PaymentProblem.NOTHING_CHOSEN: _("Choose at least one fee."),
        PaymentProblem.NOT_THIS_PATRONS: _("The fees have changed. Look at the list again."),
        PaymentProblem.MORE_THAN_LEFT: _("That is more than is left to pay."),
        PaymentProblem.NO_REASON: _("Write a reason."),
        PaymentProblem.NO_SUM: _("Write a sum in euros, such as 3,50."),
        PaymentProblem.NOTHING_LEFT: _("Nothing is left of this fee."),
        PaymentProblem.IS_A_CANCELLATION: _("This receipt is itself a cancellation."),
        PaymentProblem.TOO_LATE: _("It can no longer be taken back: more than a day has passed."),
        PaymentProblem.ALREADY_PAID: _("Part of it has been paid. Cancel the payment first."),
    }[problem]


@require_GET
@requires(P.TAKE_PAYMENT)
def patron_fees(request: StaffRequest, key: UUID) -> HttpResponse:
    """Show what the patron owes and has settled lately."""
    return _page(request, _patron(request, key))


def _page(
    request: StaffRequest,
    patron: Patron,
    *,
    payment: PaymentForm | None = None,
    charge_form: ChargeForm | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    policy = queries.policy_on(today)
    entries = LedgerEntry.objects.filter(fee__patron=patron).select_related(
        "fee__item__record", "receipt__branch", "by", "branch"
    )
    context = {
        "patron": patron,
        "fees": queries.open_fees(patron),
        "standing": queries.fee_standing(
            patron, branch=request.place.branch, day=today, policy=policy
        ),
        "payment": payment or PaymentForm(),
        "charge_form": charge_form or ChargeForm(prices=_prices(request, patron)),
        "waive_form": WaiveForm(prefix="waive"),
        "entries": entries.order_by("-pk")[:50],
        "may_waive": _may(request, P.WAIVE_FEE),
        "chosen": set(request.POST.getlist("fee")),
    }
    is_refused = bool((payment and payment.errors) or (charge_form and charge_form.errors))
    return render(
        request, "circulation/fees/patron_fees.html", context, status=422 if is_refused else 200
    )


@require_POST
@requires(P.TAKE_PAYMENT)
def pay(request: StaffRequest, key: UUID) -> HttpResponse:
    """Take a payment over the chosen fees and go to its receipt."""
    patron = _patron(request, key)
    form = PaymentForm(request.POST)
    chosen = list(queries.open_fees(patron).filter(key__in=_keys(request)))
    if form.is_valid():
        try:
            made = operations.take_payment(
                patron=patron,
                parts=_parts(chosen, form.cleaned_data["amount"]),
                method=form.cleaned_data["method"],
                branch=request.place.branch,
                by=request.user,
                now=timezone.now(),
                request_key=form.cleaned_data["request_key"],
            )
            return redirect("circulation:receipt", made.pk)
        except PaymentRefused as refused:
            for problem in refused.reasons:
                form.add_error(None, problem_words(problem))
    return _page(request, patron, payment=form)


def _keys(request: StaffRequest) -> list[UUID]:
    keys = []
    for text in request.POST.getlist("fee"):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def _parts(chosen: list[Fee], amount: int | None) -> dict[int, int]:
    """Return how much goes to which fee; the oldest first when it is less than all."""
    left = [fee.open_cents for fee in chosen]
    try:
        parts = share(sum(left) if amount is None else amount, left)
    except ValueError:
        problem = PaymentProblem.MORE_THAN_LEFT if chosen else PaymentProblem.NOTHING_CHOSEN
        raise PaymentRefused([problem]) from None
    return {fee.pk: part for fee, part in zip(chosen, parts, strict=True) if part}


@require_POST
@requires(P.TAKE_PAYMENT)
def charge(request: StaffRequest, key: UUID) -> HttpResponse:
    """Charge the patron by hand."""
    patron = _patron(request, key)
    form = ChargeForm(request.POST, prices=_prices(request, patron))
    if not form.is_valid():
        return _page(request, patron, charge_form=form)
    operations.charge(
        patron=patron,
        kind=form.cleaned_data["kind"],
        cents=form.cleaned_data["amount"],
        library=request.place.branch.library,
        branch=request.place.branch,
        by=request.user,
        now=timezone.now(),
        reason=form.cleaned_data["reason"],
    )
    messages.success(request, _("The fee was charged. It can be taken back for a day."))
    return redirect("circulation:patron_fees", patron.key)


def _prices(request: StaffRequest, patron: Patron) -> dict[str, int]:
    """Return what the rules ask for charges that are made by hand, in cents, by kind."""
    policy = queries.policy_on(timezone.localdate())
    case = who_and_where(patron.category_id, request.place.branch)
    names = {Fee.Kind.NEW_CARD: "new_card_cents", Fee.Kind.INTERLIBRARY: "interlibrary_cents"}
    return {kind: policy[name, case] for kind, name in names.items()}


@require_POST
@requires(P.WAIVE_FEE)
def waive(request: StaffRequest, key: UUID) -> HttpResponse:
    """Forgive a fee or a part of it."""
    fee = _fee(key)
    form = WaiveForm(request.POST, prefix="waive")
    try:
        _must_be_valid(form)
        operations.waive(
            fee=fee,
            cents=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            branch=request.place.branch,
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("The fee was forgiven. It can be taken back for a day."))
    except PaymentRefused as refused:
        _tell(request, refused)
    return redirect("circulation:patron_fees", _owner(fee).key)


@require_POST
@requires(P.WAIVE_FEE)
def undo(request: StaffRequest, key: UUID) -> HttpResponse:
    """Take back a charge, or the forgiving named by ``entry``."""
    fee = _fee(key)
    place, now = request.place, timezone.now()
    entry = fee.entries.filter(pk=_whole(request.POST.get("entry", ""))).first()
    try:
        if entry and entry.kind == LedgerEntry.Kind.WAIVED:
            operations.undo_waiver(entry=entry, by=request.user, branch=place.branch, now=now)
        elif Step.objects.filter(kind=Step.Kind.FEE, object_id=fee.pk).exists():
            operations.undo_charge(fee=fee, by=request.user, branch=place.branch, now=now)
        messages.success(request, _("Taken back."))
    except PaymentRefused as refused:
        _tell(request, refused)
    return redirect("circulation:patron_fees", _owner(fee).key)


@require_GET
@requires(P.VIEW_TILL)
def receipt(request: StaffRequest, number: int) -> HttpResponse:
    """Show a receipt of this branch, ready to print."""
    found = _receipt(request, number)
    context = {
        "receipt": found,
        "cancelled_by": Receipt.objects.filter(cancels=found).first(),
        "may_cancel": _may(request, P.CANCEL_PAYMENT),
        "cancel_form": ReasonForm(),
    }
    return render(request, "circulation/fees/receipt.html", context)


@require_POST
@requires(P.CANCEL_PAYMENT)
def cancel_payment(request: StaffRequest, number: int) -> HttpResponse:
    """Give a payment back and go to the receipt that says so."""
    found = _receipt(request, number)
    form = ReasonForm(request.POST)
    try:
        _must_be_valid(form)
        found = operations.cancel_payment(
            receipt=found,
            reason=form.cleaned_data["reason"],
            branch=request.place.branch,
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("The payment was cancelled; the fees are open again."))
    except PaymentRefused as refused:
        _tell(request, refused)
    return redirect("circulation:receipt", found.pk)


@require_GET
@requires(P.VIEW_TILL)
def till(request: StaffRequest) -> HttpResponse:
    """Show the branch's till of a day."""
    day = _day(request)
    found = queries.till(request.place.branch, day)
    labels = dict(Receipt.Method.choices)
    sums = [(labels[method], cents) for method, cents in found.sums]
    context = {"till": found, "sums": sums, "form": DayForm(initial={"day": day})}
    return render(request, "circulation/fees/till.html", context)


@require_GET
@requires(P.VIEW_TILL)
def till_csv(request: StaffRequest) -> HttpResponse:
    """Give the branch's till of a day as CSV; sums are cents."""
    found = queries.till(request.place.branch, _day(request))
    name = f"till-{found.branch.code}-{found.day.isoformat()}.csv"
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(["receipt", "time", "paid_by", "cents", "staff", "cancels"])
    for one in found.receipts:
        time = timezone.localtime(one.at).strftime("%Y-%m-%d %H:%M")
        staff = one.by.username if one.by else ""
        writer.writerow([one, time, one.method, one.cents, staff, one.cancels or ""])
    return response


def _day(request: StaffRequest) -> date:
    form = DayForm(request.GET)
    day: date = form.cleaned_data["day"] if form.is_valid() else timezone.localdate()
    return day


def _patron(request: StaffRequest, key: UUID) -> Patron:
    """Return the patron, and have it on record that somebody looked."""
    patron = patron_by_key(key)
    if patron is None:
        raise Http404
    if request.method == "GET":
        record_read(
            now=timezone.now(),
            by=request.user,
            branch=request.place.branch,
            kind="patron",
            object_id=patron.pk,
            reason="fees",
        )
    return patron


def _fee(key: UUID) -> Fee:
    fee = Fee.objects.select_related("patron").filter(key=key).first()
    if fee is None or fee.patron is None:
        raise Http404
    return fee


def _owner(fee: Fee) -> Patron:
    assert fee.patron is not None  # noqa: S101 - _fee has seen to it
    return fee.patron


def _receipt(request: StaffRequest, number: int) -> Receipt:
    """Return the receipt if it is of a branch where the account may see the till."""
    rows = Receipt.objects.select_related("branch__library", "by", "cancels__branch")
    found = rows.filter(pk=number).first()
    if found is None or not may(
        request.user, P.VIEW_TILL, branch=found.branch, on=timezone.localdate()
    ):
        raise Http404
    return found


def _may(request: StaffRequest, permission: Permission) -> bool:
    return may(request.user, permission, branch=request.place.branch, on=timezone.localdate())


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _must_be_valid(form: ReasonForm) -> None:
    if not form.is_valid():
        is_sum = "amount" in form.errors
        raise PaymentRefused([PaymentProblem.NO_SUM if is_sum else PaymentProblem.NO_REASON])


def _tell(request: StaffRequest, refused: PaymentRefused) -> None:
    for problem in refused.reasons:
        messages.error(request, problem_words(problem))
