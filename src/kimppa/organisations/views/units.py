"""Pages of libraries and branches: what there is, and changing it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kimppa.organisations import operations, queries
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.forms.units import (
    BranchForm,
    BusStopForm,
    DataProtectionForm,
    DeskForm,
    LibraryForm,
)
from kimppa.organisations.models import Branch, BusStop, DataProtectionContact, Desk, Library
from kimppa.organisations.operations import ensure_consortium
from kimppa.organisations.operations.units import Unit
from kimppa.organisations.queries import units as unit_queries
from kimppa.organisations.rules import Permission
from kimppa.organisations.views import UNPROCESSABLE


@require_safe
@requires_somewhere(Permission.MANAGE_HOURS)
def units(request: OfficeRequest) -> HttpResponse:
    """All libraries and their branches."""
    today = timezone.localdate()
    context = {
        "libraries": unit_queries.libraries(),
        "may_add": queries.may(request.user, Permission.MANAGE_UNITS, on=today),
    }
    return render(request, "organisations/units.html", context)


@require_safe
@requires_somewhere(Permission.MANAGE_HOURS)
def branch(request: OfficeRequest, pk: int) -> HttpResponse:
    """A branch: its address, its week, its desks, and the stops of a bus."""
    shown = get_object_or_404(Branch.objects.select_related("library"), pk=pk)
    today = timezone.localdate()
    day = _asked_day(request) or today
    monday = unit_queries.monday_of(day)
    may = queries.may
    context = {
        "branch": shown,
        "today": today,
        "week": unit_queries.week_of(shown, day),
        "monday": monday,
        "previous_week": monday - unit_queries.WEEK,
        "next_week": monday + unit_queries.WEEK,
        "seasons": unit_queries.seasons(shown, today),
        "exceptions": unit_queries.exceptional_days(shown, today),
        "desks": shown.desks.all(),
        "stops": shown.stops.order_by("first_date", "opens"),
        "is_bus": shown.kind == Branch.Kind.BUS,
        "may_change": may(request.user, Permission.MANAGE_UNITS, branch=shown, on=today),
        "may_set_hours": may(request.user, Permission.MANAGE_HOURS, branch=shown, on=today),
    }
    return render(request, "organisations/branch.html", context)


def _asked_day(request: OfficeRequest) -> date | None:
    try:
        day = parse_date(request.GET.get("week", ""))
    except ValueError:
        return None
    margin = timedelta(days=366 * 50)  # dates far away have no weeks beside them
    return day if day and abs(day - timezone.localdate()) < margin else None


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def add_library(request: OfficeRequest) -> HttpResponse:
    """A new library of the consortium; for those who manage the whole of it."""
    if not queries.may(request.user, Permission.MANAGE_UNITS, on=timezone.localdate()):
        raise Http404
    unit = Library(consortium=ensure_consortium())
    return _edit(request, LibraryForm, unit, _("New library"))


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def change_library(request: OfficeRequest, pk: int) -> HttpResponse:
    """A library's code and name."""
    unit = _library(request, pk)
    return _edit(request, LibraryForm, unit, unit.name)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def data_protection(request: OfficeRequest, pk: int) -> HttpResponse:
    """Whom a library's patrons ask about their data."""
    library = _library(request, pk)
    known = DataProtectionContact.objects.filter(library=library).first()
    unit = known or DataProtectionContact(library=library)
    return _edit(request, DataProtectionForm, unit, _("Data protection: %s") % library.name)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def add_branch(request: OfficeRequest, pk: int) -> HttpResponse:
    """A new branch of a library."""
    unit = Branch(library=_library(request, pk))
    return _edit(request, BranchForm, unit, _("New branch"))


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def change_branch(request: OfficeRequest, pk: int) -> HttpResponse:
    """A branch's name, kind and address."""
    unit = branch_for(request, pk, Permission.MANAGE_UNITS)
    return _edit(request, BranchForm, unit, unit.name)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def add_desk(request: OfficeRequest, pk: int) -> HttpResponse:
    """A new desk of a branch."""
    unit = Desk(branch=branch_for(request, pk, Permission.MANAGE_UNITS))
    return _edit(request, DeskForm, unit, _("New desk"))


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_UNITS)
def change_desk(request: OfficeRequest, pk: int) -> HttpResponse:
    """A desk's name and network."""
    unit = _desk(request, pk)
    return _edit(request, DeskForm, unit, unit.name, removal="organisations:remove_desk")


