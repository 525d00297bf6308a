from datetime import timedelta

import pytest
from browser.test_pages_in_a_browser import scrolls_sideways, violations
from circulation.people import make_branch, make_item, make_patron, make_staff
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.operations import check_out, move_due_dates
from kimppa.organisations.models import RoleGrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def due(db):
    """When a loan of Koskela falls due; some loans were moved before it."""
    branch, now = make_branch("Koskela"), timezone.now()
    patron = make_patron(library=branch.library)
    usual = {"patron": patron, "branch": branch, "by": None, "now": now}
    due = check_out(item=make_item(branch), **usual).due_date
    move_due_dates(branch=branch, first=due, last=due, to=due + timedelta(days=3), by=None, now=now)
    return check_out(item=make_item(branch), **usual).due_date


@pytest.fixture
def cookies(client, due):
    """The session of a coordinator who works at the branch, for a browser."""
    client.force_login(make_staff("koordinaattori", role=RoleGrant.Role.COORDINATOR))
    session = client.session
    session["workplace"] = {"branch": make_branch("Koskela").pk, "desk": None}
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "fi"), (320, "dark", "sv")]
)
def test_moving_due_dates_is_accessible_and_fits_the_screen(
    open_page, axe_source, live_server, save_picture, cookies, due, width, scheme, language
):
    page = open_page("/", width=width, scheme=scheme, language=language)
    page.context.add_cookies([{**cookies, "url": live_server.url}])
    page.goto(f"{live_server.url}{reverse('circulation:due_dates')}")
    page.fill("#id_first", due.isoformat())
    page.fill("#id_last", due.isoformat())
    page.fill("#id_to", (due + timedelta(days=2)).isoformat())
    page.click("button[name=count]")
    page.wait_for_selector("[role=status]")
    save_picture(page, f"due-dates-{width}-{scheme}-{language}")

    assert violations(page, axe_source) == []
    assert not scrolls_sideways(page)
