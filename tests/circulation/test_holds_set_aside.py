"""An item that comes to a branch goes to the hold whose turn it is."""

from datetime import date, time, timedelta

import pytest
from circulation.people import make_branch, make_item, make_rules, policy
from circulation.queues import TODAY, make_area, make_hold, make_queue
from django.db import transaction

from kimppa.catalogue.models import Item
from kimppa.circulation.models import HoldGroup, ItemState, Transit
from kimppa.circulation.operations import holds
from kimppa.organisations.models import ExceptionalDay

pytestmark = pytest.mark.django_db


def set_aside(item, branch, now, by=None):
    with transaction.atomic():
        Item.objects.select_for_update().get(pk=item.pk)
        return holds.set_aside(item=item, branch=branch, by=by, now=now, policy=policy())


def test_the_first_in_the_queue_gets_the_item(item, branch, now):
    first, second = make_queue(item.record, branch, 2)

    assert set_aside(item, branch, now) == first
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.item) == ("ready", item)
    assert second.state == "waiting"
    assert item.state.status == "hold_shelf"


def test_nobody_waits(item, branch, now):
    make_hold(make_item(branch).record, branch)

    assert set_aside(item, branch, now) is None
    assert not ItemState.objects.exists()


def test_it_travels_to_the_pickup_branch_and_becomes_available_there(
    item, branch, other_branch, now
):
    hold = make_hold(item.record, other_branch)

    set_aside(item, branch, now)
    hold.refresh_from_db()
    assert (hold.state, hold.shelf_code, hold.last_pickup_date) == ("in_transit", "", None)
    sent = Transit.objects.get()
    assert (sent.from_branch, sent.to_branch, sent.hold) == (branch, other_branch, hold)
    assert ItemState.objects.get().status == "in_transit"

    set_aside(item, other_branch, now + timedelta(days=2))
    hold.refresh_from_db()
    sent.refresh_from_db()
    assert hold.state == "ready"
    assert hold.last_pickup_date == TODAY + timedelta(days=9)
    assert (sent.arrived_branch, sent.ended_at) == (other_branch, now + timedelta(days=2))


def test_it_is_sent_on_when_it_comes_to_a_wrong_branch(item, branch, other_branch, now):
    hold = make_hold(item.record, other_branch)
    set_aside(item, branch, now)
    wrong = make_branch("Vääräniemi")

    set_aside(item, wrong, now)

    hold.refresh_from_db()
    assert hold.state == "in_transit"
    assert Transit.objects.get(ended_at=None).from_branch == wrong


def test_scanning_it_again_changes_nothing(item, branch, now):
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)
    hold.refresh_from_db()
    code, last = hold.shelf_code, hold.last_pickup_date

    assert set_aside(item, branch, now + timedelta(days=3)) == hold
    hold.refresh_from_db()
    assert (hold.shelf_code, hold.last_pickup_date) == (code, last)


@pytest.mark.parametrize(
    "passed_by",
    [
        {"not_before_date": TODAY + timedelta(days=1)},
        {"wanted_by_date": TODAY - timedelta(days=1)},
    ],
    ids=["frozen", "no longer wanted"],
)
def test_it_passes_by_those_who_cannot_use_it_now(item, branch, now, passed_by):
    make_hold(item.record, branch, days_ago=20, **passed_by)
    hold = make_hold(item.record, branch)

    assert set_aside(item, branch, now) == hold


def test_a_hold_frozen_until_today_is_awake_again(item, branch, now):
    hold = make_hold(item.record, branch, not_before_date=TODAY, wanted_by_date=TODAY)

    assert set_aside(item, branch, now) == hold


def test_a_hold_for_one_copy_waits_for_that_copy(item, branch, now):
    other = make_item(branch, record=item.record)
    only = make_hold(item.record, branch, wanted_item=other)

    assert set_aside(item, branch, now) is None
    assert set_aside(other, branch, now) == only


def test_without_queue_areas_the_whole_consortium_has_one_queue(away_item, branch, now):
    hold = make_hold(away_item.record, branch)

    assert set_aside(away_item, away_item.branch, now) == hold


