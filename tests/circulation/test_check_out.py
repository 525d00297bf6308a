from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from circulation.people import (
    make_branch,
    make_card,
    make_category,
    make_child,
    make_item,
    make_patron,
    make_rules,
)

from kimppa.circulation.models import Block, Fee, Hold, ItemState, Loan, Transit
from kimppa.circulation.operations import (
    CheckOutRefused,
    check_in,
    declare_lost,
    set_item_status,
)
from kimppa.circulation.operations.fees import charge
from kimppa.circulation.rules.loans import Authority, Problem, Warn
from kimppa.organisations.models import AuditEvent, Branch, BusStop, ExceptionalDay
from kimppa.patrons.models import Card, Patron

pytestmark = pytest.mark.django_db
SAVEPOINT = 2  # its beginning and its end: the test is itself a transaction


def problems(refusal):
    return [reason.problem for reason in refusal.value.reasons]


def test_a_loan_says_when_it_falls_due_and_which_rule_said_so(lend, item, patron):
    rules = make_rules(
        loan_days=28, cells=[{"name": "loan_days", "value": 14, "item_type": "KIRJA"}]
    )

    lent = lend(item, patron)

    common, books = rules.rules.order_by("pk")
    answer = lent.answers["loan_days"]
    assert lent.due_date == date(2026, 3, 15)
    assert (answer.value, answer.rule.number) == (14, books.pk)
    assert [rule.number for rule in answer.beaten] == [common.pk]
    assert lent.loan.terms == {"loan_days": [14, books.pk, [common.pk]]}


def test_a_loan_never_falls_due_on_a_closed_day(lend, item, patron, branch):
    make_rules(loan_days=28)
    for day in (29, 30):
        ExceptionalDay.objects.create(branch=branch, date=date(2026, 3, day))

    assert lend(item, patron).due_date == date(2026, 3, 31)


def test_hours_that_change_hold_from_the_next_loan_on(lend, patron, branch):
    make_rules(loan_days=28)
    assert lend(make_item(branch), patron).due_date == date(2026, 3, 29)

    shut = ExceptionalDay.objects.create(branch=branch, date=date(2026, 3, 29))
    assert lend(make_item(branch), patron).due_date == date(2026, 3, 30)

    shut.delete()
    branch.hours.filter(weekday=6).delete()  # no Sundays any more
    assert lend(make_item(branch), patron).due_date == date(2026, 3, 30)


def test_a_loan_from_a_bus_falls_due_when_the_bus_comes_again(lend, patron):
    make_rules(loan_days=21)
    bus = make_branch("Auto", kind=Branch.Kind.BUS, open_weekdays=())
    hour = {"opens": time(10), "closes": time(11), "cycle_days": 14}
    BusStop.objects.create(bus=bus, name="Kylä", first_date=date(2026, 3, 1), **hour)
    BusStop.objects.create(bus=bus, name="Ranta", first_date=date(2026, 3, 3), **hour)

    # 22.3. is no visit at all; 31.3. is another stop's; 29.3. is this stop's.
    assert lend(make_item(bus), patron, branch=bus).due_date == date(2026, 3, 29)


def test_home_service_borrows_for_56_days_and_owes_nothing_by_the_matrix_alone(
    lend, bring, item, now
):
    category = make_category("home_service")
    own = {"loan_days": 56, "overdue_cents_per_day": 0}
    cells = [{"name": name, "value": value, "category": category} for name, value in own.items()]
    make_rules(loan_days=28, overdue_cents_per_day=20, cells=cells)

    assert lend(item, make_patron(category=category)).due_date == date(2026, 4, 26)
    assert bring(item, now=now + timedelta(days=90)).fees == []


def test_the_loan_is_shorter_when_others_wait_and_the_clerk_is_told(
    lend, wait_for, item, patron, other_patron
):
    make_rules(loan_days=28, loan_days_when_reserved=14)
    wait_for(item.record, other_patron)

    lent = lend(item, patron)

    assert lent.due_date == date(2026, 3, 15)
    assert lent.warnings == [Warn.OTHERS_WAIT]


def test_a_frozen_hold_shortens_nobodys_loan(lend, wait_for, item, patron, other_patron):
    make_rules(loan_days=28, loan_days_when_reserved=14)
    wait_for(item.record, other_patron, not_before_date=date(2026, 5, 1))

    assert lend(item, patron).due_date == date(2026, 3, 29)


def test_borrowing_fetches_the_patrons_own_hold_and_forgets_who_had_it(
    lend, wait_for, item, patron
):
    wait_for(item.record, patron)

    lent = lend(item, patron)

    assert lent.hold.state == Hold.State.FILLED
    assert Hold.objects.get().patron is None
    assert lent.warnings == []


