"""Pages where a branch's hours are set: the week of a season, and exceptional days."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.organisations import operations, queries
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.forms.units import ExceptionalDayForm, WeekForm, cell
from kimppa.organisations.models import Branch, HoursKind
from kimppa.organisations.queries import units as unit_queries
from kimppa.organisations.rules import Permission, typed
from kimppa.organisations.views import UNPROCESSABLE
from kimppa.organisations.views.units import branch_for


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_HOURS)
def set_hours(request: OfficeRequest, pk: int) -> HttpResponse:
    """A week's hours from one day on; those that hold now are there to be changed."""
    branch = branch_for(request, pk, Permission.MANAGE_HOURS)
    today = timezone.localdate()
    if request.method == "GET":
        form = WeekForm(initial=_present_week(branch, today))
        return render(request, "organisations/hours_form.html", {"form": form, "branch": branch})
    form = WeekForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "branch": branch}
        return render(request, "organisations/hours_form.html", context, status=UNPROCESSABLE)
    operations.set_hours(
        branch=branch,
        week=form.week,
        valid_from=form.cleaned_data["valid_from"],
        valid_to=form.cleaned_data["valid_to"],
        now=timezone.now(),
        by=request.user,
    )
    messages.success(request, _("The hours are set."))
    return redirect("organisations:branch", pk=branch.pk)


def _present_week(branch: Branch, today: date) -> dict[str, Any]:
    known = unit_queries.typed_week(branch, today)
    week = {
        cell(weekday, kind): typed(
            (span.opens, span.closes) for span in known.get((weekday, kind), [])
        )
        for weekday in WEEKDAYS
        for kind in HoursKind
    }
    return {"valid_from": today, **week}


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_HOURS)
def add_exception(request: OfficeRequest, pk: int) -> HttpResponse:
    """A day on which a branch's hours are others, or none."""
    branch = branch_for(request, pk, Permission.MANAGE_HOURS)
    return _add_exception(request, branch)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def common_exceptions(request: OfficeRequest) -> HttpResponse:
    """Days on which every branch has other hours, or none; for those who manage the whole."""
    if not _manages_all(request):
        raise Http404
    return _add_exception(request, None)


def _manages_all(request: OfficeRequest) -> bool:
    return queries.may(request.user, Permission.MANAGE_UNITS, on=timezone.localdate())


def _add_exception(request: OfficeRequest, branch: Branch | None) -> HttpResponse:
    today = timezone.localdate()
    form = ExceptionalDayForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        operations.set_exceptional_day(
            branch=branch,
            day=form.cleaned_data["day"],
            spans=form.spans,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            by=request.user,
        )
        day = date_format(form.cleaned_data["day"], "j.n.Y")
        messages.success(request, _("The exception of %(day)s is set.") % {"day": day})
        return _back_to(branch)
    context = {
        "form": form,
        "branch": branch,
        "exceptions": [] if branch else unit_queries.exceptional_days(None, today),
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "organisations/exception_form.html", context, status=status)


@require_POST
@requires_somewhere(Permission.MANAGE_HOURS)
def remove_exception(request: OfficeRequest, pk: int) -> HttpResponse:
    """Let the week's hours of a branch hold on a day again."""
    return _remove_exception(request, branch_for(request, pk, Permission.MANAGE_HOURS))


@require_POST
@requires_somewhere(Permission.MANAGE_UNITS)
def remove_common_exception(request: OfficeRequest) -> HttpResponse:
    """Let every branch's own hours hold on a day again."""
    if not _manages_all(request):
        raise Http404
    return _remove_exception(request, None)


def _remove_exception(request: OfficeRequest, branch: Branch | None) -> HttpResponse:
    try:
        day = parse_date(request.POST.get("date", ""))
    except ValueError:
        day = None
    if day is None:
        raise Http404
    operations.remove_exceptional_day(branch=branch, day=day, now=timezone.now(), by=request.user)
    messages.success(
        request, _("The usual hours hold again on %(day)s.") % {"day": date_format(day, "j.n.Y")}
    )
    return _back_to(branch)


def _back_to(branch: Branch | None) -> HttpResponse:
    if branch is None:
        return redirect("organisations:common_exceptions")
    return redirect("organisations:branch", pk=branch.pk)
