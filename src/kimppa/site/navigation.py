"""The staff pages' navigation: one line per link, shown to those who may use it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import StaffAccount
from kimppa.organisations.queries import may, may_somewhere
from kimppa.organisations.rules import Permission


@dataclass(frozen=True)
class Link:
    """One link: the name of its page, its words, who may, and its key with Alt."""

    page: str
    label: Promise
    permission: Permission
    alt_key: str = ""
    needs_place: bool = True


LINKS = (
    Link("circulation:patrons", _("Patrons"), Permission.VIEW_PATRON, "q"),
    Link("circulation:check_out", _("Check out"), Permission.CHECK_OUT, "u"),
    Link("circulation:check_in", _("Check in"), Permission.CHECK_IN, "r"),
    Link("circulation:renew", _("Renew"), Permission.CHECK_OUT, "w"),
    Link("circulation:holds", _("Holds"), Permission.VIEW_HOLDS),
    Link("circulation:notices", _("Notices"), Permission.EDIT_PATRON),
    Link("circulation:till", _("Till"), Permission.VIEW_TILL),
    Link("circulation:rules", _("Rules of use"), Permission.VIEW_RULES),
    Link("circulation:due_dates", _("Due dates"), Permission.MANAGE_HOURS, needs_place=False),
    Link("organisations:units", _("Units"), Permission.MANAGE_HOURS, needs_place=False),
    Link("organisations:staff", _("Staff"), Permission.MANAGE_STAFF, needs_place=False),
    Link("organisations:log", _("Access log"), Permission.VIEW_LOG, needs_place=False),
)


@dataclass(frozen=True)
class ShownLink:
    """A link as the page shows it."""

    address: str
    label: Promise
    alt_key: str
    is_current: bool


def links_for(request: HttpRequest) -> list[ShownLink]:
    """Return the links that the account may use where it works."""
    if not isinstance(request.user, StaffAccount):
        return []
    return [
        ShownLink(address, link.label, link.alt_key, request.path.startswith(address))
        for link in LINKS
        if _may(request, link) and (address := _address(link))
    ]


def _may(request: HttpRequest, link: Link) -> bool:
    account, today = request.user, timezone.localdate()
    assert isinstance(account, StaffAccount)  # noqa: S101 - for the type checker
    if not link.needs_place:
        return may_somewhere(account, link.permission, on=today)
    place = getattr(request, "place", None)
    return place is not None and may(account, link.permission, branch=place.branch, on=today)


def _address(link: Link) -> str:
    try:
        return reverse(link.page)
    except NoReverseMatch:  # a page that is not built yet
        return ""
