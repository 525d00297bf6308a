"""Non-disclosure for personal safety (turvakielto): the desk's procedure to the letter.

The register holds no address, the library's own stands in its place, and a date says until when
(users.md 0.7). An address obtained for a letter goes on the envelope and nowhere else: it is not
even an argument of ``record_letter``.
"""

from datetime import date, datetime

from django.db import transaction

from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Address, Patron
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log


class ReasonNeeded(ValueError):
    """What is withheld is opened only for a reason."""


@transaction.atomic
def set_non_disclosure(
    *,
    patron: Patron,
    until: date,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Put the patron under non-disclosure until the day, or move the day; return the patron.

    All addresses are removed from the register, earlier ones too, and those of entries merged
    into this one.
    """
    (patron,) = lock_patrons(patron)
    is_change = patron.non_disclosure_until != until
    patron.non_disclosure_until = until
    patron.save()
    removed = remove_addresses(patron)
    if is_change or removed:
        log(
            "set non disclosure",
            patron.pk,
            now=now,
            by=by,
            branch=branch,
            until=until.isoformat(),
            addresses=removed,
        )
    return patron


def remove_addresses(patron: Patron) -> int:
    """Remove every address of the patron and of entries merged into it; return how many."""
    removed: int = Address.objects.filter(patron=patron).delete()[0]
    for merged in Patron.objects.filter(merged_into=patron):
        removed += remove_addresses(merged)
    return removed


@transaction.atomic
def lift_non_disclosure(
    *, patron: Patron, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Patron:
    """End the non-disclosure, as the patron asks or as it has run out; return the patron."""
    (patron,) = lock_patrons(patron)
    if patron.non_disclosure_until is not None:
        before = patron.non_disclosure_until.isoformat()
        patron.non_disclosure_until = None
        patron.save()
        log("lift non disclosure", patron.pk, now=now, by=by, branch=branch, until=before)
    return patron


@transaction.atomic
def open_non_disclosed(
    *,
    patron: Patron,
    reason: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> None:
    """Write into the log that what is withheld is looked at, and why. Raises ReasonNeeded."""
    log("open non disclosed", patron.pk, now=now, by=by, branch=branch, reason=_given(reason))


@transaction.atomic
def record_letter(
    *,
    patron: Patron,
    reason: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> None:
    """Write into the log that an envelope was addressed, and why. Raises ReasonNeeded."""
    log("address letter", patron.pk, now=now, by=by, branch=branch, reason=_given(reason))


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonNeeded
    return reason.strip()
