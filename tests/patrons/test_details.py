from datetime import date, timedelta

import pytest
from circulation.people import make_category, make_library, make_patron
from django.db import IntegrityError, transaction

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import Address, Consent, EmailAddress, Patron, PatronNote, PhoneNumber
from kimppa.patrons.operations import ContactRefusal, ContactRefused, DetailsRefusal, DetailsRefused
from kimppa.patrons.operations.contacts import as_e164

pytestmark = pytest.mark.django_db


def later(doing, days):
    return {**doing, "now": doing["now"] + timedelta(days=days)}


def test_changes_are_logged_by_field_and_without_what_they_say(doing):
    patron = make_patron()
    rantala = make_library("Rantala")
    operations.change_details(
        patron=patron,
        changes={"surname": "Salainen", "language": "fi", "library": rantala},
        **doing,
    )

    event = AuditEvent.objects.get(action="change patron")
    assert event.details["fields"] == ["library", "surname"]
    assert event.details["library"] == [make_library().pk, rantala.pk]
    assert "Salainen" not in str(event.details)


def test_the_same_details_again_are_no_change(doing):
    patron = make_patron()
    operations.change_details(patron=patron, changes={"surname": "Virtanen"}, **doing)

    assert not AuditEvent.objects.exists()


def test_a_person_keeps_a_name_and_does_not_become_an_institution(doing):
    patron = make_patron()
    school = make_category("school", is_institution=True)
    with pytest.raises(DetailsRefused) as refused:
        operations.change_details(
            patron=patron, changes={"surname": " ", "category": school}, **doing
        )

    assert set(refused.value.reasons) == {DetailsRefusal.NO_NAME, DetailsRefusal.OTHER_KIND}
    assert Patron.objects.get().surname == "Virtanen"


def test_only_details_that_may_change_are_changed(doing):
    with pytest.raises(KeyError):
        operations.change_details(
            patron=make_patron(), changes={"non_disclosure_until": None}, **doing
        )


def test_the_day_of_last_use_only_moves_on():
    patron = make_patron(last_active_date=date(2026, 2, 1))
    for day, kept in [(date(2026, 2, 3), 3), (date(2026, 2, 2), 3)]:
        operations.touch_last_active(patron=patron, on=day)
        assert Patron.objects.get().last_active_date.day == kept


def test_a_new_address_takes_the_place_of_the_old_from_its_day_on(doing, now):
    patron = make_patron()
    operations.add_address(patron=patron, street="Vanha tie 1", city="Koskela", **doing)
    operations.add_address(
        patron=patron,
        street="Uusi tie 2",
        postal_code="62100",
        city="Koskela",
        care_of="Mäki",
        **later(doing, 10),
    )

    today = now.date()
    assert queries.address_of(patron, on=today).lines == ("Vanha tie 1", "Koskela")
    after = queries.address_of(patron, on=today + timedelta(days=10))
    assert after.lines == ("c/o Mäki", "Uusi tie 2", "62100 Koskela")
    assert not after.is_branch


def test_the_same_detail_given_twice_is_kept_once(doing):
    patron = make_patron()
    for days in (0, 5):
        operations.add_address(patron=patron, street="Tie 1", **later(doing, days))
        operations.add_email(patron=patron, value="e@example.fi", **later(doing, days))
        operations.add_phone(patron=patron, value="040 1234567", **later(doing, days))

    counts = [kind.objects.count() for kind in (Address, EmailAddress, PhoneNumber)]
    assert counts == [1, 1, 1]


def test_one_address_comes_first_whatever_the_code_says():
    patron = make_patron()
    row = {"patron": patron, "street": "Tie 1", "valid_from": date(2026, 1, 1), "is_primary": True}
    Address.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(**row)


def test_an_ended_detail_gives_way_to_the_newest_of_the_others(doing, now):
    patron = make_patron()
    older = EmailAddress.objects.create(
        patron=patron, value="a@example.fi", valid_from=date(2020, 1, 1)
    )
    first = operations.add_email(patron=patron, value="b@example.fi", **doing)
    for _ in range(2):
        operations.end_contact(contact=first, **later(doing, 3))
        first = EmailAddress.objects.get(value="b@example.fi")

    assert queries.email_of(patron, on=now.date() + timedelta(days=3)) == older.value
    assert EmailAddress.objects.get(pk=older.pk).is_primary


def test_a_detail_ended_the_day_it_was_given_was_a_slip_and_goes(doing):
    patron = make_patron()
    operations.end_contact(
        contact=operations.add_phone(patron=patron, value="0401234567", **doing), **doing
    )

    assert not PhoneNumber.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("040 123 4567", "+358401234567"),
        ("+358 (0)40-1234567", "+358401234567"),
        ("0046 70 123 45 67", "+46701234567"),
        ("06 123 4567", "+35861234567"),
        ("ei ole", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_telephone_number_becomes_what_a_gateway_understands(typed, kept):
    assert as_e164(typed) == kept


def test_what_is_no_e_mail_address_or_number_is_refused(doing):
    patron = make_patron()
    with pytest.raises(ContactRefused) as refused:
        operations.add_email(patron=patron, value="ei ole", **doing)
    assert refused.value.reasons == (ContactRefusal.NOT_AN_EMAIL,)
    with pytest.raises(ContactRefused) as refused:
        operations.add_phone(patron=patron, value="ei ole", **doing)
    assert refused.value.reasons == (ContactRefusal.NOT_A_PHONE,)
    with pytest.raises(ContactRefused) as refused:
        operations.add_address(patron=patron, street=" ", **doing)
    assert refused.value.reasons == (ContactRefusal.EMPTY,)


def test_text_messages_go_to_a_number_that_takes_them(doing, now):
    patron = make_patron()
    operations.add_phone(patron=patron, value="061234567", takes_messages=False, **doing)

    assert queries.phone_of(patron, on=now.date()) == ""


def test_notes_are_kept_and_removed_and_their_text_is_not_in_the_log(doing):
    note = operations.add_note(patron=make_patron(), text="Sovittu eräpäivä", **doing)
    operations.remove_note(note=note, **doing)

    assert not PatronNote.objects.exists()
    events = AuditEvent.objects.order_by("pk")
    assert [event.action for event in events] == ["add note", "remove note"]
    assert not any("Sovittu" in str(event.details) for event in events)


def test_a_consent_stands_once_until_withdrawn_and_can_be_given_again(doing, branch):
    patron = make_patron()
    kind = Consent.Kind.SELF_SERVICE
    consent = operations.give_consent(patron=patron, kind=kind, text_version="2026", **doing)
    assert operations.give_consent(patron=patron, kind=kind, **doing) == consent
    assert (consent.given_by, consent.branch) == (patron, branch)

    for _ in range(2):
        operations.withdraw_consent(consent=consent, **doing)
    again = operations.give_consent(patron=patron, kind=kind, **doing)

    assert again != consent
    assert Consent.objects.get(pk=consent.pk).withdrawn_at == doing["now"]
    assert AuditEvent.objects.filter(action="withdraw consent").count() == 1


def test_history_is_off_until_the_patron_chooses(doing):
    patron = make_patron()
    assert patron.history == Patron.History.OFF

    operations.set_history(patron=patron, history=Patron.History.ALWAYS, **doing)

    assert Patron.objects.get().history == Patron.History.ALWAYS
    assert AuditEvent.objects.get().details == {"before": "off", "after": "always"}
