"""Who sees how much of a patron: own library in full, others by need (users.md X1)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from kimppa.organisations.access import StaffRequest
from kimppa.organisations.operations import record_read
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import patron_by_key

NEEDED = "needed_patrons"
NEED_LASTS = timedelta(hours=1)


def patron_or_404(key: UUID) -> Patron:
    """Return the patron, after whatever merges there were; Http404 for nobody and the erased."""
    patron = patron_by_key(key)
    if patron is None:
        raise Http404
    return patron


def full_patron_or_404(request: StaffRequest, key: UUID) -> Patron:
    """Return the patron if the page is open in full to this account; Http404 otherwise."""
    patron = patron_or_404(key)
    if not is_open_in_full(request, patron):
        raise Http404
    return patron


def is_open_in_full(request: StaffRequest, patron: Patron) -> bool:
    """Return whether the account sees all of the patron: by its unit, or for a reason given."""
    place, account, today = request.place, request.user, timezone.localdate()
    return (
        place.branch.library_id == patron.library_id
        or may(account, Permission.VIEW_PATRON, library=patron.library, on=today)
        or (
            patron.home_branch is not None
            and may(account, Permission.VIEW_PATRON, branch=patron.home_branch, on=today)
        )
        or _is_needed(request, patron, timezone.now())
    )


def _is_needed(request: StaffRequest, patron: Patron, now: datetime) -> bool:
    until: float = request.session.get(NEEDED, {}).get(str(patron.key), 0)
    return until > now.timestamp()


def open_for_need(request: StaffRequest, patron: Patron, reason: str, *, now: datetime) -> None:
    """Open another library's patron to this session for an hour, with the reason in the log."""
    record_read(
        now=now,
        by=request.user,
        kind="patron",
        object_id=patron.pk,
        branch=request.place.branch,
        reason=reason,
    )
    needed = {k: at for k, at in request.session.get(NEEDED, {}).items() if at > now.timestamp()}
    request.session[NEEDED] = {**needed, str(patron.key): (now + NEED_LASTS).timestamp()}


def allows(request: StaffRequest, permission: Permission) -> bool:
    """Return whether the account has the permission where it works."""
    return may(request.user, permission, branch=request.place.branch, on=timezone.localdate())
