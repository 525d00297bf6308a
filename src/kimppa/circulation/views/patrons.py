"""Finding patrons, a patron's page, and what is changed there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kimppa.circulation import queries
from kimppa.circulation.forms import patrons as forms
from kimppa.circulation.models import Loan
from kimppa.circulation.patron_words import words
from kimppa.circulation.queries.loans import stops_in_force
from kimppa.circulation.queries.patrons import what_they_have
from kimppa.circulation.views.patron_access import (
    allows,
    full_patron_or_404,
    is_open_in_full,
    open_for_need,
    patron_or_404,
)
from kimppa.circulation.views.patron_changes import ACTIONS, Action
from kimppa.common.errors import Refused
from kimppa.organisations.access import StaffRequest, keep_last_patron, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Permission
from kimppa.patrons import queries as found
from kimppa.patrons.models import (
    Guardianship,
    IdentityCode,
    Patron,
)
from kimppa.patrons.rules.ages import age_on

P = Permission
SHOWN_ROWS = 50
OPENED_FOR_A_REASON = ("need", "open", "code", "export")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.VIEW_PATRON)
def search(request: StaffRequest) -> HttpResponseBase:
    """Find patrons; what is searched for stands in no address. One hit opens at once."""
    form = forms.SearchForm(request.POST or None)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    hits = found.search(text) if text else []
    if request.method == "POST" and len(hits) == 1 and not request.htmx:  # type: ignore[attr-defined]
        return redirect("circulation:patron", hits[0].patron.key)
    context = {
        "form": form,
        "text": text,
        "hits": hits,
        "is_code": found.looks_like_identity_code(text) and not hits,
        "is_cut": len(hits) == found.MOST_HITS,
        "may_register": allows(request, P.REGISTER_PATRON),
        "may_purge": allows(request, P.RUN_RETENTION),
    }
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    template = (
        "circulation/patrons/_hits.html" if is_fragment else "circulation/patrons/search.html"
    )
    return render(request, template, context)


@require_GET
@requires(P.VIEW_PATRON)
def patron_page(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """A patron's page; that it was looked at is logged."""
    patron = patron_or_404(key)
    if patron.key != key:
        return redirect("circulation:patron", patron.key)
    record_read(
        now=timezone.now(),
        by=request.user,
        kind="patron",
        object_id=patron.pk,
        branch=request.place.branch,
    )
    keep_last_patron(request, patron.key, now=timezone.now())
    return page(request, patron)


def page(
    request: StaffRequest,
    patron: Patron,
    *,
    bound: dict[str, forms.StaffForm] | None = None,
    opened: bool = False,
    identity_code: str | None = None,
) -> HttpResponse:
    """Render the patron's page; 422 with the bound forms that were refused."""
    today = timezone.localdate()
    context: dict[str, Any] = {
        "patron": patron,
        "is_full": is_open_in_full(request, patron),
        "has": what_they_have(patron),
        "cards": patron.cards.select_related("library"),
        "stops": stops_in_force(patron, today),
        "may": {each.value: allows(request, each) for each in P},
        "forms": {
            name.replace("-", "_"): form for name, form in (_forms(patron) | (bound or {})).items()
        },
        "opened_form": next(iter(bound or {}), ""),
        "is_opened": opened,
        "identity_code": identity_code,
        "disclosure_warning": found.disclosure_warning(patron, on=today),
        "standing": queries.fee_standing(
            patron,
            branch=request.place.branch,
            day=today,
            policy=queries.policy_on(today),
        ),
    }
    if context["is_full"]:
        context |= _everything(patron, opened=opened)
    return render(request, "circulation/patrons/patron.html", context, status=422 if bound else 200)


def _forms(patron: Patron) -> dict[str, forms.StaffForm]:
    """Return an empty form for each change, and for each thing opened for a reason, by name."""
    changes = {
        name: action.form(prefix=name, **_form_arguments(action, patron))
        for name, action in ACTIONS.items()
        if action.form
    }
    return changes | {name: forms.ReasonForm(prefix=name) for name in OPENED_FOR_A_REASON}


def _form_arguments(action: Action, patron: Patron) -> dict[str, Any]:
    return {"patron": patron} if action.form in (forms.DetailsForm, forms.CardForm) else {}


def _everything(patron: Patron, *, opened: bool) -> dict[str, Any]:
    """Return what is shown to those who see the patron in full."""
    today = timezone.localdate()
    return {
        "age": age_on(patron.birth_date, today) if patron.birth_date else None,
        "reach": found.reach(patron, on=today, opened=opened),
        "addresses": [] if patron.is_non_disclosed else patron.address_set.filter(valid_to=None),
        "guardians": found.guardians_of(patron),
        "ended_by_age": patron.guardianships.filter(ended_because=Guardianship.Ending.AGE).last(),
        "children": found.children_of(patron),
        "institutions": found.institutions_of(patron),
        "notes": patron.notes.select_related("by"),
        "consents": patron.consents.filter(withdrawn_at=None).select_related("given_by"),
        "merges": found.standing_merges(patron).filter(undo_until__gte=timezone.now()),
        "has_code": IdentityCode.objects.filter(patron=patron).exists(),
        "loans": Loan.objects.open()
        .filter(patron=patron)
        .select_related("item__record", "branch")
        .order_by("due_date")[:SHOWN_ROWS],
        "today": today,
    }


@require_POST
@requires(P.VIEW_PATRON)
def need(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Open another library's patron for a reason."""
    patron = patron_or_404(key)
    form = forms.ReasonForm(request.POST, prefix="need")
    if not form.is_valid():
        return page(request, patron, bound={"need": form})
    open_for_need(request, patron, form.cleaned_data["reason"], now=timezone.now())
    return redirect("circulation:patron", patron.key)


@require_POST
@requires(P.VIEW_PATRON)
def change(request: StaffRequest, key: UUID, what: str) -> HttpResponseBase:
    """Do one of the ACTIONS and come back to the page."""
    patron = full_patron_or_404(request, key)
    action = ACTIONS.get(what)
    if action is None or not allows(request, action.permission):
        raise Http404
    given: dict[str, Any] = {"row": request.POST.get("row", "")}
    form = None
    if action.form:
        form = action.form(request.POST, prefix=what, **_form_arguments(action, patron))
        if not form.is_valid():
            return page(request, patron, bound={what: form})
        given |= form.cleaned_data
    doing = {"now": timezone.now(), "by": request.user, "branch": request.place.branch}
    try:
        action.handler(patron, given, doing)
    except Refused as refused:
        if form is None:
            for text in words(refused.reasons):
                messages.error(request, text)
            return redirect("circulation:patron", patron.key)
        for text in words(refused.reasons):
            form.add_error(None, text)
        return page(request, patron, bound={what: form})
    messages.success(request, str(action.done))
    return redirect("circulation:patron", patron.key)
