from datetime import date, timedelta

import pytest
from circulation.people import make_branch, make_item, make_record, make_rules

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Step, Transit
from kimppa.circulation.operations import (
    Message,
    Result,
    cancel_transit,
    claim_returned,
    declare_lost,
    found,
    receive_transit,
    set_item_status,
)
from kimppa.circulation.operations.fees import take_payment
from kimppa.organisations.models import AuditEvent, ExceptionalDay
from kimppa.patrons.models import Patron

pytestmark = pytest.mark.django_db
SAVEPOINT = 2  # its beginning and its end: the test is itself a transaction


def test_an_item_returned_at_home_goes_to_its_shelf(lend, bring, item, patron):
    lend(item, patron)

    back = bring(item)

    assert (back.result, back.patron, back.to_branch) == (Result.SHELF, patron, None)
    assert not ItemState.objects.exists()
    assert (back.loan.ending, back.loan.ended_branch) == ("returned", item.branch)


def test_a_returned_loan_forgets_its_patron(lend, bring, item, patron):
    lend(item, patron)
    bring(item)

    assert Loan.objects.get().patron is None


def test_a_returned_loan_keeps_its_patron_who_wants_history(lend, bring, item, patron):
    Patron.objects.filter(pk=patron.pk).update(history=Patron.History.ALWAYS)
    lend(item, patron)
    bring(item)

    assert Loan.objects.get().patron == patron


def test_an_item_returned_elsewhere_is_sent_home_and_arrives_there(
    bring, item, other_branch, branch, now
):
    sent = bring(item, branch=other_branch)

    assert (sent.result, sent.to_branch) == (Result.TRANSIT, branch)
    assert sent.transit.reason == Transit.Reason.HOME
    assert ItemState.objects.get().status == ItemState.Status.IN_TRANSIT

    arrived = bring(item, now=now + timedelta(days=1))

    assert (arrived.result, Message.ARRIVED in arrived.messages) == (Result.SHELF, True)
    assert Transit.objects.get().arrived_branch == branch
    assert not ItemState.objects.exists()


def test_an_item_that_passes_through_a_third_branch_is_sent_on(
    bring, item, other_branch, branch, now
):
    bring(item, branch=other_branch)

    passing = bring(item, branch=make_branch("Harju"), now=now + timedelta(hours=3))

    assert (passing.result, passing.to_branch) == (Result.TRANSIT, branch)
    assert Message.SENT_ON in passing.messages
    assert Transit.objects.filter(ended_at=None).count() == 1


def test_an_item_waited_for_here_goes_to_the_hold_shelf(
    lend, bring, wait_for, item, patron, other_patron
):
    hold = wait_for(item.record, other_patron)
    lend(item, patron)

    back = bring(item)

    assert (back.result, back.hold) == (Result.HOLD_SHELF, hold)
    assert (back.hold.state, back.hold.item) == (Hold.State.READY, item)
    assert ItemState.objects.get().status == ItemState.Status.HOLD_SHELF


def test_an_item_waited_for_elsewhere_travels_there_and_then_waits(
    bring, wait_for, item, other_patron, other_branch, now
):
    hold = wait_for(item.record, other_patron, pickup_branch=other_branch)

    sent = bring(item)
    there = bring(item, branch=other_branch, now=now + timedelta(days=1))

    hold.refresh_from_db()
    assert (sent.result, sent.to_branch) == (Result.TRANSIT, other_branch)
    assert (there.result, hold.state) == (Result.HOLD_SHELF, Hold.State.READY)
    assert not Transit.objects.filter(ended_at=None).exists()


def test_lateness_is_charged_by_the_rule(lend, bring, item, patron, now):
    make_rules(loan_days=28, overdue_cents_per_day=20, overdue_grace_days=2, overdue_max_cents=300)
    lend(item, patron)

    back = bring(item, now=now + timedelta(days=28 + 5))

    (fee,) = back.fees
    assert (fee.open_cents, fee.kind, fee.patron) == (60, Fee.Kind.OVERDUE, patron)
    assert Message.OVERDUE_FEE in back.messages


