"""Check out: the patron's card, then items; one field, keyboard only (users.md D1)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kimppa.catalogue.models import Item
from kimppa.circulation.forms.desk import FetcherForm, ManyForm, ReasonForm, ScanForm
from kimppa.circulation.models import Loan
from kimppa.circulation.operations import CheckedOut, CheckOutRefused, check_out
from kimppa.circulation.queries import desk as questions
from kimppa.circulation.queries.pane import pane
from kimppa.circulation.reason_words import WARNINGS, reason_words
from kimppa.circulation.rules.loans import Authority, that_stand
from kimppa.circulation.views.desk import (
    Said,
    Visit,
    answer,
    end_visit,
    keep_visit,
    kept_visit,
    news,
    open_visit,
    take_from_pile,
    unknown,
    visit_of,
    wants_news,
)
from kimppa.circulation.views.patron_access import allows, is_open_in_full, patron_or_404
from kimppa.organisations.access import StaffRequest, last_patron, requires
from kimppa.organisations.rules import Mode, Permission
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import (
    Hit,
    looks_like_identity_code,
    patron_by_card,
    patron_by_key,
    search,
)

P = Permission
SHOWN_HITS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def check_out_page(request: StaffRequest) -> HttpResponse:
    """Show the desk, or take what was scanned: a card, a part of a name, or an item."""
    if request.method != "POST":
        return _page(request, kept_visit(request))
    visit = visit_of(request.POST.get("visit", ""))
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, refused=True)
    text = form.cleaned_data["scan"]
    if looks_like_identity_code(text):
        said = Said(
            _("That is an identity code"),
            "danger",
            [_("Codes are not searched for here. Ask for the card, or search by name.")],
        )
        return _page(request, visit, said=said, refused=True)
    return _lend_scanned(request, visit, text) if visit else _open_scanned(request, text)


def _open_scanned(request: StaffRequest, text: str) -> HttpResponse:
    """Open the patron whose card was read, or list those whose name it may be."""
    if found := patron_by_card(text):
        return _page(request, open_visit(request, *found))
    if item := questions.scanned_item(text):
        said = Said(
            _("Read the card first"), "warning", [_("This is an item, not a card.")], item=item
        )
        return _page(request, None, said=said, refused=True)
    hits = search(text, limit=SHOWN_HITS) if allows(request, P.VIEW_PATRON) else []
    if hits:
        return _page(request, None, hits=hits, said=Said(_("Choose the patron"), "neutral"))
    said = Said(
        _("Nobody was found"),
        "danger",
        [_("No card has this number, and nobody has this name. Check it and try again.")],
        scan=text,
    )
    return _page(request, None, said=said, refused=True)


def _lend_scanned(request: StaffRequest, visit: Visit, text: str) -> HttpResponse:
    """Lend the item that was scanned; a card of somebody else begins their visit."""
    if item := questions.scanned_item(text):
        said = _lend(request, visit, item)
        made = said.extra.get("made")
        if made and wants_news(request) and _adds_only_a_row(made):
            return _news(request, visit, said, made)
        return _page(request, visit, said=said, refused=said.tone == "danger")
    if found := patron_by_card(text):
        if found[0].pk == visit.patron.pk:
            visit = keep_visit(request, Visit(visit.patron, found[1], visit.shown))
            return _page(request, visit, said=Said(_("The same patron"), "neutral"))
        return _page(request, open_visit(request, *found))
    return _page(request, visit, said=unknown(request, text), refused=True)


def _lend(request: StaffRequest, visit: Visit, item: Item, override: str | None = None) -> Said:
    try:
        made = check_out(
            item=item,
            patron=visit.patron,
            branch=request.place.branch,
            by=request.user,
            now=timezone.now(),
            card=visit.card,
            override=override,
            authority=Authority(visit.shown) if visit.shown else None,
        )
    except CheckOutRefused as refused:
        can_be_overridden = allows(request, P.OVERRIDE) and not that_stand(
            refused.reasons, overridden=True
        )
        return Said(
            _("Not lent"),
            "danger",
            [reason_words(each) for each in refused.reasons],
            item=item,
            extra={"can_be_overridden": can_be_overridden},
        )
    take_from_pile(request, item.barcode)
    return _lent(made, item)


def _lent(made: CheckedOut, item: Item) -> Said:
    if made.is_repeat:
        return Said(
            _("On the list already"),
            "neutral",
            [_("Nothing was changed.")],
            item=item,
            due=made.due_date,
        )
    lines = [str(WARNINGS[each]) for each in made.warnings]
    if made.hold is not None:
        lines.append(_("The patron's own hold was filled."))
    if made.overridden:
        lines.append(_("Lent against a rule; the reason is in the log."))
    tone = "warning" if made.warnings else "success"
    return Said(_("Lent"), tone, lines, item=item, due=made.due_date, extra={"made": made})


def _adds_only_a_row(made: CheckedOut) -> bool:
    """Return whether nothing else of the patron is another than the page shows."""
    return not (made.hold or made.warnings or made.is_last)


def _news(request: StaffRequest, visit: Visit, said: Said, made: CheckedOut) -> HttpResponse:
    assert said.item is not None  # noqa: S101 - it was lent
    made.loan.item = said.item  # the locked row came without its record
    context = {
        "visit": visit,
        "said": said,
        "row": questions.loan_row(made.loan),
        "open_loans": made.open_loans,
    }
    return news(request, "check_out", context)


def _page(
    request: StaffRequest,
    visit: Visit | None,
    *,
    said: Said | None = None,
    hits: Sequence[Hit] = (),
    many: Sequence[Said] = (),
    many_form: ManyForm | None = None,
    refused: bool = False,
) -> HttpResponse:
    today, now = timezone.localdate(), timezone.now()
    context: dict[str, Any] = {
        "visit": visit,
        "said": said,
        "hits": hits,
        "many": many,
        "many_form": many_form or ManyForm(),
        "fetcher_form": FetcherForm(),
        "last": _last(request, visit, now),
    }
    if visit:
        side = pane(visit.patron, visit.card, request.place.branch, today)
        context |= {
            "pane": side,
            "rows": _lent_here(request, visit, today) if side.loans else [],
            "is_full": visit.card is not None or is_open_in_full(request, visit.patron),
            "may_take_payment": allows(request, P.TAKE_PAYMENT),
            "may_view": allows(request, P.VIEW_PATRON),
        }
        context["stops"] = [reason_words(each) for each in side.reasons]
    return answer(request, "check_out", context, refused=refused)


def _lent_here(request: StaffRequest, visit: Visit, today: date) -> list[questions.LoanRow]:
    return questions.lent_today(visit.patron, request.place.branch, today)


def _last(request: StaffRequest, visit: Visit | None, now: Any) -> Patron | None:
    """Return the patron who was served last, if the page does not show them already."""
    key = last_patron(request, now=now)
    if key is None or (visit and str(visit.patron.key) == key):
        return None
    return patron_by_key(UUID(key))


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def open_patron(request: StaffRequest, key: UUID) -> HttpResponse:
    """Serve the patron who was chosen from the hits, or who was served last."""
    patron = patron_or_404(key)
    if not allows(request, P.VIEW_PATRON) and str(key) != last_patron(request, now=timezone.now()):
        raise Http404
    return _page(request, open_visit(request, patron, None))


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def end_session(request: StaffRequest) -> HttpResponse:
    """Clear the screen for the next patron."""
    end_visit(request)
    if request.POST.get("next") == "renew":
        return redirect("circulation:renew")
    return redirect("circulation:check_out")


@require_POST
@requires(P.OVERRIDE, mode=Mode.CHECK_OUT)
def override(request: StaffRequest) -> HttpResponse:
    """Lend against a rule, for a reason."""
    visit = visit_of(request.POST.get("visit", ""))
    item = questions.scanned_item(request.POST.get("scan", ""))
    if visit is None or item is None:
        return _page(request, visit, refused=True)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        said = _lend(request, visit, item)
        said.extra["error"] = _("Write a reason.")
        return _page(request, visit, said=said, refused=True)
    said = _lend(request, visit, item, form.cleaned_data["reason"])
    return _page(request, visit, said=said, refused=said.tone == "danger")


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def check_out_many(request: StaffRequest) -> HttpResponse:
    """Lend a list of barcodes, each by itself, and tell what came of each."""
    visit = visit_of(request.POST.get("visit", ""))
    form = ManyForm(request.POST)
    if visit is None or not form.is_valid():
        return _page(request, visit, many_form=form, refused=True)
    many = []
    for barcode in form.cleaned_data["barcodes"]:
        item = questions.scanned_item(barcode)
        many.append(_lend(request, visit, item) if item else unknown(request, barcode))
    lent = sum(1 for each in many if each.tone != "danger")
    said = Said(
        _("%(lent)s of %(all)s lent") % {"lent": lent, "all": len(many)},
        "success" if lent == len(many) else "danger",
    )
    return _page(request, visit, said=said, many=many, refused=lent < len(many))


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def fetch_for_another(request: StaffRequest) -> HttpResponse:
    """Somebody else fetches: the log of each loan tells what they showed, not who (D15)."""
    visit = visit_of(request.POST.get("visit", ""))
    form = FetcherForm(request.POST)
    if visit is None or not form.is_valid():
        return _page(request, visit, refused=True)
    shown = form.cleaned_data["shown"]
    visit = keep_visit(request, Visit(visit.patron, visit.card, shown))
    return _page(request, visit, said=Said(_("Noted"), "success"))


@require_GET
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def loan_slip(request: StaffRequest, key: UUID) -> HttpResponse:
    """Show the slip of what was lent to the patron here today; it names nobody."""
    patron = patron_or_404(key)
    loans = questions.lent_today(patron, request.place.branch, timezone.localdate())
    context = {"rows": loans, "today": timezone.localdate(), "kinds": Loan.Kind}
    return render(request, "circulation/desk/loan_slip.html", context)
