"""Holds are cancelled and come back to their very places; what nobody fetches ends."""

from datetime import timedelta

import pytest
from circulation.people import make_item, make_patron, make_rules
from circulation.queues import TODAY, make_hold, make_queue
from circulation.test_holds_set_aside import make_group, set_aside

from kimppa.circulation.models import Fee, Hold, HoldGroup, Notice, Transit
from kimppa.circulation.operations.hold_endings import (
    RestoreRefused,
    cancel_holds,
    expire_uncollected,
    forget_ended,
    restore_hold,
    restore_holds,
)
from kimppa.circulation.operations.hold_requests import place_hold
from kimppa.circulation.operations.hold_shelf import StillWaits, clear_item, hand_out_now
from kimppa.circulation.operations.queues import reorder_queue
from kimppa.circulation.queries.placing import Asked
from kimppa.organisations.models import AuditEvent

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def cancel(clerk, branch):
    def cancel_some(*holds, now):
        return cancel_holds(
            holds=[hold.pk for hold in holds], by=clerk, branch=branch, now=now, reason="Eräajo"
        )

    return cancel_some


@pytest.fixture
def restore(clerk, branch):
    def restore_some(*holds, now):
        return restore_holds(holds=[hold.pk for hold in holds], by=clerk, branch=branch, now=now)

    return restore_some


def order(record):
    return list(Hold.objects.waiting().filter(record=record))


def test_cancelled_holds_come_back_to_their_very_places(item, branch, cancel, restore, now):
    queue = make_queue(item.record, branch, 6)
    cancel(queue[0], queue[2], queue[3], now=now)
    newcomer = make_hold(item.record, branch, days_ago=-1)

    restored = restore(queue[3], queue[0], queue[2], now=now + 23 * HOUR)

    assert order(item.record) == [*queue, newcomer]
    assert restored.refused == {}
    assert AuditEvent.objects.get(action="cancel holds").reason == "Eräajo"
    assert len(AuditEvent.objects.get(action="restore holds").details["holds"]) == 3


def test_many_come_back_with_few_questions_to_the_database(
    item, branch, cancel, restore, now, django_assert_max_num_queries
):
    queue = make_queue(item.record, branch, 30)
    cancel(*queue, now=now)
    with django_assert_max_num_queries(16):
        restore(*queue, now=now + HOUR)

    assert order(item.record) == queue


def test_the_queue_may_have_moved_on_meanwhile(item, branch, cancel, restore, now):
    _first, second, third = make_queue(item.record, branch, 3)
    cancel(second, now=now)
    set_aside(item, branch, now)  # the first gets its item

    restore(second, now=now + HOUR)

    assert order(item.record) == [second, third]


def test_after_a_day_a_hold_cannot_be_restored_but_asked_for_again(
    item, branch, clerk, cancel, now
):
    first, second = make_queue(item.record, branch, 2)
    cancel(first, now=now)

    with pytest.raises(RestoreRefused) as refused:
        restore_hold(hold=first, by=clerk, branch=branch, now=now + 25 * HOUR)
    (reason,) = refused.value.reasons
    assert (str(reason), reason.limit) == ("too_late", 24)

    asked = Asked(first.patron, first.record, first.pickup_branch)
    (again,) = place_hold(asked=asked, by=clerk, branch=branch, now=now + 25 * HOUR).holds
    assert order(item.record) == [second, again]


def test_the_rules_say_how_long_a_hold_can_be_restored(item, branch, cancel, restore, now):
    make_rules(cancel_undo_hours=72)
    hold = make_hold(item.record, branch)
    cancel(hold, now=now)

    assert restore(hold, now=now + 71 * HOUR).holds == [hold]


def test_restoring_twice_changes_nothing_more(item, branch, cancel, restore, now):
    hold = make_hold(item.record, branch)
    cancel(hold, now=now)
    restore(hold, now=now)

    again = restore(hold, now=now)

    assert (again.holds, again.refused) == ([], {})
    assert AuditEvent.objects.filter(action="restore holds").count() == 1


def test_a_hold_placed_since_gives_way_to_the_one_restored(item, branch, cancel, restore, now):
    hold = make_hold(item.record, branch)
    cancel(hold, now=now)
    younger = make_hold(item.record, branch, patron=hold.patron, days_ago=0)

    assert restore(hold, now=now + HOUR).holds == [hold]
    assert order(item.record) == [hold]
    younger.refresh_from_db()
    assert younger.state == "cancelled"


