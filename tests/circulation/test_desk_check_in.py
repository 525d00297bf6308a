from datetime import timedelta

import pytest
from circulation.people import make_item, make_record, make_rules
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Fee, ItemState, Loan, Step
from kimppa.circulation.operations import check_out
from kimppa.organisations.rules import Mode

IN = "/staff/check-in/"


@pytest.fixture
def desk(client, branch, clerk):
    """A browser at Koskela's desk; ``desk(branch)`` for another branch."""

    def at(where=branch, account=clerk):
        client.force_login(account)
        session = client.session
        session["workplace"] = {"branch": where.pk, "desk": None}
        session.save()
        return client

    return at


def scan(client, item):
    return client.post(IN, {"scan": item.barcode})


def result(page):
    return page.context["said"].extra["done"].result


def days_ago(days):
    return timezone.now() - timedelta(days)


def test_each_of_the_four_results_has_a_word_a_colour_an_icon_and_a_sound_of_its_own(
    desk, branch, patron, wait_for, away_item
):
    held = make_item(branch)
    wait_for(held.record, patron)
    gone = make_item(branch, status="withdrawn")
    client = desk()
    pages = [scan(client, each) for each in (make_item(branch), held, away_item, gone)]
    said = [page.context["said"] for page in pages]

    assert [each.word for each in said] == [
        "Hyllyyn",
        "Varaushyllyyn",
        "Kuljetukseen",
        "Käsittelyyn",
    ]
    for look in ("tone", "icon_name", "sound_name"):
        assert len({getattr(each, look) for each in said}) == 4
    assert all(each.word in page.text for each, page in zip(said, pages, strict=True))


def test_the_newest_check_in_stands_on_top_and_the_list_survives_a_reload(desk, branch):
    client, items = desk(), [make_item(branch) for _ in range(3)]
    for item in items:
        scan(client, item)

    assert [row.item for row, _, _ in client.get(IN).context["rows"]] == items[::-1]


def test_who_had_it_and_the_fee_are_told(desk, branch, patron, lend):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    item = make_item(branch)
    lend(item, patron, now=days_ago(38))
    page = scan(desk(), item)

    assert patron.full_name in page.text
    assert "Se oli myöhässä; siitä perittiin maksu." in page.context["said"].lines
    assert page.context["said"].extra["cents"] == Fee.objects.get().open_cents > 0


def test_a_hold_shelf_result_prints_the_slip_with_the_code_and_the_last_day(
    desk, branch, patron, wait_for
):
    item = make_item(branch, record=make_record("Joki muistaa : 2, Kevät"))
    wait_for(item.record, patron)
    client = desk()
    client.post(reverse("circulation:return_settings"), {"mode": "check_in", "prints": "on"})
    page = scan(client, item)
    hold = page.context["said"].extra["done"].hold

    assert "data-print-now" in page.text
    assert hold.shelf_code in page.text
    assert "Joki muistaa : 2, Kevät" in page.text
    assert patron.surname not in page.text


def test_a_transit_result_says_where_to_send_it_and_links_its_slip(desk, away_item, other_branch):
    page = scan(desk(), away_item)
    transit = page.context["said"].extra["done"].transit

    assert other_branch.name in page.text
    assert reverse("circulation:transit_slip", args=[transit.pk]) in page.text


def test_a_check_in_is_taken_back_from_its_row(desk, branch, patron, lend):
    item = make_item(branch)
    lend(item, patron, now=days_ago(1))
    client = desk()
    scan(client, item)
    page = client.post(reverse("circulation:undo_check_in"), {"step": Step.objects.get().pk})

    assert page.context["said"].word == "Palautus kumottu"
    assert Loan.objects.get().ended_at is None
    assert "kumottu" in client.get(IN).text


def test_an_undo_that_comes_too_late_tells_why(desk, branch, patron, lend):
    item = make_item(branch)
    client = desk()
    scan(client, item)
    check_out(item=item, patron=patron, branch=branch, by=None, now=timezone.now())
    page = client.post(reverse("circulation:undo_check_in"), {"step": Step.objects.get().pk})

    assert page.status_code == 422
    assert page.context["said"].lines == ["Nide on siirtynyt eteenpäin sen jälkeen."]