def test_all_reasons_against_a_loan_are_told_at_once(lend, branch, clerk, now):
    make_rules(loan_allowed=0, block_limit_cents=500, max_loans=1)
    patron = make_patron()
    lend(make_item(branch), patron, override="first")
    charge(patron=patron, kind=Fee.Kind.OVERDUE, cents=520, library=branch.library,
           branch=branch, by=clerk, now=now)  # fmt: skip
    Block.objects.create(
        patron=patron, kind="borrowing", reason="Palauttamatta", began_at=now, by=clerk
    )

    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch, status="not_for_loan"), patron)

    assert problems(refusal) == [
        Problem.FEES,
        Problem.BLOCK,
        Problem.TOO_MANY_LOANS,
        Problem.NOT_FOR_LOAN,
        Problem.CATALOGUE_STATUS,
    ]
    fees, block, loans, *_ = refusal.value.reasons
    assert (fees.cents, fees.limit) == (520, 500)
    assert fees.answer.rule.name == "block_limit_cents"
    assert block.words == "Palauttamatta"
    assert (loans.count, loans.limit) == (1, 1)
    assert all(reason.can_be_overridden for reason in refusal.value.reasons)
    assert Loan.objects.count() == 1


def test_private_law_charges_never_stop_a_loan(lend, item, patron, branch, clerk, now):
    make_rules(block_limit_cents=500)
    charge(patron=patron, kind=Fee.Kind.LOST_ITEM, cents=9000, library=branch.library,
           branch=branch, by=clerk, now=now)  # fmt: skip

    assert lend(item, patron).loan.pk


def test_what_accrues_on_an_overdue_loan_counts_towards_the_limit(lend, branch, patron, now):
    make_rules(block_limit_cents=500, overdue_cents_per_day=20, loan_days=28)
    lend(make_item(branch), patron)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch), patron, now=now + timedelta(days=28 + 26))

    assert problems(refusal) == [Problem.FEES]
    assert refusal.value.reasons[0].cents == 520


def test_an_override_lends_and_the_log_keeps_its_reason(lend, item, patron):
    make_rules(loan_allowed=0)

    lent = lend(item, patron, override="Näyttelyyn")

    event = AuditEvent.objects.get(action="check out")
    assert event.reason == "Näyttelyyn"
    assert event.details["overridden"] == ["not_for_loan"]
    assert [reason.problem for reason in lent.overridden] == [Problem.NOT_FOR_LOAN]


def test_what_is_a_matter_of_fact_cannot_be_overridden(lend, item, patron, other_patron):
    lend(item, other_patron)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, override="Kiire")

    assert problems(refusal) == [Problem.LENT_TO_ANOTHER]


def test_the_log_names_no_borrower(lend, item, patron):
    lend(item, patron)

    event = AuditEvent.objects.get(action="check out")
    assert event.details == {"item": item.pk, "due": "2026-03-29"}


def test_the_same_loan_twice_is_one_loan(lend, item, patron):
    first = lend(item, patron)
    second = lend(item, patron)

    assert (second.loan, second.is_repeat) == (first.loan, True)
    assert Loan.objects.count() == 1


def test_on_a_later_day_the_same_loan_is_offered_for_renewal(lend, item, patron, now):
    lend(item, patron)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, now=now + timedelta(days=3))

    assert problems(refusal) == [Problem.ALREADY_THEIRS]


@pytest.mark.parametrize(
    ("status", "problem"),
    [(Card.Status.LOST, Problem.CARD_LOST), (Card.Status.RETIRED, Problem.CARD_RETIRED)],
)
def test_a_card_out_of_use_borrows_nothing(lend, item, patron, status, problem):
    card = make_card(patron, status=status)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, card=card, override="Oli mukana")

    assert problems(refusal) == [problem]


def test_any_active_card_of_the_patron_will_do(lend, item, patron):
    assert lend(item, patron, card=make_card(patron)).loan.patron == patron


def test_a_patron_merged_into_another_borrows_nothing(lend, item, patron, other_patron):
    Patron.objects.filter(pk=patron.pk).update(merged_into=other_patron)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron)

    assert problems(refusal) == [Problem.MERGED]


def test_a_child_needs_a_guardian(lend, branch, patron):
    make_rules(guardian_needed_below_years=15)
    alone = make_child(born=date(2011, 3, 2))

    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch), alone)

    assert problems(refusal) == [Problem.GUARDIAN_MISSING]
    assert refusal.value.reasons[0].limit == 15
    assert lend(make_item(branch), make_child(patron)).loan.pk
    assert lend(make_item(branch), make_child(born=date(2011, 3, 1))).loan.pk


def test_an_institution_needs_a_responsible_adult(lend, branch, patron):
    school = make_category("school", is_institution=True)
    without = make_patron("Koulu", "", category=school, birth_date=None)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch), without)

    assert problems(refusal) == [Problem.RESPONSIBLE_ADULT_MISSING]
    with_one = make_patron("Koulu", "", category=school, responsible_adult=patron)
    assert lend(make_item(branch), with_one).loan.pk


