from datetime import date, timedelta

import pytest
from circulation.people import make_item, make_rules

from kimppa.circulation.models import Block, Fee, Loan
from kimppa.circulation.operations import (
    ItemRefused,
    NotRenewed,
    RenewRefused,
    claim_returned,
    in_house_use,
    move_due_dates,
    renew,
    renew_all,
    undo_move_due_dates,
    withdraw_claim,
)
from kimppa.circulation.queries.loans import loans_due
from kimppa.circulation.rules.loans import Problem
from kimppa.organisations.models import AuditEvent, ExceptionalDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def extend(branch, clerk, now):
    usual = {"branch": branch, "by": clerk, "now": now + timedelta(days=10)}
    return lambda loan, **more: renew(loan=loan, **usual | more)


def problems(refusal):
    return [reason.problem for reason in refusal.value.reasons]


def test_a_renewal_counts_from_today(lend, extend, item, patron):
    make_rules(loan_days=28)
    loan = lend(item, patron).loan

    renewed = extend(loan)

    assert (renewed.due_date, renewed.loan.renewals) == (date(2026, 4, 8), 1)
    assert renewed.answers["loan_days"].rule.name == "loan_days"


def test_a_renewal_never_falls_due_on_a_closed_day(lend, extend, item, patron, branch):
    make_rules(loan_days=28)
    ExceptionalDay.objects.create(branch=branch, date=date(2026, 4, 8))

    assert extend(lend(item, patron).loan).due_date == date(2026, 4, 9)


def test_renewing_twice_at_once_is_one_renewal(lend, extend, item, patron):
    loan = lend(item, patron).loan

    assert [extend(loan).is_repeat for _ in range(2)] == [False, True]
    assert Loan.objects.get().renewals == 1
    assert AuditEvent.objects.filter(action="renew").count() == 1


def test_a_renewal_never_shortens_a_loan(lend, extend, item, patron):
    make_rules(loan_days=28)
    loan = lend(item, patron).loan
    Loan.objects.update(due_date=date(2026, 9, 1))

    assert extend(loan).due_date == date(2026, 9, 1)


def test_all_reasons_against_a_renewal_are_told_at_once(
    lend, extend, wait_for, item, patron, other_patron, now
):
    make_rules(loan_days=28, renewals=0, renewal_max_days_late=14)
    loan = lend(item, patron).loan
    wait_for(item.record, other_patron)
    Block.objects.create(patron=patron, kind="borrowing", reason="Syy", began_at=now)

    with pytest.raises(RenewRefused) as refusal:
        extend(loan, now=now + timedelta(days=28 + 15))

    assert problems(refusal) == [
        Problem.BLOCK,
        Problem.TOO_MANY_RENEWALS,
        Problem.RESERVED,
        Problem.TOO_LATE,
    ]
    *_, late = refusal.value.reasons
    assert (late.count, late.limit) == (15, 14)


def test_what_others_wait_for_is_renewed_where_the_rules_allow_it(
    lend, extend, wait_for, item, patron, other_patron
):
    make_rules(loan_days=28, renewal_when_reserved=1, loan_days_when_reserved=20)
    loan = lend(item, patron).loan
    wait_for(item.record, other_patron)

    assert extend(loan).due_date == date(2026, 3, 31)


def test_an_override_renews_and_the_log_keeps_its_reason(lend, extend, item, patron):
    make_rules(renewals=0)

    extend(lend(item, patron).loan, override="Sairaus")

    event = AuditEvent.objects.get(action="renew")
    assert (event.reason, event.details["overridden"]) == ("Sairaus", ["too_many_renewals"])


def test_lateness_until_the_renewal_is_charged(lend, extend, item, patron, now):
    make_rules(loan_days=28, overdue_cents_per_day=20)

    renewed = extend(lend(item, patron).loan, now=now + timedelta(days=30))

    assert renewed.fee == Fee.objects.get()
    assert renewed.fee.open_cents == 40


