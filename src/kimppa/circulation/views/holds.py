"""Queues and single holds: see why the order is so, place, move, freeze, cancel and restore."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kimppa.catalogue.models import BibliographicRecord
from kimppa.circulation.forms.holds import (
    FindForm,
    FreezeForm,
    MoveForm,
    PickupForm,
    PlaceHoldForm,
)
from kimppa.circulation.hold_labels import refusals
from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_endings import cancel_holds, restore_holds
from kimppa.circulation.operations.hold_requests import (
    ChangeHoldRefused,
    PlaceHoldRefused,
    change_pickup,
    freeze,
    place_hold,
    unfreeze,
)
from kimppa.circulation.operations.queues import MoveRefused, move_hold, reorder_queue
from kimppa.circulation.queries.hold_pages import (
    Row,
    cancelled_lately,
    hold_by_key,
    places_in,
    queue_of,
    record_for,
)
from kimppa.circulation.queries.placing import Asked, default_pickup
from kimppa.circulation.templatetags.holds import patron_holds_context
from kimppa.circulation.views.patron_access import is_open_in_full, patron_or_404
from kimppa.organisations.access import OfficeRequest, StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import patron_by_card

P = Permission
ROWS = 50


@require_GET
@requires(P.VIEW_HOLDS)
def find_queue(request: StaffRequest) -> HttpResponse:
    """Lead to the queue of the record that was scanned or typed."""
    form = FindForm(request.GET)
    record = record_for(form.cleaned_data["find"]) if form.is_valid() else None
    if record is None:
        messages.error(request, _("No record or item has that number."))
        return redirect("circulation:holds")
    return redirect("circulation:record_holds", record.cluster_id)


@require_GET
@requires(P.VIEW_HOLDS)
def record_holds(request: StaffRequest, cluster_id: str) -> HttpResponse:
    """Show the record's queue, everybody's place in it and why."""
    return _queue_page(request, _record(cluster_id))


def _queue_page(
    request: StaffRequest,
    record: BibliographicRecord,
    *,
    place_form: PlaceHoldForm | None = None,
    move_form: MoveForm | None = None,
    refused: Sequence[str] = (),
) -> HttpResponse:
    queue = queue_of(record, timezone.now(), timezone.localdate())
    page = Paginator(queue.waiting, ROWS).get_page(request.GET.get("page"))
    is_refused = bool(refused or (place_form and place_form.errors))
    context = {
        "queue": queue,
        "record": record,
        "page": page,
        "place_form": place_form
        or PlaceHoldForm(record=record, initial={"pickup_branch": request.place.branch.pk}),
        "move_form": move_form or MoveForm(),
        "refused": refused,
        "chosen": set(request.POST.getlist("hold")),
        **leave(request),
    }
    return render(
        request, "circulation/holds_queue.html", context, status=422 if is_refused else 200
    )


@require_POST
@requires(P.PLACE_HOLD)
def place(request: StaffRequest, cluster_id: str) -> HttpResponse:
    """Place a hold, or several copies for a reading circle, for the patron of a card."""
    record = _record(cluster_id)
    form = PlaceHoldForm(request.POST, record=record)
    if not form.is_valid():
        return _queue_page(request, record, place_form=form)
    found = patron_by_card(form.cleaned_data["card"])
    if found is None:
        form.add_error("card", _("Nobody has this card."))
        return _queue_page(request, record, place_form=form)
    values = form.cleaned_data
    asked = Asked(
        patron=found[0],
        record=record,
        pickup_branch=values["pickup_branch"],
        copies=values["copies"],
        wanted_item=values["wanted_item"],
        not_before_date=values["not_before_date"],
        wanted_by_date=values["wanted_by_date"],
    )
    try:
        placed = place_hold(
            asked=asked,
            by=request.user,
            branch=request.place.branch,
            now=timezone.now(),
            group_name=values["group_name"],
            override=values["override"] if _may(request, P.OVERRIDE) else "",
        )
    except PlaceHoldRefused as refused:
        return _queue_page(request, record, place_form=form, refused=refusals(refused.reasons))
    count = len(placed.holds)
    messages.success(
        request,
        ngettext("The hold was placed.", "%(count)d holds were placed.", count) % {"count": count},
    )
    return redirect("circulation:hold", placed.holds[0].key)


@require_POST
@requires(P.REORDER_HOLDS)
def move(request: StaffRequest, cluster_id: str) -> HttpResponse:
    """Move the chosen holds, one after the other, to a place of the queue."""
    record = _record(cluster_id)
    form = MoveForm(request.POST)
    chosen = _chosen(request, record=record)
    if not form.is_valid() or not chosen:
        said = [] if chosen else [_("Choose at least one hold.")]
        said += [str(error) for errors in form.errors.values() for error in errors]
        return _queue_page(request, record, move_form=form, refused=said)
    who: dict[str, Any] = {
        "by": request.user,
        "branch": request.place.branch,
        "now": timezone.now(),
        "reason": form.cleaned_data["reason"],
    }
    position = form.cleaned_data["position"]
    try:
        if len(chosen) == 1:
            move_hold(hold=chosen[0], position=position, **who)
        else:
            reorder_queue(record=record, order=_order(record, chosen, position), **who)
    except MoveRefused as refused:
        return _queue_page(request, record, move_form=form, refused=refusals(refused.reasons))
    messages.success(request, _("The queue is in the new order."))
    return redirect("circulation:record_holds", cluster_id)


def _order(record: BibliographicRecord, chosen: Sequence[Hold], position: int) -> list[int]:
    """Return the queue as it will be, with the chosen holds together at the position."""
    picked = [hold.pk for hold in sorted(chosen, key=lambda hold: (hold.rank, hold.pk))]
    waiting = Hold.objects.waiting().filter(record=record).values_list("pk", flat=True)
    others = [number for number in waiting if number not in set(picked)]
    return [*others[: position - 1], *picked, *others[position - 1 :]]


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
        freeze(hold=found, until=form.cleaned_data["until"], **_who(request))
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
        unfreeze(hold=found, **_who(request))
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
        change_pickup(hold=found, pickup_branch=form.cleaned_data["pickup_branch"], **_who(request))
    except ChangeHoldRefused as refused:
        return _hold_page(request, found, refused=refusals(refused.reasons))
    messages.success(request, _("The pickup location was changed; the hold keeps its place."))
    return redirect("circulation:hold", key)


@require_POST
@requires(P.PLACE_HOLD)
def cancel(request: StaffRequest) -> HttpResponseBase:
    """Cancel the chosen holds and go back to where they are shown, where they can be restored."""
    chosen = _chosen(request)
    if not chosen:
        messages.error(request, _("Choose at least one hold."))
        return _back(request)
    done = cancel_holds(
        holds=[hold.pk for hold in chosen],
        reason=request.POST.get("reason", "")[:300],
        **_who(request),
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
    return _back(request)


@require_POST
@requires(P.PLACE_HOLD)
def restore(request: StaffRequest) -> HttpResponseBase:
    """Restore the chosen cancelled holds to their very places; say which could not be and why."""
    chosen = _chosen(request)
    if not chosen:
        messages.error(request, _("Choose at least one hold."))
        return _back(request)
    outcome = restore_holds(holds=[hold.pk for hold in chosen], **_who(request))
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
    return _back(request)


@require_POST
@requires(P.PLACE_HOLD)
def place_again(request: StaffRequest) -> HttpResponseBase:
    """Place cancelled holds that can no longer be restored anew, at the ends of their queues."""
    count = 0
    for old in _chosen(request):
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
            place_hold(asked=asked, **_who(request))
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
    return _back(request)


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


def _record(cluster_id: str) -> BibliographicRecord:
    rows = BibliographicRecord.objects.defer("packed_marc", "packed_provenance")
    return get_object_or_404(rows, cluster_id=cluster_id)


def _hold(request: StaffRequest, key: UUID) -> Hold:
    found = hold_by_key(key)
    if found is None:
        raise Http404
    return found


def _chosen(request: StaffRequest, **of: object) -> list[Hold]:
    """Return the chosen holds, or all that the form shows; what is no key is passed over."""
    shown = request.POST.get("shown", "").split(",")
    keys = []
    for text in shown if "every" in request.POST else request.POST.getlist("hold"):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    rows = Hold.objects.filter(key__in=keys, **of)
    return list(rows.select_related("record", "patron", "pickup_branch", "wanted_item"))


def _note_reading(request: StaffRequest, patron: Patron) -> None:
    record_read(
        now=timezone.now(),
        by=request.user,
        branch=request.place.branch,
        kind="patron",
        object_id=patron.pk,
        reason="holds",
    )


def _who(request: StaffRequest) -> dict[str, Any]:
    return {"by": request.user, "branch": request.place.branch, "now": timezone.now()}


def leave(request: StaffRequest | OfficeRequest) -> dict[str, bool]:
    """Return what the account may do where it works, for what the page offers."""
    return {
        "may_place": _may(request, P.PLACE_HOLD),
        "may_reorder": _may(request, P.REORDER_HOLDS),
        "may_override": _may(request, P.OVERRIDE),
        "may_see_patrons": _may(request, P.VIEW_PATRON),
        "may_pull": _may(request, P.PULL_ITEMS),
        "may_clear": _may(request, P.CHECK_IN),
        "may_see_holds": _may(request, P.VIEW_HOLDS),
    }


def _may(request: StaffRequest | OfficeRequest, permission: Permission) -> bool:
    place, today = request.place, timezone.localdate()
    return place is not None and may(request.user, permission, branch=place.branch, on=today)


def _back(request: StaffRequest) -> HttpResponseBase:
    """Go back to the page that the form stands on; its address is one of our own."""
    address = request.POST.get("next", "")
    is_ours = address.startswith("/staff/") and "\\" not in address
    return redirect(address if is_ours else "circulation:cancelled_holds")
