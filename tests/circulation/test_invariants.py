import json

import pytest
from circulation.people import WHEN, make_item, make_patron
from django.core.management import call_command

from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Transit
from kimppa.circulation.operations import check_in, check_out, fees
from kimppa.circulation.queries.invariants import broken


def wrong(**more):
    return {name for name, n in broken(**more).items() if n}


@pytest.fixture
def place(branch, clerk):
    return {"branch": branch, "by": clerk, "now": WHEN}


def lend(patron, item, branch):
    return Loan.objects.create(
        item=item,
        patron=patron,
        branch=branch,
        began_at=WHEN,
        due_date=WHEN.date(),
        category_code="adult",
    )


def hold_for(patron, item, branch, state="ready", **more):
    return Hold.objects.create(
        record=item.record,
        patron=patron,
        pickup_branch=branch,
        placed_at=WHEN,
        rank=1,
        state=state,
        item=item,
        **more,
    )


def test_all_is_right_after_lending_and_paying(patron, item, place):
    check_out(item=item, patron=patron, **place)
    check_in(item=item, **place)
    fee = fees.charge(
        patron=patron, kind="other", cents=300, library=place["branch"].library, **place
    )
    fees.take_payment(patron=patron, parts={fee.pk: 100}, method="cash", request_key="k", **place)
    assert wrong(since=WHEN) == set()


def test_a_loan_without_its_event_is_found(patron, item, branch):
    lend(patron, item, branch)
    assert wrong() == set()
    assert wrong(since=WHEN) == {"loans without their event"}


def test_a_lent_item_on_a_shelf_is_found(patron, item, branch):
    lend(patron, item, branch)
    ItemState.objects.create(item=item, branch=branch, status="on_shelf", since=WHEN)
    assert wrong() == {"lent items that are somewhere else too"}


def test_a_lent_item_that_is_set_aside_is_found(patron, item, branch):
    lend(patron, item, branch)
    hold_for(make_patron("Toinen"), item, branch)
    assert wrong() == {
        "lent items that are set aside",
        "holds whose item is not where they say",
    }


def test_a_hold_whose_item_is_elsewhere_is_found(patron, item, branch):
    hold_for(patron, item, branch)
    ItemState.objects.create(item=item, branch=branch, status="processing", since=WHEN)
    assert wrong() == {"holds whose item is not where they say"}


def test_a_transit_without_its_item_and_the_other_way_round_are_found(
    patron, item, branch, other_branch
):
    Transit.objects.create(
        item=item, from_branch=branch, to_branch=other_branch, reason="home", sent_at=WHEN
    )
    ItemState.objects.create(item=make_item(branch), status="in_transit", since=WHEN)
    assert wrong() == {
        "transits without an item on its way",
        "items on their way without a transit",
    }


def test_a_ledger_that_does_not_balance_is_found(patron, place):
    fee = fees.charge(
        patron=patron, kind="other", cents=300, library=place["branch"].library, **place
    )
    Fee.objects.filter(pk=fee.pk).update(open_cents=299)
    assert wrong() == {"fees whose ledger does not balance"}


def test_what_a_merged_patron_still_has_is_found(patron, other_patron, item, branch):
    lend(patron, item, branch)
    patron.merged_into = other_patron
    patron.save()
    assert wrong() == {"loans of patrons merged away"}


def test_the_command_ends_with_one_when_something_is_wrong(patron, item, branch, capsys):
    call_command("verify")
    hold_for(patron, item, branch)
    with pytest.raises(SystemExit) as end:
        call_command("verify", "--since", "2026-01-01", "--json")
    assert end.value.code == 1
    counts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert counts["holds whose item is not where they say"] == 1
