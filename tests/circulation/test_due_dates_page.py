"""The page where due dates move away from days on which a branch turns out to be closed."""

from datetime import timedelta

import pytest
from circulation.people import make_item, make_staff
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.circulation.operations import check_out
from kimppa.organisations.models import AuditEvent, ExceptionalDay, RoleGrant

pytestmark = pytest.mark.django_db
PAGE = reverse("circulation:due_dates")


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def due(branch, other_branch, patron, today):
    """When two loans of Koskela and one of Rantala fall due."""
    now = timezone.now()
    loans = [
        check_out(item=make_item(place), patron=patron, branch=place, by=None, now=now).loan
        for place in (branch, branch, other_branch)
    ]
    assert {loan.due_date for loan in loans} == {today + timedelta(days=28)}
    return today + timedelta(days=28)


@pytest.fixture
def manager(client, branch):
    account = make_staff("eeva", branch=branch, role=RoleGrant.Role.BRANCH_MANAGER)
    client.force_login(account)
    return account


def closed(branch, due, **more):
    days = {"first": due, "last": due, "to": due + timedelta(days=1)}
    return {"branch": branch.pk if branch else "", **days, **more}


def test_loans_are_counted_before_any_is_moved(client, manager, branch, due):
    page = client.post(PAGE, closed(branch, due, count=""))

    assert "2 lainaa erääntyy näinä päivinä." in page.content.decode()
    assert not Loan.objects.exclude(due_date=due).exists()


def test_the_due_dates_of_the_branch_move_and_come_back(client, manager, branch, due):
    page = client.post(PAGE, closed(branch, due, move=""), follow=True)
    assert "2 lainan eräpäivä siirtyi." in page.content.decode()
    assert Loan.objects.filter(due_date=due + timedelta(days=1), branch=branch).count() == 2
    assert Loan.objects.filter(due_date=due).count() == 1

    (step,) = page.context["moves"]
    assert (step.branch, step.count, step.to) == (branch, 2, due + timedelta(days=1))
    back = client.post(reverse("circulation:undo_due_dates", args=[step.number]), follow=True)

    assert "2 lainalla on taas entinen eräpäivänsä." in back.content.decode()
    assert Loan.objects.filter(due_date=due).count() == 3
    assert back.context["moves"] == []
    event = AuditEvent.objects.get(action="move due dates")
    assert (event.by, event.branch) == (manager, branch)


def test_a_day_on_which_the_branch_is_closed_too_is_warned_of(client, manager, branch, due):
    ExceptionalDay.objects.create(branch=branch, date=due + timedelta(days=1))

    page = client.post(PAGE, closed(branch, due))

    assert "Toimipiste on suljettu myös uutena päivänä." in page.content.decode()


def test_days_that_make_no_sense_are_answered_with_the_form(client, manager, branch, due):
    for wrong in ({"last": due - timedelta(days=1)}, {"to": due}, {"to": ""}):
        page = client.post(PAGE, closed(branch, due, move="", **wrong))
        assert page.status_code == 422
    assert not Loan.objects.exclude(due_date=due).exists()


def test_another_librarys_branch_and_all_of_them_are_not_the_managers_to_move(
    client, manager, branch, other_branch, due, today
):
    for place in (other_branch, None):
        assert client.post(PAGE, closed(place, due, move="")).status_code == 422
    coordinator = make_staff("aulis", role=RoleGrant.Role.COORDINATOR)
    client.force_login(coordinator)
    page = client.post(PAGE, closed(None, due, move=""), follow=True)
    (step,) = page.context["moves"]
    assert step.count == 3

    client.force_login(manager)
    undo = client.post(reverse("circulation:undo_due_dates", args=[step.number]))
    assert undo.status_code == 404
    assert client.get(PAGE).context["moves"] == []


def test_whoever_sets_no_hours_moves_no_due_dates(client, branch, due):
    client.force_login(make_staff("matti", branch=branch))

    assert client.get(PAGE).status_code == 403
