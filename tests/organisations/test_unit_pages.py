from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from kimppa.organisations.models import (
    AuditEvent,
    Branch,
    BusStop,
    Desk,
    ExceptionalDay,
    Library,
    OpeningHours,
)
from kimppa.organisations.operations import ensure_branch, ensure_library, set_hours
from kimppa.organisations.queries import closed_days, hours_on
from kimppa.organisations.rules import Span

pytestmark = pytest.mark.django_db

UNITS = "/staff/units/"
TEN, SIX = time(10), time(18)


@pytest.fixture
def branches(db):
    libraries = [ensure_library(code=code)[0] for code in ("Koskela", "Rantala")]
    return [ensure_branch(library=each, code=f"{each.code}n pääkirjasto")[0] for each in libraries]


@pytest.fixture
def coordinator(sign_in):
    return sign_in("coordinator")


def last_event():
    return AuditEvent.objects.first()


def test_a_coordinator_makes_a_library_a_branch_and_a_desk(client, db, coordinator):
    client.post(f"{UNITS}libraries/add/", {"code": "Koskela", "name": "Koskela"})
    library = Library.objects.get()
    form = {"code": "pää", "name": "Pääkirjasto", "kind": "main", "city": "Koskela"}
    client.post(f"{UNITS}libraries/{library.pk}/branches/add/", form)
    branch = Branch.objects.get()
    response = client.post(
        f"{UNITS}branches/{branch.pk}/desks/add/", {"name": "Tiski 1", "network": "10.1.2.7/24"}
    )

    assert response.headers["Location"] == f"{UNITS}branches/{branch.pk}/"
    assert (branch.library, branch.city) == (library, "Koskela")
    assert Desk.objects.get().network == "10.1.2.0/24"
    assert [event.object_kind for event in AuditEvent.objects.all()] == [
        "desk",
        "branch",
        "library",
    ]
    assert "Tiski 1" in client.get(f"{UNITS}branches/{branch.pk}/").text


def test_a_change_is_logged_with_what_was_before_and_after(client, branches, coordinator):
    branch = branches[0]
    form = {"code": branch.code, "name": "Keskusta", "kind": "branch"}
    client.post(f"{UNITS}branches/{branch.pk}/change/", form)

    event = last_event()
    assert event.details == {"name": ["Koskelan pääkirjasto", "Keskusta"]}
    assert (event.action, event.by, event.branch) == ("change unit", coordinator, branch)


def test_saving_without_a_change_writes_no_line(client, branches, coordinator):
    branch = branches[0]
    form = {"code": branch.code, "name": branch.name, "kind": "branch"}
    client.post(f"{UNITS}branches/{branch.pk}/change/", form)

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("network", ["10.1.2", "not a network", "10.1.2.0/40"])
def test_what_is_no_network_is_refused(client, branches, coordinator, network):
    response = client.post(
        f"{UNITS}branches/{branches[0].pk}/desks/add/", {"name": "Tiski", "network": network}
    )

    assert response.status_code == 422
    assert "10.1.2.0/24" in response.text


def test_two_branches_of_a_library_cannot_have_one_code(client, branches, coordinator):
    form = {"code": branches[0].code, "name": "Toinen", "kind": "branch"}
    address = f"{UNITS}libraries/{branches[0].library_id}/branches/add/"

    assert client.post(address, form).status_code == 422
    assert Branch.objects.count() == 2


def test_a_coordinator_of_one_library_changes_that_one_only(client, branches, sign_in, now):
    from kimppa.organisations.models import RoleGrant, StaffAccount

    account = StaffAccount.objects.create(username="local")
    RoleGrant.objects.create(
        account=account, role="coordinator", library=branches[0].library, granted_at=now
    )
    client.force_login(account)

    assert client.get(f"{UNITS}branches/{branches[0].pk}/change/").status_code == 200
    assert client.get(f"{UNITS}branches/{branches[1].pk}/change/").status_code == 404
    assert client.post(f"{UNITS}branches/{branches[1].pk}/hours/", {}).status_code == 404
    assert client.get(f"{UNITS}libraries/add/").status_code == 404
    assert client.post(f"{UNITS}exceptions/", {"day": "2030-01-01"}).status_code == 404
    assert ExceptionalDay.objects.count() == 0


def test_a_branch_manager_sets_hours_but_changes_no_desk(client, branches, sign_in):
    sign_in("branch_manager", branches[0])
    desk = Desk.objects.create(branch=branches[0], name="Tiski")

    assert client.get(f"{UNITS}branches/{branches[0].pk}/hours/").status_code == 200
    assert client.get(f"{UNITS}branches/{branches[1].pk}/hours/").status_code == 404
    assert client.get(f"{UNITS}desks/{desk.pk}/").status_code == 404


def week(branch, opens, *, since, until=None, by, now):
    set_hours(
        branch=branch,
        week={weekday: [Span(time(opens), SIX, "staffed")] for weekday in range(7)},
        valid_from=since,
        valid_to=until,
        now=now,
        by=by,
    )


def opening(branch, day):
    return [span.opens.hour for span in hours_on(branch, day)]


def test_new_hours_end_the_old_ones_the_day_before(branches, now, coordinator):
    branch = branches[0]
    week(branch, 10, since=date(2026, 1, 1), by=coordinator, now=now)
    week(branch, 9, since=date(2026, 6, 1), by=coordinator, now=now)

    assert opening(branch, date(2026, 5, 31)) == [10]
    assert opening(branch, date(2026, 6, 1)) == [9]


