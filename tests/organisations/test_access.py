import re
from datetime import timedelta

import pytest
from django.urls import reverse

from kimppa.organisations.access import keep_last_patron, keep_workplace, last_patron
from kimppa.organisations.models import Branch, Desk, RoleGrant, StaffAccount
from kimppa.organisations.operations import ensure_branch, ensure_library
from kimppa.organisations.queries import may, may_somewhere
from kimppa.organisations.rules import PERMISSIONS, Permission, Role

pytestmark = pytest.mark.django_db

PHRASE = "sana-joka-on-pitkä"


@pytest.fixture
def branches(db):
    """Koskela's main library and branch, Rantala's main library."""
    koskela, _ = ensure_library(code="Koskela")
    rantala, _ = ensure_library(code="Rantala")
    return [
        ensure_branch(library=library, code=code)[0]
        for library, code in ((koskela, "Pääkirjasto"), (koskela, "Kylä"), (rantala, "Pääkirjasto"))
    ]


@pytest.fixture
def account(db):
    return StaffAccount.objects.create_user("aino", password=PHRASE)


def grant(account, role, now, **unit):
    return RoleGrant.objects.create(account=account, role=role, granted_at=now, **unit)


def sign_in(client, account):
    client.force_login(account)
    return client


def test_every_role_has_its_permissions_and_its_name():
    assert set(PERMISSIONS) == set(Role)
    assert {role.value for role in Role} == set(RoleGrant.Role.values)


def test_every_permission_is_given_by_some_role():
    assert set().union(*PERMISSIONS.values()) == set(Permission)


def test_a_role_in_a_library_holds_in_its_branches_only(branches, account, now):
    main, village, other = branches
    grant(account, "desk", now, library=main.library)

    assert may(account, Permission.CHECK_OUT, branch=main, on=now.date())
    assert may(account, Permission.CHECK_OUT, branch=village, on=now.date())
    assert may(account, Permission.CHECK_OUT, library=main.library, on=now.date())
    assert not may(account, Permission.CHECK_OUT, branch=other, on=now.date())
    assert not may(account, Permission.CHECK_OUT, on=now.date())
    assert may_somewhere(account, Permission.CHECK_OUT, on=now.date())


def test_a_role_in_a_branch_holds_there_only(branches, account, now):
    main, village, _ = branches
    grant(account, "desk", now, branch=main)

    assert may(account, Permission.CHECK_OUT, branch=main, on=now.date())
    assert not may(account, Permission.CHECK_OUT, branch=village, on=now.date())
    assert not may(account, Permission.CHECK_OUT, library=main.library, on=now.date())


def test_a_role_without_a_unit_holds_everywhere(branches, account, now):
    grant(account, "coordinator", now)

    assert may(account, Permission.EDIT_RULES, on=now.date())
    assert may(account, Permission.EDIT_RULES, branch=branches[2], on=now.date())


def test_an_ended_role_and_an_ended_account_may_nothing(branches, account, now):
    ended = grant(account, "desk", now, ends_date=now.date())
    day_after = now.date().replace(day=2)

    assert may(account, Permission.CHECK_OUT, on=ended.ends_date)
    assert not may(account, Permission.CHECK_OUT, on=day_after)
    account = StaffAccount.objects.get(pk=account.pk)
    account.is_active = False
    assert not may(account, Permission.CHECK_OUT, on=ended.ends_date)


def test_a_superuser_without_a_role_may_nothing(branches, now):
    account = StaffAccount.objects.create_superuser("root", password=PHRASE)

    assert not may_somewhere(account, Permission.VIEW_PATRON, on=now.date())


def test_permissions_are_asked_with_one_query(branches, account, now, django_assert_num_queries):
    grant(account, "desk", now, library=branches[0].library)

    with django_assert_num_queries(1):
        for branch in branches:
            may(account, Permission.CHECK_OUT, branch=branch, on=now.date())
            may(account, Permission.EDIT_RULES, on=now.date())


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(client, db):
    response = client.get(reverse("organisations:workplace"))

    assert response.headers["Location"] == "/staff/sign-in/?next=/staff/workplace/"
    assert "no-store" in response.headers["Cache-Control"]


def test_the_place_of_work_is_asked_once_and_shown_on_every_page(client, branches, account, now):
    grant(account, "desk", now, library=branches[0].library)
    sign_in(client, account)
    assert client.get("/staff/").headers["Location"] == "/staff/workplace/"
    desk = Desk.objects.create(branch=branches[0], name="Tiski 1")

    client.post("/staff/workplace/", {"workplace": f"{branches[0].pk}-{desk.pk}"})
    text = client.get("/staff/workplace/").text

    assert "Pääkirjasto" in text
    assert "Tiski 1" in text
    assert "Muu työ" in text


