"""Staff accounts as coordinators see them: who may manage whom, and what waits for them (X1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch

from kimppa.organisations.models import RoleGrant, SecondFactor, StaffAccount
from kimppa.organisations.queries.roles import may
from kimppa.organisations.rules import Permission

CONFIRM_AFTER = timedelta(days=365)
UNUSED_AFTER = timedelta(days=90)
LEAVING_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class AccountRow:
    """An account in the list, with the roles that hold and what is to be looked at."""

    account: StaffAccount
    grants: list[RoleGrant]
    has_second_factor: bool
    has_left: bool
    is_leaving: bool  # its last day is near
    is_unused: bool  # nobody has signed in to it for long, or ever
    to_confirm: list[RoleGrant]

    @property
    def is_leaver(self) -> bool:
        """Whether somebody should look whether this account is still needed."""
        return not self.has_left and (self.is_leaving or self.is_unused or not self.grants)


def holds(grant: RoleGrant, today: date) -> bool:
    """Return whether a role has not ended."""
    return grant.ends_date is None or grant.ends_date >= today


def may_manage_grant(manager: StaffAccount, grant: RoleGrant, *, on: date) -> bool:
    """Return whether the manager may give and end roles in the unit of this one."""
    return may(manager, Permission.MANAGE_STAFF, branch=grant.branch, library=grant.library, on=on)


def may_manage_account(manager: StaffAccount, account: StaffAccount, *, on: date) -> bool:
    """Return whether the manager may end the account, give it a new password and the like.

    Only who manages every unit where it works: else a coordinator of one library could take
    over the account of a coordinator of all.
    """
    grants = [each for each in _grants(account) if holds(each, on)]
    if grants:
        return all(may_manage_grant(manager, each, on=on) for each in grants)
    return may_see_account(manager, account, on=on)


def may_see_account(manager: StaffAccount, account: StaffAccount, *, on: date) -> bool:
    """Return whether the account has, or had, a role in a unit that the manager manages."""
    if may(manager, Permission.MANAGE_STAFF, on=on):
        return True
    return any(may_manage_grant(manager, each, on=on) for each in _grants(account))


def _grants(account: StaffAccount) -> Iterable[RoleGrant]:
    return account.grants.select_related("branch__library", "library")


def account_rows(manager: StaffAccount, *, now: datetime, on: date) -> list[AccountRow]:
    """Return the accounts that the manager may see, by name."""
    grants = RoleGrant.objects.select_related("branch__library", "library").order_by("role")
    accounts = StaffAccount.objects.order_by("last_name", "first_name", "username")
    with_factor = set(
        SecondFactor.objects.exclude(confirmed_at=None).values_list("account_id", flat=True)
    )
    sees_all = may(manager, Permission.MANAGE_STAFF, on=on)
    return [
        _row(account, with_factor, manager, now, on)
        for account in accounts.prefetch_related(Prefetch("grants", queryset=grants))
        if sees_all or any(may_manage_grant(manager, g, on=on) for g in account.grants.all())
    ]


def _row(
    account: StaffAccount,
    with_factor: set[int],
    manager: StaffAccount,
    now: datetime,
    on: date,
) -> AccountRow:
    grants = [each for each in account.grants.all() if holds(each, on)]
    has_left = account.has_left(on)
    last_use = account.last_login or account.date_joined
    return AccountRow(
        account,
        grants,
        has_second_factor=account.pk in with_factor,
        has_left=has_left,
        is_leaving=account.ends_date is not None and account.ends_date <= on + LEAVING_WITHIN,
        is_unused=last_use < now - UNUSED_AFTER,
        to_confirm=[
            each
            for each in grants
            if not has_left
            and (each.confirmed_at or each.granted_at) < now - CONFIRM_AFTER
            and may_manage_grant(manager, each, on=on)
        ],
    )