@pytest.mark.parametrize("is_moved", [False, True])
def test_two_cancelled_holds_of_one_patron_come_back_as_the_one_in_front(
    item, branch, cancel, restore, now, is_moved
):
    first = make_hold(item.record, branch)
    second = make_hold(item.record, branch, patron=first.patron, days_ago=1)
    if is_moved:
        moved = [second.pk, first.pk]
        reorder_queue(record=item.record, order=moved, reason="x", by=None, branch=branch, now=now)
        first, second = second, first
    cancel(first, second, now=now)

    restored = restore(second, first, now=now + HOUR)

    assert restored.holds == [first]
    assert [str(reason) for reason in restored.refused[second.pk]] == ["has_hold"]
    assert order(item.record) == [first]


def test_a_younger_hold_with_its_item_on_the_shelf_stays(item, branch, cancel, restore, now):
    hold = make_hold(item.record, branch)
    cancel(hold, now=now)
    make_hold(
        item.record,
        branch,
        patron=hold.patron,
        days_ago=0,
        state="ready",
        item=item,
        shelf_code="A2B3",
    )

    assert [str(r) for r in restore(hold, now=now + HOUR).refused[hold.pk]] == ["has_hold"]


def test_a_hold_ready_on_the_shelf_comes_back_with_its_item_and_code(
    item, branch, cancel, restore, now
):
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)
    hold.refresh_from_db()
    cancel(hold, now=now)
    make_hold(item.record, branch)

    restore(hold, now=now + HOUR)

    before, code = hold, hold.shelf_code
    hold.refresh_from_db()
    assert (hold.state, hold.item, hold.shelf_code) == ("ready", item, code)
    assert hold.last_pickup_date == before.last_pickup_date


def test_an_item_that_was_cleared_meanwhile_stays_with_the_next(item, branch, cancel, restore, now):
    hold, following = make_queue(item.record, branch, 2)
    set_aside(item, branch, now)
    cancel(hold, now=now)
    clear_item(item=item, branch=branch, by=None, now=now)

    restore(hold, now=now + HOUR)

    hold.refresh_from_db()
    following.refresh_from_db()
    assert (hold.state, hold.item) == ("waiting", None)
    assert (following.state, following.item) == ("ready", item)


def test_a_hold_on_its_way_comes_back_to_its_way(item, branch, other_branch, cancel, restore, now):
    hold = make_hold(item.record, other_branch)
    set_aside(item, branch, now)
    cancel(hold, now=now)
    assert Transit.objects.get().ended_at is None  # it travels on, whoever gets it there

    restore(hold, now=now + HOUR)

    hold.refresh_from_db()
    assert hold.state == "in_transit"


def test_a_cancelled_holds_notice_is_not_sent(item, branch, cancel, restore, now):
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)
    assert Notice.objects.get().kind == "hold_ready"

    cancel(hold, now=now)
    assert not Notice.objects.exists()

    restore(hold, now=now)
    assert Notice.objects.get().kind == "hold_ready"


def test_a_patron_who_is_gone_gets_nothing_back(item, branch, cancel, restore, now):
    hold = make_hold(item.record, branch)
    cancel(hold, now=now)
    hold.patron.merged_into = make_patron("Toinen")
    hold.patron.save()

    assert [str(r) for r in restore(hold, now=now).refused[hold.pk]] == ["patron_gone"]


def test_a_fetched_hold_is_not_restored(item, branch, restore, now):
    hold = make_hold(item.record, branch, state="filled", ended_at=now)

    assert [str(r) for r in restore(hold, now=now).refused[hold.pk]] == ["not_cancelled"]


def test_uncollected_holds_end_with_what_the_rules_charge(item, branch, now):
    make_rules(uncollected_cents=200)
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)

    assert expire_uncollected(now=now + 7 * DAY) == 0
    assert expire_uncollected(now=now + 8 * DAY) == 1
    assert expire_uncollected(now=now + 8 * DAY) == 0

    hold.refresh_from_db()
    assert (hold.state, hold.ended_from) == ("expired", "ready")
    fee = Fee.objects.get()
    assert (fee.kind, fee.open_cents, fee.patron) == ("uncollected", 200, hold.patron)
    assert item.state.status == "hold_shelf"  # until somebody clears it away


