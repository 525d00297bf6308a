"""Holds are placed, frozen and moved to another pickup branch; refusals give all reasons."""

from datetime import date, timedelta

import pytest
from circulation.people import make_branch, make_item, make_record, make_rules
from circulation.queues import TODAY, make_area, make_hold

from kimppa.circulation.models import Block, Fee, Hold, ItemState, Loan, PullRequest
from kimppa.circulation.operations.hold_requests import (
    ChangeHoldRefused,
    PlaceHoldRefused,
    change_pickup,
    freeze,
    place_hold,
    unfreeze,
)
from kimppa.circulation.queries.placing import Asked, default_pickup
from kimppa.organisations.models import AuditEvent, Branch

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(patron, item, branch, clerk, now):
    def place_one(*, override="", group_name="", at=now, **asked):
        return place_hold(
            asked=Asked(
                **{"patron": patron, "record": item.record, "pickup_branch": branch, **asked}
            ),
            by=clerk,
            branch=branch,
            now=at,
            override=override,
            group_name=group_name,
        )

    return place_one


def problems(place, **asked):
    with pytest.raises(PlaceHoldRefused) as refused:
        place(**asked)
    assert not Hold.objects.filter(placed_by__username="aino").exists()
    return {str(reason) for reason in refused.value.reasons}


def test_a_hold_goes_to_the_tail_of_the_queue(place, item, branch, now):
    ahead = make_hold(item.record, branch, days_ago=-1)  # a clock that ran ahead

    hold = place().holds[0]

    assert hold.rank > ahead.rank
    assert hold.state == "waiting"
    event = AuditEvent.objects.get(action="place hold")
    assert event.details["pickup"] == "Koskela"


def test_all_reasons_are_told_at_once(place, patron, item, branch, clerk, now):
    make_rules(max_holds=1, block_limit_cents=500)
    make_hold(make_record(), branch, patron=patron)
    make_hold(item.record, branch, patron=patron)
    Loan.objects.create(
        item=item, patron=patron, branch=branch, began_at=now, due_date=TODAY, category_code="adult"
    )
    Block.objects.create(patron=patron, kind="borrowing", reason="Sovittu", began_at=now)
    Fee.objects.create(
        patron=patron,
        kind="overdue",
        legal_kind="public",
        library=branch.library,
        made_at=now,
        open_cents=700,
    )

    found = problems(place, wanted_by_date=TODAY - timedelta(days=1))

    assert found == {"too_many_holds", "has_hold", "has_loan", "block", "fees", "date_past"}


def test_the_limit_of_holds_is_the_pickup_branchs(place, patron, branch, other_branch):
    make_rules(max_holds=1, cells=[{"name": "max_holds", "value": 2, "branch": other_branch}])
    make_hold(make_record(), branch, patron=patron)

    assert problems(place) == {"too_many_holds"}
    assert place(pickup_branch=other_branch).holds


def test_rules_may_keep_an_item_from_being_reserved(place, item, branch):
    make_rules(cells=[{"name": "hold_allowed", "value": 0, "item_type": "KIRJA"}])

    assert problems(place) == {"not_allowed"}
    make_item(branch, record=item.record, item_type="DVD")
    assert place().holds


@pytest.mark.parametrize("status", ["lost", "missing", "withdrawn"])
def test_nothing_to_wait_for(place, item, branch, now, status):
    ItemState.objects.create(item=item, status=status, since=now)

    assert problems(place) == {"no_item"}


def test_what_the_catalogue_says_is_gone_is_not_waited_for(place, item):
    item.status = "Not_for_loan (2)"
    item.save()

    assert problems(place) == {"no_item"}


def test_no_item_may_come_from_another_queue_area(place, item, other_branch):
    make_area(other_branch)

    assert problems(place, pickup_branch=other_branch) == {"no_item"}


def test_a_hold_for_one_copy_needs_that_copy_in_reach(place, item, branch, away_item):
    copy = make_item(away_item.branch, record=item.record, item_type="DVD")
    make_area(branch, item_type="DVD")

    assert problems(place, wanted_item=copy) == {"no_item"}
    assert place(wanted_item=item).holds[0].wanted_item == item


