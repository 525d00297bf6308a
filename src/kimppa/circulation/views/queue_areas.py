"""The page of queue areas: whose items fill whose holds, today and from a day to come."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kimppa.circulation.forms.holds import QueueAreaEndForm, QueueAreaForm
from kimppa.circulation.models import QueueArea
from kimppa.circulation.operations.queue_areas import (
    AreaProblem,
    AreaRefused,
    add_queue_area,
    end_queue_area,
)
from kimppa.circulation.queries.holds import queue_areas
from kimppa.circulation.views.hold_access import leave
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import may, may_somewhere
from kimppa.organisations.rules import Permission

P = Permission


def area_words(problem: AreaProblem) -> str:
    """Return a refusal in words."""
    return {
        AreaProblem.NO_BRANCHES: _("Choose the branches."),
        AreaProblem.ENDS_BEFORE_IT_BEGINS: _("It would end before it begins."),
        AreaProblem.BEGINS_IN_THE_PAST: _("It begins today at the earliest."),
        AreaProblem.ENDS_IN_THE_PAST: _("It has ended already, or would end in the past."),
    }[problem]


@require_safe
@requires_somewhere(P.VIEW_RULES)
def areas(request: OfficeRequest) -> HttpResponse:
    """Show the queue areas, in force, to come and over."""
    return _page(request, QueueAreaForm(initial={"valid_from": timezone.localdate()}))


def _page(request: OfficeRequest, form: QueueAreaForm) -> HttpResponse:
    context = {
        "areas": queue_areas(timezone.localdate()),
        "form": form,
        "end_form": QueueAreaEndForm(),
        "may_edit": may_somewhere(request.user, P.EDIT_RULES, on=timezone.localdate()),
        **leave(request),
    }
    return render(
        request, "circulation/holds_areas.html", context, status=422 if form.errors else 200
    )


@require_POST
@requires_somewhere(P.EDIT_RULES)
def add_area(request: OfficeRequest) -> HttpResponse:
    """Add a queue area of branches for which the account sets the rules."""
    form = QueueAreaForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    if not _may_edit(request, form.cleaned_data["branches"]):
        form.add_error("branches", _("Choose branches of your own libraries only."))
        return _page(request, form)
    try:
        add_queue_area(by=request.user, now=timezone.now(), **form.cleaned_data)
    except AreaRefused as refused:
        for problem in refused.reasons:
            form.add_error(None, area_words(problem))
        return _page(request, form)
    messages.success(request, _("The queue area is set. Everybody keeps their place."))
    return redirect("circulation:queue_areas")


@require_POST
@requires_somewhere(P.EDIT_RULES)
def end_area(request: OfficeRequest, number: int) -> HttpResponse:
    """Set the last day of an area, or take it away."""
    area = get_object_or_404(QueueArea, pk=number)
    members = area.members.select_related("branch__library")
    if not _may_edit(request, [member.branch for member in members]):
        raise Http404
    form = QueueAreaEndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the day, or leave it empty."))
    else:
        try:
            end_queue_area(
                area=area,
                last_date=form.cleaned_data["last_date"],
                by=request.user,
                now=timezone.now(),
            )
            messages.success(request, _("The last day is set."))
        except AreaRefused as refused:
            for problem in refused.reasons:
                messages.error(request, area_words(problem))
    return redirect("circulation:queue_areas")


def _may_edit(request: OfficeRequest, branches: Iterable[Branch]) -> bool:
    """Return whether the account sets the rules in every one of the branches."""
    today = timezone.localdate()
    return all(may(request.user, P.EDIT_RULES, branch=branch, on=today) for branch in branches)
