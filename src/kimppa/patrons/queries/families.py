"""Who answers for whom: guardians and children, institutions and their responsible adults."""

from datetime import date

from django.db.models import QuerySet

from kimppa.patrons.models import Guardianship, Patron
from kimppa.patrons.rules.ages import born_by


def guardians_of(child: Patron) -> QuerySet[Guardianship]:
    """Return the child's open guardianships, with the guardians."""
    return child.guardianships.filter(ended_date=None).select_related("guardian")


def children_of(guardian: Patron) -> QuerySet[Guardianship]:
    """Return the open guardianships of an adult, with the children."""
    return guardian.dependents.filter(ended_date=None).select_related("child")


def institutions_of(adult: Patron) -> QuerySet[Patron]:
    """Return the institutions that the adult answers for."""
    return Patron.objects.present().filter(responsible_adult=adult)


def dependents_come_of_age(*, on: date, guardian_needed_below: int) -> QuerySet[Guardianship]:
    """Return open guardianships whose child is, on the day, as old as the rules ask (years)."""
    return Guardianship.objects.filter(
        ended_date=None, child__birth_date__lte=born_by(on, guardian_needed_below)
    ).select_related("child", "guardian")


def came_of_age(*, since: date) -> QuerySet[Guardianship]:
    """Return links that ended by age on the day or later: what staff are told (users.md D14)."""
    return (
        Guardianship.objects.filter(
            ended_because=Guardianship.Ending.AGE,
            ended_date__gte=since,
            child__merged_into=None,
            child__erased_at=None,
        )
        .select_related("child__library", "guardian")
        .order_by("-ended_date", "pk")
    )
