"""An item at the desk: where it is, who has it, and what may be said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kimppa.catalogue.models import Item
from kimppa.circulation import operations
from kimppa.circulation.forms.desk import LostForm, ScanForm
from kimppa.circulation.models import ItemState, Loan
from kimppa.circulation.operations import ItemRefused
from kimppa.circulation.queries import desk as questions
from kimppa.circulation.reason_words import reason_words
from kimppa.circulation.rules.loans import Problem, Reason
from kimppa.circulation.views.desk import Said
from kimppa.circulation.views.patron_access import allows
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Permission

P = Permission


@dataclass(frozen=True)
class Action:
    """Something that may be said of an item: its button, who may, and what does it."""

    name: str
    label: Promise
    done: Promise
    permission: Permission
    does: Callable[[Item, dict[str, Any], int], object]
    for_loans: bool | None = None  # only items on loan, only those not, or both (None)


def _loan(item: Item) -> Loan:
    loan = Loan.objects.open().filter(item=item).first()
    if loan is None:
        raise ItemRefused([Reason(Problem.LOAN_ENDED)])
    return loan


def _set(status: ItemState.Status) -> Callable[[Item, dict[str, Any], int], object]:
    return lambda item, doing, _cents: operations.set_item_status(item=item, status=status, **doing)


ACTIONS = (
    Action(
        "claim",
        gettext_lazy("The patron says it was returned"),
        gettext_lazy("Noted. Lateness stops; look for it on the shelf."),
        P.CHECK_IN,
        lambda item, doing, _cents: operations.claim_returned(loan=_loan(item), **doing),
        for_loans=True,
    ),
    Action(
        "withdraw-claim",
        gettext_lazy("The patron has it after all"),
        gettext_lazy("The claim was taken back."),
        P.CHECK_IN,
        lambda item, doing, _cents: operations.withdraw_claim(loan=_loan(item), **doing),
        for_loans=True,
    ),
    Action(
        "missing",
        gettext_lazy("Not in its place"),
        gettext_lazy("Marked as missing."),
        P.SET_ITEM_STATE,
        _set(ItemState.Status.MISSING),
        for_loans=False,
    ),
    Action(
        "processing",
        gettext_lazy("To be processed"),
        gettext_lazy("Marked as being processed."),
        P.SET_ITEM_STATE,
        _set(ItemState.Status.PROCESSING),
        for_loans=False,
    ),
    Action(
        "found",
        gettext_lazy("It is here: check it in"),
        gettext_lazy("Found and checked in."),
        P.CHECK_IN,
        lambda item, doing, _cents: operations.found(item=item, **doing),
    ),
    Action(
        "in-house",
        gettext_lazy("Count a use in the library"),
        gettext_lazy("Use counted."),
        P.CHECK_IN,
        lambda item, doing, _cents: operations.in_house_use(item=item, **doing),
        for_loans=False,
    ),
    Action(
        "lost",
        gettext_lazy("Declare lost"),
        gettext_lazy("Declared lost."),
        P.CHECK_IN,
        lambda item, doing, cents: operations.declare_lost(
            item=item, replacement_cents=cents, **doing
        ),
    ),
)


@require_GET
@requires(P.SET_ITEM_STATE)
def item_page(request: StaffRequest) -> HttpResponse:
    """Find an item by its barcode and show how it stands."""
    form = ScanForm(request.GET)
    if not form.is_valid():
        return _page(request, None)
    item = questions.scanned_item(form.cleaned_data["scan"])
    if item is None:
        said = Said(
            _("Unknown barcode"), "danger", [_("No item has this barcode.")], scan=form.data["scan"]
        )
        return _page(request, None, said=said)
    return _page(request, item)


@require_POST
@requires(P.SET_ITEM_STATE)
def act(request: StaffRequest, what: str) -> HttpResponse:
    """Say one of the ACTIONS of an item."""
    action = next((each for each in ACTIONS if each.name == what), None)
    item = questions.scanned_item(request.POST.get("scan", ""))
    if action is None or item is None or not allows(request, action.permission):
        raise Http404
    form = LostForm(request.POST)
    if what == "lost" and not form.is_valid():
        return _page(request, item, lost_form=form)
    cents = (form.cleaned_data["sum"] or 0) if what == "lost" else 0
    doing = {"branch": request.place.branch, "by": request.user, "now": timezone.now()}
    try:
        action.does(item, doing, cents)
    except ItemRefused as refused:
        lines = [reason_words(each) for each in refused.reasons]
        return _page(request, item, said=Said(_("Nothing was changed"), "danger", lines))
    fresh = questions.scanned_item(item.barcode)
    return _page(request, fresh, said=Said(str(action.done), "success"))


def _page(
    request: StaffRequest,
    item: Item | None,
    *,
    said: Said | None = None,
    lost_form: LostForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"said": said, "item": item, "lost_form": lost_form or LostForm()}
    if item is not None:
        standing = questions.item_standing(item, request.place.branch, timezone.localdate())
        context |= {
            "standing": standing,
            "may_view": allows(request, P.VIEW_PATRON),
            "actions": [each for each in ACTIONS if _fits(request, each, standing.loan)],
            "today": timezone.localdate(),
        }
        if standing.loan and standing.loan.patron_id and context["may_view"]:
            record_read(
                now=timezone.now(),
                by=request.user,
                branch=request.place.branch,
                kind="patron",
                object_id=standing.loan.patron_id,
                reason="item",
            )
    is_refused = (said is not None and said.tone == "danger") or bool(lost_form)
    status = 422 if is_refused and request.method == "POST" else 200
    return render(request, "circulation/desk/item.html", context, status=status)


def _fits(request: StaffRequest, action: Action, loan: Loan | None) -> bool:
    if not allows(request, action.permission):
        return False
    if action.name == "claim" and loan and loan.claimed_returned_at:
        return False
    if action.name == "withdraw-claim" and not (loan and loan.claimed_returned_at):
        return False
    return action.for_loans is None or action.for_loans == (loan is not None)
