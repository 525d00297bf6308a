"""What the pages of holds share: who acts, what they may do, which holds they chose."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from kimppa.circulation.models import Hold
from kimppa.organisations.access import OfficeRequest, StaffRequest
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission

P = Permission


def acting(request: StaffRequest) -> dict[str, Any]:
    """Return who acts, where and when, as the operations ask for it."""
    return {"by": request.user, "branch": request.place.branch, "now": timezone.now()}


def leave(request: StaffRequest | OfficeRequest) -> dict[str, bool]:
    """Return what the account may do where it works, for what the page offers."""
    return {
        "may_place": may_here(request, P.PLACE_HOLD),
        "may_reorder": may_here(request, P.REORDER_HOLDS),
        "may_override": may_here(request, P.OVERRIDE),
        "may_see_patrons": may_here(request, P.VIEW_PATRON),
        "may_pull": may_here(request, P.PULL_ITEMS),
        "may_clear": may_here(request, P.CHECK_IN),
        "may_see_holds": may_here(request, P.VIEW_HOLDS),
    }


def may_here(request: StaffRequest | OfficeRequest, permission: Permission) -> bool:
    """Return whether the account has the permission where it works."""
    place, today = request.place, timezone.localdate()
    return place is not None and may(request.user, permission, branch=place.branch, on=today)


def chosen_holds(request: StaffRequest, **of: object) -> list[Hold]:
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


def back(request: StaffRequest) -> HttpResponseBase:
    """Go back to the page that the form stands on; its address is one of our own."""
    address = request.POST.get("next", "")
    is_ours = address.startswith("/staff/") and "\\" not in address
    return redirect(address if is_ours else "circulation:cancelled_holds")
