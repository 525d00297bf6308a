"""The patrons' pages: found, opened, registered, changed."""

from datetime import date, timedelta

import pytest
from circulation.pages_of_patrons.asking import CODE, change, text, url
from circulation.people import (
    make_branch,
    make_card,
    make_category,
    make_child,
    make_patron,
    make_rules,
)
from django.utils import timezone

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations as register
from kimppa.patrons import queries as found
from kimppa.patrons.models import Card, Patron

# Finding


def test_a_card_opens_its_patron_at_once(client, desk, patron):
    response = client.post(url("patrons"), {"q": "k-1"})

    assert response.url == url("patron", patron.key)


def test_several_hits_are_listed_and_what_was_typed_is_in_no_address(client, desk, patron):
    make_patron("Virta", "Väinö")
    response = client.post(url("patrons"), {"q": "virt"})

    assert "Virtanen, Eeva" in text(response)
    assert "Virta, Väinö" in text(response)
    assert "virt" not in response.request["QUERY_STRING"]
    assert client.get(url("patrons"), {"q": "virt"}).context["hits"] == []


def test_a_fragment_has_the_hits_only(client, desk, patron):
    response = client.post(url("patrons"), {"q": "virtanen"}, headers={"hx-request": "true"})

    assert "Virtanen, Eeva" in text(response)
    assert "<html" not in text(response)


def test_an_identity_code_typed_into_the_search_is_told_off(client, desk, patron):
    register.store_identity_code(patron=patron, code=CODE, now=timezone.now(), by=None)
    response = client.post(url("patrons"), {"q": CODE}, headers={"accept-language": "en"})

    assert "not searched for here" in text(response)
    assert "Virtanen, Eeva" not in text(response)


def test_pages_are_behind_sign_in_and_permission(client, sign_in, branch, patron):
    assert "sign-in" in client.get(url("patron", patron.key)).url
    sign_in("transport", branch)
    assert client.get(url("patrons")).status_code == 403
    assert client.get(url("patron", patron.key)).status_code == 404


def test_reading_a_patrons_page_is_logged(client, desk, patron):
    client.get(url("patron", patron.key))

    event = AuditEvent.objects.get(action="read")
    assert (event.by, event.object_kind, event.object_id) == (desk, "patron", str(patron.pk))


def test_the_page_of_a_merged_entry_leads_to_the_one_that_stands(client, desk, patron):
    gone = make_patron(merged_into=patron)

    assert client.get(url("patron", gone.key)).url == url("patron", patron.key)


def test_nobody_and_the_erased_are_not_found(client, desk, patron):
    erased = make_patron(erased_at=timezone.now())

    assert client.get(url("patron", erased.key)).status_code == 404


# Own library in full, others by need (X1)


def test_another_librarys_patron_is_shown_in_full_only_for_a_reason(client, desk):
    away = make_branch("Rantala")
    patron = make_patron("Salminen", library=away.library, home_branch=away, card="R-1")
    register.add_phone(patron=patron, value="0407777777", now=timezone.now(), by=None)
    page = url("patron", patron.key)
    assert "+358407777777" not in text(client.get(page))
    assert change(client, patron, "email", value="a@example.fi").status_code == 404
    assert client.post(url("need_patron", patron.key), {"need-reason": " "}).status_code == 422

    client.post(url("need_patron", patron.key), {"need-reason": "asiakas tiskillä"})

    assert "+358407777777" in text(client.get(page))
    assert AuditEvent.objects.filter(action="read", reason="asiakas tiskillä").count() == 1


def test_the_need_lasts_an_hour(client, desk):
    patron = make_patron(library=make_branch("Rantala").library)
    client.post(url("need_patron", patron.key), {"need-reason": "asiakas tiskillä"})
    session = client.session
    session["needed_patrons"] = {key: at - 3601 for key, at in session["needed_patrons"].items()}
    session.save()

    assert not client.get(url("patron", patron.key)).context["is_full"]


def test_a_role_in_the_patrons_own_library_or_everywhere_sees_all(client, sign_in, branch):
    patron = make_patron(library=make_branch("Rantala").library)
    sign_in("coordinator", at=branch)

    assert client.get(url("patron", patron.key)).context["is_full"]


