"""Who may do what where."""

from datetime import date

from django.db.models import Q

from kimppa.organisations.models import Branch, Library, RoleGrant, StaffAccount
from kimppa.organisations.rules import PERMISSIONS, Grant, Permission, Role, is_allowed


def may(
    account: StaffAccount,
    permission: Permission,
    *,
    branch: Branch | None = None,
    library: Library | None = None,
    on: date,
) -> bool:
    """Return whether the account has the permission in the branch, or in the whole library.

    With neither given: in the whole consortium. One query per account object and day.
    """
    if branch is not None:
        return is_allowed(
            permission, grants_of(account, on=on), library=branch.library_id, branch=branch.pk
        )
    return is_allowed(
        permission, grants_of(account, on=on), library=library.pk if library else None
    )


def may_somewhere(account: StaffAccount, permission: Permission, *, on: date) -> bool:
    """Return whether the account has the permission in some unit at least."""
    return any(permission in PERMISSIONS[grant.role] for grant in grants_of(account, on=on))


def grants_of(account: StaffAccount, *, on: date) -> list[Grant]:
    """Return the grants that hold on the day; none for an account that has been ended.

    Kept on the account object, which lives for one request.
    """
    cached: dict[date, list[Grant]] = account.__dict__.setdefault("_grants_by_day", {})
    if on not in cached:
        cached[on] = [] if account.has_left(on) else _read_grants(account, on)
    return cached[on]


def _read_grants(account: StaffAccount, on: date) -> list[Grant]:
    rows = RoleGrant.objects.filter(account=account).filter(
        Q(ends_date=None) | Q(ends_date__gte=on)
    )
    return [
        Grant(Role(role), library, branch)
        for role, library, branch in rows.values_list("role", "library_id", "branch_id")
    ]


def branches_of(account: StaffAccount, *, on: date) -> list[Branch]:
    """Return the branches where the account has any role, with their libraries."""
    branches = Branch.objects.select_related("library").order_by("library__name", "name")
    return [branch for branch in branches if works_in(account, branch, on=on)]


def branches_with(account: StaffAccount, permission: Permission, *, on: date) -> list[Branch]:
    """Return the branches where the account has the permission, with their libraries."""
    branches = Branch.objects.select_related("library").order_by("library__name", "name")
    return [branch for branch in branches if may(account, permission, branch=branch, on=on)]


def works_in(account: StaffAccount, branch: Branch, *, on: date) -> bool:
    """Return whether the account has any role in the branch."""
    grants = grants_of(account, on=on)
    return any(grant.covers(library=branch.library_id, branch=branch.pk) for grant in grants)