def test_the_check_in_of_another_branch_is_not_found(desk, branch, other_branch, bring):
    bring(make_item(branch), branch=other_branch, now=timezone.now())
    answer = desk().post(reverse("circulation:undo_check_in"), {"step": Step.objects.get().pk})

    assert answer.status_code == 404


def test_an_unknown_barcode_keeps_a_line_on_the_pile_for_the_session(desk):
    client = desk()
    page = client.post(IN, {"scan": "X-404"})

    assert page.status_code == 422
    assert [one["barcode"] for one in client.get(IN).context["later"]] == ["X-404"]


def test_an_unknown_barcode_leaves_the_pile_once_its_item_is_known(desk, branch):
    client = desk()
    client.post(IN, {"scan": "X-405"})
    scan(client, make_item(branch, barcode="X-405"))

    assert client.get(IN).context["later"] == []


def test_a_library_card_is_not_kept_on_the_pile(desk, patron):
    client = desk()
    page = client.post(IN, {"scan": patron.cards.first().number})

    assert page.status_code == 422
    assert client.get(IN).context["later"] == []


def test_the_book_drop_counts_lateness_to_its_day_which_is_always_in_sight(
    desk, branch, patron, lend
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    item = make_item(branch)
    lend(item, patron, now=days_ago(31))
    dropped = timezone.localdate() - timedelta(3)
    client = desk()
    client.post(reverse("circulation:return_settings"), {"mode": "book_drop", "dropped": dropped})
    page = scan(client, item)

    assert not Fee.objects.exists()
    assert f"{dropped.day}.{dropped.month}.{dropped.year}" in page.text
    assert page.wsgi_request.place.mode == Mode.BOOK_DROP
    assert "Palautusluukku" in client.get(IN).text


@pytest.mark.parametrize("days", [None, -1, 60])
def test_a_book_drop_needs_a_day_that_can_be(desk, days):
    dropped = "" if days is None else timezone.localdate() - timedelta(days)
    client = desk()
    address = reverse("circulation:return_settings")
    page = client.post(address, {"mode": "book_drop", "dropped": dropped})

    assert page.status_code == 422
    assert client.get(IN).context["dropped"] is None


def test_yesterdays_book_drop_is_not_todays(desk):
    client = desk()
    session = client.session
    session["desk_returns"] = {
        "mode": "book_drop",
        "dropped": "2026-01-01",
        "prints": True,
        "day": "2026-01-02",
    }
    session.save()
    page = client.get(IN)

    assert page.context["dropped"] is None
    assert page.context["prints"]


def test_in_library_use_is_a_mode_that_counts_and_checks_nothing_in(desk, branch):
    item, client = make_item(branch), desk()
    client.post(reverse("circulation:return_settings"), {"mode": "in_house"})
    page = scan(client, item)

    assert page.context["said"].word == "Käyttö laskettu"
    assert Loan.objects.get().kind == Loan.Kind.IN_HOUSE
    assert not Step.objects.exists()
    assert page.wsgi_request.place.mode == Mode.IN_HOUSE


def test_many_items_are_checked_in_each_by_itself(desk, branch, away_item):
    lines = "\n".join([make_item(branch).barcode, away_item.barcode, "none-such"])
    page = desk().post(reverse("circulation:check_in_many"), {"barcodes": lines})

    assert [each.word for each in page.context["many"]] == [
        "Hyllyyn",
        "Kuljetukseen",
        "Tuntematon viivakoodi",
    ]


def test_a_second_scan_at_once_changes_nothing_and_says_the_same(desk, branch):
    item, client = make_item(branch), desk()
    pages = [scan(client, item) for _ in range(2)]

    assert result(pages[0]) == result(pages[1])
    assert Step.objects.count() == 1
    assert "mitään ei muutettu" in pages[1].text


def test_a_scan_asks_the_database_few_questions(desk, branch, django_assert_max_num_queries):
    client = desk()
    for _ in range(10):
        scan(client, make_item(branch))
    item = make_item(branch)
    with django_assert_max_num_queries(30):
        client.post(IN, {"scan": item.barcode})


def as_htmx(client, item, *, adds=True):
    """A scan as the page sends it that can take in what one more return changes."""
    given = {"scan": item.barcode} | ({"adds": "1"} if adds else {})
    return client.post(IN, given, headers={"HX-Request": "true"})


def test_one_more_return_sends_only_what_it_changes(
    desk, branch, patron, lend, away_item, django_assert_max_num_queries
):
    make_rules(loan_days=1, overdue_cents_per_day=20)
    client = desk()
    as_htmx(client, make_item(branch))
    lend(away_item, patron, now=days_ago(10))
    with django_assert_max_num_queries(32):
        answer = as_htmx(client, away_item)

    assert answer.headers["HX-Retarget"] == "#desk-news"
    assert answer.text.count('class="row-one"') == 1
    row = answer.text[answer.text.index('class="row-one"') :]
    for told in (away_item.record.title, away_item.branch.name, "Kuljetukseen", "1,80"):
        assert told in row, told


def test_what_is_no_return_sends_the_whole_desk(desk, branch):
    client, item = desk(), make_item(branch)
    answers = [as_htmx(client, item, adds=False), as_htmx(client, item)]  # the second is a repeat

    assert all("HX-Retarget" not in answer.headers for answer in answers)
    assert all('class="scan"' in answer.text for answer in answers)


class TestRenewing:
    def test_an_items_barcode_renews_its_loan(self, desk, branch, patron, lend):
        item = make_item(branch)
        lend(item, patron, now=days_ago(10))
        page = desk().post("/staff/renew/", {"scan": item.barcode})

        assert page.context["said"].word == "Uusittu"
        assert Loan.objects.get().renewals == 1

    def test_a_card_lists_the_loans_with_how_often_they_were_renewed(
        self, desk, branch, patron, lend
    ):
        make_rules(renewals=5)
        lend(make_item(branch), patron, now=days_ago(10))
        Loan.objects.update(renewals=2)
        page = desk().post("/staff/renew/", {"scan": patron.cards.first().number})

        assert "2/5" in page.text

    def test_all_are_renewed_and_those_that_cannot_be_tell_why(self, desk, branch, patron, lend):
        make_rules(renewals=1)
        loans = [lend(make_item(branch), patron, now=days_ago(9)).loan for _ in range(2)]
        Loan.objects.filter(pk=loans[0].pk).update(renewals=1)
        client = desk()
        page = client.post("/staff/renew/", {"scan": patron.cards.first().number})
        given = {"visit": page.context["visit"].token}
        page = client.post(reverse("circulation:renew_all"), given)

        assert sorted(each.word for each in page.context["many"]) == ["Ei uusittu", "Uusittu"]
        assert "Uusittu 1 kertaa; sallittu on 1." in page.text


class TestItem:
    def act(self, client, what, item, **more):
        given = {"scan": item.barcode, **more}
        return client.post(reverse("circulation:item_action", args=[what]), given)

    def test_a_claim_stops_lateness_and_can_be_taken_back(self, desk, branch, patron, lend):
        item = make_item(branch)
        lend(item, patron, now=days_ago(3))
        client = desk()
        self.act(client, "claim", item)
        assert Loan.objects.get().claimed_returned_at
        self.act(client, "withdraw-claim", item)
        assert Loan.objects.get().claimed_returned_at is None

    def test_a_lost_item_charges_what_the_clerk_says(self, desk, branch, patron, lend):
        item = make_item(branch)
        lend(item, patron, now=days_ago(3))
        self.act(desk(), "lost", item, sum="24,90")

        assert Fee.objects.get().open_cents == 2490
        assert ItemState.objects.get().status == "lost"

    def test_an_item_in_somebodys_hands_is_not_missing(self, desk, branch, patron, lend):
        item = make_item(branch)
        lend(item, patron, now=days_ago(3))
        page = self.act(desk(), "missing", item)

        assert page.status_code == 422
        assert not ItemState.objects.exists()

    def test_what_was_missing_and_is_found_is_checked_in(self, desk, branch):
        item, client = make_item(branch), desk()
        self.act(client, "missing", item)
        assert ItemState.objects.get().status == "missing"
        self.act(client, "found", item)
        assert not ItemState.objects.exists()

    def test_the_page_says_who_has_it_to_those_who_may_see_patrons(
        self, desk, branch, patron, lend
    ):
        item = make_item(branch)
        lend(item, patron, now=days_ago(3))
        page = desk().get(reverse("circulation:item"), {"scan": item.barcode})

        assert patron.full_name in page.text
