"""Queue areas: set by those who set the rules of use, with dates; nobody loses a place."""

from datetime import timedelta

import pytest
from circulation.people import make_item, make_staff
from circulation.queues import TODAY, make_hold
from circulation.test_holds_pages import words
from circulation.test_holds_set_aside import set_aside
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import QueueArea
from kimppa.circulation.operations.queue_areas import (
    AreaRefused,
    add_queue_area,
    end_queue_area,
)
from kimppa.organisations.models import AuditEvent, RoleGrant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def add(now, clerk):
    def add_one(*branches, **fields):
        values = {"name": "Elokuvat", "item_type": "DVD", "valid_from": TODAY, "valid_to": None}
        return add_queue_area(branches=branches, by=clerk, now=now, **(values | fields))

    return add_one


def test_an_area_changes_whose_turn_it_is_and_nobodys_place(add, branch, other_branch, now):
    item = make_item(branch, item_type="DVD")
    far = make_hold(item.record, other_branch, days_ago=30)
    near = make_hold(item.record, branch)
    add(branch, decision="Johtoryhmä 1.2.2026 § 3")

    assert set_aside(item, branch, now) == near
    far.refresh_from_db()
    assert far.state == "waiting"
    event = AuditEvent.objects.get(action="add queue area")
    assert event.details["branches"] == ["Koskela/Koskela"]
    assert event.reason == "Johtoryhmä 1.2.2026 § 3"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"valid_from": TODAY - DAY}, "begins_in_the_past"),
        ({"valid_to": TODAY - DAY}, "ends_before_it_begins"),
    ],
)
def test_an_area_is_not_set_for_days_gone_by(add, branch, fields, problem):
    with pytest.raises(AreaRefused) as refused:
        add(branch, **fields)
    assert [str(each) for each in refused.value.reasons] == [problem]


def test_an_area_has_branches(add):
    with pytest.raises(AreaRefused):
        add()
    assert not QueueArea.objects.exists()


def test_an_area_ends_when_it_is_said_to(add, branch, other_branch, now):
    area = add(branch)
    end_queue_area(area=area, last_date=TODAY, by=None, now=now)
    item = make_item(branch, item_type="DVD")
    hold = make_hold(item.record, other_branch)

    assert set_aside(item, branch, now) is None
    assert set_aside(item, branch, now + DAY) == hold
    with pytest.raises(AreaRefused):
        end_queue_area(area=area, last_date=None, by=None, now=now + 2 * DAY)


@pytest.fixture
def page(client, branch):
    def at(role):
        client.force_login(make_staff(role, role=role))
        session = client.session
        session["workplace"] = {"branch": branch.pk, "desk": None}
        session.save()
        client.cookies["django_language"] = "en"
        return client

    return at


def test_the_coordinator_sets_and_ends_areas_on_their_page(page, branch, other_branch):
    client = page(RoleGrant.Role.COORDINATOR)
    address = reverse("circulation:queue_areas")
    assert "the whole consortium has one queue" in words(client.get(address))
    today = timezone.localdate().isoformat()
    given = {"name": "Kirjat", "branches": [branch.pk, other_branch.pk], "valid_from": today}

    shown = client.post(reverse("circulation:add_queue_area"), given, follow=True)
    assert "Koskela, Rantala" in words(shown)
    area = QueueArea.objects.get()
    ended = client.post(
        reverse("circulation:end_queue_area", args=[area.pk]), {"last_date": today}, follow=True
    )
    assert "The last day is set." in words(ended)
    refused = client.post(reverse("circulation:add_queue_area"), given | {"valid_to": "2020-01-01"})
    assert refused.status_code == 422


def test_others_see_the_areas_and_change_nothing(page, branch):
    client = page(RoleGrant.Role.DESK)
    address = reverse("circulation:queue_areas")

    assert "Add a queue area" not in words(client.get(address))
    assert client.post(reverse("circulation:add_queue_area"), {"name": "x"}).status_code == 403
    assert client.post(reverse("circulation:end_queue_area", args=[1])).status_code == 404


def test_the_coordinator_of_one_library_sets_areas_of_its_branches_only(
    client, branch, other_branch
):
    client.force_login(make_staff("oma", branch=branch, role=RoleGrant.Role.COORDINATOR))
    client.cookies["django_language"] = "en"
    given = {"name": "Kirjat", "valid_from": timezone.localdate().isoformat()}
    address = reverse("circulation:add_queue_area")

    refused = client.post(address, given | {"branches": [branch.pk, other_branch.pk]})
    assert refused.status_code == 422
    assert "Choose branches of your own libraries only." in words(refused)
    assert client.post(address, given | {"branches": [branch.pk]}).status_code == 302