# Registering, story D5


def register_at_desk(client, **fields):
    make_category()
    given = {
        "category": make_category().pk,
        "surname": "Uusi",
        "given_names": "Aino",
        "language": "fi",
        "rules_version": "2026",
        "birth_date": "17.5.1980",
        "card": "U-1",
    }
    return client.post(url("register_patron"), given | fields)


def test_a_known_identity_code_leads_to_the_patron_in_a_new_tab(client, desk, patron):
    register.store_identity_code(patron=patron, code=CODE, now=timezone.now(), by=None)
    response = client.post(
        url("check_patron"), {"identity_code": "131052-308t"}, headers={"accept-language": "fi"}
    )

    assert "Asiakas on jo olemassa" in text(response)
    assert f'href="{url("patron", patron.key)}" target="_blank"' in text(response)
    assert "form" in response.context
    assert CODE not in text(response).upper()


def test_an_unknown_code_opens_the_form_and_is_carried_sealed(client, desk):
    make_rules(name="Säännöt 2026")
    response = client.post(url("check_patron"), {"identity_code": CODE})
    form = response.context["form"]
    assert form.initial["birth_date"] == date(1952, 10, 13)
    assert form.initial["rules_version"].startswith("Säännöt 2026")
    assert "131052" not in text(response)

    sealed = form.initial["sealed_code"]
    response = register_at_desk(client, sealed_code=sealed, birth_date="13.10.1952")

    patron = found.find_by_identity_code(CODE)
    assert response.url == url("patron", patron.key)
    assert patron.rules_version == "2026"
    again = register_at_desk(client, sealed_code=sealed, birth_date="", card="U-2")
    assert again.status_code == 422
    assert again.context["known"] == patron


def test_a_sealed_code_of_another_place_or_time_is_asked_again(client, desk):
    response = register_at_desk(client, sealed_code="gAAAAABn")

    assert response.status_code == 422
    assert Patron.objects.count() == 0


@pytest.mark.parametrize("wrong", [{"identity_code": "131052-308U"}, {}, {"surname": "Uusi"}])
def test_the_check_wants_a_right_code_or_name_and_birth_date(client, desk, wrong):
    assert client.post(url("check_patron"), wrong).status_code == 422


def test_without_a_code_those_born_on_the_day_are_shown_first(client, desk, patron):
    response = client.post(url("check_patron"), {"surname": "Virtanen", "birth_date": "17.5.1980"})

    assert "Virtanen, Eeva" in text(response)
    assert register_at_desk(client).status_code == 302
    assert Patron.objects.get(surname="Uusi").home_branch.name == "Koskela"


def test_a_child_is_registered_with_the_guardians_card_and_the_day_of_consent(client, desk, patron):
    child = {"birth_date": "1.5.2020"}
    assert register_at_desk(client, **child).status_code == 422
    assert register_at_desk(client, **child, guardian="X").status_code == 422

    response = register_at_desk(client, **child, guardian="K-1", consent_date="1.3.2026")

    assert response.status_code == 302
    assert found.children_of(patron).get().child.given_names == "Aino"


def test_the_ages_come_from_the_rules_in_force(client, desk):
    make_rules(guardian_needed_below_years=18)
    fifteen = timezone.localdate().replace(day=1) - timedelta(days=16 * 366)

    response = register_at_desk(client, birth_date=f"{fifteen:%d.%m.%Y}")

    assert response.status_code == 422
    make_rules(guardian_needed_below_years=15, valid_from=date(2001, 1, 1))
    assert register_at_desk(client, birth_date=f"{fifteen:%d.%m.%Y}").status_code == 302


def test_an_institution_is_registered_with_a_responsible_adult(client, desk, patron):
    school = make_category("school", is_institution=True)
    fields = {"category": school.pk, "surname": "Koskelan koulu", "birth_date": ""}
    assert register_at_desk(client, **fields).status_code == 422

    register_at_desk(client, **fields, responsible_adult="K-1")

    assert Patron.objects.get(is_institution=True).responsible_adult == patron