def test_an_ended_loan_and_a_claimed_one_are_not_renewed(
    lend, bring, extend, branch, clerk, patron, now
):
    ended, claimed = make_item(branch), make_item(branch)
    ended_loan, claimed_loan = lend(ended, patron).loan, lend(claimed, patron).loan
    bring(ended)
    claim_returned(loan=claimed_loan, branch=branch, by=clerk, now=now)

    with pytest.raises(RenewRefused) as of_ended:
        extend(ended_loan)
    with pytest.raises(RenewRefused) as of_claimed:
        extend(claimed_loan)

    assert problems(of_ended) == [Problem.LOAN_ENDED]
    assert problems(of_claimed) == [Problem.CLAIMED_RETURNED]


def test_a_claim_taken_back_leaves_an_ordinary_loan(lend, extend, item, patron, branch, now):
    loan = lend(item, patron).loan
    claim_returned(loan=loan, branch=branch, by=None, now=now)
    withdraw_claim(loan=loan, branch=branch, by=None, now=now)

    assert extend(loan).loan.renewals == 1


def test_all_loans_are_renewed_but_those_that_may_not_be(
    lend, wait_for, branch, clerk, patron, other_patron, now
):
    free, reserved = make_item(branch), make_item(branch)
    for item in (free, reserved):
        lend(item, patron)
    wait_for(reserved.record, other_patron)

    outcome = renew_all(patron=patron, branch=branch, by=clerk, now=now + timedelta(days=10))

    assert [type(each) is NotRenewed for each in outcome] == [False, True]
    assert [each.loan.item for each in outcome] == [free, reserved]


def test_use_in_the_library_is_counted_without_a_patron(lend, item, patron, branch, clerk, now):
    use = in_house_use(item=item, branch=branch, by=clerk, now=now)

    assert (use.kind, use.patron, use.ended_at) == ("in_house", None, now)
    lend(item, patron)
    with pytest.raises(ItemRefused) as refusal:
        in_house_use(item=item, branch=branch, by=clerk, now=now)
    assert problems(refusal) == [Problem.LENT_TO_ANOTHER]


@pytest.fixture
def due_in_march(lend, branch, other_branch, patron):
    """Two loans of Koskela and one of Rantala, all due on 29.3.2026."""
    make_rules(loan_days=28)
    places = (branch, branch, other_branch)
    return [lend(make_item(place), patron, branch=place).loan for place in places]


def test_due_dates_move_away_from_days_that_turn_out_closed(
    due_in_march, bring, extend, branch, clerk, now
):
    first, last, to = date(2026, 3, 28), date(2026, 4, 5), date(2026, 4, 7)
    closed = {"branch": branch, "first": first, "last": last, "to": to, "by": clerk, "now": now}
    assert loans_due(branch, first, last).count() == 2

    moved = move_due_dates(**closed)
    again = move_due_dates(**closed)

    assert (moved.count, again.count, again.step) == (2, 0, None)
    assert [Loan.objects.get(pk=loan.pk).due_date.day for loan in due_in_march] == [7, 7, 29]
    event = AuditEvent.objects.get(action="move due dates")
    assert event.details == {
        "first": "2026-03-28",
        "last": "2026-04-05",
        "to": "2026-04-07",
        "loans": 2,
    }


def test_moved_due_dates_come_back_but_for_loans_that_went_on(
    due_in_march, bring, branch, clerk, now
):
    moved = move_due_dates(
        branch=None, first=date(2026, 3, 1), last=date(2026, 3, 31), to=date(2026, 4, 7),
        by=clerk, now=now,
    )  # fmt: skip
    returned, renewed, _ = due_in_march
    bring(returned.item)
    Loan.objects.filter(pk=renewed.pk).update(due_date=date(2026, 5, 1))

    back = [undo_move_due_dates(step=moved.step, by=clerk, now=now) for _ in range(2)]

    assert (moved.count, back) == (3, [1, 0])
    assert [Loan.objects.get(pk=loan.pk).due_date for loan in due_in_march] == [
        date(2026, 4, 7),
        date(2026, 5, 1),
        date(2026, 3, 29),
    ]


def test_a_due_date_never_moves_to_an_earlier_day(branch, now):
    with pytest.raises(ValueError, match="2026"):
        move_due_dates(
            branch=branch, first=date(2026, 3, 1), last=date(2026, 3, 9), to=date(2026, 3, 9),
            by=None, now=now,
        )  # fmt: skip
