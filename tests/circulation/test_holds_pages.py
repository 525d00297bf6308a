"""The pages of holds: queue, single hold, patron's holds, cancelled holds."""

import re
from datetime import timedelta

import pytest
from circulation.hold_pages import words
from circulation.people import (
    make_branch,
    make_item,
    make_patron,
    make_record,
    make_rules,
    make_staff,
)
from circulation.queues import make_hold, make_queue
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kimppa.catalogue.models import BibliographicRecord
from kimppa.circulation.models import Hold
from kimppa.organisations.models import AuditEvent, RoleGrant

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(branch):
    return make_staff("maija", branch=branch, role=RoleGrant.Role.BRANCH_MANAGER)


@pytest.fixture
def today():
    return timezone.localdate()


def cards(*holds):
    return [hold.patron.cards.get().number for hold in holds]


def test_the_queue_shows_places_and_reasons_but_no_names(at_desk, item, branch):
    first, second = make_queue(item.record, branch, 2)

    shown = at_desk.get(reverse("circulation:record_holds", args=[item.record.cluster_id]))

    text = words(shown)
    assert "in the order of placing" in text
    assert all(card in text for card in cards(first, second))
    assert "Virtanen" not in text


def test_those_who_may_not_see_patrons_see_no_card_numbers(work_at, item, branch):
    hold = make_hold(item.record, branch)
    client = work_at(make_staff("luettelo", branch=branch, role=RoleGrant.Role.CATALOGUER), branch)

    text = words(client.get(reverse("circulation:record_holds", args=[item.record.cluster_id])))

    assert "in the order of placing" in text
    assert cards(hold)[0] not in text


def test_a_scanned_barcode_leads_to_the_queue(at_desk, item):
    found = at_desk.get(reverse("circulation:find_queue"), {"find": item.barcode})
    assert found.url == reverse("circulation:record_holds", args=[item.record.cluster_id])

    missed = at_desk.get(reverse("circulation:find_queue"), {"find": "999"}, follow=True)
    assert "No record or item has that number." in words(missed)


def place(client, item, **given):
    address = reverse("circulation:place_hold", args=[item.record.cluster_id])
    return client.post(address, given, follow=True)


def test_a_hold_is_placed_by_card(at_desk, item, branch, patron):
    card = patron.cards.get().number

    shown = place(at_desk, item, card=card, pickup_branch=branch.pk)

    assert "The hold was placed." in words(shown)
    assert Hold.objects.get().placed_by.username == "aino"


def test_a_refusal_gives_every_reason_and_keeps_what_was_typed(at_desk, item, branch, patron):
    card = patron.cards.get().number
    make_hold(item.record, branch, patron=patron)
    make_rules(max_holds=1)

    shown = place(at_desk, item, card=card, pickup_branch=branch.pk)

    assert shown.status_code == 422
    assert "The patron already has a hold on this." in words(shown)
    assert "The patron has 1 holds; 1 are allowed." in words(shown)
    assert f'value="{card}"' in shown.content.decode()


def test_only_those_with_leave_let_a_limit_pass(work_at, clerk, manager, item, branch, patron):
    make_hold(make_item(branch).record, branch, patron=patron)
    make_rules(max_holds=1)
    given = {"card": patron.cards.get().number, "pickup_branch": branch.pk, "override": "Koe"}

    assert place(work_at(clerk, branch), item, **given).status_code == 422
    assert place(work_at(manager, branch), item, **given).status_code == 200


def test_an_unknown_card_and_a_group_without_a_name_are_told(at_desk, item, branch):
    shown = place(at_desk, item, card="nobody", pickup_branch=branch.pk)
    assert "Nobody has this card." in words(shown)

    shown = place(at_desk, item, card="nobody", pickup_branch=branch.pk, copies=3)
    assert "Write what the copies are for." in words(shown)


def test_a_manager_moves_holds_and_a_clerk_may_not(work_at, clerk, manager, item, branch):
    queue = make_queue(item.record, branch, 4)
    address = reverse("circulation:move_holds", args=[item.record.cluster_id])
    given = {"hold": [queue[3].key, queue[2].key], "position": 1, "reason": "Kurssi"}

    assert work_at(clerk, branch).post(address, given).status_code == 404
    shown = work_at(manager, branch).post(address, given, follow=True)

    assert "The queue is in the new order." in words(shown)
    assert list(Hold.objects.waiting()) == [queue[2], queue[3], queue[0], queue[1]]
    assert "staff moved it before 2 earlier holds" in words(shown)


def test_one_hold_moves_between_two_others(work_at, manager, item, branch):
    queue = make_queue(item.record, branch, 3)
    address = reverse("circulation:move_holds", args=[item.record.cluster_id])
    client = work_at(manager, branch)

    refused = client.post(address, {"hold": [queue[2].key], "position": 2})
    assert refused.status_code == 422
    client.post(address, {"hold": [queue[2].key], "position": 2, "reason": "x"})

    assert list(Hold.objects.waiting()) == [queue[0], queue[2], queue[1]]


def test_what_was_cancelled_by_mistake_goes_back_with_one_button(at_desk, item, branch):
    queue = make_queue(item.record, branch, 3)
    page = reverse("circulation:record_holds", args=[item.record.cluster_id])
    chosen = {"hold": [queue[0].key, queue[1].key], "next": page}

    cancelled = at_desk.post(reverse("circulation:cancel_holds"), chosen, follow=True)
    assert "2 holds were cancelled. They can be restored to their places." in words(cancelled)
    assert "Restore chosen" in words(cancelled)

    restored = at_desk.post(reverse("circulation:restore_holds"), chosen, follow=True)
    assert "2 holds are back in their places." in words(restored)
    assert list(Hold.objects.waiting()) == queue


