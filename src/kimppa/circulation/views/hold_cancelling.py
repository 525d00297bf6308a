"""Holds that were cancelled: cancel, restore to the very place, place anew."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation.hold_labels import refusals
from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_endings import cancel_holds, restore_holds
from kimppa.circulation.operations.hold_requests import PlaceHoldRefused, place_hold
from kimppa.circulation.queries.hold_pages import cancelled_lately
from kimppa.circulation.queries.placing import Asked
from kimppa.circulation.views.hold_access import acting, back, chosen_holds, leave
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Permission

P = Permission


@require_GET
@requires(P.PLACE_HOLD)
def cancelled(request: StaffRequest) -> HttpResponse:
    """Show the holds of this branch that were cancelled lately, to restore one or many."""
    rows = cancelled_lately(
        timezone.now(), timezone.localdate(), pickup_branch=request.place.branch
    )
    context = {
        "restorable": [row for row in rows if row.can_be_restored],
        "too_late": [row for row in rows if not row.can_be_restored],
        **leave(request),
    }
    return render(request, "circulation/holds_cancelled.html", context)


@require_POST
@requires(P.PLACE_HOLD)
def cancel(request: StaffRequest) -> HttpResponseBase:
    """Cancel the chosen holds and go back to where they are shown, where they can be restored."""
    chosen = chosen_holds(request)
    if not chosen:
        messages.error(request, _("Choose at least one hold."))
        return back(request)
    done = cancel_holds(
        holds=[hold.pk for hold in chosen],
        reason=request.POST.get("reason", "")[:300],
        **acting(request),
    )
    messages.success(
        request,
        ngettext(
            "%(count)d hold was cancelled. It can be restored to its place.",
            "%(count)d holds were cancelled. They can be restored to their places.",
            len(done),
        )
        % {"count": len(done)},
    )
    return back(request)


@require_POST
@requires(P.PLACE_HOLD)
def restore(request: StaffRequest) -> HttpResponseBase:
    """Restore the chosen cancelled holds to their very places; say which could not be and why."""
    chosen = chosen_holds(request)
    if not chosen:
        messages.error(request, _("Choose at least one hold."))
        return back(request)
    outcome = restore_holds(holds=[hold.pk for hold in chosen], **acting(request))
    count = len(outcome.holds)
    if count:
        messages.success(
            request,
            ngettext(
                "%(count)d hold is back in its place.",
                "%(count)d holds are back in their places.",
                count,
            )
            % {"count": count},
        )
    by_number = {hold.pk: hold for hold in chosen}
    for number, reasons in outcome.refused.items():
        words = " ".join(refusals(reasons))
        messages.error(request, f"{by_number[number].record.title}: {words}")
    return back(request)


@require_POST
@requires(P.PLACE_HOLD)
def place_again(request: StaffRequest) -> HttpResponseBase:
    """Place cancelled holds that can no longer be restored anew, at the ends of their queues."""
    count = 0
    for old in chosen_holds(request):
        if old.patron is None or old.state != Hold.State.CANCELLED:
            continue
        asked = Asked(
            old.patron,
            old.record,
            old.pickup_branch,
            wanted_item=old.wanted_item,
            not_before_date=old.not_before_date,
            wanted_by_date=old.wanted_by_date,
        )
        try:
            place_hold(asked=asked, **acting(request))
            count += 1
        except PlaceHoldRefused as refused:
            words = " ".join(refusals(refused.reasons))
            messages.error(request, f"{old.record.title}: {words}")
    if count:
        messages.success(
            request,
            ngettext(
                "%(count)d hold was placed at the end of its queue.",
                "%(count)d holds were placed at the ends of their queues.",
                count,
            )
            % {"count": count},
        )
    return back(request)
