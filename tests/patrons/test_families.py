from datetime import UTC, date, datetime, timedelta

import pytest
from circulation.people import make_category, make_patron
from django.db import IntegrityError, transaction

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import Guardianship, Patron
from kimppa.patrons.operations import FamilyRefusal, FamilyRefused
from kimppa.patrons.rules.ages import age_on, birthday, born_by

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2011, 3, 1), date(2026, 2, 28), 14),
        (date(2011, 3, 1), date(2026, 3, 1), 15),
        (date(2008, 2, 29), date(2023, 2, 28), 14),
        (date(2008, 2, 29), date(2023, 3, 1), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
    ],
)
def test_one_is_older_from_the_birthday_on_also_when_born_on_a_leap_day(born, day, age):
    assert age_on(born, day) == age
    assert (birthday(born, 15) <= day) == (age >= 15)


@pytest.mark.parametrize("day", [date(2023, 2, 28), date(2024, 2, 29), date(2026, 12, 31)])
def test_those_born_by_a_day_are_those_old_enough_on_it(day):
    latest = born_by(day, 15)

    assert age_on(latest, day) == 15
    assert age_on(latest + timedelta(days=1), day) == 14


@pytest.fixture
def mother(branch):
    return make_patron("Virtanen", "Eeva")


@pytest.fixture
def father(branch):
    return make_patron("Virtanen", "Ville")


@pytest.fixture
def child(branch):
    return make_patron("Virtanen", "Onni", birth_date=date(2016, 5, 1))


def link(child, guardian, doing, **fields):
    return operations.add_guardian(
        child=child, guardian=guardian, **{"consent_date": TODAY, **doing, **fields}
    )


def test_a_new_guardians_consent_ends_the_earlier_ones_link(mother, father, child, doing):
    first = link(child, mother, doing)
    second = link(child, father, doing, rules_version="2026")

    first.refresh_from_db()
    assert (first.ended_date, first.ended_because) == (TODAY, "new_guardian")
    assert list(queries.guardians_of(child)) == [second]
    assert list(queries.children_of(father)) == [second]
    assert list(queries.children_of(mother)) == []


def test_two_guardians_can_answer_beside_each_other(mother, father, child, doing):
    link(child, mother, doing)
    link(child, father, doing, beside=True)

    assert {row.guardian for row in queries.guardians_of(child)} == {mother, father}


def test_linking_the_same_guardian_twice_changes_nothing(mother, child, doing):
    assert link(child, mother, doing) == link(child, mother, doing)
    assert AuditEvent.objects.filter(action="add guardian").count() == 1


def test_a_guardian_is_another_person_and_an_adult(mother, child, doing):
    teenager = make_patron(given_names="Aada", birth_date=date(2009, 1, 1))
    school = make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=mother,
        birth_date=None,
    )
    for guardian, reason in [
        (child, FamilyRefusal.SAME_PERSON),
        (teenager, FamilyRefusal.NOT_AN_ADULT),
        (school, FamilyRefusal.NOT_A_PERSON),
    ]:
        with pytest.raises(FamilyRefused) as refused:
            link(child, guardian, doing)
        assert reason in refused.value.reasons
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardianship.objects.create(
            child=child, guardian=child, began_date=TODAY, consent_date=TODAY
        )


def test_an_adult_has_no_guardian_and_a_consent_is_not_given_ahead(mother, father, doing):
    with pytest.raises(FamilyRefused) as refused:
        link(father, mother, doing, consent_date=TODAY + timedelta(days=1))

    assert set(refused.value.reasons) == {
        FamilyRefusal.CHILD_IS_ADULT,
        FamilyRefusal.CONSENT_AHEAD,
    }


def test_a_link_is_ended_on_request_once(mother, child, doing):
    row = link(child, mother, doing)
    for _ in range(2):
        operations.end_guardianship(link=row, **doing)

    assert queries.guardians_of(child).count() == 0
    assert AuditEvent.objects.filter(action="end guardianship").count() == 1


def test_the_link_ends_on_the_birthday_that_the_rules_name_even_if_a_night_was_missed(
    mother, child, doing
):
    older = make_patron(given_names="Aada", birth_date=date(2011, 4, 2))
    row, stays = link(older, mother, doing), link(child, mother, doing)
    eve = datetime(2026, 4, 1, 20, tzinfo=UTC)
    assert operations.end_guardianships_by_age(now=eve, guardian_needed_below=15) == 0

    three_days_on = datetime(2026, 4, 5, 1, tzinfo=UTC)
    ended = [
        operations.end_guardianships_by_age(now=three_days_on, guardian_needed_below=15)
        for _ in range(2)
    ]

    row.refresh_from_db()
    assert ended == [1, 0]
    assert (row.ended_date, row.ended_because) == (date(2026, 4, 2), "age")
    assert list(queries.children_of(mother)) == [stays]
    assert list(queries.came_of_age(since=date(2026, 4, 1))) == [row]
    assert list(queries.came_of_age(since=date(2026, 4, 3))) == []


def test_an_institution_always_has_an_adult_who_answers_for_it(mother, father, child, doing):
    category = make_category("school", is_institution=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_patron(category=category, is_institution=True)
    school = make_patron(category=category, is_institution=True, responsible_adult=mother)

    operations.change_responsible_adult(institution=school, adult=father, **doing)
    assert list(queries.institutions_of(father)) == [school]
    for wrong in (child, school):
        with pytest.raises(FamilyRefused):
            operations.change_responsible_adult(institution=school, adult=wrong, **doing)
    with pytest.raises(FamilyRefused):
        operations.change_responsible_adult(institution=mother, adult=father, **doing)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patron.objects.filter(pk=school.pk).update(responsible_adult=None)
