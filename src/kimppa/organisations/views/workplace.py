"""The page where one says at which branch and desk one works."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kimppa.organisations import queries
from kimppa.organisations.access import OfficeRequest, keep_workplace, requires_somewhere
from kimppa.organisations.forms.workplace import WorkplaceForm
from kimppa.organisations.models import Branch, Desk
from kimppa.organisations.views import UNPROCESSABLE


@require_http_methods(["GET", "POST"])
@requires_somewhere()
def workplace(request: OfficeRequest) -> HttpResponse:
    """Choose where one works; changing it asks first (D4)."""
    branches = queries.branches_of(request.user, on=timezone.localdate())
    if request.method == "GET":
        form = WorkplaceForm(branches=branches, initial={"workplace": _likely(request, branches)})
        return render(request, "organisations/workplace.html", {"form": form})
    form = WorkplaceForm(request.POST, branches=branches)
    if not form.is_valid():
        return render(request, "organisations/workplace.html", {"form": form}, status=UNPROCESSABLE)
    branch, desk = form.chosen
    if _is_change(request, branch, desk) and "sure" not in request.POST:
        context = {"form": form, "branch": branch, "desk": desk}
        return render(request, "organisations/workplace_change.html", context)
    keep_workplace(request, branch, desk)
    return redirect("staff")


def _is_change(request: OfficeRequest, branch: Branch, desk: Desk | None) -> bool:
    return request.place is not None and (request.place.branch, request.place.desk) != (
        branch,
        desk,
    )


def _likely(request: OfficeRequest, branches: list[Branch]) -> str:
    """Return what to offer first: the present place, what the network says, the home branch."""
    if request.place:
        desk = request.place.desk
        return f"{request.place.branch.pk}-{desk.pk}" if desk else f"{request.place.branch.pk}"
    desk = queries.desk_at(request.META.get("REMOTE_ADDR", ""))
    if desk and desk.branch in branches:
        return f"{desk.branch_id}-{desk.pk}"
    if len(branches) == 1:
        return str(branches[0].pk)
    return str(request.user.home_branch_id or "")
