"""Renew: an item's barcode renews it, a card shows what the patron has (Alt+W)."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.circulation.forms.desk import ReasonForm, ScanForm
from kimppa.circulation.models import Loan
from kimppa.circulation.operations import NotRenewed, Renewed, RenewRefused, renew, renew_all
from kimppa.circulation.queries import desk as questions
from kimppa.circulation.reason_words import reason_words
from kimppa.circulation.rules.loans import that_stand
from kimppa.circulation.templatetags.money import euros
from kimppa.circulation.views.desk import (
    Said,
    Visit,
    answer,
    kept_visit,
    open_visit,
    unknown,
    visit_of,
)
from kimppa.circulation.views.patron_access import allows
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Mode, Permission
from kimppa.patrons.queries import looks_like_identity_code, patron_by_card

P = Permission


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.CHECK_OUT, mode=Mode.RENEW)
def renew_page(request: StaffRequest) -> HttpResponse:
    """Show what the patron who is served has, or take what was scanned."""
    if request.method != "POST":
        return _page(request, kept_visit(request))
    visit = visit_of(request.POST.get("visit", ""))
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, refused=True)
    text = form.cleaned_data["scan"]
    if item := questions.scanned_item(text):
        loan = Loan.objects.open().filter(item=item).select_related("branch").first()
        if loan is None:
            said = Said(_("Not renewed"), "danger", [_("Nobody has it on loan.")], item=item)
        else:
            loan.item = item
            said = _renew(request, loan)
        return _page(request, visit, said=said, refused=said.tone == "danger")
    if found := patron_by_card(text):
        return _page(request, open_visit(request, *found))
    if looks_like_identity_code(text):
        said = Said(_("That is an identity code"), "danger", [_("Ask for the card.")])
        return _page(request, visit, said=said, refused=True)
    return _page(request, visit, said=unknown(request, text), refused=True)


def _renew(request: StaffRequest, loan: Loan, override: str | None = None) -> Said:
    try:
        done = renew(
            loan=loan,
            branch=request.place.branch,
            by=request.user,
            now=timezone.now(),
            override=override,
        )
    except RenewRefused as refused:
        return _refused(request, NotRenewed(loan, refused.reasons))
    return _renewed(done, loan)


def _refused(request: StaffRequest, one: NotRenewed) -> Said:
    can = allows(request, P.OVERRIDE) and not that_stand(one.reasons, overridden=True)
    return Said(
        _("Not renewed"),
        "danger",
        [reason_words(each) for each in one.reasons],
        item=one.loan.item,
        due=one.loan.due_date,
        extra={"can_be_overridden": can},
    )


def _renewed(done: Renewed, loan: Loan) -> Said:
    if done.is_repeat:
        lines = [_("Renewing gains no day: the due date stays.")]
        return Said(_("No change"), "neutral", lines, item=loan.item, due=done.due_date)
    lines = []
    if done.fee:
        lines.append(
            _("It was late; a fee was charged: %(sum)s") % {"sum": euros(done.fee.open_cents)}
        )
    if done.overridden:
        lines.append(_("Renewed against a rule; the reason is in the log."))
    tone = "warning" if done.fee else "success"
    return Said(_("Renewed"), tone, lines, item=loan.item, due=done.due_date)


@require_POST
@requires(P.CHECK_OUT, mode=Mode.RENEW)
def renew_every(request: StaffRequest) -> HttpResponse:
    """Renew all that the patron has, and tell what came of each."""
    visit = visit_of(request.POST.get("visit", ""))
    if visit is None:
        raise Http404
    done = renew_all(
        patron=visit.patron, branch=request.place.branch, by=request.user, now=timezone.now()
    )
    many = [
        _refused(request, one) if isinstance(one, NotRenewed) else _renewed(one, one.loan)
        for one in done
    ]
    count = sum(1 for each in many if each.tone != "danger")
    said = Said(
        _("%(done)s of %(all)s renewed") % {"done": count, "all": len(many)},
        "success" if count == len(many) else "warning",
    )
    return _page(request, visit, said=said, many=many)


@require_POST
@requires(P.OVERRIDE, mode=Mode.RENEW)
def override_renewal(request: StaffRequest) -> HttpResponse:
    """Renew against a rule, for a reason."""
    visit = visit_of(request.POST.get("visit", ""))
    item = questions.scanned_item(request.POST.get("scan", ""))
    loan = Loan.objects.open().filter(item=item).select_related("branch").first() if item else None
    if item is None or loan is None:
        return _page(request, visit, refused=True)
    loan.item = item
    form = ReasonForm(request.POST)
    said = _renew(request, loan, form.cleaned_data["reason"] if form.is_valid() else None)
    if form.errors:
        said.extra["error"] = _("Write a reason.")
    return _page(request, visit, said=said, refused=said.tone == "danger")


def _page(
    request: StaffRequest,
    visit: Visit | None,
    *,
    said: Said | None = None,
    many: Sequence[Said] = (),
    refused: bool = False,
) -> HttpResponse:
    today = timezone.localdate()
    context: dict[str, Any] = {"visit": visit, "said": said, "many": many}
    if visit:
        context["rows"] = questions.open_loans(visit.patron, today)
    if said and said.due:
        context["due_words"] = date_format(said.due, "j.n.Y")
    return answer(request, "renew", context, refused=refused)