def test_lateness_is_counted_to_the_day_in_the_book_drop(lend, bring, item, patron, now):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)

    back = bring(item, now=now + timedelta(days=31), dropped_date=date(2026, 3, 30))

    assert [fee.open_cents for fee in back.fees] == [20]


def test_a_day_to_come_in_the_book_drop_counts_as_today(lend, bring, item, patron, now):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)

    back = bring(item, now=now + timedelta(days=29), dropped_date=date(2027, 1, 1))

    assert [fee.open_cents for fee in back.fees] == [20]


def test_closed_days_cost_nothing(lend, bring, item, patron, branch, now):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)
    ExceptionalDay.objects.create(branch=branch, date=date(2026, 3, 30))

    back = bring(item, now=now + timedelta(days=30))

    assert [fee.open_cents for fee in back.fees] == [20]


def test_the_second_check_in_at_once_changes_nothing_and_says_the_same(
    lend, bring, wait_for, item, patron, other_patron, now
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    wait_for(item.record, other_patron)
    lend(item, patron)

    first = bring(item, now=now + timedelta(days=30))
    second = bring(item, now=now + timedelta(days=30, seconds=3))

    same = ("result", "loan", "patron", "hold", "to_branch", "step", "item")
    assert [getattr(second, each) for each in same] == [getattr(first, each) for each in same]
    assert (list(second.fees), list(second.messages)) == (list(first.fees), list(first.messages))
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert (Step.objects.filter(kind="check_in").count(), Fee.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="check in").count() == 1


def test_a_second_check_in_after_somebody_began_to_wait_sets_the_item_aside(
    bring, wait_for, item, patron, now
):
    bring(item)
    hold = wait_for(item.record, patron)
    Hold.objects.filter(pk=hold.pk).update(placed_at=now + timedelta(seconds=20))

    assert bring(item, now=now + timedelta(minutes=1)).result == Result.HOLD_SHELF


def test_an_item_nobody_had_is_said_to_be_so(bring, item):
    assert bring(item).messages == [Message.NOT_LENT]


def test_what_only_the_lender_takes_back_is_told_and_sent_home(
    lend, bring, item, patron, other_branch, branch
):
    make_rules(return_to_lender_only=1)
    lend(item, patron)

    back = bring(item, branch=other_branch)

    assert Message.RETURN_TO_LENDER_ONLY in back.messages
    assert (back.result, back.to_branch) == (Result.TRANSIT, branch)


def test_a_withdrawn_item_goes_to_processing(bring, item, branch, now):
    set_item_status(item=item, status="withdrawn", branch=branch, by=None, now=now)

    back = bring(item)

    assert back.result == Result.PROCESSING
    assert Message.WITHDRAWN in back.messages


def test_a_withdrawn_item_on_its_way_to_a_hold_is_processed_and_the_hold_waits_again(
    bring, wait_for, item, patron, other_branch, now
):
    hold = wait_for(item.record, patron, pickup_branch=other_branch)
    bring(item)
    Item.objects.filter(pk=item.pk).update(status="withdrawn")

    back = bring(item, branch=other_branch, now=now + timedelta(days=1))

    hold.refresh_from_db()
    assert back.result == Result.PROCESSING
    assert hold.state == Hold.State.WAITING
    assert not Transit.objects.filter(ended_at=None).exists()


def test_a_missing_item_that_turns_up_is_found(item, branch, now):
    set_item_status(item=item, status="missing", branch=branch, by=None, now=now)

    back = found(item=item, branch=branch, by=None, now=now)

    assert (back.result, Message.FOUND in back.messages) == (Result.SHELF, True)


def test_a_lost_item_that_is_found_cancels_what_is_left_of_its_replacement(
    lend, bring, item, patron, branch, clerk, now
):
    lend(item, patron)
    fee = declare_lost(item=item, branch=branch, by=clerk, now=now, replacement_cents=2500)
    take_payment(
        patron=patron, parts={fee.pk: 500}, method="cash", branch=branch, by=clerk, now=now,
        request_key="a",
    )  # fmt: skip

    back = bring(item, now=now + timedelta(hours=1))

    fee.refresh_from_db()
    assert fee.open_cents == 0
    assert set(back.messages) == {
        Message.NOT_LENT,
        Message.FOUND,
        Message.REPLACEMENT_CANCELLED,
        Message.REPLACEMENT_PAID,
    }


def test_a_lost_loan_ends_and_charges_its_lateness_and_its_replacement(
    lend, item, patron, branch, clerk, now
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)

    declare_lost(
        item=item, branch=branch, by=clerk, now=now + timedelta(days=30), replacement_cents=2500
    )
    again = declare_lost(item=item, branch=branch, by=clerk, now=now, replacement_cents=2500)

    loan = Loan.objects.get()
    assert (loan.ending, loan.patron, again) == ("lost", None, None)
    assert sorted(Fee.objects.values_list("kind", "open_cents")) == [
        ("lost_item", 2500),
        ("overdue", 40),
    ]
    assert ItemState.objects.get().status == ItemState.Status.LOST


def test_an_item_lost_on_the_hold_shelf_lets_its_hold_wait_again(
    bring, wait_for, item, patron, branch, now
):
    hold = wait_for(item.record, patron)
    bring(item)

    declare_lost(item=item, branch=branch, by=None, now=now)

    hold.refresh_from_db()
    assert (hold.state, hold.item) == (Hold.State.WAITING, None)


def test_lateness_stops_when_the_patron_says_it_was_returned(
    lend, bring, item, patron, branch, clerk, now
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    loan = lend(item, patron).loan
    claim = {"loan": loan, "branch": branch, "by": clerk, "now": now + timedelta(days=30)}
    claim_returned(**claim)
    claim_returned(**claim)
    assert ItemState.objects.get().status == ItemState.Status.CLAIMED

    back = bring(item, now=now + timedelta(days=60))

    assert [fee.open_cents for fee in back.fees] == [40]
    assert Message.CLAIM_SETTLED in back.messages
    assert not ItemState.objects.exists()
    assert AuditEvent.objects.filter(action="claim returned").count() == 1


def test_the_van_brings_an_item_to_where_it_was_meant_for(bring, item, other_branch, branch, now):
    transit = bring(item, branch=other_branch).transit

    arrived = receive_transit(transit=transit, branch=branch, by=None, now=now + timedelta(days=1))

    assert arrived.result == Result.SHELF


def test_a_transit_called_off_leaves_the_item_there_and_its_hold_waiting(
    bring, wait_for, item, patron, other_branch, branch, now
):
    hold = wait_for(item.record, patron, pickup_branch=other_branch)
    transit = bring(item).transit
    for _ in range(2):
        cancel_transit(transit=transit, branch=branch, by=None, now=now)

    hold.refresh_from_db()
    transit.refresh_from_db()
    assert hold.state == Hold.State.WAITING
    assert (transit.ended_at, transit.arrived_branch) == (now, None)
    assert not ItemState.objects.exists()
    assert AuditEvent.objects.filter(action="cancel transit").count() == 1


def test_an_item_without_a_branch_stays_where_it_is_returned(bring, branch):
    item = make_item(branch, record=make_record())
    item.branch = None
    item.save()

    assert bring(item).result == Result.SHELF
    state = ItemState.objects.get()
    assert (state.status, state.branch) == (ItemState.Status.ON_SHELF, branch)


def test_a_check_in_asks_the_database_no_more_than_it_must(
    lend, bring, item, patron, django_assert_max_num_queries
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)
    with django_assert_max_num_queries(9 + SAVEPOINT):
        bring(item)
