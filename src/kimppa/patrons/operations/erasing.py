"""What is known of a person goes for good: on request, by the retention rule, after a merge."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import (
    Address,
    Card,
    Consent,
    EmailAddress,
    Guardianship,
    IdentityCode,
    Patron,
    PatronMerge,
    PatronNote,
    PhoneNumber,
    Pin,
)
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log

OWNED = (Address, Card, Consent, EmailAddress, IdentityCode, PatronNote, PhoneNumber, Pin)


class EraseRefusal(StrEnum):
    """Why a patron's data cannot go yet."""

    ANSWERS_FOR_CHILD = "answers_for_child"
    ANSWERS_FOR_INSTITUTION = "answers_for_institution"
    MERGED_AWAY = "merged_away"  # erase the entry that it was merged into


class EraseRefused(Refused[EraseRefusal]):
    """The data stays; nothing was changed."""


def erase_refusals(patron: Patron) -> list[EraseRefusal]:
    """Return why the patron's data cannot go yet, as far as this room knows."""
    found = {
        EraseRefusal.ANSWERS_FOR_CHILD: Guardianship.objects.filter(
            guardian=patron, ended_date=None
        ).exists(),
        EraseRefusal.ANSWERS_FOR_INSTITUTION: Patron.objects.present()
        .filter(responsible_adult=patron)
        .exists(),
        EraseRefusal.MERGED_AWAY: patron.merged_into_id is not None,
    }
    return [reason for reason, is_so in found.items() if is_so]


@transaction.atomic
def erase_patron(
    *,
    patron: Patron,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
    reason: str = "",
) -> list[Patron]:
    """Erase all that the register knows of the person, in merged entries too; return the entries.

    Empty rows remain, without name, date or number, so that what refers to them stays whole. An
    erased patron is left as it is. Raises EraseRefused.
    """
    (patron,) = lock_patrons(patron)
    if patron.erased_at is not None:
        return []
    if reasons := erase_refusals(patron):
        raise EraseRefused(reasons)
    entries = [patron, *merged_entries(patron)]
    merges = PatronMerge.objects.filter(gone__in=entries)
    merges.update(moved={}, replaced={})
    merges.filter(settled_at=None).update(settled_at=now)
    for entry in entries:
        empty_entry(entry)
        entry.erased_at = now
        entry.save()
    log("erase patron", patron.pk, now=now, by=by, branch=branch, reason=reason)
    return entries


def merged_entries(patron: Patron) -> list[Patron]:
    """Return the entries that were merged into this one, those merged into them included."""
    found = list(patron.merged_from.all())
    return found + [each for entry in found for each in merged_entries(entry)]


def empty_entry(patron: Patron) -> None:
    """Remove the rows that the entry owns and blank its own; its merges and erasure stay."""
    for kind in OWNED:
        kind.objects.filter(patron=patron).delete()
    Guardianship.objects.filter(child=patron).delete()
    Guardianship.objects.filter(guardian=patron).delete()
    patron.surname = patron.given_names = patron.name_key = patron.rules_version = ""
    patron.birth_date = patron.expires_date = patron.non_disclosure_until = None
    patron.responsible_adult = patron.home_branch = patron.registered_by = None
    patron.is_institution = False
    patron.save()


@transaction.atomic
def settle_merges(*, now: datetime) -> list[PatronMerge]:
    """Forget what would undo merges whose time to be undone is over; return those merges.

    The entry that went is emptied: what is known of the person stands with the kept one.
    For the night; run twice it changes nothing more.
    """
    over = PatronMerge.objects.filter(undone_at=None, settled_at=None, undo_until__lt=now)
    merges = list(over.select_for_update(of=("self",)).select_related("gone", "kept"))
    for merge in merges:
        empty_entry(merge.gone)
        merge.moved, merge.replaced, merge.settled_at = {}, {}, now
        merge.save()
        log("settle merge", merge.kept_id, now=now, by=None, branch=None, gone=merge.gone_id)
    return merges


@transaction.atomic
def record_export(
    *,
    patron: Patron,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
    reason: str = "",
) -> None:
    """Write into the log that the patron's data was handed out."""
    log("export patron", patron.pk, now=now, by=by, branch=branch, reason=reason)