# Changing


def test_what_is_typed_on_the_page_is_kept(client, desk, patron):
    steps = [
        ("address", {"street": "Tie 1", "city": "Koskela", "postal_code": "", "care_of": ""}),
        ("email", {"value": "eeva@example.fi"}),
        ("phone", {"value": "0401234567", "takes_messages": "on"}),
        ("card", {"number": "K-2"}),
        ("pin", {"pin": "0417"}),
        ("note", {"text": "Soita ennen"}),
        ("consent", {"kind": "messages"}),
        ("history", {"history": "always"}),
    ]
    for what, fields in steps:
        assert change(client, patron, what, **fields).status_code == 302, what

    page = text(client.get(url("patron", patron.key)))
    for shown in ("Tie 1", "eeva@example.fi", "+358401234567", "K-2", "Soita ennen"):
        assert shown in page
    assert "0417" not in page
    patron.refresh_from_db()
    assert patron.history == "always"


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("email", {"value": "ei ole"}),
        ("phone", {"value": "ei ole"}),
        ("card", {"number": "TAKEN"}),
        ("pin", {"pin": "12a4"}),
        ("note", {"text": ""}),
        ("guardian", {"guardian": "TAKEN", "consent_date": "1.3.2026"}),
        ("details", {"surname": ""}),
        ("non-disclosure", {"until": "ei ole"}),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field(client, desk, patron, what, fields):
    make_patron(card="TAKEN")
    response = change(client, patron, what, **fields)

    assert response.status_code == 422
    assert response.context["opened_form"] == what
    assert "field-error" in text(response) or "form-errors" in text(response)


def test_cards_are_lost_found_retired_and_chosen_on_the_page(client, desk, patron):
    other = make_card(patron, "K-2")
    change(client, patron, "main-card", row=other.pk)
    change(client, patron, "lose-card", row=other.pk)
    assert Card.objects.get(pk=other.pk).status == "lost"
    assert patron.cards.get(is_main=True).number == "K-1"
    change(client, patron, "restore-card", row=other.pk)
    change(client, patron, "retire-card", row=other.pk)
    assert Card.objects.get(pk=other.pk).status == "retired"
    response = change(client, patron, "main-card", row=other.pk)
    assert response.status_code == 302
    assert patron.cards.get(is_main=True).number == "K-1"


def test_another_patrons_rows_are_not_found_by_guessing(client, desk, patron):
    other = make_patron(card="X-1")
    note = register.add_note(patron=other, text="x", now=timezone.now(), by=None)

    assert change(client, patron, "lose-card", row=other.cards.get().pk).status_code == 404
    assert change(client, patron, "remove-note", row=note.pk).status_code == 404
    assert change(client, patron, "remove-note", row="x").status_code == 404
    assert change(client, patron, "no-such-thing").status_code == 404


def test_read_only_accounts_change_nothing(client, sign_in, branch, patron):
    sign_in("read_only", branch)
    assert client.get(url("patron", patron.key)).status_code == 200
    assert change(client, patron, "note", text="x").status_code == 404


def test_guardians_are_linked_and_ended_on_the_childs_page(client, desk, patron):
    child = make_child(None, library=patron.library)
    change(client, child, "guardian", guardian="K-1", consent_date="1.3.2026")
    link = found.guardians_of(child).get()
    assert link.guardian == patron
    assert "Virtanen, Onni" in text(client.get(url("patron", patron.key)))

    change(client, child, "end-guardian", row=link.pk)
    assert not found.guardians_of(child).exists()


def test_staff_are_told_whose_guardians_link_ended_by_age(client, desk, patron):
    today = timezone.localdate()
    child = make_child(patron, born=date(today.year - 15, 1, 1), library=patron.library)
    child.guardianships.update(began_date=today - timedelta(days=500))
    register.end_guardianships_by_age(now=timezone.now(), guardian_needed_below=15)
    child.guardianships.update(ended_date=today)

    assert "Virtanen, Onni" in text(client.get(url("came_of_age")))
    page = client.get(url("patron", child.key), headers={"accept-language": "en"})
    assert "link ended by age" in text(page)
