"""A record's queue: see why the order is so, place holds, move them."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kimppa.catalogue.models import BibliographicRecord
from kimppa.circulation.forms.holds import FindForm, MoveForm, PlaceHoldForm
from kimppa.circulation.hold_labels import refusals
from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_requests import PlaceHoldRefused, place_hold
from kimppa.circulation.operations.queues import MoveRefused, move_hold, reorder_queue
from kimppa.circulation.queries.hold_pages import queue_of, record_for
from kimppa.circulation.queries.placing import Asked
from kimppa.circulation.views.hold_access import acting, chosen_holds, leave, may_here
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Permission
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
            **acting(request),
            group_name=values["group_name"],
            override=values["override"] if may_here(request, P.OVERRIDE) else "",
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
    chosen = chosen_holds(request, record=record)
    if not form.is_valid() or not chosen:
        said = [] if chosen else [_("Choose at least one hold.")]
        said += [str(error) for errors in form.errors.values() for error in errors]
        return _queue_page(request, record, move_form=form, refused=said)
    who = acting(request) | {"reason": form.cleaned_data["reason"]}
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


def _record(cluster_id: str) -> BibliographicRecord:
    rows = BibliographicRecord.objects.defer("packed_marc", "packed_provenance")
    return get_object_or_404(rows, cluster_id=cluster_id)
