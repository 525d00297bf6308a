"""Branches are asked to fetch what stands on their shelves for those who wait."""

from datetime import date, timedelta

import pytest
from circulation.people import make_branch, make_item, make_record
from circulation.queues import TODAY, make_area, make_hold, make_queue
from django.db import IntegrityError, transaction

from kimppa.circulation.models import Hold, ItemState, Loan, PullRequest
from kimppa.circulation.operations import pulling
from kimppa.circulation.operations.undoing import undo_check_in
from kimppa.circulation.queries.pulling import pull_list
from kimppa.circulation.rules.holds import Circumstances, Copy, Scope, Waiting
from kimppa.circulation.rules.pulling import OnShelf, WhyHere, share_out
from kimppa.organisations.models import ExceptionalDay

DAY = date(2026, 3, 1)
GIVEN = Circumstances(DAY, Scope([], DAY))


def on_shelf(number, branch):
    return OnShelf(Copy(number, branch), branch)


def test_what_lies_where_it_is_fetched_goes_before_what_must_travel():
    shelf = [on_shelf(1, 10), on_shelf(2, 20)]

    (pull,) = share_out({7: [Waiting(5, 1, pickup_branch=20)]}, {7: shelf}, GIVEN, {20: 99})

    assert (pull.item, pull.why) == (2, WhyHere.PICKED_UP_HERE)


def test_an_item_is_spared_for_the_next_who_fetches_it_where_it_lies():
    queue = [Waiting(5, 1, pickup_branch=30), Waiting(6, 2, pickup_branch=10)]

    pulls = share_out({7: queue}, {7: [on_shelf(1, 10), on_shelf(2, 20)]}, GIVEN, {20: 99})

    assert [(pull.hold, pull.item) for pull in pulls] == [(5, 2), (6, 1)]


def test_branches_are_asked_in_turn():
    queues = {record: [Waiting(record, 1, pickup_branch=99)] for record in range(30)}
    shelves = {
        record: [on_shelf(record * 10 + branch, branch) for branch in (1, 2, 3)]
        for record in queues
    }

    pulls = share_out(queues, shelves, GIVEN, {1: 6})

    asked = [pull.branch for pull in pulls]
    assert (asked.count(1), asked.count(2), asked.count(3)) == (6, 12, 12)
    assert {pull.why for pull in pulls} == {WhyHere.FEWEST_ASKED}


def test_the_first_in_the_queue_comes_first_and_each_item_once():
    queue = [Waiting(number, number, pickup_branch=1) for number in range(5)]

    pulls = share_out({7: queue}, {7: [on_shelf(1, 2), on_shelf(2, 2)]}, GIVEN, {})

    assert [(pull.hold, pull.item, pull.why) for pull in pulls] == [
        (0, 1, WhyHere.ONLY_HERE),
        (1, 2, WhyHere.ONLY_HERE),
    ]


def listed(branch):
    return [(row.item, row.hold) for row in pull_list(branch, TODAY)]


@pytest.mark.django_db
def test_a_branch_is_asked_for_what_it_has_once(item, branch, now):
    first, _ = make_queue(item.record, branch, 2)

    assert pulling.ask_branches(now=now) == 1
    assert pulling.ask_branches(now=now) == 0
    assert listed(branch) == [(item, first)]
    assert PullRequest.objects.get().reason == "picked_up_here"


@pytest.mark.django_db
def test_what_is_not_on_a_shelf_is_not_asked_for(branch, other_branch, patron, now):
    on_loan, in_transit, lost, said_lost = (make_item(branch) for _ in range(4))
    away = make_item(branch)
    Loan.objects.create(
        item=on_loan,
        patron=patron,
        branch=branch,
        began_at=now,
        due_date=TODAY,
        category_code="adult",
    )
    ItemState.objects.create(item=in_transit, status="in_transit", since=now)
    ItemState.objects.create(item=lost, status="lost", since=now)
    said_lost.status = "missing (4)"
    said_lost.save()
    ItemState.objects.create(item=away, branch=other_branch, status="on_shelf", since=now)
    for item in (on_loan, in_transit, lost, said_lost, away):
        make_hold(item.record, branch)

    assert pulling.ask_branches(now=now) == 1
    assert [item for item, _ in listed(other_branch)] == [away]


@pytest.mark.django_db
def test_the_frozen_and_those_of_other_queue_areas_are_not_served(
    item, away_item, branch, other_branch, now
):
    make_hold(item.record, branch, not_before_date=TODAY + timedelta(days=1))
    make_hold(away_item.record, branch)
    make_area(other_branch)

    assert pulling.ask_branches(now=now) == 0


@pytest.mark.django_db
def test_a_branch_closed_for_weeks_is_not_asked(away_item, branch, other_branch, now):
    make_hold(away_item.record, branch)
    for number in range(14):
        ExceptionalDay.objects.create(branch=other_branch, date=TODAY + timedelta(days=number))

    assert pulling.ask_branches(now=now) == 0


@pytest.mark.django_db
def test_the_list_is_in_the_order_of_the_shelves(branch, now):
    places = [("Lapset", "85.1 SAL"), ("Aikuiset", "99.1 VIR"), ("Aikuiset", "84.2 AHO")]
    for location, call_number in places:
        item = make_item(branch, shelving_location=location, call_number=call_number)
        make_hold(item.record, branch)
    pulling.ask_branches(now=now)

    found = [(item.shelving_location, item.call_number) for item, _ in listed(branch)]
    assert found == [("Aikuiset", "84.2 AHO"), ("Aikuiset", "99.1 VIR"), ("Lapset", "85.1 SAL")]


