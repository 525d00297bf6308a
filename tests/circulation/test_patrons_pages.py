"""The patrons' pages: found, opened, registered, changed, merged, handed out and erased."""

import json
from datetime import date, timedelta

import pytest
from circulation.people import (
    make_branch,
    make_card,
    make_category,
    make_child,
    make_item,
    make_patron,
    make_rules,
)
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations as register
from kimppa.patrons import queries as found
from kimppa.patrons.models import Address, Card, IdentityCode, Patron, PatronMerge, PhoneNumber
from kimppa.patrons.rules.merging import Matter

CODE = "131052-308T"


@pytest.fixture
def branch(db):
    branch = make_branch("Koskela")
    branch.street, branch.postal_code, branch.city = "Kirjastokatu 1", "62100", "Koskela"
    branch.save()
    return branch


@pytest.fixture
def desk(sign_in, branch):
    return sign_in("desk", branch)


@pytest.fixture
def manager(sign_in, branch):
    return sign_in("branch_manager", branch)


@pytest.fixture
def patron(branch):
    return make_patron("Virtanen", "Eeva", library=branch.library, home_branch=branch, card="K-1")


@pytest.fixture
def hidden(patron):
    """Under non-disclosure since today, after an address had been in the register."""
    doing = {"now": timezone.now(), "by": None}
    register.add_address(patron=patron, street="Salakuja 2", city="Piilola", **doing)
    register.add_phone(patron=patron, value="040 7777777", **doing)
    register.add_email(patron=patron, value="eeva@salainen.example", **doing)
    until = timezone.localdate() + timedelta(days=400)
    return register.set_non_disclosure(patron=patron, until=until, **doing)


def url(name, *keys):
    return reverse(f"circulation:{name}", args=keys)


def text(response):
    return response.content.decode()


def change(client, patron, what, **fields):
    given = {key if key == "row" else f"{what}-{key}": value for key, value in fields.items()}
    return client.post(url("change_patron", patron.key, what), given)


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


# Non-disclosure (D7), clause by clause


def test_ordinary_staff_see_the_librarys_address_and_the_warning(client, desk, hidden):
    page = text(client.get(url("patron", hidden.key), headers={"accept-language": "en"}))

    assert "Kirjastokatu 1" in page
    assert "Non-disclosure until" in page
    for secret in ("Salakuja", "Piilola", "7777777", "eeva@"):
        assert secret not in page
    assert 'name="address-street"' not in page


def test_ordinary_staff_cannot_open_what_is_withheld(client, desk, hidden):
    for name in ("open_contacts", "letter"):
        given = {"open-reason": "uteliaisuus", "reason": "x", "address": "y"}
        assert client.post(url(name, hidden.key), given).status_code == 404


def test_opening_needs_permission_and_a_reason_and_is_logged(client, manager, hidden):
    assert "7777777" not in text(client.get(url("patron", hidden.key)))
    refused = client.post(url("open_contacts", hidden.key), {"open-reason": ""})
    assert refused.status_code == 422
    assert "7777777" not in text(refused)
    assert not AuditEvent.objects.filter(action="open non disclosed").exists()

    opened = client.post(url("open_contacts", hidden.key), {"open-reason": "kaukolaina"})

    assert "+358407777777" in text(opened)
    assert "eeva@salainen.example" in text(opened)
    event = AuditEvent.objects.get(action="open non disclosed")
    assert (event.by, event.reason) == (manager, "kaukolaina")
    assert "7777777" not in text(client.get(url("patron", hidden.key)))


def test_an_address_for_a_letter_is_printed_and_stored_nowhere(client, manager, hidden):
    response = client.post(
        url("letter", hidden.key), {"reason": "lasku", "address": "Eeva\nKätköpolku 9\n99999 X"}
    )

    assert "Kätköpolku 9" in text(response)
    assert "no-store" in response.headers["Cache-Control"]
    for model in (Address, AuditEvent, Patron):
        assert "Kätköpolku" not in str(list(model.objects.values()))
    assert AuditEvent.objects.get(action="address letter").reason == "lasku"
    assert client.post(url("letter", hidden.key), {"address": "x"}).status_code == 422
    assert "Kätköpolku" not in text(client.get(url("letter", hidden.key)))


def test_search_results_show_no_address_under_non_disclosure(client, desk, hidden):
    make_patron("Virtanen", "Aino")
    page = text(client.post(url("patrons"), {"q": "virtanen"}))

    assert "Salakuja" not in page
    assert "Piilola" not in page