def test_too_late_offers_the_tail_of_the_queue(at_desk, item, branch):
    long_ago = timezone.now() - timedelta(days=3)
    hold = make_hold(
        item.record, branch, state="cancelled", ended_from="waiting", ended_at=long_ago
    )
    chosen = {"hold": [hold.key]}

    shown = at_desk.get(reverse("circulation:cancelled_holds"))
    assert "Too late to restore" in words(shown)
    refused = at_desk.post(reverse("circulation:restore_holds"), chosen, follow=True)
    assert "More than 24 hours have passed" in words(refused)

    again = at_desk.post(reverse("circulation:place_holds_again"), chosen, follow=True)
    assert "1 hold was placed at the end of its queue." in words(again)
    assert Hold.objects.waiting().get().patron == hold.patron


def test_going_back_leads_to_our_own_pages_only(at_desk, item, branch):
    hold = make_hold(item.record, branch)
    for address in ("https://elsewhere.example/", "//elsewhere.example", "/staff/\\x"):
        response = at_desk.post(
            reverse("circulation:cancel_holds"), {"hold": [hold.key], "next": address}
        )
        assert response.url == reverse("circulation:cancelled_holds")


def test_a_hold_is_frozen_and_its_pickup_changed_on_its_page(
    at_desk, item, branch, other_branch, today
):
    hold = make_hold(item.record, branch)
    until = (today + timedelta(days=30)).isoformat()

    shown = at_desk.post(
        reverse("circulation:freeze_hold", args=[hold.key]), {"until": until}, follow=True
    )
    assert "The hold is frozen and keeps its place." in words(shown)
    shown = at_desk.post(reverse("circulation:unfreeze_hold", args=[hold.key]), follow=True)
    assert "The hold takes its turn again." in words(shown)
    shown = at_desk.post(
        reverse("circulation:change_pickup", args=[hold.key]),
        {"pickup_branch": other_branch.pk},
        follow=True,
    )
    assert "Rantala" in words(shown)
    wrong = at_desk.post(
        reverse("circulation:freeze_hold", args=[hold.key]), {"until": today.isoformat()}
    )
    assert wrong.status_code == 422


def test_a_patrons_holds_are_shown_by_leave_and_the_look_is_on_record(
    at_desk, item, branch, patron
):
    make_hold(item.record, branch, patron=patron)

    shown = at_desk.get(reverse("circulation:patron_holds", args=[patron.key]))

    assert "Joki muistaa" in words(shown)
    assert "1 / 1" in words(shown)
    assert AuditEvent.objects.filter(object_id=patron.pk, reason="holds").exists()


@pytest.mark.parametrize(
    "name", ["holds", "pull_list", "cancelled_holds", "cancel_holds", "ask_branches"]
)
def test_holds_are_for_those_who_may(client, work_at, branch, name):
    method = "post" if name in {"cancel_holds", "ask_branches"} else "get"
    assert getattr(client, method)(reverse(f"circulation:{name}")).status_code == 302

    chat = work_at(make_staff("chat", branch=branch, role=RoleGrant.Role.CHAT), branch)
    assert getattr(chat, method)(reverse(f"circulation:{name}")).status_code == 403


def test_what_does_not_exist_and_what_is_hidden_look_alike(work_at, item, branch):
    hold = make_hold(item.record, branch)
    chat = work_at(make_staff("chat", branch=branch, role=RoleGrant.Role.CHAT), branch)

    for name in ("hold", "hold_slip"):
        assert chat.get(reverse(f"circulation:{name}", args=[hold.key])).status_code == 404


def test_holds_of_many_records_are_shown_with_few_questions(
    at_desk, branch, patron, django_assert_max_num_queries
):
    far = make_branch("Kaukola")
    for _ in range(3):
        item = make_item(far)
        make_hold(item.record, branch, patron=make_patron("Muu"))
        make_hold(item.record, branch, patron=patron, days_ago=1)

    with django_assert_max_num_queries(45):
        at_desk.get(reverse("circulation:patron_holds", args=[patron.key]))


def test_a_record_leads_staff_to_its_queue_and_the_public_nowhere(at_desk, loaded):
    record = BibliographicRecord.objects.first()
    address = reverse("circulation:record_holds", args=[record.cluster_id])

    assert address in at_desk.get(record.get_absolute_url()).text
    assert address not in Client().get(record.get_absolute_url()).text


def test_a_thousand_holds_cancelled_by_mistake_go_back_with_one_button(
    at_desk, item, branch, patron
):
    ended = {"state": "cancelled", "ended_from": "waiting", "ended_at": timezone.now()}
    now = timezone.now()
    Hold.objects.bulk_create(
        Hold(
            record=make_record(),
            patron=patron,
            pickup_branch=branch,
            placed_at=now,
            rank=number,
            **ended,
        )
        for number in range(1100)
    )
    page = at_desk.get(reverse("circulation:cancelled_holds"))
    assert "Restore all 1,100" in words(page)
    shown = re.search(r'name="shown" value="([^"]+)"', page.text)[1]

    at_desk.post(reverse("circulation:restore_holds"), {"every": "1", "shown": shown})

    assert Hold.objects.waiting().count() == 1100
