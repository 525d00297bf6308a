"""The hold shelf of a branch: what lies there, clearing it by scanning, and the slips."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation.forms.holds import FindForm, ScanForm
from kimppa.circulation.models import Transit
from kimppa.circulation.operations.hold_shelf import StillWaits, clear_item, hand_out_now
from kimppa.circulation.operations.returns import CheckedIn
from kimppa.circulation.queries import hold_pages
from kimppa.circulation.queries.hold_pages import hold_by_key
from kimppa.circulation.views.hold_access import leave
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission

P = Permission


@require_GET
@requires(P.VIEW_HOLDS)
def holds(request: StaffRequest) -> HttpResponse:
    """Show what lies on the hold shelf, what is to be cleared first."""
    return _page(request)


def _page(
    request: StaffRequest,
    *,
    form: ScanForm | None = None,
    cleared: CheckedIn | None = None,
    refused: str = "",
) -> HttpResponse:
    context = {
        "shelf": hold_pages.hold_shelf(request.place.branch, timezone.now(), timezone.localdate()),
        "scan_form": form if form and form.errors else ScanForm(),
        "find_form": FindForm(),
        "cleared": cleared,
        "refused": refused,
        "today": timezone.localdate(),
        **leave(request),
    }
    is_fragment = bool(getattr(request, "htmx", False)) and request.method == "POST"
    template = "circulation/_hold_shelf.html" if is_fragment else "circulation/hold_shelf.html"
    is_refused = refused or (form and form.errors)
    return render(request, template, context, status=422 if is_refused else 200)


@require_POST
@requires(P.CHECK_IN)
def clear(request: StaffRequest) -> HttpResponse:
    """Take the scanned item off the shelf and say where it goes: to the next person, or home."""
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form)
    item = hold_pages.item_by_barcode(form.cleaned_data["barcode"])
    if item is None:
        return _page(
            request, refused=_("No item has this barcode. Put it aside and scan the next.")
        )
    try:
        cleared = clear_item(
            item=item, branch=request.place.branch, by=request.user, now=timezone.now()
        )
    except StillWaits as refusal:
        last = refusal.hold.last_pickup_date
        words = (
            _("Put it back: %(code)s may be picked up until %(day)s.")
            % {"code": refusal.hold.shelf_code, "day": date_format(last, "SHORT_DATE_FORMAT")}
            if last
            else _("Put it back: %(code)s waits for the rest of its group.")
            % {"code": refusal.hold.shelf_code}
        )
        return _page(request, refused=words)
    return _page(request, cleared=cleared)


@require_POST
@requires(P.CHECK_IN)
def hand_out_group(request: StaffRequest, key: UUID) -> HttpResponse:
    """Let the copies of a group that have come be fetched without the rest."""
    hold = hold_by_key(key)
    if hold is None or hold.pickup_branch_id != request.place.branch.pk:
        raise Http404
    hand_out_now(hold=hold, branch=request.place.branch, by=request.user, now=timezone.now())
    messages.success(request, _("The patron is told; the pickup time has begun."))
    return redirect("circulation:holds")


@require_GET
@requires(P.CHECK_IN)
def hold_slip(request: StaffRequest, key: UUID) -> HttpResponse:
    """Show the slip of a hold as it reads here: for the hold shelf, or where to send the item."""
    hold = hold_by_key(key)
    slip = hold_pages.slip_for_hold(hold, request.place.branch) if hold else None
    if slip is None:
        raise Http404
    return _slip(request, slip)


@require_GET
@requires(P.CHECK_IN)
def transit_slip(request: StaffRequest, number: int) -> HttpResponse:
    """Show the slip of an item on its way from or to a branch where the account works."""
    rows = Transit.objects.select_related("item__record", "to_branch__library", "from_branch")
    transit = rows.filter(pk=number, ended_at=None).first()
    today = timezone.localdate()
    if transit is None or not any(
        may(request.user, P.CHECK_IN, branch=branch, on=today)
        for branch in (transit.from_branch, transit.to_branch)
    ):
        raise Http404
    return _slip(request, hold_pages.slip_for_transit(transit))


def _slip(request: StaffRequest, slip: hold_pages.Slip) -> HttpResponse:
    context = {"slip": slip, "today": timezone.localdate()}
    return render(request, "circulation/holds_slip.html", context)