@pytest.mark.parametrize("format_", ["html", "json"])
def test_exports_hold_no_address_number_or_e_mail_under_non_disclosure(
    client, manager, hidden, format_
):
    page = text(
        client.post(
            url("export_patron", hidden.key), {"export-reason": "pyyntö", "format": format_}
        )
    )

    assert "Virtanen" in page
    for secret in ("Salakuja", "Piilola", "7777777", "eeva@"):
        assert secret not in page
    assert "Kirjastokatu 1" in page


def test_no_address_can_be_typed_and_only_those_who_may_see_can_lift_it(client, desk, hidden):
    response = change(client, hidden, "address", street="Salakuja 2")
    assert response.status_code == 422
    assert not Address.objects.exists()
    assert change(client, hidden, "lift-non-disclosure").status_code == 404


def test_a_day_gone_by_is_told_and_the_page_discloses_nothing(client, manager, hidden):
    Patron.objects.filter(pk=hidden.pk).update(
        non_disclosure_until=timezone.localdate() - timedelta(days=1)
    )
    page = text(client.get(url("patron", hidden.key), headers={"accept-language": "en"}))

    assert "has gone by" in page
    assert "7777777" not in page
    change(client, hidden, "lift-non-disclosure")
    assert "7777777" in text(client.get(url("patron", hidden.key)))


def test_setting_it_on_the_page_removes_the_address(client, desk, patron):
    change(client, patron, "address", street="Salakuja 2", city="Piilola")
    change(client, patron, "non-disclosure", until="1.3.2031")

    assert not Address.objects.exists()
    assert "Salakuja" not in text(client.get(url("patron", patron.key)))


# Identity code, export, erasure, retention


def test_an_identity_code_is_shown_only_with_permission_and_a_reason(client, sign_in, branch):
    patron = make_patron(library=branch.library)
    register.store_identity_code(patron=patron, code=CODE, now=timezone.now(), by=None)
    address = url("identity_code", patron.key)
    sign_in("desk", branch)
    assert client.post(address, {"code-reason": "x"}).status_code == 404
    assert CODE not in text(client.get(url("patron", patron.key)))
    sign_in("branch_manager", branch)
    assert client.post(address, {"code-reason": ""}).status_code == 422

    assert CODE in text(client.post(address, {"code-reason": "perintä"}))
    assert AuditEvent.objects.get(action="read identity code").reason == "perintä"
    assert CODE not in text(client.get(url("patron", patron.key)))


def test_an_identity_code_is_added_later_unless_somebody_else_has_it(client, desk, patron):
    wrong = change(client, patron, "identity", identity_code="131052-308U")
    assert wrong.status_code == 422
    assert "131052" not in text(wrong)
    assert change(client, patron, "identity", identity_code="131052-308t").status_code == 302
    assert found.find_by_identity_code(CODE) == patron
    other = make_patron(library=patron.library)

    refused = change(client, other, "identity", identity_code=CODE)

    assert refused.status_code == 422
    assert not IdentityCode.objects.filter(patron=other).exists()


def test_all_that_is_known_is_handed_out_without_code_and_pin(client, manager, patron, branch):
    doing = {"now": timezone.now(), "by": None}
    register.store_identity_code(patron=patron, code=CODE, **doing)
    register.set_pin(patron=patron, pin="0417", **doing)
    register.add_address(patron=patron, street="Tie 1", **doing)
    register.add_phone(patron=patron, value="0401234567", **doing)
    Loan.objects.create(
        item=make_item(branch),
        patron=patron,
        branch=branch,
        began_at=doing["now"],
        due_date=date(2026, 3, 29),
        category_code="adult",
    )
    given = {"export-reason": "pyyntö"}
    page = client.post(url("export_patron", patron.key), given, headers={"accept-language": "en"})
    data = client.post(url("export_patron", patron.key), given | {"format": "json"})

    told = json.loads(data.content)
    assert told["details"][0]["identity_code_kept"] is True
    assert told["loans"][0]["title"] == "Joki muistaa"
    assert [row["value"] for row in told["contacts"]] == ["Tie 1, FI", "+358401234567"]
    assert "attachment" in data.headers["Content-Disposition"]
    for known in ("Joki muistaa", "Tie 1", "K-1", "17"):
        assert known in text(page)
    for secret in (CODE, "0417", "argon2"):
        assert secret not in text(page) + text(data)
    assert AuditEvent.objects.filter(action="export patron", reason="pyyntö").count() == 2
    assert client.post(url("export_patron", patron.key), {}).status_code == 422


