"""Single holds and a patron's holds: see, freeze, and pick up elsewhere."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation.forms.holds import FreezeForm, PickupForm
from kimppa.circulation.hold_labels import refusals
from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_requests import (
    ChangeHoldRefused,
    change_pickup,
    freeze,
    unfreeze,
)
from kimppa.circulation.queries.hold_pages import Row, cancelled_lately, hold_by_key, places_in
from kimppa.circulation.queries.placing import default_pickup
from kimppa.circulation.templatetags.holds import patron_holds_context
from kimppa.circulation.views.hold_access import acting, leave
from kimppa.circulation.views.patron_access import is_open_in_full, patron_or_404
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron

P = Permission


@require_GET
@requires(P.VIEW_HOLDS)
def hold(request: StaffRequest, key: UUID) -> HttpResponse:
    """Show one hold and all that can be done about it."""
    return _hold_page(request, _hold(request, key))


def _hold_page(
    request: StaffRequest,
    found: Hold,
    *,
    freeze_form: FreezeForm | None = None,
    pickup_form: PickupForm | None = None,
    refused: Sequence[str] = (),
) -> HttpResponse:
    now, day = timezone.now(), timezone.localdate()
    row = Row(found, places_in(found.record_id, day).get(found.pk))
    if found.state == Hold.State.CANCELLED:
        rows = cancelled_lately(now, day, pk=found.pk)
        row = rows[0] if rows else row
    context = {
        "row": row,
        "hold": found,
        "freeze_form": freeze_form or FreezeForm(initial={"until": found.not_before_date}),
        "pickup_form": pickup_form or PickupForm(initial={"pickup_branch": found.pickup_branch_id}),
        "is_frozen": bool(found.not_before_date and found.not_before_date > day),
        "mates": found.group.holds.open().count() if found.group else 0,
        "refused": refused,
        **leave(request),
    }
    is_refused = refused or (freeze_form and freeze_form.errors)
    return render(request, "circulation/holds_one.html", context, status=422 if is_refused else 200)


@require_POST
@requires(P.PLACE_HOLD)
def freeze_hold(request: StaffRequest, key: UUID) -> HttpResponse:
    """Freeze the hold until a day; it keeps its place."""
    found = _hold(request, key)
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _hold_page(request, found, freeze_form=form)
    try:
        freeze(hold=found, until=form.cleaned_data["until"], **acting(request))
    except ChangeHoldRefused as refused:
        return _hold_page(request, found, refused=refusals(refused.reasons))
    messages.success(request, _("The hold is frozen and keeps its place."))
    return redirect("circulation:hold", key)


@require_POST
@requires(P.PLACE_HOLD)
def unfreeze_hold(request: StaffRequest, key: UUID) -> HttpResponse:
    """Let the hold take its turn again."""
    found = _hold(request, key)
    try:
        unfreeze(hold=found, **acting(request))
    except ChangeHoldRefused as refused:
        return _hold_page(request, found, refused=refusals(refused.reasons))
    messages.success(request, _("The hold takes its turn again."))
    return redirect("circulation:hold", key)


@require_POST
@requires(P.PLACE_HOLD)
def change_hold_pickup(request: StaffRequest, key: UUID) -> HttpResponse:
    """Let the hold be picked up at another branch; it keeps its place."""
    found = _hold(request, key)
    form = PickupForm(request.POST)
    if not form.is_valid():
        return _hold_page(
            request, found, pickup_form=form, refused=[_("Choose a pickup location.")]
        )
    try:
        change_pickup(
            hold=found, pickup_branch=form.cleaned_data["pickup_branch"], **acting(request)
        )
    except ChangeHoldRefused as refused:
        return _hold_page(request, found, refused=refusals(refused.reasons))
    messages.success(request, _("The pickup location was changed; the hold keeps its place."))
    return redirect("circulation:hold", key)


@require_GET
@requires(P.VIEW_PATRON)
def patron_holds(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Show a patron's holds, and have it on record that somebody looked.

    Of another library's patron only once the reason is given on the patron's page.
    """
    patron = patron_or_404(key)
    if not is_open_in_full(request, patron):
        return redirect("circulation:patron", patron.key)
    _note_reading(request, patron)
    context = patron_holds_context(patron) | {"pickup": default_pickup(patron), **leave(request)}
    return render(request, "circulation/holds_patron.html", context)


def _hold(request: StaffRequest, key: UUID) -> Hold:
    found = hold_by_key(key)
    if found is None:
        raise Http404
    return found


def _note_reading(request: StaffRequest, patron: Patron) -> None:
    record_read(
        now=timezone.now(),
        by=request.user,
        branch=request.place.branch,
        kind="patron",
        object_id=patron.pk,
        reason="holds",
    )
