from datetime import timedelta

import pytest
from circulation.people import (
    make_card,
    make_category,
    make_item,
    make_patron,
    make_record,
    make_rules,
    make_staff,
)
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.circulation.operations import check_in
from kimppa.circulation.operations import fees as money
from kimppa.organisations.models import AuditEvent, RoleGrant
from kimppa.patrons.models import Card, PatronNote

OUT = "/staff/check-out/"


@pytest.fixture
def manager(branch):
    return make_staff("maija", branch=branch, role=RoleGrant.Role.BRANCH_MANAGER)


@pytest.fixture
def desk(client, branch, clerk):
    """A browser at Koskela's desk; ``desk(account)`` for somebody else than the clerk."""

    def at(account=clerk, where=branch):
        client.force_login(account)
        session = client.session
        session["workplace"] = {"branch": where.pk, "desk": None}
        session.save()
        return client

    return at


def scan(client, text, visit=None, **more):
    token = visit.context["visit"].token if visit is not None else ""
    return client.post(OUT, {"scan": text, "visit": token, **more})


def opened(client, patron):
    return scan(client, patron.cards.first().number)


def owe(patron, branch, cents):
    money.charge(
        patron=patron,
        kind="overdue",
        cents=cents,
        library=branch.library,
        branch=branch,
        by=None,
        now=timezone.now(),
    )


def test_a_card_opens_the_patron_and_then_items_are_lent(desk, patron, branch):
    client, items = desk(), [make_item(branch) for _ in range(3)]
    page = opened(client, patron)
    for item in items:
        page = scan(client, item.barcode, page)

    assert page.status_code == 200
    assert Loan.objects.open().filter(patron=patron).count() == 3
    assert [row.loan.item for row in page.context["rows"]] == items[::-1]


def test_an_item_scanned_before_a_card_lends_nothing(desk, item):
    page = scan(desk(), item.barcode)

    assert page.status_code == 422
    assert page.context["said"].item == item
    assert not Loan.objects.exists()


def test_the_card_of_another_patron_begins_their_visit(desk, patron, other_patron):
    client = desk()
    page = scan(client, other_patron.cards.first().number, opened(client, patron))

    assert page.context["visit"].patron == other_patron


def test_every_card_of_a_patron_works_and_the_page_says_where_it_came_from(desk, patron, branch):
    make_card(patron, "VANHA-1", origin="Lakia")
    page = scan(desk(), "VANHA-1")

    assert page.context["visit"].patron == patron
    assert "VANHA-1" in page.text
    assert "Lakia" in page.text


def test_a_lost_card_shows_the_reason_at_once_and_lends_nothing(desk, patron, item):
    make_card(patron, "LOST-1", status=Card.Status.LOST)
    client = desk()
    page = scan(client, "LOST-1")
    assert page.context["stops"] == [
        "Kortti on ilmoitettu kadonneeksi. Pyydä toinen kortti tai henkilötodistus."
    ]
    assert scan(client, item.barcode, page).status_code == 422
    assert not Loan.objects.exists()


def test_each_tab_serves_the_patron_that_it_shows(desk, patron, other_patron, item):
    client = desk()
    first = opened(client, patron)
    opened(client, other_patron)
    scan(client, item.barcode, first)

    assert Loan.objects.get().patron == patron


def test_a_form_that_names_a_patron_by_hand_is_not_believed(desk, patron, item):
    client = desk()
    page = client.post(OUT, {"scan": item.barcode, "visit": str(patron.key)})

    assert page.status_code == 422
    assert not Loan.objects.exists()


def test_the_same_item_scanned_twice_is_lent_once(desk, patron, item):
    client = desk()
    page = opened(client, patron)
    page = scan(client, item.barcode, scan(client, item.barcode, page))

    assert page.status_code == 200
    assert Loan.objects.count() == 1


def test_the_list_of_the_session_survives_a_reload(desk, patron, item):
    client = desk()
    scan(client, item.barcode, opened(client, patron))

    page = client.get(OUT)
    assert page.context["visit"].patron == patron
    assert [row.loan.item for row in page.context["rows"]] == [item]


def test_ending_the_session_clears_the_screen_and_the_last_patron_comes_back(desk, patron):
    client = desk()
    opened(client, patron)
    client.post(reverse("circulation:end_session"))

    page = client.get(OUT)
    assert page.context["visit"] is None
    assert page.context["last"] == patron
    page = client.post(reverse("circulation:open_patron", args=[patron.key]))
    assert page.context["visit"].patron == patron


