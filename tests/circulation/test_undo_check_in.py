from datetime import timedelta

import pytest
from circulation.people import make_rules
from django.core.management import call_command

from kimppa.circulation.models import Fee, Hold, ItemState, Step, Transit
from kimppa.circulation.operations import (
    UndoProblem,
    UndoRefused,
    declare_lost,
    forget_check_ins,
    undo_check_in,
)
from kimppa.circulation.operations.fees import take_payment
from kimppa.organisations.models import AuditEvent
from kimppa.patrons.models import Patron

pytestmark = pytest.mark.django_db


@pytest.fixture
def undo(branch, clerk, now):
    usual = {"branch": branch, "by": clerk, "now": now + timedelta(days=30, minutes=5)}
    return lambda step, **more: undo_check_in(step=step, **usual | more)


@pytest.fixture
def late(now):
    return now + timedelta(days=30)


def test_a_check_in_taken_back_is_a_loan_again_with_its_patron_and_without_its_fee(
    lend, bring, undo, item, patron, late
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    due = lend(item, patron).due_date
    back = bring(item, now=late)

    loan = undo(back.step)

    loan.refresh_from_db()
    assert (loan.patron, loan.ended_at, loan.ending, loan.due_date) == (patron, None, "", due)
    assert Fee.objects.get().open_cents == 0
    assert AuditEvent.objects.filter(action="undo check in").count() == 1


def test_taking_it_back_twice_changes_nothing_more(lend, bring, undo, item, patron, late):
    loan = lend(item, patron).loan
    step = bring(item, now=late).step

    assert undo(step) == undo(step) == loan
    assert AuditEvent.objects.filter(action="undo check in").count() == 1


def test_the_hold_it_went_to_waits_again_at_its_place(
    lend, bring, undo, wait_for, item, patron, other_patron, late
):
    hold = wait_for(item.record, other_patron)
    lend(item, patron)

    undo(bring(item, now=late).step)

    rank = hold.rank
    hold.refresh_from_db()
    assert (hold.state, hold.item, hold.rank) == (Hold.State.WAITING, None, rank)
    assert not ItemState.objects.exists()


def test_the_transit_it_began_is_called_off(lend, bring, undo, item, patron, other_branch, late):
    lend(item, patron)

    undo(bring(item, branch=other_branch, now=late).step)

    assert not Transit.objects.filter(ended_at=None).exists()
    assert not ItemState.objects.exists()


def test_a_transit_that_it_ended_is_on_its_way_again_with_its_hold(
    bring, undo, wait_for, item, patron, other_branch, now, late
):
    hold = wait_for(item.record, patron, pickup_branch=other_branch)
    sent = bring(item)

    undo(bring(item, branch=other_branch, now=late).step)

    hold.refresh_from_db()
    assert (hold.state, hold.item, hold.shelf_code) == (Hold.State.IN_TRANSIT, item, "")
    assert Transit.objects.get(ended_at=None) == sent.transit
    state = ItemState.objects.get()
    assert (state.status, state.since) == (ItemState.Status.IN_TRANSIT, now)


def test_a_found_item_is_lost_again_and_its_replacement_owed(
    lend, bring, undo, item, patron, branch, clerk, now, late
):
    lend(item, patron)
    fee = declare_lost(item=item, branch=branch, by=clerk, now=now, replacement_cents=2500)

    undo(bring(item, now=late).step)

    fee.refresh_from_db()
    assert fee.open_cents == 2500
    assert ItemState.objects.get().status == ItemState.Status.LOST


def refused(undo, step, **more):
    with pytest.raises(UndoRefused) as refusal:
        undo(step, **more)
    return set(refusal.value.reasons)


def test_after_the_item_was_lent_again_it_cannot_be_taken_back(
    lend, bring, undo, item, patron, other_patron, late
):
    lend(item, patron)
    step = bring(item, now=late).step
    lend(item, other_patron, now=late + timedelta(minutes=1))

    assert refused(undo, step) == {UndoProblem.ITEM_MOVED_ON}


def test_after_the_fee_was_paid_it_cannot_be_taken_back(
    lend, bring, undo, item, patron, branch, clerk, late
):
    make_rules(loan_days=28, overdue_cents_per_day=20)
    lend(item, patron)
    back = bring(item, now=late)
    (fee,) = back.fees
    take_payment(
        patron=patron, parts={fee.pk: 10}, method="cash", branch=branch, by=clerk, now=late,
        request_key="a",
    )  # fmt: skip

    assert refused(undo, back.step) == {UndoProblem.FEE_SETTLED}


def test_after_the_hold_was_fetched_it_cannot_be_taken_back(
    lend, bring, undo, wait_for, item, patron, other_patron, late
):
    wait_for(item.record, other_patron)
    lend(item, patron)
    step = bring(item, now=late).step
    lend(item, other_patron, now=late + timedelta(minutes=1))

    assert refused(undo, step) == {UndoProblem.ITEM_MOVED_ON, UndoProblem.HOLD_MOVED_ON}


def test_the_next_day_it_is_too_late(lend, bring, undo, item, patron, late):
    lend(item, patron)
    step = bring(item, now=late).step

    assert refused(undo, step, now=late + timedelta(days=1, seconds=1)) == {UndoProblem.TOO_LATE}


def test_the_loan_comes_back_to_whom_the_patron_was_merged_into(
    lend, bring, undo, item, patron, other_patron, late
):
    lend(item, patron)
    step = bring(item, now=late).step
    Patron.objects.filter(pk=patron.pk).update(merged_into=other_patron)

    assert undo(step).patron == other_patron


def test_who_had_it_is_forgotten_once_it_cannot_be_taken_back(lend, bring, undo, item, patron, now):
    lend(item, patron)
    step = bring(item).step
    assert step.before["patron"] == patron.pk

    assert forget_check_ins(now=now + timedelta(hours=23)) == 0
    assert forget_check_ins(now=now + timedelta(hours=25)) == 1
    assert forget_check_ins(now=now + timedelta(hours=25)) == 0
    assert not Step.objects.filter(kind="check_in").exists()
    assert refused(undo, step) == {UndoProblem.TOO_LATE}


def test_the_nights_work_forgets_check_ins_and_says_how_many(lend, bring, item, patron, capsys):
    lend(item, patron)
    bring(item)

    call_command("tend_loans", "--dry-run", "--json")
    call_command("tend_loans")
    call_command("tend_loans", "--json")

    assert capsys.readouterr().out.splitlines() == [
        '{"check_ins_forgotten": 1}',
        "1 check-in can no longer be undone; who had the item is forgotten.",
        '{"check_ins_forgotten": 0}',
    ]
