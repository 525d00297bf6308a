"""The staff's door: who is signed in, at which branch and desk, and whether they may.

Pages of every room stand behind ``requires`` (or ``requires_somewhere`` where the workplace does
not matter). Whoever is not signed in is led to sign in; whoever has not said where they work is
asked; whoever has no permission there is refused: *not found* where the address names an object,
so that nothing tells whether it exists, *forbidden* otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from kimppa.organisations.models import Branch, Desk, StaffAccount
from kimppa.organisations.queries import desk_at, is_in_network, may, may_somewhere, works_in
from kimppa.organisations.rules import Mode, Permission

WORKPLACE = "workplace"
LAST_PATRON = "last_patron"
MODE_LABELS: dict[Mode, Promise] = {
    Mode.CHECK_OUT: _("Check-out"),
    Mode.CHECK_IN: _("Check-in"),
    Mode.BOOK_DROP: _("Book drop"),
    Mode.IN_HOUSE: _("In-library use"),
    Mode.RENEW: _("Renewal"),
    Mode.OTHER: _("Other work"),
}


@dataclass(frozen=True)
class Place:
    """Where the account works now, and what a scan does on the page that is open."""

    branch: Branch
    desk: Desk | None = None
    mode: Mode = Mode.OTHER
    is_elsewhere: bool = False  # the network says that the workstation stands in another place

    @property
    def mode_label(self) -> Promise:
        """What the mode is called."""
        return MODE_LABELS[self.mode]


class StaffRequest(HttpRequest):
    """A request of somebody signed in who said where they work."""

    user: StaffAccount
    place: Place


class OfficeRequest(HttpRequest):
    """A request of somebody signed in who need not have said where they work."""

    user: StaffAccount
    place: Place | None


@dataclass(frozen=True)
class Access:
    """What a page asks of those who open it; on the view as ``view.access``."""

    permission: Permission | None  # none: being signed in is enough
    needs_place: bool


Arguments = ParamSpec("Arguments")
Request = TypeVar("Request", bound=HttpRequest)
View = Callable[Concatenate[Request, Arguments], HttpResponseBase]


def requires(
    permission: Permission, *, mode: Mode = Mode.OTHER
) -> Callable[[View[StaffRequest, Arguments]], View[HttpRequest, Arguments]]:
    """Let in those who have the permission in the branch where they work.

    The view finds ``request.place`` and ``request.user`` (a StaffAccount). A view whose object
    belongs to another branch or library asks ``may`` about that one as well.
    """

    def decorate(view: View[StaffRequest, Arguments]) -> View[HttpRequest, Arguments]:
        def check(request: HttpRequest) -> HttpResponseBase | None:
            place = workplace(request, mode)
            if place is None:
                return _lead_to(request, resolve_url("organisations:workplace"))
            request.place = place  # type: ignore[attr-defined]
            account = cast("StaffAccount", request.user)
            if not may(account, permission, branch=place.branch, on=timezone.localdate()):
                raise PermissionDenied
            return None

        return _behind(check, Access(permission, needs_place=True), view)

    return decorate


def requires_somewhere(
    permission: Permission | None = None,
) -> Callable[[View[OfficeRequest, Arguments]], View[HttpRequest, Arguments]]:
    """Let in those who have the permission in some unit; none: all who are signed in.

    For pages of units, staff and the log; the view asks ``may`` about the unit it shows.
    ``request.place`` is None for those who have not said where they work.
    """

    def decorate(view: View[OfficeRequest, Arguments]) -> View[HttpRequest, Arguments]:
        def check(request: HttpRequest) -> HttpResponseBase | None:
            request.place = workplace(request, Mode.OTHER)  # type: ignore[attr-defined]
            account = cast("StaffAccount", request.user)
            if permission and not may_somewhere(account, permission, on=timezone.localdate()):
                raise PermissionDenied
            return None

        return _behind(check, Access(permission, needs_place=False), view)

    return decorate


def _behind(
    check: Callable[[HttpRequest], HttpResponseBase | None],
    access: Access,
    view: View[Request, Arguments],
) -> View[HttpRequest, Arguments]:
    """Return the view behind sign-in and the check; nothing of it is kept by browsers or logs."""

    @sensitive_post_parameters()
    @wraps(view)
    def guarded(
        request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        if not request.user.is_authenticated:
            response: HttpResponseBase = _to_sign_in(request)
        else:
            response = _checked(check, request, names_object=bool(args or kwargs)) or view(
                cast("Request", request), *args, **kwargs
            )
        patch_cache_control(response, no_store=True, private=True)
        return response

    guarded.access = access  # type: ignore[attr-defined]
    return cast("View[HttpRequest, Arguments]", guarded)


def _checked(
    check: Callable[[HttpRequest], HttpResponseBase | None],
    request: HttpRequest,
    *,
    names_object: bool,
) -> HttpResponseBase | None:
    try:
        return check(request)
    except PermissionDenied:
        if names_object:
            raise Http404 from None
        raise


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    target = request.get_full_path() if request.method in {"GET", "HEAD"} else "/staff/"
    if "HX-Request" in request.headers:
        # A fragment cannot hold the sign-in page: the whole page goes there.
        return _lead_to(request, resolve_url(settings.LOGIN_URL))
    return redirect_to_login(target, resolve_url(settings.LOGIN_URL))


def _lead_to(request: HttpRequest, address: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def workplace(request: HttpRequest, mode: Mode) -> Place | None:
    """Return where the session says that the account works, if it still has a role there."""
    kept = request.session.get(WORKPLACE)
    if not kept:
        return None
    account = cast("StaffAccount", request.user)
    branch = Branch.objects.select_related("library").filter(pk=kept["branch"]).first()
    if branch is None or not works_in(account, branch, on=timezone.localdate()):
        return None
    desk = Desk.objects.filter(pk=kept["desk"], branch=branch).first() if kept["desk"] else None
    return Place(branch, desk, mode, is_elsewhere=_is_elsewhere(request, branch, desk))


def _is_elsewhere(request: HttpRequest, branch: Branch, desk: Desk | None) -> bool:
    """Return whether the network contradicts the workplace that was chosen."""
    address = request.META.get("REMOTE_ADDR", "")
    if desk is not None and desk.network:
        return not is_in_network(address, desk.network)
    found = desk_at(address)
    return found is not None and found.branch_id != branch.pk


def keep_workplace(request: HttpRequest, branch: Branch, desk: Desk | None) -> None:
    """Remember until sign-out where the account works; the last patron was of another place."""
    request.session[WORKPLACE] = {"branch": branch.pk, "desk": desk.pk if desk else None}
    request.session.pop(LAST_PATRON, None)


def keep_last_patron(request: HttpRequest, key: object, *, now: datetime) -> None:
    """Remember the patron who was served last, by key; gone at sign-out and after some minutes."""
    request.session[LAST_PATRON] = {"key": str(key), "at": now.timestamp()}


def last_patron(request: HttpRequest, *, now: datetime) -> str | None:
    """Return the key of the patron who was served last, if that was not too long ago (D11)."""
    kept = request.session.get(LAST_PATRON)
    if not kept:
        return None
    age = timedelta(seconds=now.timestamp() - kept["at"])
    if age > timedelta(minutes=settings.LAST_PATRON_MINUTES):
        del request.session[LAST_PATRON]
        return None
    return cast("str", kept["key"])