def test_after_a_season_the_hours_before_it_go_on(branches, now, coordinator):
    branch = branches[0]
    week(branch, 10, since=date(2026, 1, 1), by=coordinator, now=now)
    week(branch, 12, since=date(2026, 6, 1), until=date(2026, 8, 31), by=coordinator, now=now)

    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [opening(branch, day) for day in days] == [[10], [12], [12], [10]]


def test_setting_the_same_hours_again_changes_nothing(branches, now, coordinator):
    branch = branches[0]
    for _ in range(2):
        week(branch, 10, since=date(2026, 1, 1), by=coordinator, now=now)

    assert OpeningHours.objects.count() == 7


def test_hours_are_typed_as_people_say_them(client, branches, coordinator):
    branch = branches[0]
    monday = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    form = {
        "valid_from": monday.isoformat(),
        "staffed_0": "9.30-12, 13-18",
        "self_service_0": "6\N{EN DASH}24",
    }
    response = client.post(f"{UNITS}branches/{branch.pk}/hours/", form)

    assert response.status_code == 302
    assert [(span.opens, span.closes, span.kind) for span in hours_on(branch, monday)] == [
        (time(6), time(23, 59), "self_service"),
        (time(9, 30), time(12), "staffed"),
        (time(13), time(18), "staffed"),
    ]
    assert monday + timedelta(days=1) in closed_days(branch, monday, monday + timedelta(days=6))
    assert last_event().action == "set hours"
    shown = client.get(f"{UNITS}branches/{branch.pk}/?week={monday}").text
    assert "9.30\N{EN DASH}12" in shown


@pytest.mark.parametrize("typed", ["18-10", "ten", "10-12-14", "9-12, 11-14", "10-25", "10"])
def test_what_are_no_hours_is_refused_and_kept_to_be_mended(client, branches, coordinator, typed):
    form = {"valid_from": "2026-03-02", "staffed_0": typed}
    response = client.post(f"{UNITS}branches/{branches[0].pk}/hours/", form)

    assert response.status_code == 422
    assert f'value="{typed}"' in response.text
    assert OpeningHours.objects.count() == 0


def test_an_exception_is_set_replaced_and_removed(client, branches, coordinator):
    branch, day = branches[0], timezone.localdate() + timedelta(days=3)
    address = f"{UNITS}branches/{branch.pk}/exceptions/"
    client.post(f"{address}add/", {"day": day.isoformat(), "reason": "Juhannus"})
    assert closed_days(branch, day, day) == {day}
    assert "Juhannus" in client.get(f"{UNITS}branches/{branch.pk}/").text

    client.post(f"{address}add/", {"day": day.isoformat(), "staffed": "10-14"})
    assert hours_on(branch, day) == (Span(TEN, time(14), "staffed"),)

    client.post(f"{address}remove/", {"date": day.isoformat()})
    assert ExceptionalDay.objects.count() == 0
    assert [event.action for event in AuditEvent.objects.all()] == [
        "remove exceptional day",
        "set exceptional day",
        "set exceptional day",
    ]


def test_yesterday_is_not_changed_any_more(client, branches, coordinator):
    day = timezone.localdate() - timedelta(days=1)
    address = f"{UNITS}branches/{branches[0].pk}/exceptions/add/"

    assert client.post(address, {"day": day.isoformat()}).status_code == 422


def test_a_common_holiday_closes_every_branch(client, branches, coordinator):
    day = timezone.localdate() + timedelta(days=3)
    client.post(f"{UNITS}exceptions/", {"day": day.isoformat(), "reason": "Vappu"})

    assert all(closed_days(branch, day, day) == {day} for branch in branches)
    assert "Vappu" in client.get(f"{UNITS}exceptions/").text
    client.post(f"{UNITS}exceptions/remove/", {"date": day.isoformat()})
    assert ExceptionalDay.objects.count() == 0


def test_a_bus_has_stops_and_other_branches_have_none(client, branches, coordinator):
    bus, branch = branches
    bus.kind = Branch.Kind.BUS
    bus.save()
    form = {
        "name": "Kylä",
        "first_date": "2026-03-02",
        "cycle_days": 14,
        "opens": "10:00",
        "closes": "10:45",
    }
    assert client.post(f"{UNITS}branches/{branch.pk}/stops/add/", form).status_code == 404
    client.post(f"{UNITS}branches/{bus.pk}/stops/add/", form)
    stop = BusStop.objects.get()

    assert "Kylä" in client.get(f"{UNITS}branches/{bus.pk}/?week=2026-03-16").text
    assert opening(bus, date(2026, 3, 16)) == [10]
    wrong = form | {"closes": "09:00", "cycle_days": 0}
    assert client.post(f"{UNITS}stops/{stop.pk}/", wrong).status_code == 422
    client.post(f"{UNITS}stops/{stop.pk}/remove/")
    assert BusStop.objects.count() == 0


@pytest.mark.parametrize("asked", ["nonsense", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_strange_weeks_in_the_address_show_this_week(client, branches, coordinator, asked):
    response = client.get(f"{UNITS}branches/{branches[0].pk}/", {"week": asked})

    assert response.context["monday"] <= timezone.localdate()
    assert len(response.context["week"]) == 7
