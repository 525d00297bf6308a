"""Two desks at one moment: exactly one wins, the other is told why. PostgreSQL only."""

from collections import Counter
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from circulation.people import make_branch, make_item, make_patron, make_rules, make_staff, policy
from django.db import connection, connections

from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Step
from kimppa.circulation.operations import (
    CheckOutRefused,
    Result,
    check_in,
    check_out,
    renew,
)
from kimppa.circulation.operations.patrons import merge_patrons
from kimppa.circulation.rules.loans import Problem
from kimppa.common.errors import Refused

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="one writer at a time on SQLite: bin/postgres pytest"
    ),
]
ROUNDS = 5


@pytest.fixture
def desk(now):
    branch = make_branch("Koskela")
    return {"branch": branch, "by": make_staff(branch=branch), "now": now}


def at_once(*calls):
    """What each call returned or was refused with, all of them begun at one moment."""
    outcome = [None] * len(calls)
    barrier = Barrier(len(calls))

    def run(number, call):
        try:
            barrier.wait(timeout=10)
            outcome[number] = call()
        except Refused as refusal:
            outcome[number] = refusal
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcome


def refusals(outcome):
    return [each for each in outcome if isinstance(each, Refused)]


def test_of_two_check_outs_of_one_item_one_wins_and_the_other_is_told(desk):
    patrons = [make_patron(), make_patron("Korhonen")]
    for _ in range(ROUNDS):
        item = make_item(desk["branch"])
        outcome = at_once(
            *(partial(check_out, item=item, patron=patron, **desk) for patron in patrons)
        )

        (refused,) = refusals(outcome)
        assert [reason.problem for reason in refused.reasons] == [Problem.LENT_TO_ANOTHER]
        assert Loan.objects.open().filter(item=item).count() == 1


def test_the_same_scan_at_two_desks_is_one_loan(desk):
    patron = make_patron()
    for _ in range(ROUNDS):
        item = make_item(desk["branch"])
        outcome = at_once(*[partial(check_out, item=item, patron=patron, **desk)] * 2)

        assert sorted(each.is_repeat for each in outcome) == [False, True]
        assert Loan.objects.filter(item=item).count() == 1


def test_the_limit_of_loans_holds_at_two_desks_at_once(desk):
    make_rules(max_loans=1)
    for _ in range(ROUNDS):
        patron = make_patron()
        items = [make_item(desk["branch"]) for _ in range(3)]
        outcome = at_once(*(partial(check_out, item=item, patron=patron, **desk) for item in items))

        problems = [reason.problem for each in refusals(outcome) for reason in each.reasons]
        assert problems == [Problem.TOO_MANY_LOANS] * 2
        assert Loan.objects.open().filter(patron=patron).count() == 1


def test_a_check_out_against_a_check_in_leaves_no_half_loan(desk):
    first, second = make_patron(), make_patron("Korhonen")
    for _ in range(ROUNDS):
        item = make_item(desk["branch"])
        check_out(item=item, patron=first, **desk)
        _, lent = at_once(
            partial(check_in, item=item, **desk),
            partial(check_out, item=item, patron=second, **desk),
        )

        open_loans = list(Loan.objects.open().filter(item=item))
        if isinstance(lent, CheckOutRefused):  # it came before the check-in
            assert open_loans == []
        else:
            assert [loan.patron for loan in open_loans] == [second]
        assert Loan.objects.filter(item=item, patron=first).count() == 0


def test_two_check_ins_of_one_item_are_one(desk):
    patron = make_patron()
    for _ in range(ROUNDS):
        item = make_item(desk["branch"])
        check_out(item=item, patron=patron, **desk)
        outcome = at_once(*[partial(check_in, item=item, **desk)] * 3)

        assert sorted(each.is_repeat for each in outcome) == [False, True, True]
        assert Step.objects.filter(kind="check_in", object_id=item.pk).count() == 1


def test_two_items_returned_at_once_fill_one_hold_once(desk):
    for _ in range(ROUNDS):
        patron, items = make_patron(), [make_item(desk["branch"])]
        items.append(make_item(desk["branch"], record=items[0].record))
        hold = Hold.objects.create(
            record=items[0].record,
            patron=patron,
            pickup_branch=desk["branch"],
            placed_at=desk["now"],
            rank=1,
        )
        outcome = at_once(*(partial(check_in, item=item, **desk) for item in items))

        assert Counter(each.result for each in outcome) == {Result.HOLD_SHELF: 1, Result.SHELF: 1}
        hold.refresh_from_db()
        assert hold.state == Hold.State.READY
        assert ItemState.objects.filter(item__in=items).count() == 1


def test_a_renewal_against_a_check_in_renews_nothing_that_has_ended(desk):
    patron = make_patron()
    for _ in range(ROUNDS):
        item = make_item(desk["branch"])
        loan = check_out(item=item, patron=patron, **desk).loan
        later = {**desk, "now": desk["now"] + timedelta(days=3)}
        at_once(partial(check_in, item=item, **later), partial(renew, loan=loan, **later))

        loan.refresh_from_db()
        assert loan.ended_at
        assert loan.patron is None


def test_a_merge_against_a_check_in_charges_nobody_who_is_gone(desk):
    make_rules(loan_days=1, overdue_cents_per_day=20)
    later = {**desk, "now": desk["now"] + timedelta(days=5)}
    for _ in range(ROUNDS):
        item, kept, gone = make_item(desk["branch"]), make_patron(), make_patron()
        check_out(item=item, patron=gone, **desk)
        merged, back = at_once(
            partial(
                merge_patrons, kept=kept, gone=gone, choices=AllKept(), policy=policy(), **later
            ),
            partial(check_in, item=item, **later),
        )

        assert merged.gone == gone
        assert [fee.open_cents for fee in back.fees] == [80]
        assert not Fee.objects.filter(patron=gone, open_cents__gt=0).exists()
        assert not Loan.objects.filter(patron=gone).exists()


class AllKept(dict):
    """The kept entry's value in every matter."""

    def get(self, matter, default=None):
        return "kept"


def test_many_desks_at_once_never_wait_for_each_other_in_a_circle(desk):
    """Locks go item, then patron: every crossing of two items and two patrons gets done."""
    patrons = [make_patron(), make_patron("Korhonen")]
    items = [make_item(desk["branch"]) for _ in range(2)]
    for number in range(ROUNDS):
        now = desk["now"] + timedelta(days=number)
        calls = [
            partial(check_out, item=item, patron=patron, **desk | {"now": now})
            for item in items
            for patron in patrons
        ]
        calls += [partial(check_in, item=item, **desk | {"now": now}) for item in items]
        outcome = at_once(*calls)

        assert None not in outcome
        for item in items:
            assert Loan.objects.open().filter(item=item).count() <= 1
