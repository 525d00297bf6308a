"""Signing in: counting tries before a password is looked at, and the second factor."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from kimppa.organisations.models import (
    RecoveryCode,
    SecondFactor,
    SignInAttempt,
    StaffAccount,
)
from kimppa.organisations.operations.log import record_event
from kimppa.organisations.rules.sign_in import (
    TRIES_BY_ADDRESS,
    TRIES_BY_NAME,
    WINDOW,
    counted_address,
    step_of,
)

SECRET_BYTES = 20  # RFC 4226, section 4
RECOVERY_CODES = 10
RECOVERY_BYTES = 10


def begin_attempt(*, username: str, address: str, now: datetime) -> bool:
    """Return whether a password may be tried; the try counts as failed until it succeeds.

    Counted before the password is looked at, so that many tries at once are no way around.
    A try that is refused is not counted: waiting for WINDOW always helps.
    """
    limits = {_name(username): TRIES_BY_NAME, _address(address): TRIES_BY_ADDRESS}
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    tries = [SignInAttempt.objects.create(digest=digest, at=now) for digest in limits]
    full = [each for each in tries if _count(each.digest, now) > limits[each.digest]]
    if not full:
        return True
    SignInAttempt.objects.filter(pk__in=[each.pk for each in tries]).delete()
    return False


def _count(digest: str, now: datetime) -> int:
    return SignInAttempt.objects.filter(digest=digest, at__gt=now - WINDOW).count()


def fail_attempt(*, username: str, now: datetime) -> None:
    """Note in the log that an account was locked, when this was its last try."""
    if _count(_name(username), now) != TRIES_BY_NAME:
        return
    account = StaffAccount.objects.filter(username=username).first()
    if account:
        _log("lock sign in", account, by=None, now=now)


@transaction.atomic
def complete_sign_in(*, account: StaffAccount, address: str, now: datetime) -> None:
    """Forget the account's failed tries and note in the log that it signed in."""
    forget_attempts(account=account)
    last = SignInAttempt.objects.filter(digest=_address(address)).order_by("-pk").first()
    if last:  # the others of this address stay: one account of one's own is no way around
        last.delete()
    _log("sign in", account, by=account, now=now)


def forget_attempts(*, account: StaffAccount) -> None:
    """Forget the account's failed tries."""
    SignInAttempt.objects.filter(digest__in=[_name(account.username), _code(account)]).delete()


@transaction.atomic
def unlock_sign_in(*, account: StaffAccount, by: StaffAccount, now: datetime) -> None:
    """Let an account try again at once."""
    forget_attempts(account=account)
    _log("unlock sign in", account, by=by, now=now)


def _name(username: str) -> str:
    return _digest("name", username.strip().casefold())


def _address(address: str) -> str:
    return _digest("address", counted_address(address))


def _code(account: StaffAccount) -> str:
    return _digest("code", str(account.pk))


def _digest(kind: str, value: str) -> str:
    return salted_hmac(f"kimppa.sign_in.{kind}", value, algorithm="sha256").hexdigest()


def begin_second_factor(*, account: StaffAccount, anew: bool) -> str:
    """Return the secret of a second factor to be confirmed, as applications take it (base 32).

    ``anew`` makes another one in place of one that was never confirmed; a confirmed one stands
    until it is removed: SecondFactorStands.
    """
    factor = SecondFactor.objects.filter(account=account).first()
    if factor and factor.confirmed_at:
        raise SecondFactorStands
    if factor and not anew:
        return base64.b32encode(_decrypt(factor.secret)).decode()
    secret = secrets.token_bytes(SECRET_BYTES)
    SecondFactor.objects.update_or_create(
        account=account, defaults={"secret": _encrypt(secret), "last_step": 0}
    )
    return base64.b32encode(secret).decode()


class SecondFactorStands(Exception):
    """The account has a second factor already."""


@transaction.atomic
def confirm_second_factor(*, account: StaffAccount, code: str, now: datetime) -> list[str]:
    """Take the second factor into use if the code is right; return its recovery codes, else none.

    The codes are shown once; what is kept of them tells only whether one is right.
    """
    factor = SecondFactor.objects.select_for_update().filter(account=account).first()
    if factor is None or factor.confirmed_at or not _takes(factor, code, now):
        return []
    factor.confirmed_at = now
    factor.save()
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest("recovery", _plain(each))) for each in codes
    )
    _log("add second factor", account, by=account, now=now)
    return codes


def check_code(*, account: StaffAccount, code: str, now: datetime) -> bool | None:
    """Return whether the code of the application, or an unused recovery code, is right.

    None when too many were wrong lately; a right code is taken once.
    """
    this_try = SignInAttempt.objects.create(digest=_code(account), at=now)
    if _count(this_try.digest, now) > TRIES_BY_NAME:
        this_try.delete()
        return None
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(account=account)
        return _takes(factor, code, now) or _takes_recovery(factor, code, now)


def _takes(factor: SecondFactor, code: str, now: datetime) -> bool:
    secret = _decrypt(factor.secret)
    step = step_of(secret, code, timestamp=now.timestamp(), after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


def _takes_recovery(factor: SecondFactor, code: str, now: datetime) -> bool:
    unused = factor.recovery_codes.filter(digest=_digest("recovery", _plain(code)), used_at=None)
    if not unused.update(used_at=now):
        return False
    _log("use recovery code", factor.account, by=factor.account, now=now)
    return True


@transaction.atomic
def remove_second_factor(*, account: StaffAccount, by: StaffAccount, now: datetime) -> None:
    """Remove the account's second factor and its recovery codes, if it has one."""
    count, _ = SecondFactor.objects.filter(account=account).delete()
    if count:
        _log("remove second factor", account, by=by, now=now)


def _new_recovery_code() -> str:
    plain = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(_parts(plain))


def _parts(plain: str) -> Iterable[str]:
    return (plain[start : start + 4] for start in range(0, len(plain), 4))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _encrypt(secret: bytes) -> str:
    from cryptography.fernet import Fernet

    return Fernet(_key()).encrypt(secret).decode()


def _decrypt(kept: str) -> bytes:
    """Return the secret; a random one, which takes no code, when the secret key has changed."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_key()).decrypt(kept)
    except InvalidToken:
        return secrets.token_bytes(SECRET_BYTES)


def _key() -> bytes:
    return base64.urlsafe_b64encode(
        salted_hmac("kimppa.second_factor", "", algorithm="sha256").digest()
    )


def _log(action: str, account: StaffAccount, *, by: StaffAccount | None, now: datetime) -> None:
    record_event(now=now, by=by, action=action, kind="staff account", object_id=account.key)
