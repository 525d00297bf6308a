"""Due dates and reasons as pure decisions: tables of cases, no database."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.circulation.rules.due import due_date
from kimppa.circulation.rules.loans import (
    OVERRIDABLE,
    Borrower,
    Copy,
    Problem,
    Stopped,
    Terms,
    age_on,
    borrower_problems,
    card_problems,
    copy_problems,
    loan_count_problems,
    that_stand,
)
from kimppa.circulation.rules.policy import Answer
from kimppa.organisations.rules import Span, Stop, Timetable, WeeklySpan

DAY = date(2026, 3, 2)  # a Monday
SPAN = Span(time(9), time(19), "staffed")


def week(*weekdays):
    return tuple(WeeklySpan(day, SPAN, date(2000, 1, 1)) for day in weekdays)


def terms(*, allowed=1, max_loans=0, limit=0, young=15):
    values = {
        "loan_allowed": allowed,
        "max_loans": max_loans,
        "block_limit_cents": limit,
        "guardian_needed_below_years": young,
    }
    return Terms(**{name: Answer(name, value, None) for name, value in values.items()})


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 90),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    closed=st.sets(st.integers(0, 60)),
)
def test_a_due_date_is_the_first_open_day_not_before_the_period(start, days, weekdays, closed):
    wanted = start + timedelta(days=days)
    exceptions = {wanted + timedelta(days=n): () for n in closed}
    timetable = Timetable(week(*weekdays), exceptions)

    due = due_date(start, days, timetable)

    assert due >= wanted
    assert not timetable.is_closed(due)
    between = (wanted + timedelta(days=n) for n in range((due - wanted).days))
    assert all(timetable.is_closed(day) for day in between)


@pytest.mark.parametrize(("cycle_days", "due"), [(7, 21), (14, 28), (21, 21), (42, 42)])
def test_a_bus_loan_lasts_a_whole_number_of_its_routes_cycles(cycle_days, due):
    timetable = Timetable((Stop(DAY, cycle_days, SPAN),), {})

    assert due_date(DAY, 21, timetable) == DAY + timedelta(days=due)


def test_a_visit_that_is_called_off_is_no_due_date():
    timetable = Timetable((Stop(DAY, 14, SPAN),), {DAY + timedelta(days=28): ()})

    assert due_date(DAY, 21, timetable) == DAY + timedelta(days=42)


def test_where_the_days_stops_differ_the_due_date_suits_all_of_them():
    timetable = Timetable((Stop(DAY, 14, SPAN), Stop(DAY, 21, SPAN)), {})

    assert due_date(DAY, 22, timetable) == DAY + timedelta(days=42)


def test_a_bus_that_is_no_longer_to_come_lends_by_its_other_stops():
    last = DAY + timedelta(days=14)
    timetable = Timetable((Stop(DAY, 7, SPAN, last), Stop(DAY + timedelta(1), 7, SPAN)), {})

    assert due_date(DAY, 28, timetable) == DAY + timedelta(days=29)


def test_a_branch_whose_hours_nobody_recorded_lends_by_the_plain_period():
    assert due_date(DAY, 28, Timetable((), {})) == DAY + timedelta(days=28)


@pytest.mark.parametrize(
    ("borrower", "problem"),
    [
        (Borrower(is_merged=True), Problem.MERGED),
        (Borrower(is_erased=True), Problem.ERASED),
        (Borrower(owed_cents=701), Problem.FEES),
        (Borrower(age_years=14), Problem.GUARDIAN_MISSING),
        (Borrower(is_institution=True), Problem.RESPONSIBLE_ADULT_MISSING),
        (Borrower(stops=[Stopped(False, None, None, "Syy")]), Problem.BLOCK),
        (Borrower(stops=[Stopped(True, 1, None, "Syy")]), Problem.BAN),
    ],
)
def test_what_stops_a_patron(borrower, problem):
    found = borrower_problems(borrower, terms(limit=700), branch=1)

    assert [reason.problem for reason in found] == [problem]


@pytest.mark.parametrize(
    "borrower",
    [
        Borrower(),
        Borrower(owed_cents=700),
        Borrower(age_years=15),
        Borrower(age_years=3, has_guardian=True),
        Borrower(is_institution=True, has_responsible_adult=True),
        Borrower(stops=[Stopped(True, 2, None, "Syy")]),
    ],
)
def test_what_does_not_stop_a_patron(borrower):
    assert borrower_problems(borrower, terms(limit=700), branch=1) == []


@pytest.mark.parametrize(
    ("copy", "allowed", "problems"),
    [
        (Copy(), 1, []),
        (Copy(), 0, [Problem.NOT_FOR_LOAN]),
        (Copy(catalogue_status="on order"), 1, [Problem.CATALOGUE_STATUS]),
        (Copy(catalogue_status="lost (2)"), 1, []),
        (Copy(status="withdrawn"), 1, [Problem.WITHDRAWN]),
        (Copy(status="missing"), 1, []),
        (Copy(is_lent=True), 1, [Problem.LENT_TO_ANOTHER]),
        (Copy(is_lent=True, is_lent_to_them=True), 1, [Problem.ALREADY_THEIRS]),
        (Copy(is_set_aside_for_another=True), 1, [Problem.SET_ASIDE]),
    ],
)
def test_what_stops_an_item(copy, allowed, problems):
    assert [reason.problem for reason in copy_problems(copy, terms(allowed=allowed))] == problems


@pytest.mark.parametrize(
    ("status", "is_theirs", "problems"),
    [
        ("active", True, []),
        ("lost", True, [Problem.CARD_LOST]),
        ("retired", True, [Problem.CARD_RETIRED]),
        ("active", False, [Problem.CARD_OF_ANOTHER]),
    ],
)
def test_what_stops_a_card(status, is_theirs, problems):
    found = card_problems(status, is_theirs=is_theirs)

    assert [reason.problem for reason in found] == problems


@pytest.mark.parametrize(("open_loans", "limit", "is_full"), [(2, 3, 0), (3, 3, 1), (99, 0, 0)])
def test_the_limit_of_loans(open_loans, limit, is_full):
    found = loan_count_problems(Borrower(open_loans=open_loans), terms(max_loans=limit))

    assert len(found) == is_full


def test_an_override_lets_pass_what_is_a_rule_and_nothing_that_is_a_fact():
    facts = {
        Problem.MERGED, Problem.ERASED, Problem.CARD_LOST, Problem.CARD_RETIRED,
        Problem.CARD_OF_ANOTHER, Problem.BAN, Problem.WITHDRAWN, Problem.LENT_TO_ANOTHER,
        Problem.ALREADY_THEIRS, Problem.MOVED_SINCE, Problem.LOAN_ENDED, Problem.UNKNOWN_CARD,
        Problem.UNKNOWN_ITEM,
    }  # fmt: skip
    found = borrower_problems(Borrower(is_merged=True, owed_cents=9), terms(limit=1), branch=1)

    assert set(Problem) - OVERRIDABLE == facts
    assert [each.problem for each in that_stand(found, overridden=True)] == [Problem.MERGED]
    assert that_stand(found, overridden=False) == found


def test_a_birthday_on_a_leap_day_counts_from_the_first_of_march():
    assert age_on(date(2023, 2, 28), date(2008, 2, 29)) == 14
    assert age_on(date(2023, 3, 1), date(2008, 2, 29)) == 15
    assert age_on(date(2023, 3, 1), None) is None