def test_the_first_coordinator_begins_with_the_units(client, db, account, now):
    grant(account, "coordinator", now)
    sign_in(client, account)

    assert client.get("/staff/", follow=True).status_code == 200
    assert client.get("/staff/units/").status_code == 200
    assert client.get("/staff/").headers["Location"] != "/staff/workplace/"


def test_changing_the_place_asks_first(client, branches, account, now):
    grant(account, "desk", now, library=branches[0].library)
    sign_in(client, account)
    client.post("/staff/workplace/", {"workplace": branches[0].pk})

    asked = client.post("/staff/workplace/", {"workplace": branches[1].pk})
    assert "Siirrytkö: Kylä?" in asked.text
    assert client.session["workplace"]["branch"] == branches[0].pk

    client.post("/staff/workplace/", {"workplace": branches[1].pk, "sure": "1"})
    assert client.session["workplace"]["branch"] == branches[1].pk


def test_nobody_can_work_where_they_have_no_role(client, branches, account, now):
    grant(account, "desk", now, branch=branches[0])
    sign_in(client, account)

    response = client.post("/staff/workplace/", {"workplace": branches[2].pk})

    assert response.status_code == 422
    assert "workplace" not in client.session


def test_a_place_is_lost_with_the_role_there(client, branches, account, now):
    given = grant(account, "desk", now, branch=branches[0])
    grant(account, "desk", now, branch=branches[1])
    sign_in(client, account)
    client.post("/staff/workplace/", {"workplace": branches[0].pk})
    given.delete()

    assert client.get("/staff/").headers["Location"] == "/staff/workplace/"


@pytest.mark.parametrize(
    ("address", "is_warned"), [("10.1.5.9", False), ("10.2.5.9", True), ("192.0.2.1", True)]
)
def test_a_workstation_that_stands_elsewhere_is_warned(
    client, branches, account, now, address, is_warned
):
    grant(account, "coordinator", now)
    desk = Desk.objects.create(branch=branches[0], name="Tiski 1", network="10.1.0.0/16")
    sign_in(client, account)
    client.post("/staff/workplace/", {"workplace": f"{branches[0].pk}-{desk.pk}"})

    text = client.get("/staff/workplace/", REMOTE_ADDR=address).text

    assert ("verkko-osoite kuuluu muualle" in text) is is_warned


def test_a_branch_without_a_desk_is_warned_on_the_network_of_another(
    client, branches, account, now
):
    grant(account, "coordinator", now)
    Desk.objects.create(branch=branches[1], name="Tiski", network="10.2.0.0/16")
    sign_in(client, account)
    client.post("/staff/workplace/", {"workplace": branches[0].pk})

    assert "kuuluu muualle" in client.get("/staff/workplace/", REMOTE_ADDR="10.2.0.9").text
    assert "kuuluu muualle" not in client.get("/staff/workplace/", REMOTE_ADDR="10.9.0.9").text


def test_the_desk_of_this_network_is_offered_first(client, branches, account, now):
    grant(account, "coordinator", now)
    Desk.objects.create(branch=branches[0], name="Koko talo", network="10.1.0.0/16")
    desk = Desk.objects.create(branch=branches[1], name="Tiski", network="10.1.2.0/24")
    sign_in(client, account)

    page = client.get("/staff/workplace/", REMOTE_ADDR="10.1.2.3")

    assert page.context["form"].initial["workplace"] == f"{branches[1].pk}-{desk.pk}"
    assert Branch.objects.count() == 3


# The patron who was served last (D11)


@pytest.fixture
def request_of(client, branches, account, now):
    """A request whose session is that of Aino at work."""
    from django.test import RequestFactory

    grant(account, "desk", now, library=branches[0].library)
    sign_in(client, account)
    request = RequestFactory().get("/staff/")
    request.session, request.user = client.session, account
    keep_workplace(request, branches[0], None)
    return request


def test_the_last_patron_is_one_click_away_for_some_minutes(request_of, now, settings):
    keep_last_patron(request_of, "a-key", now=now)
    limit = timedelta(minutes=settings.LAST_PATRON_MINUTES)

    assert last_patron(request_of, now=now + limit) == "a-key"
    assert last_patron(request_of, now=now + limit + timedelta(seconds=1)) is None
    assert "last_patron" not in request_of.session


def test_the_last_patron_stays_behind_when_one_moves_to_another_branch(request_of, now, branches):
    keep_last_patron(request_of, "a-key", now=now)
    keep_workplace(request_of, branches[1], None)

    assert last_patron(request_of, now=now) is None


def test_branches_of_one_name_stand_under_their_libraries(client, branches, account, now):
    grant(account, "desk", now)
    sign_in(client, account)

    page = client.get("/staff/workplace/").text

    names = re.findall(r">(Koskela|Kylä|Rantala|Pääkirjasto)<", page)
    assert names == ["Koskela", "Kylä", "Pääkirjasto", "Rantala", "Pääkirjasto"]
