from datetime import date, time

import pytest

from kimppa.organisations.models import Branch, BusStop, ExceptionalDay, OpeningHours
from kimppa.organisations.operations import ensure_branch, ensure_library
from kimppa.organisations.queries import closed_days, hours_on

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 8)
WEEK = {date(2026, 3, day) for day in range(2, 9)}


@pytest.fixture
def branch(db):
    return ensure_branch(library=ensure_library(code="Koskela")[0], code="Pääkirjasto")[0]


def hours(branch, weekday, opens=10, closes=18, kind="staffed", since=date(2026, 1, 1), until=None):
    OpeningHours.objects.create(
        branch=branch,
        weekday=weekday,
        opens=time(opens),
        closes=time(closes),
        kind=kind,
        valid_from=since,
        valid_to=until,
    )


def closed_week(branch):
    return closed_days(branch, MONDAY, SUNDAY)


def test_a_branch_whose_hours_nobody_typed_in_is_open_every_day(branch):
    assert closed_week(branch) == set()


def test_a_day_without_hours_is_closed(branch):
    hours(branch, 0)

    assert closed_week(branch) == WEEK - {MONDAY}


def test_self_service_hours_keep_a_day_open(branch):
    hours(branch, 0)
    hours(branch, 6, 7, 22, kind="self_service")

    assert closed_week(branch) == WEEK - {MONDAY, SUNDAY}


def test_hours_come_earliest_first_with_who_is_there(branch):
    hours(branch, 0, 10, 18)
    hours(branch, 0, 7, 10, kind="self_service")

    assert [(span.opens.hour, span.kind) for span in hours_on(branch, MONDAY)] == [
        (7, "self_service"),
        (10, "staffed"),
    ]


def test_an_exception_closes_a_day_and_another_opens_one(branch):
    hours(branch, 0)
    ExceptionalDay.objects.create(branch=branch, date=MONDAY)
    ExceptionalDay.objects.create(branch=branch, date=SUNDAY, opens=time(12), closes=time(15))

    assert closed_week(branch) == WEEK - {SUNDAY}
    assert hours_on(branch, SUNDAY)[0].opens == time(12)


def test_what_a_branch_says_of_a_day_stands_before_what_all_say(branch):
    hours(branch, 0)
    ExceptionalDay.objects.create(branch=None, date=MONDAY)
    assert MONDAY in closed_week(branch)

    ExceptionalDay.objects.create(branch=branch, date=MONDAY, opens=time(12), closes=time(15))
    assert MONDAY not in closed_week(branch)


def test_a_common_holiday_closes_also_a_branch_without_hours(branch):
    ExceptionalDay.objects.create(branch=None, date=MONDAY)

    assert closed_week(branch) == {MONDAY}


def test_days_after_the_last_recorded_season_count_as_open(branch):
    hours(branch, 0, until=MONDAY)

    assert closed_days(branch, date(2026, 2, 28), TUESDAY) == {
        date(2026, 2, 28),
        date(2026, 3, 1),
    }


def test_a_mobile_library_is_open_when_it_stops_somewhere(branch):
    branch.kind = Branch.Kind.BUS
    branch.save()
    BusStop.objects.create(
        bus=branch, name="Kylä", first_date=TUESDAY, opens=time(10), closes=time(11), cycle_days=14
    )

    closed = closed_days(branch, TUESDAY, date(2026, 3, 17))

    assert TUESDAY not in closed
    assert date(2026, 3, 17) not in closed
    assert date(2026, 3, 10) in closed
    assert hours_on(branch, TUESDAY)[0].closes == time(11)
