"""The order of a queue: why a hold stands where it stands, and moves that staff make."""

from datetime import UTC, date, datetime

import pytest
from circulation.people import WHEN, make_branch, make_item, make_record
from circulation.queues import make_hold, make_queue
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_endings import cancel_holds, restore_holds
from kimppa.circulation.operations.queues import MoveRefused, move_hold, reorder_queue
from kimppa.circulation.rules.holds import Area, Scope, Waiting
from kimppa.circulation.rules.queues import Reason, Why, in_new_order, places
from kimppa.organisations.models import AuditEvent

TODAY = date(2026, 3, 1)


def at(day):
    return datetime(2026, 1, day, tzinfo=UTC)


def order(record):
    return list(Hold.objects.waiting().filter(record=record))


def test_a_place_is_counted_among_those_who_wait_for_the_same_items():
    queue = [
        Waiting(1, 1, pickup_branch=10, placed_at=at(1)),
        Waiting(2, 2, pickup_branch=20, placed_at=at(2)),
        Waiting(3, 3, pickup_branch=10, placed_at=at(3)),
    ]
    items = {10: frozenset({100}), 20: frozenset({200})}

    found = places(queue, items, TODAY)

    assert (found[3].position, found[3].of) == (2, 2)
    assert found[3].reasons == (Reason(Why.BY_TIME), Reason(Why.OTHER_QUEUE, count=1))
    assert (found[2].position, found[2].of) == (1, 1)


def test_a_place_that_staff_gave_says_so():
    queue = [
        Waiting(3, 1, pickup_branch=10, placed_at=at(3)),
        Waiting(1, 2, pickup_branch=10, placed_at=at(1)),
        Waiting(2, 3, pickup_branch=10, placed_at=at(2)),
    ]

    found = places(queue, {10: frozenset({100})}, TODAY)

    assert found[3].reasons == (Reason(Why.AHEAD, count=2),)
    assert found[1].reasons == found[2].reasons == (Reason(Why.BEHIND, count=1),)


def test_a_place_says_what_keeps_the_hold_from_its_turn():
    queue = [
        Waiting(1, 1, 10, at(1), not_before_date=date(2026, 5, 1)),
        Waiting(2, 2, 10, at(2), wanted_item=7, wanted_by_date=date(2026, 2, 1)),
    ]

    found = places(queue, {}, TODAY)

    assert found[1].reasons[1] == Reason(Why.FROZEN, day=date(2026, 5, 1))
    assert [reason.why for reason in found[2].reasons[1:]] == [
        Why.NO_LONGER_WANTED,
        Why.THIS_ITEM,
        Why.NO_ITEM,
    ]


branches = st.integers(1, 5)
types = st.sampled_from(["KIRJA", "DVD"])
areas = st.lists(
    st.builds(Area, st.frozensets(branches, min_size=1), st.sampled_from(["", "KIRJA", "DVD"])),
    max_size=4,
)


@given(areas, branches, branches, types)
def test_two_branches_fill_each_others_holds_or_neither(areas, one, other, item_type):
    scope = Scope(areas, TODAY)

    assert scope.reach(one, item_type).has(other) == scope.reach(other, item_type).has(one)
    assert scope.reach(one, item_type).has(one)


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=12).map(sorted),
    st.lists(st.integers(0, 14), max_size=20),
)
def test_a_new_order_is_the_order_asked_for_and_moves_nobody_else(ranks, wanted):
    queue = list(enumerate(ranks))
    ranks_after = dict(queue) | in_new_order(queue, wanted)

    named = [number for number in dict.fromkeys(wanted) if number < len(ranks)]
    assert sorted(named, key=lambda number: (ranks_after[number], number)) == named
    assert all(ranks_after[number] == rank for number, rank in queue if number not in named)


@pytest.mark.django_db
def test_staff_move_a_hold_and_say_why(item, branch, clerk, now):
    queue = make_queue(item.record, branch, 4)

    move_hold(hold=queue[3], position=2, reason="Kurssikirja", by=clerk, branch=branch, now=now)

    assert order(item.record) == [queue[0], queue[3], queue[1], queue[2]]
    event = AuditEvent.objects.get(action="move hold")
    assert (event.reason, event.details) == ("Kurssikirja", {"from": 4, "to": 2})


