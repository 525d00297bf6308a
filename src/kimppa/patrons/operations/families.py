"""Guardians come, change and end; institutions change their responsible adult."""

from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Guardianship, Patron
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.queries import dependents_come_of_age
from kimppa.patrons.rules.ages import ADULT_YEARS, age_on, birthday


class FamilyRefusal(StrEnum):
    """Why somebody may not answer for somebody."""

    SAME_PERSON = "same_person"
    NOT_AN_ADULT = "not_an_adult"
    NOT_A_PERSON = "not_a_person"  # an institution answers for nobody and has no guardian
    CHILD_IS_ADULT = "child_is_adult"
    CONSENT_AHEAD = "consent_ahead"  # the consent's date has not come yet


class FamilyRefused(Refused[FamilyRefusal]):
    """Nothing was changed; ``reasons`` says why."""


def guardian_refusals(
    *, guardian: Patron, child: Patron | None, consent_date: date, today: date
) -> list[FamilyRefusal]:
    """Return why the adult may not become the guardian; None: a child not yet registered."""
    reasons = adult_refusals(guardian, today=today)
    if child is not None and child.pk == guardian.pk:
        reasons.append(FamilyRefusal.SAME_PERSON)
    if child is not None and child.is_institution and FamilyRefusal.NOT_A_PERSON not in reasons:
        reasons.append(FamilyRefusal.NOT_A_PERSON)
    if child is not None and child.birth_date and age_on(child.birth_date, today) >= ADULT_YEARS:
        reasons.append(FamilyRefusal.CHILD_IS_ADULT)
    if consent_date > today:
        reasons.append(FamilyRefusal.CONSENT_AHEAD)
    return reasons


def adult_refusals(adult: Patron, *, today: date) -> list[FamilyRefusal]:
    """Return why somebody cannot answer for another; whose birth date is unknown may."""
    reasons = []
    if adult.is_institution:
        reasons.append(FamilyRefusal.NOT_A_PERSON)
    if adult.birth_date and age_on(adult.birth_date, today) < ADULT_YEARS:
        reasons.append(FamilyRefusal.NOT_AN_ADULT)
    return reasons


@transaction.atomic
def add_guardian(
    *,
    child: Patron,
    guardian: Patron,
    consent_date: date,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
    rules_version: str = "",
    beside: bool = False,
) -> Guardianship:
    """Link a guardian who consented on the date to the child; return the link.

    The earlier guardian's link ends (users.md D14), unless both answer ``beside`` each other.
    A link that stands already is returned as it is. Raises FamilyRefused.
    """
    child, guardian = lock_patrons(child, guardian)
    today = timezone.localdate(now)
    reasons = guardian_refusals(
        guardian=guardian, child=child, consent_date=consent_date, today=today
    )
    if reasons:
        raise FamilyRefused(reasons)
    link, is_new = Guardianship.objects.get_or_create(
        child=child,
        guardian=guardian,
        ended_date=None,
        defaults={
            "began_date": today,
            "consent_date": consent_date,
            "rules_version": rules_version,
        },
    )
    if not is_new:
        return link
    ended = 0
    if not beside:
        others = child.guardianships.filter(ended_date=None).exclude(pk=link.pk)
        ended = others.update(ended_date=today, ended_because=Guardianship.Ending.NEW_GUARDIAN)
    log(
        "add guardian",
        link.child_id,
        guardian=link.guardian_id,
        now=now,
        by=by,
        branch=branch,
        ended_links=ended,
    )
    return link


@transaction.atomic
def end_guardianship(
    *, link: Guardianship, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Guardianship:
    """End a guardian's link on request and return it."""
    lock_patrons(link.child, link.guardian)
    link.refresh_from_db()
    if link.ended_date is None:
        link.ended_date = timezone.localdate(now)
        link.ended_because = Guardianship.Ending.REQUEST
        link.save()
        log(
            "end guardianship",
            link.child_id,
            guardian=link.guardian_id,
            now=now,
            by=by,
            branch=branch,
            because="request",
        )
    return link


@transaction.atomic
def end_guardianships_by_age(
    *, now: datetime, guardian_needed_below: int, by: StaffAccount | None = None
) -> int:
    """End the links of children as old as the rules ask (years); return how many ended.

    Staff see on the child's page, and on a list, that it ended and when. Run every night; a
    night that was missed is made good, with the birthday as the day of the end.
    """
    rows = dependents_come_of_age(
        on=timezone.localdate(now), guardian_needed_below=guardian_needed_below
    )
    ended = 0
    for link in rows.select_for_update(of=("self",)):
        if link.child.birth_date is None:
            continue
        link.ended_date = max(
            link.began_date, birthday(link.child.birth_date, guardian_needed_below)
        )
        link.ended_because = Guardianship.Ending.AGE
        link.save()
        log(
            "end guardianship",
            link.child_id,
            guardian=link.guardian_id,
            now=now,
            by=by,
            branch=None,
            because="age",
        )
        ended += 1
    return ended


@transaction.atomic
def change_responsible_adult(
    *,
    institution: Patron,
    adult: Patron,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Name another adult who answers for an institution; return it. Raises FamilyRefused."""
    institution, adult = lock_patrons(institution, adult)
    reasons = adult_refusals(adult, today=timezone.localdate(now))
    if not institution.is_institution and FamilyRefusal.NOT_A_PERSON not in reasons:
        reasons.append(FamilyRefusal.NOT_A_PERSON)
    if reasons:
        raise FamilyRefused(reasons)
    if institution.responsible_adult_id != adult.pk:
        before = institution.responsible_adult_id
        institution.responsible_adult = adult
        institution.save()
        log(
            "change responsible adult",
            institution.pk,
            now=now,
            by=by,
            branch=branch,
            before=before,
            after=adult.pk,
        )
    return institution
