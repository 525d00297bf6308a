"""Identity codes go into the vault, are read there for a reason, and move to new keys."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons import vault
from kimppa.patrons.models import IdentityCode, Patron
from kimppa.patrons.operations.disclosure import ReasonNeeded
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.rules import identity_codes

AT_ONCE = 500


class IdentityRefusal(StrEnum):
    """Why an identity code was not stored."""

    INVALID = "invalid"
    KNOWN = "known"  # somebody else has it: the person is in the register already
    NOT_A_PERSON = "not_a_person"


class IdentityRefused(Refused[IdentityRefusal]):
    """The code was not stored; ``reasons`` says why, and never which code it was."""


def normalise_identity_code(text: str) -> str:
    """Return the code in its one spelling; temporary ones count where the settings allow them.

    Raises InvalidIdentityCode.
    """
    return identity_codes.normalised(text, allow_temporary=settings.TEMPORARY_IDENTITY_CODES)


def seal_identity_code(code: str) -> str:
    """Return a normalised code as a form may carry it from one page to the next: unreadable."""
    return vault.sealed(code)


def unseal_identity_code(sealed: str) -> str | None:
    """Return the code that a form carried; None when it was not sealed here within the hour."""
    return vault.unsealed(sealed)


@transaction.atomic
def store_identity_code(
    *,
    patron: Patron,
    code: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> None:
    """Keep a person's identity code in the vault, in place of an earlier one.

    Raises IdentityRefused.
    """
    (patron,) = lock_patrons(patron)
    if patron.is_institution:
        raise IdentityRefused([IdentityRefusal.NOT_A_PERSON])
    try:
        code = normalise_identity_code(code)
    except identity_codes.InvalidIdentityCode:
        raise IdentityRefused([IdentityRefusal.INVALID]) from None
    lookup = vault.lookup_hash(code)
    if IdentityCode.objects.filter(patron=patron, lookup_hash=lookup).exists():
        return
    try:
        with transaction.atomic():
            IdentityCode.objects.update_or_create(
                patron=patron,
                defaults={
                    "lookup_hash": lookup,
                    "ciphertext": vault.encrypted(code),
                    "stored_at": now,
                },
            )
    except IntegrityError:  # two desks at once: the database decides whose it is
        raise IdentityRefused([IdentityRefusal.KNOWN]) from None
    log("store identity code", patron.pk, now=now, by=by, branch=branch)


@transaction.atomic
def read_identity_code(
    *,
    patron: Patron,
    reason: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> str | None:
    """Return the patron's code, or None, with a line in the log; raises ReasonNeeded.

    The caller has asked whether the account has the permission VIEW_IDENTITY_CODE.
    """
    if not reason.strip():
        raise ReasonNeeded
    log("read identity code", patron.pk, now=now, by=by, branch=branch, reason=reason.strip())
    kept = IdentityCode.objects.filter(patron=patron).first()
    return vault.decrypted(kept.ciphertext) if kept else None


def rotate_vault(*, now: datetime, by: StaffAccount | None = None) -> int:
    """Encrypt every code with the first of the keys; return how many there are.

    Stopped half-way it is safe: each code opens with one of the keys. Run again it goes over
    all of them again.
    """
    done, last = 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                IdentityCode.objects.select_for_update()
                .filter(pk__gt=last)
                .order_by("pk")[:AT_ONCE]
            )
            for row in rows:
                row.ciphertext = vault.encrypted_anew(row.ciphertext)
            IdentityCode.objects.bulk_update(rows, ["ciphertext"])
        if not rows:
            break
        done, last = done + len(rows), rows[-1].pk
    record_event(
        now=now, by=by, action="rotate vault", kind="vault", object_id="", details={"codes": done}
    )
    return done
