"""What is most personal: non-disclosure, letters, identity codes, export, erasure, retention."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kimppa.circulation import queries
from kimppa.circulation.forms.patrons import LetterForm, ReasonForm
from kimppa.circulation.operations import patrons as operations
from kimppa.circulation.operations.patrons import EraseRefused
from kimppa.circulation.patron_words import words
from kimppa.circulation.queries.patron_export import export_of
from kimppa.circulation.queries.patrons import erase_obstacles, purge_preview
from kimppa.circulation.views.patron_access import full_patron_or_404
from kimppa.circulation.views.patrons import page
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.models import Library
from kimppa.organisations.rules import Permission
from kimppa.patrons import operations as register
from kimppa.patrons import queries as found

P = Permission
TOLD_FOR = timedelta(days=30)


@require_POST
@requires(P.VIEW_NON_DISCLOSED)
def open_contacts(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Show what non-disclosure withholds, once, for a reason."""
    patron = full_patron_or_404(request, key)
    form = ReasonForm(request.POST, prefix="open")
    if not form.is_valid():
        return page(request, patron, bound={"open": form})
    register.open_non_disclosed(
        patron=patron,
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
        by=request.user,
        branch=request.place.branch,
    )
    return page(request, patron, opened=True)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.VIEW_NON_DISCLOSED)
def letter(request: StaffRequest, key: UUID) -> HttpResponse:
    """Print an envelope with an address that was obtained for it; the address is not kept."""
    patron = full_patron_or_404(request, key)
    form = LetterForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        register.record_letter(
            patron=patron,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            by=request.user,
            branch=request.place.branch,
        )
        lines = form.cleaned_data["address"].splitlines()
    context = {"patron": patron, "form": form, "lines": lines, "sender": request.place.branch}
    status = 422 if request.method == "POST" and not lines else 200
    return render(request, "circulation/patrons/letter.html", context, status=status)


@require_POST
@requires(P.VIEW_IDENTITY_CODE)
def identity_code(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Show the identity code, once, for a reason."""
    patron = full_patron_or_404(request, key)
    form = ReasonForm(request.POST, prefix="code")
    if not form.is_valid():
        return page(request, patron, bound={"code": form})
    code = register.read_identity_code(
        patron=patron,
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
        by=request.user,
        branch=request.place.branch,
    )
    return page(request, patron, identity_code=code)


@require_POST
@requires(P.EXPORT_PATRON)
def export(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """All that is known of the patron, to read and print or as JSON; logged with the reason."""
    patron = full_patron_or_404(request, key)
    form = ReasonForm(request.POST, prefix="export")
    if not form.is_valid():
        return page(request, patron, bound={"export": form})
    now = timezone.now()
    register.record_export(
        patron=patron,
        reason=form.cleaned_data["reason"],
        now=now,
        by=request.user,
        branch=request.place.branch,
    )
    data = export_of(patron, on=timezone.localdate(now))
    if request.POST.get("format") == "json":
        return JsonResponse(
            data,
            json_dumps_params={"ensure_ascii": False, "indent": 2},
            headers={"Content-Disposition": 'attachment; filename="patron.json"'},
        )
    context = {"patron": patron, "data": data, "now": now}
    return render(request, "circulation/patrons/export.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.ERASE_PATRON)
def erase(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Erase the patron's data for good, after the surname has been typed."""
    patron = full_patron_or_404(request, key)
    form = ReasonForm(request.POST or None)
    trouble = words(erase_obstacles(patron))
    if request.method == "POST" and form.is_valid():
        typed = request.POST.get("surname", "").strip().casefold()
        if typed != patron.surname.casefold():
            form.add_error(None, _("Type the name as it stands above, to be sure."))
        else:
            try:
                operations.erase_patron(
                    patron=patron,
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                    by=request.user,
                    branch=request.place.branch,
                )
            except EraseRefused as refused:
                trouble = words(refused.reasons)
            else:
                messages.success(request, _("The patron's data has been erased."))
                return redirect("circulation:patrons")
    context = {"patron": patron, "form": form, "trouble": trouble}
    status = 422 if request.method == "POST" else 200
    return render(request, "circulation/patrons/erase.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.RUN_RETENTION)
def purge(request: StaffRequest) -> HttpResponseBase:
    """Count whom the retention rule no longer keeps, and erase them when told to."""
    today = timezone.localdate()
    policy = queries.policy_on(today)
    if request.method == "POST":
        erased = operations.purge_unused(policy=policy, now=timezone.now(), by=request.user)
        messages.success(request, _("Erased for good: %(n)s patrons.") % {"n": erased})
        return redirect("circulation:purge_patrons")
    counts = purge_preview(policy, on=today)
    context = {
        "rows": found.shown_counts(counts),
        "total": found.shown_count(sum(n for _name, n in counts)),
        "libraries": Library.objects.count(),
    }
    return render(request, "circulation/patrons/purge.html", context)


@require_GET
@requires(P.VIEW_PATRON)
def came_of_age(request: StaffRequest) -> HttpResponse:
    """Whose guardian's link has ended by age lately, in the library where one works (D14)."""
    since = timezone.localdate() - TOLD_FOR
    links = found.came_of_age(since=since).filter(child__library=request.place.branch.library)
    return render(request, "circulation/patrons/came_of_age.html", {"links": links[:200]})
