"""Staff accounts: making and ending them, what they may do where, yearly confirmation (X1)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from kimppa.organisations.models import Branch, Library, RoleGrant, StaffAccount
from kimppa.organisations.operations.log import record_event
from kimppa.organisations.rules import Role


@transaction.atomic
def create_account(
    *,
    username: str,
    first_name: str = "",
    last_name: str = "",
    home_branch: Branch | None = None,
    now: datetime,
    by: StaffAccount | None,
) -> StaffAccount:
    """Make an account that nobody can sign in to before its password is set; return it."""
    account = StaffAccount(
        username=username, first_name=first_name, last_name=last_name, home_branch=home_branch
    )
    account.set_unusable_password()
    account.save()
    _log("create account", account, by=by, now=now)
    return account


@transaction.atomic
def set_password(
    *, account: StaffAccount, password: str, now: datetime, by: StaffAccount | None
) -> None:
    """Give the account this password, kept as an argon2 hash; its sessions end."""
    account.set_password(password)
    account.save(update_fields=["password"])
    note_password_change(account=account, by=by, now=now)


def note_password_change(*, account: StaffAccount, by: StaffAccount | None, now: datetime) -> None:
    """Write in the log that the account's password is another now."""
    _log("change password", account, by=by, now=now)


@transaction.atomic
def password_link(*, account: StaffAccount, by: StaffAccount, now: datetime) -> tuple[str, str]:
    """Return the two parts of an address where the account's owner sets a password, once.

    It holds for PASSWORD_RESET_TIMEOUT and until the account signs in or its password changes.
    """
    _log("give password link", account, by=by, now=now)
    part = urlsafe_base64_encode(force_bytes(account.pk))
    return part, default_token_generator.make_token(account)


@transaction.atomic
def grant_role(
    *,
    account: StaffAccount,
    role: Role,
    library: Library | None = None,
    branch: Branch | None = None,
    ends_date: date | None = None,
    now: datetime,
    by: StaffAccount | None,
) -> RoleGrant:
    """Give the account a role in a branch, in a library or (neither given) everywhere; return it.

    A role that it had there before begins anew.
    """
    grant, _ = RoleGrant.objects.update_or_create(
        account=account,
        role=role.value,
        library=library,
        branch=branch,
        defaults={
            "granted_at": now,
            "granted_by": by,
            "confirmed_at": None,
            "ends_date": ends_date,
        },
    )
    _log("grant role", account, by=by, now=now, grants=[grant], until=ends_date)
    return grant


@transaction.atomic
def end_role(*, grant: RoleGrant, now: datetime, today: date, by: StaffAccount) -> None:
    """Let the role end: yesterday was its last day."""
    RoleGrant.objects.filter(pk=grant.pk).update(ends_date=today - timedelta(days=1))
    _log("end role", grant.account, by=by, now=now, grants=[grant])


@transaction.atomic
def confirm_roles(*, grants: Collection[RoleGrant], now: datetime, by: StaffAccount) -> None:
    """Note that these roles are still needed; asked once a year."""
    for grant in grants:
        RoleGrant.objects.filter(pk=grant.pk).update(confirmed_at=now)
        _log("confirm role", grant.account, by=by, now=now, grants=[grant])


@transaction.atomic
def end_account(
    *, account: StaffAccount, last_day: date, now: datetime, by: StaffAccount | None
) -> None:
    """Let the account and its roles end after the given day; it stays for the log's sake."""
    before = account.ends_date
    account.ends_date = last_day
    account.save(update_fields=["ends_date"])
    for grant in account.grants.all():
        if grant.ends_date is None or grant.ends_date > last_day:
            RoleGrant.objects.filter(pk=grant.pk).update(ends_date=last_day)
    _log("end account", account, by=by, now=now, before=before, after=last_day)


@transaction.atomic
def reopen_account(*, account: StaffAccount, now: datetime, by: StaffAccount | None) -> None:
    """Let an ended account be used again; its roles are granted anew."""
    before, account.ends_date = account.ends_date, None
    account.save(update_fields=["ends_date"])
    _log("reopen account", account, by=by, now=now, before=before)


def _log(
    action: str,
    account: StaffAccount,
    *,
    by: StaffAccount | None,
    now: datetime,
    grants: Collection[RoleGrant] = (),
    **dates: date | None,
) -> None:
    details: dict[str, object] = {name: str(day) for name, day in dates.items() if day}
    for grant in grants:
        details |= {"role": grant.role, "library": grant.library_id, "branch": grant.branch_id}
    record_event(
        now=now,
        by=by,
        action=action,
        kind="staff account",
        object_id=account.key,
        details=details,
    )
