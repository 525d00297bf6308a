from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from circulation.people import make_branch, make_category, make_library, make_patron
from django.db import connection

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import Card, Consent, IdentityCode, Patron
from kimppa.patrons.operations import (
    CardRefusal,
    ContactRefusal,
    FamilyRefusal,
    IdentityRefusal,
    Registration,
    RegistrationRefusal,
    RegistrationRefused,
)
from kimppa.patrons.rules.ages import Ages

pytestmark = pytest.mark.django_db
CODE = "131052-308T"
AGES = Ages(card_from=0, guardian_needed_below=15)


@pytest.fixture
def adult(branch):
    """What the desk types of an adult."""
    return Registration(
        category=make_category(),
        library=branch.library,
        home_branch=branch,
        surname=" Virtanen ",
        given_names="Eeva",
        birth_date=date(1980, 5, 17),
        rules_version="2026",
        card="K-1",
        street="Kotikuja 1",
        postal_code="62100",
        city="Koskela",
        email="eeva@example.fi",
        phone="040 1234567",
    )


@pytest.fixture
def child(adult):
    return replace(
        adult,
        given_names="Onni",
        birth_date=date(2016, 5, 1),
        card="K-2",
        guardian=make_patron(),
        consent_date=date(2026, 2, 27),
    )


def register(given, doing, ages=AGES):
    return operations.register_patron(given=given, ages=ages, **doing)


def reasons(given, doing, ages=AGES):
    with pytest.raises(RegistrationRefused) as refused:
        register(given, doing, ages)
    return set(refused.value.reasons)


def test_a_person_is_registered_with_card_contacts_and_the_version_of_the_rules(
    adult, doing, now, clerk
):
    patron = register(adult, doing)

    assert patron.full_name == "Virtanen, Eeva"
    assert (patron.rules_version, patron.registered_by) == ("2026", clerk)
    assert patron.last_active_date == now.date()
    assert queries.patron_by_card("k-1")[0] == patron
    assert queries.address_of(patron, on=now.date()).lines == ("Kotikuja 1", "62100 Koskela")
    assert queries.email_of(patron, on=now.date()) == "eeva@example.fi"
    assert queries.phone_of(patron, on=now.date()) == "+358401234567"
    logged = "".join(str(event.details) for event in AuditEvent.objects.all())
    for personal in ("Virtanen", "Eeva", "Kotikuja", "eeva@", "40123"):
        assert personal not in logged


def test_an_identity_code_goes_to_the_vault_and_tells_the_birth_date(adult, doing):
    patron = register(replace(adult, birth_date=None, identity_code="131052-308t"), doing)

    assert patron.birth_date == date(1952, 10, 13)
    assert queries.find_by_identity_code(CODE) == patron


def test_a_person_without_an_identity_code_is_registered_by_birth_date(adult, doing):
    assert register(adult, doing).birth_date == date(1980, 5, 17)
    assert not IdentityCode.objects.exists()
    assert reasons(replace(adult, birth_date=None), doing) == {RegistrationRefusal.NO_BIRTH_DATE}


def test_who_is_in_the_register_by_code_is_not_registered_again(adult, doing):
    register(replace(adult, birth_date=None, identity_code=CODE), doing)

    again = replace(adult, birth_date=None, identity_code="131052-308t", card="K-9")
    assert reasons(again, doing) == {IdentityRefusal.KNOWN}
    assert Patron.objects.count() == 1
    assert Card.objects.count() == 1


def test_all_reasons_are_told_at_once(adult, doing):
    wrong = replace(adult, surname=" ", rules_version="", birth_date=date(2027, 1, 1))

    assert reasons(wrong, doing) == {
        RegistrationRefusal.NO_NAME,
        RegistrationRefusal.RULES_VERSION_NEEDED,
        RegistrationRefusal.BIRTH_DATE_AHEAD,
    }


def test_a_child_needs_a_guardian_and_the_date_of_consent(child, doing):
    alone = replace(child, guardian=None, consent_date=None)
    assert reasons(alone, doing) == {
        RegistrationRefusal.GUARDIAN_NEEDED,
        RegistrationRefusal.CONSENT_DATE_NEEDED,
    }
    undated = replace(child, consent_date=None)
    assert reasons(undated, doing) == {RegistrationRefusal.CONSENT_DATE_NEEDED}

    patron = register(child, doing)

    link = queries.guardians_of(patron).get()
    assert (link.guardian, link.consent_date) == (child.guardian, date(2026, 2, 27))
    assert link.rules_version == "2026"
    consent = patron.consents.get()
    assert (consent.kind, consent.given_by) == (Consent.Kind.CARD_FOR_CHILD, child.guardian)
    assert consent.text_version == "2026"


