"""Patrons' pages where the law is strictest: non-disclosure, codes, exports, erasure, merging."""

import json
from datetime import date, timedelta

import pytest
from circulation.pages_of_patrons.asking import CODE, change, text, url
from circulation.people import (
    make_branch,
    make_child,
    make_item,
    make_patron,
)
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations as register
from kimppa.patrons import queries as found
from kimppa.patrons.models import Address, IdentityCode, Patron, PatronMerge, PhoneNumber
from kimppa.patrons.rules.merging import Matter

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
