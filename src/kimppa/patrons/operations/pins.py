"""The PIN: chosen in person, kept as a slow hash, locked after wrong tries."""

from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from django.db import transaction

from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons import vault
from kimppa.patrons.models import Patron, Pin
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.rules.pins import LOCKED_FOR, MOST_FAILURES, PinAnswer, is_pin

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum
# What a try at a missing PIN is compared with, so that it takes as long as any other.
NOBODYS = HASHER.hash("nobody's PIN")


class NotAPin(ValueError):
    """A PIN is four digits; the message never repeats what was typed."""


@transaction.atomic
def set_pin(
    *,
    patron: Patron,
    pin: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> None:
    """Keep the patron's new PIN; wrong tries are forgotten. Raises NotAPin."""
    if not is_pin(pin):
        raise NotAPin
    made = HASHER.hash(vault.peppered(pin))
    (patron,) = lock_patrons(patron)
    Pin.objects.update_or_create(
        patron=patron,
        defaults={"hash": made, "set_at": now, "failures": 0, "locked_until": None},
    )
    log("set pin", patron.pk, now=now, by=by, branch=branch)


@transaction.atomic
def check_pin(*, patron: Patron, pin: str, now: datetime) -> PinAnswer:
    """Return whether the PIN is right; takes as long whatever the answer.

    After MOST_FAILURES wrong tries in a row every try is refused for LOCKED_FOR, and the first
    wrong one after that locks again. Called outside a transaction that may be rolled back: else
    the wrong try would not be counted.
    """
    kept = Pin.objects.select_for_update().filter(patron=patron).first()
    is_right = _matches(kept.hash if kept else NOBODYS, pin)
    if kept is None:
        return PinAnswer.NONE
    if kept.locked_until and now < kept.locked_until:
        return PinAnswer.LOCKED
    if is_right:
        if kept.failures or kept.locked_until:
            kept.failures, kept.locked_until = 0, None
            kept.save()
        return PinAnswer.RIGHT
    kept.failures = min(kept.failures + 1, MOST_FAILURES)
    if kept.failures == MOST_FAILURES:
        kept.locked_until = now + LOCKED_FOR
    kept.save()
    return PinAnswer.WRONG


def _matches(hashed: str, pin: str) -> bool:
    try:
        return HASHER.verify(hashed, vault.peppered(pin))
    except VerifyMismatchError:
        return False