@pytest.mark.parametrize(("limit", "is_needed"), [(15, False), (16, True), (18, True)])
def test_the_age_below_which_a_guardian_is_needed_comes_from_the_rules(
    adult, doing, limit, is_needed
):
    fifteen = replace(adult, birth_date=date(2011, 3, 1))
    ages = Ages(guardian_needed_below=limit)

    if is_needed:
        assert RegistrationRefusal.GUARDIAN_NEEDED in reasons(fifteen, doing, ages)
    else:
        register(fifteen, doing, ages)


def test_a_card_is_given_from_the_age_in_the_rules_on(child, doing):
    small = replace(child, birth_date=date(2020, 3, 2))

    assert reasons(small, doing, Ages(card_from=6)) == {RegistrationRefusal.TOO_YOUNG}
    register(small, doing, Ages(card_from=5))


def test_a_guardian_is_an_adult_who_consented_already(child, doing):
    young = make_patron(birth_date=date(2010, 1, 1))
    wrong = replace(child, guardian=young, consent_date=date(2026, 3, 2))

    assert reasons(wrong, doing) == {FamilyRefusal.NOT_AN_ADULT, FamilyRefusal.CONSENT_AHEAD}


def test_an_institution_is_registered_with_the_adult_who_answers_for_it(adult, doing):
    school = replace(
        adult,
        category=make_category("school", is_institution=True),
        surname="Koskelan koulu",
        given_names="",
        birth_date=None,
    )
    assert reasons(school, doing) == {RegistrationRefusal.RESPONSIBLE_ADULT_NEEDED}
    child = make_patron(birth_date=date(2016, 1, 1))
    assert reasons(replace(school, responsible_adult=child), doing) == {FamilyRefusal.NOT_AN_ADULT}
    named = replace(school, responsible_adult=make_patron())
    assert reasons(replace(named, identity_code=CODE), doing) == {IdentityRefusal.NOT_A_PERSON}

    patron = register(named, doing)

    assert patron.is_institution
    assert patron.birth_date is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"email": "ei ole"}, ContactRefusal.NOT_AN_EMAIL),
        ({"phone": "ei ole"}, ContactRefusal.NOT_A_PHONE),
        ({"card": "TAKEN"}, CardRefusal.TAKEN),
        ({"identity_code": "131052-308U"}, IdentityRefusal.INVALID),
        ({"identity_code": CODE}, RegistrationRefusal.BIRTH_DATE_DIFFERS),
    ],
)
def test_a_refused_registration_leaves_nothing_behind(adult, doing, wrong, reason):
    make_patron(card="TAKEN")

    assert reason in reasons(replace(adult, **wrong), doing)
    assert Patron.objects.count() == 1
    assert not AuditEvent.objects.exists()


def test_who_is_registered_under_non_disclosure_has_no_address_from_the_first_moment(
    adult, doing, now, branch
):
    hidden = replace(adult, non_disclosure_until=date(2031, 3, 1))
    assert reasons(hidden, doing) == {ContactRefusal.NON_DISCLOSED}

    patron = register(replace(hidden, street="", postal_code="", city=""), doing)

    assert queries.address_of(patron, on=now.date()).lines[0] == branch.name


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in memory does not wait")
@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_register_the_same_person_at_once_one_is_refused(now):
    branch = make_branch()
    given = Registration(
        category=make_category(),
        library=make_library(),
        surname="Virtanen",
        rules_version="2026",
        identity_code=CODE,
    )
    ready, outcomes = Barrier(2), []

    def desk():
        ready.wait()
        try:
            operations.register_patron(given=given, ages=AGES, now=now, by=None, branch=branch)
            outcomes.append("registered")
        except RegistrationRefused as refused:
            outcomes.append(refused.reasons)
        finally:
            connection.close()

    desks = [Thread(target=desk) for _ in range(2)]
    for each in desks:
        each.start()
    for each in desks:
        each.join()

    assert sorted(outcomes, key=str) == [(IdentityRefusal.KNOWN,), "registered"]
    assert Patron.objects.count() == IdentityCode.objects.count() == 1