def test_a_queue_area_keeps_its_items_of_the_type(item, branch, other_branch, now):
    far = make_hold(item.record, other_branch, days_ago=30)
    near = make_hold(item.record, branch)
    make_area(branch, item_type="KIRJA")

    assert set_aside(item, branch, now) == near
    assert set_aside(make_item(branch, record=item.record, item_type="DVD"), branch, now) == far


def test_a_queue_area_holds_from_its_day_to_its_day(item, branch, other_branch, now):
    far = make_hold(item.record, other_branch)
    make_area(branch, valid_to=TODAY - timedelta(days=1))
    make_area(branch, valid_from=TODAY + timedelta(days=1))

    assert set_aside(item, branch, now) == far


def test_nothing_is_sent_to_a_branch_that_is_closed_for_weeks(item, branch, other_branch, now):
    make_hold(item.record, other_branch, days_ago=30)
    hold = make_hold(item.record, branch)
    for number in range(14):
        ExceptionalDay.objects.create(branch=other_branch, date=TODAY + timedelta(days=number))

    assert set_aside(item, branch, now) == hold


def test_rules_may_keep_a_category_from_reserving(item, branch, now):
    make_rules(cells=[{"name": "hold_allowed", "value": 0, "item_type": "KIRJA"}])
    make_hold(item.record, branch)

    assert set_aside(item, branch, now) is None


def test_the_pickup_time_is_counted_in_open_days_where_the_rules_say_so(item, now):
    make_rules(pickup_days=5, pickup_open_days_only=1)
    weekdays = make_branch("Arkila", open_weekdays=range(5))  # the test's day is a Sunday
    hold = make_hold(item.record, weekdays)

    set_aside(item, weekdays, now)

    hold.refresh_from_db()
    assert hold.last_pickup_date == date(2026, 3, 6)


def test_the_last_pickup_day_is_never_a_closed_day(item, branch, now):
    ExceptionalDay.objects.create(branch=branch, date=TODAY + timedelta(days=7))
    ExceptionalDay.objects.create(
        branch=branch, date=TODAY + timedelta(days=8), opens=time(10), closes=time(12)
    )
    hold = make_hold(item.record, branch)

    set_aside(item, branch, now)

    hold.refresh_from_db()
    assert hold.last_pickup_date == TODAY + timedelta(days=8)


def test_shelf_codes_are_short_unlike_each_other_and_cannot_be_misread(branch, now):
    codes = set()
    for _ in range(30):
        item = make_item(branch)
        hold = make_hold(item.record, branch)
        set_aside(item, branch, now)
        hold.refresh_from_db()
        codes.add(hold.shelf_code)

    assert len(codes) == 30
    assert all(len(code) == 4 for code in codes)
    assert not set("".join(codes)) & set("IO01")


def make_group(item, branch, patron, count):
    group = HoldGroup.objects.create(
        name="Lukupiiri", patron=patron, made_at=item.record.load.started_at
    )
    return [
        make_hold(item.record, branch, patron=patron, group=group, days_ago=20 - number)
        for number in range(count)
    ]


def test_copies_of_a_reading_circle_wait_for_each_other(item, branch, patron, now):
    first, second = make_group(item, branch, patron, 2)

    set_aside(item, branch, now)
    first.refresh_from_db()
    assert (first.state, first.last_pickup_date) == ("ready", None)

    set_aside(make_item(branch, record=item.record), branch, now + timedelta(days=5))
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.last_pickup_date == second.last_pickup_date == TODAY + timedelta(days=12)
    assert second.shelf_code == f"{first.shelf_code}-2"


def test_a_hold_put_back_stands_where_it_stood(item, branch, other_branch, now):
    first = make_hold(item.record, other_branch, days_ago=20)
    make_hold(item.record, branch)
    set_aside(item, branch, now)

    with transaction.atomic():
        assert holds.put_back(item=item, now=now) == first

    first.refresh_from_db()
    assert (first.state, first.item, first.shelf_code) == ("waiting", None, "")
    assert not Transit.objects.filter(ended_at=None).exists()
    assert set_aside(item, branch, now) == first