@pytest.mark.django_db
@pytest.mark.parametrize("position", [-3, 1, 2, 3, 4, 99])
def test_a_hold_comes_to_the_position_asked_for(item, branch, now, position):
    queue = make_queue(item.record, branch, 4)

    move_hold(hold=queue[1], position=position, reason="x", by=None, branch=branch, now=now)

    assert order(item.record).index(queue[1]) == min(max(position, 1), 4) - 1


@pytest.mark.django_db
def test_there_is_always_room_between_two(item, branch, now):
    ranks = [1000, 1001, 1001, 1002]
    queue = [make_hold(item.record, branch, rank=rank) for rank in ranks]

    for _ in range(6):
        last = order(item.record)[-1]
        move_hold(hold=last, position=2, reason="x", by=None, branch=branch, now=now)

    assert order(item.record) == queue  # three moved twice around the first


@pytest.mark.django_db
def test_a_move_without_a_reason_or_of_a_hold_that_does_not_wait_is_refused(item, branch, now):
    hold = make_hold(item.record, branch, state="cancelled", ended_at=now)

    with pytest.raises(MoveRefused) as refused:
        move_hold(hold=hold, position=1, reason=" ", by=None, branch=branch, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["no_reason", "not_waiting"]


@pytest.mark.django_db
def test_those_placed_while_staff_reorder_stay_at_the_tail(item, branch, clerk, now):
    queue = make_queue(item.record, branch, 3)
    newcomer = make_hold(item.record, branch, days_ago=0)
    wanted = [hold.pk for hold in reversed(queue)]

    changed = reorder_queue(
        record=item.record, order=wanted, reason="Lukukoe", by=clerk, branch=branch, now=now
    )

    assert changed == 2
    assert order(item.record) == [*reversed(queue), newcomer]
    reorder_queue(
        record=item.record, order=wanted, reason="Lukukoe", by=clerk, branch=branch, now=now
    )
    assert AuditEvent.objects.filter(action="reorder queue").count() == 1


@pytest.mark.django_db
def test_a_queue_of_2000_is_reordered_in_three_statements(
    item, branch, patron, now, django_assert_max_num_queries
):
    Hold.objects.bulk_create(
        Hold(record=item.record, patron=patron, pickup_branch=branch, placed_at=WHEN, rank=number)
        for number in range(2000)
    )
    wanted = [hold.pk for hold in reversed(order(item.record))]

    with django_assert_max_num_queries(5):  # savepoint, lock, update, event, release
        reorder_queue(record=item.record, order=wanted, reason="x", by=None, branch=branch, now=now)

    assert [hold.pk for hold in order(item.record)] == wanted


class QueueOrder(TestCase):
    """Whatever is cancelled, restored and moved in whatever order."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["cancel", "restore", "move"]), st.integers(0, 5), st.integers(1, 7)
            ),
            max_size=14,
        )
    )
    def test_every_hold_keeps_its_place_among_those_that_were_not_moved(self, steps):
        branch = make_branch("Koskela")
        item = make_item(branch, record=make_record())
        queue = make_queue(item.record, branch, 6)
        model = list(queue)  # the whole order, with those that are cancelled
        cancelled = set()
        for verb, which, position in steps:
            hold = queue[which]
            if verb == "cancel":
                cancel_holds(holds=[hold.pk], by=None, branch=branch, now=WHEN)
                cancelled.add(hold)
            elif verb == "restore":
                restore_holds(holds=[hold.pk], by=None, branch=branch, now=WHEN)
                cancelled.discard(hold)
            elif hold not in cancelled:
                move_hold(
                    hold=hold, position=position, reason="x", by=None, branch=branch, now=WHEN
                )
                model = moved(model, cancelled, hold, position)
            waiting = [each for each in model if each not in cancelled]
            assert order(item.record) == waiting


def moved(model, cancelled, hold, position):
    """The order after a move; only a cancelled neighbour's side is left open, and read back."""
    ranks = dict(Hold.objects.values_list("pk", "rank"))
    waiting = [each for each in model if each not in cancelled and each != hold]
    waiting.insert(min(position, len(waiting) + 1) - 1, hold)
    after = sorted(model, key=lambda each: (ranks[each.pk], each.pk))
    assert [each for each in after if each not in cancelled] == waiting
    unmoved = [each for each in after if each != hold]
    assert unmoved == [each for each in model if each != hold]
    return after