def test_a_refusal_tells_every_reason_with_amounts_and_limits(desk, patron, branch, item):
    make_rules(block_limit_cents=700, max_loans=1)
    client = desk()
    page = scan(client, make_item(branch).barcode, opened(client, patron))
    owe(patron, branch, 950)
    page = scan(client, item.barcode, page)

    assert page.status_code == 422
    assert page.context["said"].lines == [
        "Maksut: 9,50\N{NO-BREAK SPACE}€, raja on 7,00\N{NO-BREAK SPACE}€.",
        "1 lainaa; sallittu enimmäismäärä on 1.",
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "gränsen är 7,00"), ("en", "limit of €7.00")]
)
def test_reasons_are_told_in_the_language_of_the_clerk(desk, patron, branch, language, words):
    make_rules(block_limit_cents=700)
    owe(patron, branch, 950)
    client = desk()
    client.cookies["django_language"] = language

    assert words in opened(client, patron).text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_desk_may_not_override_and_a_manager_may_with_a_reason(
    desk, patron, branch, item, manager
):
    make_rules(block_limit_cents=700)
    owe(patron, branch, 950)
    address = reverse("circulation:override")
    client = desk()
    page = scan(client, item.barcode, opened(client, patron))
    given = {
        "visit": page.context["visit"].token,
        "scan": item.barcode,
        "reason": "maksaa huomenna",
    }
    assert not page.context["said"].extra["can_be_overridden"]
    assert client.post(address, given).status_code == 403

    client = desk(manager)
    page = scan(client, item.barcode, opened(client, patron))
    assert page.context["said"].extra["can_be_overridden"]
    assert client.post(address, {**given, "reason": " "}).status_code == 422
    assert not Loan.objects.exists()
    assert client.post(address, given).status_code == 200
    assert Loan.objects.get().item == item
    assert AuditEvent.objects.get(action="check out").reason == "maksaa huomenna"


def test_what_is_a_matter_of_fact_cannot_be_overridden(
    desk, patron, other_patron, item, manager, lend
):
    lend(item, other_patron, now=timezone.now())
    client = desk(manager)
    page = opened(client, patron)
    given = {"visit": page.context["visit"].token, "scan": item.barcode, "reason": "pyysi"}
    page = client.post(reverse("circulation:override"), given)

    assert page.status_code == 422
    assert Loan.objects.get().patron == other_patron


def test_an_unknown_barcode_stays_on_the_list_until_it_is_seen_to(desk, patron):
    client = desk()
    page = scan(client, "999999", opened(client, patron))
    assert page.status_code == 422
    assert [one["barcode"] for one in client.get(OUT).context["later"]] == ["999999"]

    client.post(reverse("circulation:drop_from_pile"), {"scan": "999999", "next": "check_out"})
    assert client.get(OUT).context["later"] == []


def test_a_part_of_the_name_lists_patrons_to_choose_from(desk, patron, other_patron):
    client = desk()
    page = scan(client, "virt ee")

    assert [hit.patron for hit in page.context["hits"]] == [patron]
    page = client.post(reverse("circulation:open_patron", args=[patron.key]))
    assert page.context["visit"].patron == patron


def test_an_identity_code_is_neither_searched_for_nor_kept(desk):
    client = desk()
    page = scan(client, "131052-308T")

    assert page.status_code == 422
    assert "131052" not in page.text
    assert "131052" not in str(dict(client.session))


def test_many_barcodes_are_lent_each_by_itself(desk, patron, branch):
    items = [make_item(branch) for _ in range(3)]
    client = desk()
    page = opened(client, patron)
    lines = "\n".join([*(item.barcode for item in items), "none-such", items[0].barcode])
    given = {"visit": page.context["visit"].token, "barcodes": lines}
    page = client.post(reverse("circulation:check_out_many"), given)

    assert [each.tone for each in page.context["many"]] == ["success"] * 3 + ["danger"]
    assert Loan.objects.count() == 3


def test_notes_and_holds_that_are_ready_here_are_in_sight(desk, patron, branch, wait_for, bring):
    PatronNote.objects.create(patron=patron, text="Huonokuuloinen", at=timezone.now())
    item = make_item(branch, record=make_record("Talvisota : 2, Rintama"))
    wait_for(item.record, patron)
    done = bring(item, now=timezone.now())
    page = opened(desk(), patron)

    assert "Huonokuuloinen" in page.text
    assert done.hold.shelf_code in page.text
    assert "Talvisota : 2, Rintama" in page.text


