"""Two who change one queue at one moment: nobody is served twice and nobody is lost.

PostgreSQL only: SQLite lets one writer in at a time.
"""

from datetime import timedelta
from functools import partial

import pytest
from circulation.people import make_branch, make_item, make_patron, make_record, make_rules
from circulation.queues import make_hold, make_queue
from circulation.test_holds_set_aside import make_group, set_aside
from circulation.test_lending_at_once import at_once
from django.db import connection

from kimppa.circulation.models import Fee, Hold, PullRequest
from kimppa.circulation.operations import check_in, check_out
from kimppa.circulation.operations.hold_endings import (
    cancel_holds,
    expire_uncollected,
    restore_holds,
)
from kimppa.circulation.operations.hold_requests import PlaceHoldRefused, place_hold
from kimppa.circulation.operations.pulling import ask_branches
from kimppa.circulation.operations.queues import move_hold, reorder_queue
from kimppa.circulation.queries.placing import Asked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="one writer at a time on SQLite: bin/postgres pytest"
    ),
]
ROUNDS = 6


@pytest.fixture
def desk(branch, clerk, now):
    return {"branch": branch, "by": clerk, "now": now}


def no_failures(outcome):
    return [each for each in outcome if isinstance(each, Exception) or each is None] == []


def test_two_check_ins_trap_the_first_two_of_one_queue(desk, branch):
    for _ in range(ROUNDS):
        record = make_record()
        items = [make_item(branch, record=record) for _ in range(3)]
        queue = make_queue(record, branch, 4)

        outcome = at_once(*(partial(check_in, item=item, **desk) for item in items))

        assert no_failures(outcome)
        assert {each.hold for each in outcome} == set(queue[:3])
        ready = Hold.objects.filter(record=record, state="ready")
        assert {hold.item for hold in ready} == set(items)


def test_a_hold_cancelled_while_an_item_comes_for_it_is_over_or_goes_to_the_next(desk, branch):
    for _ in range(ROUNDS):
        item = make_item(branch)
        first, second = make_queue(item.record, branch, 2)

        came, cancelled = at_once(
            partial(check_in, item=item, **desk), partial(cancel_holds, holds=[first.pk], **desk)
        )

        first.refresh_from_db()
        second.refresh_from_db()
        assert cancelled == [first]
        assert first.state == "cancelled"
        assert (second.state == "ready") == (came.hold == second)
        assert came.hold == (second if first.ended_from == "waiting" else first)


def test_a_hold_moved_while_an_item_comes_is_served_by_one_order_or_the_other(desk, branch):
    for _ in range(ROUNDS):
        item = make_item(branch)
        first, second = make_queue(item.record, branch, 2)

        came, moved = at_once(
            partial(check_in, item=item, **desk),
            partial(
                reorder_queue, record=item.record, order=[second.pk, first.pk], reason="x", **desk
            ),
        )

        assert came.hold == (second if moved and _is_ready(second) else first)
        assert Hold.objects.filter(record=item.record, state="ready").count() == 1


def _is_ready(hold):
    hold.refresh_from_db()
    return hold.state == "ready"


def test_fetching_on_the_last_night_ends_a_hold_one_way(desk, branch, patron, now):
    make_rules(uncollected_cents=200)
    late = now + timedelta(days=8)
    for _ in range(ROUNDS):
        item = make_item(branch)
        hold = make_hold(item.record, branch, patron=patron)
        set_aside(item, branch, now)
        fees = Fee.objects.count()

        outcome = at_once(
            partial(check_out, item=item, patron=patron, **{**desk, "now": late}),
            partial(expire_uncollected, now=late),
        )

        assert no_failures(outcome)
        hold.refresh_from_db()
        assert hold.state == ("expired" if outcome[1] else "filled")
        assert Fee.objects.count() - fees == outcome[1]


def test_restoring_twice_at_once_restores_once(desk, branch):
    for _ in range(ROUNDS):
        queue = make_queue(make_item(branch).record, branch, 3)
        cancel_holds(holds=[hold.pk for hold in queue], **desk)
        forth, back = [hold.pk for hold in queue], [hold.pk for hold in reversed(queue)]

        outcome = at_once(
            partial(restore_holds, holds=forth, **desk), partial(restore_holds, holds=back, **desk)
        )

        assert no_failures(outcome)
        assert sorted(len(each.holds) for each in outcome) == [0, 3]


def test_a_hold_is_placed_once_however_often_the_button_is_pressed(desk, branch):
    for _ in range(ROUNDS):
        asked = Asked(make_patron(), make_item(branch).record, branch)

        outcome = at_once(*[partial(place_hold, asked=asked, **desk)] * 3)

        assert sum(isinstance(each, PlaceHoldRefused) for each in outcome) == 2
        assert Hold.objects.filter(patron=asked.patron).count() == 1


def test_everything_at_once_on_one_queue_never_ends_in_a_deadlock(desk, branch):
    for _ in range(ROUNDS):
        record = make_record()
        items = [make_item(branch, record=record) for _ in range(2)]
        queue = make_queue(record, branch, 6)
        numbers = [hold.pk for hold in queue]

        outcome = at_once(
            partial(check_in, item=items[0], **desk),
            partial(check_in, item=items[1], **desk),
            partial(reorder_queue, record=record, order=numbers[::-1], reason="x", **desk),
            partial(move_hold, hold=queue[4], position=1, reason="x", **desk),
            partial(cancel_holds, holds=[numbers[5], numbers[1]], **desk),
        )

        assert no_failures([each for each in outcome if str(each) != "not_waiting"])
        assert Hold.objects.filter(record=record, state="ready").count() == 2


def test_copies_of_a_reading_circle_that_come_at_once_begin_one_pickup_time(desk, branch, patron):
    for _ in range(ROUNDS):
        record = make_record()
        items = [make_item(branch, record=record) for _ in range(3)]
        holds = make_group(items[0], branch, patron, 3)

        outcome = at_once(*(partial(check_in, item=item, **desk) for item in items))

        assert no_failures(outcome)
        ready = Hold.objects.filter(pk__in=[hold.pk for hold in holds])
        assert {hold.state for hold in ready} == {"ready"}
        assert None not in {hold.last_pickup_date for hold in ready}


def test_two_pull_lists_at_once_ask_for_each_item_once(branch, other_branch, now):
    for _ in range(ROUNDS):
        item = make_item(other_branch)
        make_hold(item.record, branch)
    far = make_branch("Kaukola")
    for _ in range(ROUNDS):
        make_hold(make_item(far).record, branch)

    outcome = at_once(*[partial(ask_branches, now=now)] * 3)

    assert no_failures(outcome)
    assert PullRequest.objects.filter(state="asked").count() == 2 * ROUNDS
