"""A new patron: the register is asked before the form opens (users.md D5)."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.circulation import queries
from kimppa.circulation.forms.patrons import CheckForm, RegistrationForm
from kimppa.circulation.operations import cards
from kimppa.circulation.patron_words import words
from kimppa.circulation.queries.patrons import age_rules, rules_name
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron
from kimppa.patrons.operations import (
    IdentityRefusal,
    Registration,
    RegistrationRefused,
    seal_identity_code,
    unseal_identity_code,
)
from kimppa.patrons.queries import Hit, find_by_identity_code, namesakes
from kimppa.patrons.rules.identity_codes import birth_date


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REGISTER_PATRON)
def check(request: StaffRequest) -> HttpResponse:
    """Ask who it is; open the form only for somebody whom the register does not know."""
    form = CheckForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _check_page(request, form, status=status)
    code, surname = form.cleaned_data["identity_code"], form.cleaned_data["surname"]
    if code:
        known = find_by_identity_code(code)
        if known:
            return _check_page(request, CheckForm(), known=known)
        born, alike = birth_date(code), []
    else:
        born = form.cleaned_data["birth_date"]
        alike = namesakes(surname=surname, birth_date=born)
    initial = {
        "sealed_code": seal_identity_code(code) if code else "",
        "surname": surname,
        "birth_date": born,
        "language": "fi",
        "rules_version": rules_name(timezone.localdate()),
    }
    return _form_page(request, RegistrationForm(initial=initial), alike=alike)


def _check_page(
    request: StaffRequest, form: CheckForm, *, known: Patron | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "known": known}
    return render(request, "circulation/patrons/check.html", context, status=status)


def _form_page(
    request: StaffRequest,
    form: RegistrationForm,
    *,
    alike: list[Hit] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "alike": alike or [], "has_code": bool(form["sealed_code"].value())}
    return render(request, "circulation/patrons/register.html", context, status=status)


@require_POST
@requires(Permission.REGISTER_PATRON)
def register(request: StaffRequest) -> HttpResponseBase:
    """Register the patron and open their page."""
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    fields: dict[str, Any] = dict(form.cleaned_data)
    sealed = fields.pop("sealed_code")
    code = unseal_identity_code(sealed) if sealed else ""
    if code is None:
        again = CheckForm()
        again.cleaned_data = {}
        again.add_error(None, _("The form was open for too long. Check the identity code again."))
        return _check_page(request, again, status=422)
    now, today = timezone.now(), timezone.localdate()
    branch = request.place.branch
    given = Registration(**fields, identity_code=code, library=branch.library, home_branch=branch)
    ages = age_rules(queries.policy_on(today), category=given.category, library=branch.library_id)
    try:
        patron = cards.register(given=given, ages=ages, now=now, by=request.user, branch=branch)
    except RegistrationRefused as refused:
        if IdentityRefusal.KNOWN in [r for r in refused.reasons if type(r) is IdentityRefusal]:
            return _check_page(request, CheckForm(), known=find_by_identity_code(code), status=422)
        for text in words(refused.reasons):
            form.add_error(None, text)
        return _form_page(request, form, status=422)
    return redirect("circulation:patron", patron.key)
