from datetime import date, datetime, timedelta

import pytest
from circulation.people import WHEN, make_branch, make_item, make_rules, policy
from django.utils import timezone

from kimppa.circulation import queries
from kimppa.circulation.models import Loan
from kimppa.circulation.operations import fees

HERE = timezone.get_default_timezone()
TODAY = WHEN.date()


def owe(patron, branch, kind, cents):
    return fees.charge(
        patron=patron,
        kind=kind,
        cents=cents,
        library=branch.library,
        branch=branch,
        by=None,
        now=WHEN,
    )


def lend(patron, branch, due, **item):
    return Loan.objects.create(
        item=make_item(branch, **item),
        patron=patron,
        branch=branch,
        began_at=WHEN - timedelta(days=60),
        due_date=due,
        category_code="adult",
    )


def standing(patron, branch, day=TODAY):
    return queries.fee_standing(patron, branch=branch, day=day, policy=policy())


def test_only_late_fees_count_towards_the_block(patron, branch):
    make_rules(block_limit_cents=700)
    for kind in ("overdue", "lost_item", "new_card", "uncollected"):
        owe(patron, branch, kind, 600)
    now = standing(patron, branch)

    assert (now.open_cents, now.counted_cents) == (2400, 600)
    assert not now.is_blocking


def test_the_block_begins_above_the_limit(patron, branch):
    make_rules(block_limit_cents=700)
    owe(patron, branch, "overdue", 700)
    assert not standing(patron, branch).is_blocking
    owe(patron, branch, "overdue", 1)
    assert standing(patron, branch).is_blocking


def test_without_a_limit_fees_never_block(patron, branch):
    owe(patron, branch, "overdue", 99_900)
    assert not standing(patron, branch).is_blocking


def test_a_consortium_may_let_uncollected_holds_count(patron, branch):
    make_rules(block_limit_cents=100, block_counts_uncollected=1)
    owe(patron, branch, "uncollected", 200)
    assert standing(patron, branch).is_blocking


def test_what_is_accruing_counts_before_it_is_charged(patron, branch):
    make_rules(block_limit_cents=100, overdue_cents_per_day=20, overdue_grace_days=2)
    lend(patron, branch, TODAY - timedelta(days=9))
    now = standing(patron, branch)

    assert now.accruing_cents == 140
    assert now.is_blocking


def test_childrens_material_costs_nothing_late(patron, branch):
    make_rules(
        overdue_cents_per_day=20,
        cells=[{"name": "overdue_cents_per_day", "value": 0, "shelving_location": "Lapset"}],
    )
    lend(patron, branch, TODAY - timedelta(days=9), shelving_location="Lapset")
    assert standing(patron, branch).accruing_cents == 0


def test_days_on_which_the_branch_is_closed_cost_nothing(patron):
    make_rules(overdue_cents_per_day=20)
    weekdays = make_branch("Arki", open_weekdays=range(5))
    lend(patron, weekdays, date(2026, 2, 20))  # a Friday; till Sunday the 1st of March
    assert standing(patron, weekdays).accruing_cents == 5 * 20


def test_a_claimed_return_accrues_nothing(patron, branch):
    make_rules(overdue_cents_per_day=20)
    loan = lend(patron, branch, TODAY - timedelta(days=9))
    loan.claimed_returned_at = WHEN
    loan.save()
    assert standing(patron, branch).accruing_cents == 0


def test_the_tills_day_is_the_day_of_the_place(patron, branch, clerk):
    fee = owe(patron, branch, "overdue", 500)
    before_midnight = datetime(2026, 3, 2, 23, 59, tzinfo=HERE)
    after_midnight = datetime(2026, 3, 3, 0, 0, tzinfo=HERE)
    for number, now in enumerate((before_midnight, after_midnight)):
        fees.take_payment(
            patron=patron,
            parts={fee.pk: 100 + number},
            method="card",
            branch=branch,
            by=clerk,
            now=now,
            request_key=str(number),
        )

    assert queries.till(branch, date(2026, 3, 2)).total_cents == 100
    assert queries.till(branch, date(2026, 3, 3)).sums == [
        ("cash", 0),
        ("card", 101),
        ("online", 0),
    ]


@pytest.mark.parametrize("method", ["cash", "card"])
def test_money_given_back_leaves_the_till(patron, branch, clerk, method):
    fee = owe(patron, branch, "overdue", 500)
    given = {"branch": branch, "by": clerk, "now": WHEN}
    receipt = fees.take_payment(
        patron=patron, parts={fee.pk: 500}, method=method, request_key="x", **given
    )
    fees.cancel_payment(receipt=receipt, reason="wrong", **given)
    now = queries.till(branch, TODAY)

    assert now.total_cents == 0
    assert [one.cents for one in now.receipts] == [500, -500]