def test_a_ban_holds_only_in_its_branch_and_until_its_day(
    lend, branch, other_branch, patron, now, clerk
):
    Block.objects.create(
        patron=patron, kind="ban", branch=branch, reason="Häirintä", began_at=now,
        until_date=date(2026, 3, 20), by=clerk,
    )  # fmt: skip

    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch), patron, override="Lupa")

    assert problems(refusal) == [Problem.BAN]
    assert refusal.value.reasons[0].until == date(2026, 3, 20)
    assert lend(make_item(branch), patron, branch=other_branch).loan.pk
    assert lend(make_item(branch), patron, now=now + timedelta(days=20)).loan.pk


def test_an_item_set_aside_for_another_needs_leave_and_then_the_other_waits_again(
    lend, wait_for, item, patron, other_patron, now
):
    hold = wait_for(item.record, other_patron)
    check_in(item=item, branch=item.branch, by=None, now=now)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron)
    lent = lend(item, patron, override="Varaaja antoi luvan")

    hold.refresh_from_db()
    assert problems(refusal) == [Problem.SET_ASIDE]
    assert (hold.state, hold.item) == (Hold.State.WAITING, None)
    assert lent.loan.item == item
    assert not ItemState.objects.exists()


def test_an_item_on_its_way_arrives_by_being_lent(
    lend, item, branch, other_branch, clerk, patron, now
):
    check_in(item=item, branch=other_branch, by=clerk, now=now)

    lent = lend(item, patron)

    transit = Transit.objects.get()
    assert lent.warnings == [Warn.WAS_IN_TRANSIT]
    assert (transit.ended_at, transit.arrived_branch) == (now, branch)
    assert not ItemState.objects.exists()


def test_a_lost_item_that_is_lent_is_found_and_its_replacement_no_longer_owed(
    lend, item, branch, clerk, patron, other_patron, now
):
    lend(item, other_patron)
    fee = declare_lost(item=item, branch=branch, by=clerk, now=now, replacement_cents=2500)

    lent = lend(item, patron)

    fee.refresh_from_db()
    assert lent.warnings == [Warn.FOUND]
    assert fee.open_cents == 0


def test_a_withdrawn_item_is_not_lent(lend, item, branch, clerk, patron, now):
    set_item_status(item=item, status="withdrawn", branch=branch, by=clerk, now=now)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, override="Poistokirja")

    assert problems(refusal) == [Problem.WITHDRAWN]


def test_a_loan_made_while_the_line_was_down_counts_from_its_own_day(lend, item, patron):
    make_rules(loan_days=28)

    lent = lend(item, patron, on_date=date(2026, 2, 26))

    noon = datetime(2026, 2, 26, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
    assert (lent.loan.began_at, lent.due_date) == (noon, date(2026, 3, 26))


def test_an_upload_sent_again_after_the_item_came_back_lends_nothing(
    lend, item, branch, clerk, patron, now
):
    lend(item, patron, on_date=date(2026, 2, 26))
    check_in(item=item, branch=branch, by=clerk, now=now)

    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, on_date=date(2026, 2, 26))

    assert problems(refusal) == [Problem.MOVED_SINCE]


def test_details_that_should_be_checked_are_told(lend, item, branch):
    patron = make_patron(expires_date=date(2026, 2, 28))

    assert lend(item, patron).warnings == [Warn.DETAILS_TO_CHECK]


def test_somebody_else_may_fetch_a_hold_with_the_notice_and_the_log_keeps_no_name(
    lend, bring, wait_for, branch, item, patron
):
    wait_for(item.record, patron)
    bring(item)

    lend(item, patron, authority=Authority.NOTICE)
    with pytest.raises(CheckOutRefused) as refusal:
        lend(make_item(branch), patron, authority=Authority.NOTICE)

    event = AuditEvent.objects.get(action="check out")
    assert event.details == {"item": item.pk, "due": "2026-03-29", "authority": "notice"}
    assert problems(refusal) == [Problem.NOTICE_IS_FOR_HOLDS]


def test_a_power_of_attorney_goes_with_the_patrons_card(lend, item, patron):
    right = Authority.POWER_OF_ATTORNEY
    with pytest.raises(CheckOutRefused) as refusal:
        lend(item, patron, authority=right)

    assert problems(refusal) == [Problem.CARD_NEEDED]
    assert lend(item, patron, authority=right, card=patron.cards.get()).loan.patron == patron


def test_reading_in_the_library_falls_due_the_same_day(lend, item, patron):
    lent = lend(item, patron, kind=Loan.Kind.IN_HOUSE)

    assert (lent.due_date, lent.loan.kind) == (date(2026, 3, 1), "in_house")


def test_a_check_out_asks_the_database_no_more_than_it_must(
    lend, branch, patron, django_assert_max_num_queries
):
    make_rules(loan_days=28, block_limit_cents=500, max_loans=50, overdue_cents_per_day=20)
    lend(make_item(branch), patron)  # from now on the rules are kept in memory

    item, card = make_item(branch), patron.cards.get()
    with django_assert_max_num_queries(6 + SAVEPOINT):
        lend(item, patron, card=card)