@require_POST
@requires_somewhere(Permission.MANAGE_UNITS)
def remove_desk(request: OfficeRequest, pk: int) -> HttpResponse:
    """Remove a desk."""
    return _remove(request, _desk(request, pk))


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_HOURS)
def add_stop(request: OfficeRequest, pk: int) -> HttpResponse:
    """A new stop of a mobile library."""
    bus = branch_for(request, pk, Permission.MANAGE_HOURS)
    if bus.kind != Branch.Kind.BUS:
        raise Http404
    return _edit(request, BusStopForm, BusStop(bus=bus), _("New stop"))


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_HOURS)
def change_stop(request: OfficeRequest, pk: int) -> HttpResponse:
    """A stop's place, days and times."""
    unit = _stop(request, pk)
    return _edit(request, BusStopForm, unit, unit.name, removal="organisations:remove_stop")


@require_POST
@requires_somewhere(Permission.MANAGE_HOURS)
def remove_stop(request: OfficeRequest, pk: int) -> HttpResponse:
    """Remove a stop."""
    return _remove(request, _stop(request, pk))


def branch_for(request: OfficeRequest, pk: int, permission: Permission) -> Branch:
    """Return the branch if the account has the permission there, else raise *not found*."""
    found = get_object_or_404(Branch.objects.select_related("library"), pk=pk)
    if not queries.may(request.user, permission, branch=found, on=timezone.localdate()):
        raise Http404
    return found


def _library(request: OfficeRequest, pk: int) -> Library:
    found = get_object_or_404(Library, pk=pk)
    today = timezone.localdate()
    if not queries.may(request.user, Permission.MANAGE_UNITS, library=found, on=today):
        raise Http404
    return found


def _desk(request: OfficeRequest, pk: int) -> Desk:
    found = get_object_or_404(Desk.objects.select_related("branch"), pk=pk)
    branch_for(request, found.branch_id, Permission.MANAGE_UNITS)
    return found


def _stop(request: OfficeRequest, pk: int) -> BusStop:
    found = get_object_or_404(BusStop.objects.select_related("bus"), pk=pk)
    branch_for(request, found.bus_id, Permission.MANAGE_HOURS)
    return found


def _edit(
    request: OfficeRequest,
    form_class: "type[forms.ModelForm[Any]]",
    unit: Unit,
    title: str,
    removal: str = "",
) -> HttpResponse:
    """Show a unit's form, or keep what was typed in it."""
    form = form_class(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        operations.save_unit(unit=form.instance, now=timezone.now(), by=request.user)
        messages.success(request, _("Saved: %(name)s.") % {"name": form.instance.name})
        return _back_to(form.instance)
    context = {
        "form": form,
        "title": title,
        "unit": unit,
        "removal": removal,
        "back": _parent(unit),
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "organisations/unit_form.html", context, status=status)


def _remove(request: OfficeRequest, unit: Desk | BusStop) -> HttpResponse:
    back = _back_to(unit)
    operations.remove_unit(unit=unit, now=timezone.now(), by=request.user)
    messages.success(request, _("Removed: %(name)s.") % {"name": unit.name})
    return back


def _parent(unit: Unit) -> Branch | None:
    if isinstance(unit, Desk):
        return unit.branch
    if isinstance(unit, BusStop):
        return unit.bus
    return unit if isinstance(unit, Branch) and unit.pk else None


def _back_to(unit: Unit) -> HttpResponse:
    parent = _parent(unit)
    if parent is None:
        return redirect("organisations:units")
    return redirect("organisations:branch", pk=parent.pk)