@pytest.mark.django_db
def test_what_is_no_longer_needed_leaves_the_list(item, branch, patron, now):
    hold = make_hold(item.record, branch)
    pulling.ask_branches(now=now)
    Loan.objects.create(
        item=item, patron=patron, branch=branch, began_at=now, due_date=TODAY, category_code="adult"
    )
    assert listed(branch) == []

    other = make_item(branch, record=item.record)
    assert pulling.ask_branches(now=now) == 1
    assert listed(branch) == [(other, hold)]


@pytest.mark.django_db
def test_what_is_in_somebodys_hand_is_not_on_the_next_list(branch, clerk, now):
    items = [make_item(branch) for _ in range(2)]
    make_hold(items[0].record, branch)
    pulling.ask_branches(now=now)
    first = PullRequest.objects.get()
    assert pulling.take_list(branch=branch, requests=[first.pk], by=clerk, now=now) == 1
    assert pulling.take_list(branch=branch, requests=[first.pk], by=clerk, now=now) == 0

    make_hold(items[1].record, branch)
    pulling.ask_branches(now=now)

    untaken = pull_list(branch, TODAY).filter(taken_at=None)
    assert [row.item for row in untaken] == [items[1]]
    pulling.give_back_list(branch=branch, taken_by=clerk.pk, by=clerk, now=now)
    assert untaken.all().count() == 2


@pytest.mark.django_db
def test_what_is_found_is_set_aside_and_can_be_undone(item, branch, clerk, now):
    hold = make_hold(item.record, branch)
    pulling.ask_branches(now=now)
    request = PullRequest.objects.get()

    found = pulling.found(request=request, branch=branch, by=clerk, now=now)

    assert (found.result, found.hold) == ("hold_shelf", hold)
    request.refresh_from_db()
    assert request.state == "found"
    undo_check_in(step=found.step, by=clerk, branch=branch, now=now)
    assert pulling.ask_branches(now=now) == 1


@pytest.mark.django_db
def test_what_is_found_goes_to_whose_turn_it_is_by_now(item, branch, clerk, now):
    asleep, asked_for = make_queue(item.record, branch, 2)
    Hold.objects.filter(pk=asleep.pk).update(not_before_date=TODAY + timedelta(days=9))
    pulling.ask_branches(now=now)
    Hold.objects.filter(pk=asleep.pk).update(not_before_date=None)

    found = pulling.found(request=PullRequest.objects.get(), branch=branch, by=clerk, now=now)

    assert found.hold == asleep
    asked_for.refresh_from_db()
    assert asked_for.state == "waiting"


@pytest.mark.django_db
def test_after_two_looks_in_vain_another_branch_is_asked(item, branch, other_branch, clerk, now):
    hold = make_hold(item.record, branch)
    pulling.ask_branches(now=now)
    request = PullRequest.objects.get()
    pulling.not_found(request=request, branch=branch, by=clerk, now=now)
    assert listed(branch) == [(item, hold)]

    other = make_item(other_branch, record=item.record)
    pulling.not_found(request=request, branch=branch, by=clerk, now=now)
    pulling.ask_branches(now=now)

    assert listed(branch) == []
    assert listed(other_branch) == [(other, hold)]
    assert PullRequest.objects.get(branch=other_branch).reason == "only_here"


@pytest.mark.django_db
def test_not_on_the_shelf_can_be_taken_back(item, branch, clerk, now):
    make_hold(item.record, branch)
    pulling.ask_branches(now=now)
    request = PullRequest.objects.get()
    for _ in range(2):
        pulling.not_found(request=request, branch=branch, by=clerk, now=now)

    again = pulling.ask_again(request=request, branch=branch, by=clerk, now=now)

    assert (again.state, again.looks) == ("asked", 1)


@pytest.mark.django_db
def test_a_missing_item_is_marked_and_another_is_asked_for(item, branch, clerk, now):
    hold = make_hold(item.record, branch)
    pulling.ask_branches(now=now)
    other = make_item(branch, record=item.record)

    request = pulling.missing(request=PullRequest.objects.get(), branch=branch, by=clerk, now=now)

    assert request.state == "missing"
    assert ItemState.objects.get(item=item).status == "missing"
    pulling.ask_branches(now=now)
    assert listed(branch) == [(other, hold)]


@pytest.mark.django_db
def test_the_database_lets_nobody_ask_twice(item, branch, now):
    hold = make_hold(item.record, branch)
    PullRequest.objects.create(hold=hold, item=item, branch=branch, asked_at=now)

    for other in ({"item": make_item(branch)}, {"hold": make_hold(make_record(), branch)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PullRequest.objects.create(
                **{"hold": hold, "item": item, "branch": branch, "asked_at": now, **other}
            )


@pytest.mark.django_db
def test_asking_takes_a_handful_of_statements_however_many_wait(
    branch, now, django_assert_max_num_queries
):
    for _ in range(5):
        make_hold(make_item(branch).record, branch)
    far = make_branch("Kaukola")
    for _ in range(5):
        make_hold(make_item(far).record, branch)

    with django_assert_max_num_queries(22):
        assert pulling.ask_branches(now=now) == 10