def test_erasing_asks_for_the_name_and_refuses_while_something_is_open(client, sign_in, patron):
    branch = patron.home_branch
    sign_in("privacy_officer", branch)
    address = url("erase_patron", patron.key)
    assert client.get(address).status_code == 200
    wrong = client.post(address, {"surname": "Muu", "reason": "pyyntö"})
    assert wrong.status_code == 422
    child = make_child(patron)
    held = client.post(address, {"surname": "virtanen", "reason": "pyyntö"})
    assert held.status_code == 422
    assert found.patron_by_key(patron.key)
    child.guardianships.all().delete()

    client.post(address, {"surname": "virtanen", "reason": "pyyntö"})

    assert found.patron_by_key(patron.key) is None
    assert AuditEvent.objects.get(action="erase patron").reason == "pyyntö"


def test_the_retention_page_counts_and_erases_when_told_to(client, sign_in, patron):
    Patron.objects.update(last_active_date=date(2000, 1, 1))
    sign_in("privacy_officer", patron.home_branch)
    page = client.get(url("purge_patrons"))
    assert page.context["rows"] == [("Koskela", None)]
    assert "Virtanen" not in text(page)

    client.post(url("purge_patrons"))

    assert found.patron_by_key(patron.key) is None
    assert client.get(url("purge_patrons")).context["rows"] == []


def test_desk_staff_neither_erase_nor_run_retention_nor_export(client, desk, patron):
    assert client.get(url("erase_patron", patron.key)).status_code == 404
    assert client.get(url("purge_patrons")).status_code == 403
    assert client.post(url("export_patron", patron.key)).status_code == 404


# Merging, story D6


@pytest.fixture
def second(patron):
    away = make_branch("Rantala")
    other = make_patron(
        "Mäki", "Eeva", card="R-1", library=away.library, home_branch=away, language="sv"
    )
    register.set_pin(patron=patron, pin="0001", now=timezone.now(), by=None)
    register.set_pin(patron=other, pin="0002", now=timezone.now(), by=None)
    register.add_phone(patron=patron, value="0401111111", now=timezone.now(), by=None)
    register.add_phone(patron=other, value="0402222222", now=timezone.now(), by=None)
    return other


def test_two_cards_of_one_person_are_compared_chosen_merged_and_parted(
    client, desk, patron, second, branch
):
    assert client.get(url("merge_find", patron.key)).status_code == 200
    assert client.post(url("merge_other", patron.key), {"card": "X"}).status_code == 422
    assert client.post(url("merge_other", patron.key), {"card": "K-1"}).status_code == 422
    compare = client.post(url("merge_other", patron.key), {"card": "r-1"}).url
    page = client.get(compare)
    rows = {row.matter: row for row in page.context["rows"]}
    assert set(rows) == {
        Matter.NAME,
        Matter.MAIN_CARD,
        Matter.PHONE,
        Matter.PIN,
        Matter.LANGUAGE,
        Matter.LIBRARY,
    }
    assert "Rantala" in text(page)
    assert "argon2" not in text(page)
    choices = dict.fromkeys(rows, "kept") | {Matter.PHONE: "gone"}
    do = url("do_merge", patron.key, second.key)
    missing = {**choices}
    del missing[Matter.PIN]
    assert client.post(do, missing).status_code == 422
    assert not PatronMerge.objects.exists()

    assert client.post(do, choices).status_code == 302

    assert found.patron_by_card("R-1")[0] == patron
    assert "+358402222222" in text(client.get(url("patron", patron.key)))
    merge = PatronMerge.objects.get()
    client.post(url("unmerge_patrons", patron.key), {"row": merge.pk})
    assert found.patron_by_card("R-1")[0] == second
    assert PhoneNumber.objects.get(patron=second).value == "+358402222222"
    again = client.post(url("unmerge_patrons", patron.key), {"row": merge.pk})
    assert again.status_code == 302
    assert client.post(url("unmerge_patrons", patron.key), {"row": "0"}).status_code == 404


def test_two_persons_are_not_offered_to_be_merged(client, desk, patron, second, settings):
    settings.TEMPORARY_IDENTITY_CODES = True
    for each, code in ((patron, CODE), (second, "010594Y9032")):
        register.store_identity_code(patron=each, code=code, now=timezone.now(), by=None)
    page = client.get(
        url("merge_patrons", patron.key, second.key), headers={"accept-language": "en"}
    )

    assert "they are two persons" in text(page)
    assert "Merge entries" not in text(page)
    choices = dict.fromkeys(Matter, "kept")
    assert client.post(url("do_merge", patron.key, second.key), choices).status_code == 422
    assert IdentityCode.objects.count() == 2


def test_only_those_who_may_merge_see_the_comparison(client, sign_in, branch, patron, second):
    sign_in("read_only", branch)

    assert client.get(url("merge_patrons", patron.key, second.key)).status_code == 404
    assert client.get(url("merge_find", patron.key)).status_code == 404