def test_who_fetches_for_another_is_noted_for_the_visit_without_a_name(desk, patron, item):
    client = desk()
    page = opened(client, patron)
    given = {"visit": page.context["visit"].token, "shown": "power_of_attorney"}
    page = client.post(reverse("circulation:fetch_for_another"), given)
    assert "toinen henkilö" in client.get(OUT).text
    scan(client, item.barcode, page)

    details = AuditEvent.objects.get(action="check out").details
    assert "power_of_attorney" in details.values()


def test_opening_a_patron_is_on_record(desk, patron):
    opened(desk(), patron)

    assert AuditEvent.objects.get(action="read").object_id == str(patron.pk)


def test_the_loan_slip_tells_titles_and_days_and_names_nobody(desk, patron, item):
    client = desk()
    scan(client, item.barcode, opened(client, patron))
    slip = client.get(reverse("circulation:loan_slip", args=[patron.key])).text

    assert item.record.title in slip
    assert item.barcode in slip
    assert patron.surname not in slip


def test_an_institution_borrows_by_its_own_rules_for_56_days_without_fees(desk, patron, branch):
    school = make_category("institution", is_institution=True)
    cells = [
        {"name": "loan_days", "value": 56, "category": school},
        {"name": "overdue_cents_per_day", "value": 0, "category": school},
    ]
    make_rules(loan_days=28, overdue_cents_per_day=20, cells=cells)
    customer = make_patron(
        "Kosken koulu",
        "",
        category=school,
        is_institution=True,
        responsible_adult=patron,
        birth_date=None,
        library=branch.library,
    )
    item = make_item(branch)
    client = desk()
    scan(client, item.barcode, opened(client, customer))

    loan = Loan.objects.get()
    assert loan.due_date == timezone.localdate() + timedelta(56)
    done = check_in(item=item, branch=branch, by=None, now=timezone.now() + timedelta(90))
    assert done.fees == []


def test_a_due_day_tells_which_rule_gave_it(desk, patron, branch):
    make_rules(loan_days=28, cells=[{"name": "loan_days", "value": 7, "item_type": "DVD"}])
    client = desk()
    page = scan(client, make_item(branch, item_type="DVD").barcode, opened(client, patron))

    assert "7 päivää: sääntö: DVD" in " ".join(page.text.split())


@pytest.mark.parametrize(("is_htmx", "most"), [(False, 32), (True, 24)])
def test_a_scan_asks_the_database_few_questions(
    desk, patron, branch, django_assert_max_num_queries, is_htmx, most
):
    make_rules(loan_days=28, block_limit_cents=700)
    client = desk()
    page = opened(client, patron)
    for _ in range(5):
        page = scan(client, make_item(branch).barcode, page)
    item, token = make_item(branch), page.context["visit"].token
    headers = {"HX-Request": "true"} if is_htmx else {}
    with django_assert_max_num_queries(most):
        client.post(OUT, {"scan": item.barcode, "visit": token, "adds": "1"}, headers=headers)


def as_htmx(client, item, page):
    """A scan as the page sends it that can take in what one more loan changes."""
    given = {"scan": item.barcode, "visit": page.context["visit"].token, "adds": "1"}
    return client.post(OUT, given, headers={"HX-Request": "true"})


def test_one_more_loan_sends_only_what_it_changes(desk, patron, branch):
    make_rules(loan_days=28)
    client = desk()
    page = scan(client, make_item(branch).barcode, opened(client, patron))
    item = make_item(branch)
    answer = as_htmx(client, item, page)

    assert answer.headers["HX-Retarget"] == "#desk-news"
    assert patron.surname not in answer.text
    assert answer.text.count('class="row-one"') == 1
    assert item.record.title in answer.text
    assert '<span id="open-loans" hx-swap-oob="true">2</span>' in answer.text
    assert "28 päivää:" in " ".join(answer.text.split())


def test_a_loan_that_changes_more_of_the_patron_sends_the_whole_desk(
    desk, patron, branch, wait_for
):
    make_rules(max_loans=2)
    client, held, last = desk(), make_item(branch), make_item(branch)
    wait_for(held.record, patron)
    page = opened(client, patron)
    for item in (held, last, make_item(branch)):  # own hold, last that is allowed, refused
        answer = as_htmx(client, item, page)

        assert "HX-Retarget" not in answer.headers
        assert patron.surname in answer.text
    assert Loan.objects.count() == 2


def test_a_fragment_is_answered_to_htmx(desk, patron):
    client = desk()
    fragment = client.post(
        OUT, {"scan": patron.cards.first().number}, headers={"HX-Request": "true"}
    )
    assert "<html" not in fragment.text
    assert 'id="scan"' in fragment.text