def test_nothing_is_fetched_from_a_depot(place):
    depot = make_branch("Varasto", kind=Branch.Kind.DEPOT)

    assert problems(place, pickup_branch=depot) == {"no_pickup_there"}


def test_somebody_with_leave_lets_a_limit_pass_and_says_why(place, patron, branch):
    make_rules(max_holds=1)
    make_hold(make_record(), branch, patron=patron)

    placed = place(override="Lukudiplomi")

    assert [str(reason) for reason in placed.overridden] == ["too_many_holds"]
    event = AuditEvent.objects.get(action="place hold")
    assert (event.reason, event.details["overridden"]) == ("Lukudiplomi", ["too_many_holds"])


def test_no_leave_makes_items_appear(place, item, now):
    ItemState.objects.create(item=item, status="lost", since=now)

    assert problems(place, override="Kiire") == {"no_item"}


def test_a_reading_circle_gets_its_copies_one_after_the_other(place, item, branch):
    for _ in range(4):
        make_item(branch, record=item.record)

    holds = place(copies=5, group_name="Torstain lukupiiri").holds

    assert len({hold.group for hold in holds}) == 1
    assert [hold.rank - holds[0].rank for hold in holds] == [0, 1, 2, 3, 4]


def test_a_reading_circle_cannot_have_more_copies_than_there_are(place):
    assert problems(place, copies=5, group_name="Lukupiiri") == {"too_few_items"}


def test_pressing_the_button_twice_makes_one_group(place, item, branch):
    make_item(branch, record=item.record)
    holds = place(copies=2, group_name="Lukupiiri").holds

    assert place(copies=2, group_name="Lukupiiri").holds == list(holds)
    assert Hold.objects.count() == 2


def test_freezing_keeps_the_place(item, branch, clerk, now):
    hold = make_hold(item.record, branch)
    PullRequest.objects.create(hold=hold, item=item, branch=branch, asked_at=now)

    frozen = freeze(hold=hold, until=date(2026, 8, 1), by=clerk, branch=branch, now=now)

    assert (frozen.not_before_date, frozen.rank) == (date(2026, 8, 1), hold.rank)
    assert PullRequest.objects.get().state == "withdrawn"
    assert unfreeze(hold=hold, by=None, branch=None, now=now).not_before_date is None


def test_nothing_is_frozen_or_moved_once_an_item_is_set_aside(item, branch, other_branch, now):
    hold = make_hold(item.record, branch, state="ready", item=item, shelf_code="A2B3")

    for change in (
        lambda: freeze(hold=hold, until=date(2026, 8, 1), by=None, branch=None, now=now),
        lambda: change_pickup(hold=hold, pickup_branch=other_branch, by=None, branch=None, now=now),
    ):
        with pytest.raises(ChangeHoldRefused) as refused:
            change()
        assert [str(reason) for reason in refused.value.reasons] == ["not_waiting"]


def test_a_freeze_ends_on_a_day_to_come(item, branch, now):
    hold = make_hold(item.record, branch)

    with pytest.raises(ChangeHoldRefused):
        freeze(hold=hold, until=TODAY, by=None, branch=None, now=now)


def test_another_pickup_branch_keeps_the_place(item, branch, other_branch, now):
    hold = make_hold(item.record, branch)

    moved = change_pickup(hold=hold, pickup_branch=other_branch, by=None, branch=None, now=now)

    assert (moved.pickup_branch, moved.rank) == (other_branch, hold.rank)


def test_a_pickup_branch_that_no_item_may_come_to_is_refused(item, branch, other_branch, now):
    hold = make_hold(item.record, branch)
    make_area(branch)

    with pytest.raises(ChangeHoldRefused) as refused:
        change_pickup(hold=hold, pickup_branch=other_branch, by=None, branch=None, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["no_item"]


def test_the_pickup_branch_chosen_last_is_offered_next(patron, item, branch, other_branch):
    patron.home_branch = branch
    assert default_pickup(patron) == branch

    make_hold(item.record, other_branch, patron=patron)
    assert default_pickup(patron) == other_branch
