"""The page of queue areas: whose items fill whose holds, today and from a day to come."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.circulation.forms.holds import QueueAreaEndForm, QueueAreaForm
from kimppa.circulation.models import QueueArea
from kimppa.circulation.operations.queue_areas import (
    AreaProblem,
    AreaRefused,
    add_queue_area,
    end_queue_area,
)
from kimppa.circulation.queries.holds import queue_areas
from kimppa.circulation.views.holds import leave
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.queries import may
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


@require_http_methods(["GET", "HEAD", "POST"])
@requires_somewhere(P.VIEW_RULES)
def areas(request: OfficeRequest) -> HttpResponse:
    """Show the queue areas; those who set the rules of use add new ones."""
    may_edit = may(request.user, P.EDIT_RULES, on=timezone.localdate())
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    form = QueueAreaForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            add_queue_area(by=request.user, now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("The queue area is set. Everybody keeps their place."))
            return redirect("circulation:queue_areas")
        except AreaRefused as refused:
            for problem in refused.reasons:
                form.add_error(None, area_words(problem))
    context = {
        "areas": queue_areas(timezone.localdate()),
        "form": form,
        "end_form": QueueAreaEndForm(),
        "may_edit": may_edit,
        **leave(request),
    }
    return render(
        request, "circulation/holds_areas.html", context, status=422 if form.errors else 200
    )


@require_POST
@requires_somewhere(P.EDIT_RULES)
def end_area(request: OfficeRequest, number: int) -> HttpResponse:
    """Set the last day of an area, or take it away."""
    if not may(request.user, P.EDIT_RULES, on=timezone.localdate()):
        raise Http404
    area = get_object_or_404(QueueArea, pk=number)
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