def test_holds_nobody_needs_any_more_end_without_a_fee(item, branch, now):
    make_rules(uncollected_cents=200)
    hold = make_hold(item.record, branch, wanted_by_date=TODAY)

    assert expire_uncollected(now=now) == 0
    assert expire_uncollected(now=now + DAY) == 1
    hold.refresh_from_db()
    assert hold.state == "expired"
    assert not Fee.objects.exists()


def test_clearing_the_shelf_gives_the_item_to_the_next(item, branch, clerk, now):
    first, second = make_queue(item.record, branch, 2)
    set_aside(item, branch, now)

    cleared = clear_item(item=item, branch=branch, by=clerk, now=now + 8 * DAY)

    assert (cleared.result, cleared.hold) == ("hold_shelf", second)
    first.refresh_from_db()
    assert first.state == "expired"  # also when the night's work has not been done


def test_clearing_the_shelf_sends_home_what_nobody_wants(away_item, branch, clerk, now):
    hold = make_hold(away_item.record, branch)
    set_aside(away_item, branch, now)
    cancel_holds(holds=[hold.pk], by=None, branch=None, now=now)

    cleared = clear_item(item=away_item, branch=branch, by=clerk, now=now)

    assert (cleared.result, cleared.to_branch) == ("transit", away_item.branch)


def test_what_may_still_be_fetched_is_not_cleared_away(item, branch, clerk, now):
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)

    with pytest.raises(StillWaits) as refused:
        clear_item(item=item, branch=branch, by=clerk, now=now + 7 * DAY)
    assert refused.value.hold == hold


def test_a_group_that_need_not_wait_for_the_rest_begins_its_pickup_time(item, branch, patron, now):
    first, second = make_group(item, branch, patron, 2)
    set_aside(item, branch, now)

    cancel_holds(holds=[second.pk], by=None, branch=None, now=now + DAY)

    first.refresh_from_db()
    assert first.last_pickup_date == TODAY + 8 * DAY


def test_staff_hand_out_what_a_group_has(item, branch, patron, clerk, now):
    first, _ = make_group(item, branch, patron, 2)
    set_aside(item, branch, now)
    first.refresh_from_db()

    assert hand_out_now(hold=first, branch=branch, by=clerk, now=now) == [first]
    first.refresh_from_db()
    assert first.last_pickup_date == TODAY + 7 * DAY
    assert hand_out_now(hold=first, branch=branch, by=clerk, now=now) == []


def test_two_weeks_later_nobody_knows_whose_hold_it_was(item, branch, patron, cancel, now):
    keeper = make_hold(item.record, branch, patron=make_patron(history="always"))
    holds = [*make_group(item, branch, patron, 2), make_hold(item.record, branch), keeper]
    open_one = make_hold(item.record, branch)
    cancel(*holds, now=now)

    assert forget_ended(now=now + 14 * DAY) == 0
    assert forget_ended(now=now + 15 * DAY) == 3

    assert set(Hold.objects.exclude(patron=None)) == {keeper, open_one}
    assert HoldGroup.objects.get().name == ""
    assert HoldGroup.objects.get().patron is None


def test_a_filled_hold_forgets_its_patron_at_once(item, branch, patron, now):
    from kimppa.circulation.operations.checkouts import check_out

    hold = make_hold(item.record, branch, patron=patron)
    set_aside(item, branch, now)

    check_out(item=item, patron=patron, branch=branch, by=None, now=now)

    hold.refresh_from_db()
    assert (hold.state, hold.patron) == ("filled", None)


def test_uncleared_items_of_another_copy_are_free(item, branch, patron, now):
    from kimppa.circulation.operations.checkouts import check_out

    hold = make_hold(item.record, branch, patron=patron)
    following = make_hold(item.record, branch, days_ago=1)
    set_aside(item, branch, now)

    other = make_item(branch, record=item.record)
    check_out(item=other, patron=patron, branch=branch, by=None, now=now)

    hold.refresh_from_db()
    assert (hold.state, hold.item) == ("filled", other)
    assert clear_item(item=item, branch=branch, by=None, now=now).hold == following
