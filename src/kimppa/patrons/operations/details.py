"""A patron's own details, notes, consents, the choice of history, and when they were last here."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Consent, Patron, PatronCategory, PatronNote
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.rules.finding import name_key

CHANGEABLE = frozenset(
    {
        "surname",
        "given_names",
        "birth_date",
        "language",
        "category",
        "library",
        "home_branch",
        "rules_version",
        "expires_date",
    }
)
# Of these the log tells the numbers before and after; of the others only that they changed.
LOGGED_NUMBERS = ("category", "library", "home_branch")


class DetailsRefusal(StrEnum):
    """Why details were not changed."""

    NO_NAME = "no_name"
    OTHER_KIND = "other_kind"  # a person cannot become an institution, or the other way round


class DetailsRefused(Refused[DetailsRefusal]):
    """Nothing was changed; ``reasons`` says why."""


def ensure_category(*, code: str, name_fi: str, is_institution: bool = False) -> PatronCategory:
    """Return the category with this code, made with the given name when there is none yet."""
    return PatronCategory.objects.get_or_create(
        code=code, defaults={"name_fi": name_fi, "is_institution": is_institution}
    )[0]


@transaction.atomic
def change_details(
    *,
    patron: Patron,
    changes: Mapping[str, Any],
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Change those of the CHANGEABLE details that ``changes`` names; return the patron.

    What is the same already is no change. Raises DetailsRefused; KeyError for other names.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise KeyError(*unknown)
    (patron,) = lock_patrons(patron)
    changed = sorted(name for name, value in changes.items() if getattr(patron, name) != value)
    if not changed:
        return patron
    details: dict[str, Any] = {"fields": changed}
    for name in changed:
        if name in LOGGED_NUMBERS:
            new = changes[name]
            details[name] = [getattr(patron, f"{name}_id"), new.pk if new else None]
        setattr(patron, name, changes[name])
    _refuse_wrong(patron)
    patron.name_key = name_key(patron.surname, patron.given_names)
    patron.save()
    log("change patron", patron.pk, now=now, by=by, branch=branch, **details)
    return patron


def _refuse_wrong(patron: Patron) -> None:
    reasons = []
    if not patron.surname.strip():
        reasons.append(DetailsRefusal.NO_NAME)
    if patron.category.is_institution != patron.is_institution:
        reasons.append(DetailsRefusal.OTHER_KIND)
    if reasons:
        raise DetailsRefused(reasons)


@transaction.atomic
def set_history(
    *,
    patron: Patron,
    history: Patron.History,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Keep the patron's choice of loan history; circulation empties what must go. Return them."""
    (patron,) = lock_patrons(patron)
    before = patron.history
    if before != history:
        patron.history = history
        patron.save()
        log("set history", patron.pk, now=now, by=by, branch=branch, before=before, after=history)
    return patron


def touch_last_active(*, patron: Patron, on: date) -> None:
    """Note that the patron used the library on the day; never moves the day back."""
    Patron.objects.filter(pk=patron.pk, last_active_date__lt=on).update(last_active_date=on)


@transaction.atomic
def add_note(
    *,
    patron: Patron,
    text: str,
    now: datetime,
    by: StaffAccount | None,
    is_public: bool = False,
    expires_date: date | None = None,
    branch: Branch | None = None,
) -> PatronNote:
    """Keep a note for staff, or one that the patron sees too, until its day; return it."""
    note = PatronNote.objects.create(
        patron=patron, text=text, is_public=is_public, at=now, by=by, expires_date=expires_date
    )
    log("add note", patron.pk, now=now, by=by, branch=branch, note=note.pk)
    return note


@transaction.atomic
def remove_note(
    *, note: PatronNote, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> None:
    """Remove a note."""
    log("remove note", note.patron_id, now=now, by=by, branch=branch, note=note.pk)
    note.delete()


@transaction.atomic
def give_consent(
    *,
    patron: Patron,
    kind: Consent.Kind,
    now: datetime,
    by: StaffAccount | None,
    given_by: Patron | None = None,
    text_version: str = "",
    branch: Branch | None = None,
) -> Consent:
    """Keep a consent, the patron's own or a guardian's for a child; return it.

    One that stands already is returned as it is.
    """
    (patron,) = lock_patrons(patron)
    consent, is_new = Consent.objects.get_or_create(
        patron=patron,
        kind=kind,
        withdrawn_at=None,
        defaults={
            "given_by": given_by or patron,
            "given_at": now,
            "branch": branch,
            "text_version": text_version,
        },
    )
    if is_new:
        log("give consent", patron.pk, now=now, by=by, branch=branch, consent=kind)
    return consent


@transaction.atomic
def withdraw_consent(
    *, consent: Consent, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Consent:
    """End a consent and return it; when it was given stays on record."""
    lock_patrons(consent.patron)
    consent.refresh_from_db()
    if consent.withdrawn_at is None:
        consent.withdrawn_at = now
        consent.save()
        log(
            "withdraw consent",
            consent.patron_id,
            now=now,
            by=by,
            branch=branch,
            consent=consent.kind,
        )
    return consent
