"""The pages of what is on the hold shelf: clearing, slips, groups, the pull list."""

from datetime import timedelta

import pytest
from circulation.hold_pages import ready, words
from circulation.people import make_item, make_staff
from circulation.queues import make_hold
from circulation.test_holds_set_aside import make_group, set_aside
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Hold, PullRequest, Transit
from kimppa.circulation.operations.pulling import ask_branches

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


def test_the_hold_shelf_begins_with_what_is_to_be_cleared(at_desk, branch, today):
    over, waits = ready(make_item(branch), branch), ready(make_item(branch), branch)
    Hold.objects.filter(pk=over.pk).update(last_pickup_date=today - timedelta(days=1))

    text = words(at_desk.get(reverse("circulation:holds")))

    assert text.index(over.shelf_code) < text.index(waits.shelf_code)
    assert f"({waits.shelf_code})" in text


def clear(client, item):
    return client.post(reverse("circulation:clear_hold_shelf"), {"barcode": item.barcode})


def test_clearing_by_scanning_says_who_is_next_and_offers_the_slip(at_desk, item, branch, today):
    first, following = ready(item, branch), make_hold(item.record, branch, days_ago=1)
    Hold.objects.filter(pk=first.pk).update(last_pickup_date=today - timedelta(days=1))

    shown = clear(at_desk, item)

    following.refresh_from_db()
    assert following.state == "ready"
    assert "To the next person" in words(shown)
    assert following.shelf_code in words(shown)
    assert reverse("circulation:hold_slip", args=[following.key]) in shown.content.decode()


def test_clearing_refuses_what_still_waits_and_what_is_unknown(at_desk, item, branch):
    hold = ready(item, branch)

    shown = clear(at_desk, item)
    assert shown.status_code == 422
    assert f"Put it back: {hold.shelf_code}" in words(shown)
    unknown = at_desk.post(reverse("circulation:clear_hold_shelf"), {"barcode": "999"})
    assert "No item has this barcode." in words(unknown)


def test_an_item_nobody_wants_goes_home_with_a_transit_slip(at_desk, away_item, branch, today):
    hold = ready(away_item, branch)
    Hold.objects.filter(pk=hold.pk).update(last_pickup_date=today - timedelta(days=1))

    shown = clear(at_desk, away_item)

    assert "To Rantala" in words(shown)
    slip = at_desk.get(reverse("circulation:transit_slip", args=[Transit.objects.get().pk]))
    assert "Take to Rantala" in words(slip)


def test_one_slip_has_two_faces_and_never_a_name(work_at, clerk, item, branch, other_branch):
    hold = make_hold(item.record, other_branch)
    set_aside(item, branch, timezone.now())
    address = reverse("circulation:hold_slip", args=[hold.key])

    away = words(work_at(clerk, branch).get(address))
    assert "Take to Rantala" in away

    set_aside(item, other_branch, timezone.now())
    hold.refresh_from_db()
    here = words(work_at(make_staff("rauni", branch=other_branch), other_branch).get(address))
    assert f"{hold.shelf_code} Last pickup day {hold.last_pickup_date:%-d.%-m.%Y}" in here
    assert "Remember to borrow this!" in here
    for text in (away, here):
        assert "Virtanen" not in text
        assert hold.patron.cards.get().number not in text


def test_a_group_is_handed_out_before_the_rest_has_come(at_desk, item, branch, patron):
    first, _ = make_group(item, branch, patron, 2)
    set_aside(item, branch, timezone.now())
    assert "Groups waiting for the rest" in words(at_desk.get(reverse("circulation:holds")))

    at_desk.post(reverse("circulation:hand_out_group", args=[first.key]))

    first.refresh_from_db()
    assert first.last_pickup_date


def test_the_pull_list_is_taken_answered_and_taken_back(at_desk, item, branch):
    make_hold(item.record, branch)
    page = reverse("circulation:pull_list")
    asked = at_desk.post(reverse("circulation:ask_branches"), follow=True)
    assert "1 new item to fetch in all branches." in words(asked)
    request = PullRequest.objects.get()

    taken = at_desk.post(reverse("circulation:take_pull_list"), {"pull": [request.pk]}, follow=True)
    assert "In my hand: 1 item" in words(taken)
    assert "To fetch: 0 items" in words(taken)

    def answer(what):
        return at_desk.post(
            reverse("circulation:answer_pull", args=[request.pk, what]), follow=True
        )

    assert "it comes once more on the next list" in words(answer("not-found"))
    answer("again")
    found = answer("found")
    assert "To the hold shelf" in words(found)
    assert "To fetch: 0 items" in words(at_desk.get(page))


def test_a_missing_item_found_after_all(at_desk, item, branch):
    make_hold(item.record, branch)
    ask_branches(now=timezone.now())
    number = PullRequest.objects.get().pk

    missing = at_desk.post(reverse("circulation:answer_pull", args=[number, "missing"]))
    assert "Marked as missing" in words(missing)
    found = at_desk.post(reverse("circulation:answer_pull", args=[number, "found"]))
    assert "To the hold shelf" in words(found)


def test_another_branchs_requests_are_not_answered_here(at_desk, away_item, branch):
    make_hold(away_item.record, branch)
    ask_branches(now=timezone.now())
    number = PullRequest.objects.get().pk

    response = at_desk.post(reverse("circulation:answer_pull", args=[number, "found"]))

    assert response.status_code == 404
