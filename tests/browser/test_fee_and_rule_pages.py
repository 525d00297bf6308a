from datetime import date, timedelta

import pytest
from browser.test_pages_in_a_browser import scrolls_sideways, violations
from circulation.people import (
    make_branch,
    make_category,
    make_item,
    make_patron,
    make_rules,
    make_staff,
)
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.circulation.operations import fees
from kimppa.circulation.operations.simulations import begin_simulation, run_simulation
from kimppa.organisations.models import RoleGrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def branch(db):
    return make_branch("Koskela")


@pytest.fixture
def patron(branch):
    return make_patron(library=branch.library)


@pytest.fixture
def cookies(client, branch):
    """The session of a coordinator who works at the branch, for a browser."""
    client.force_login(make_staff("koordinaattori", role=RoleGrant.Role.COORDINATOR))
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    assert isinstance(session, SessionStore)
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}


@pytest.fixture
def pages(branch, patron):
    """The addresses of the pages, each with something to show."""
    now = timezone.now()
    child = make_category("child", name_fi="Lapsi", name_sv="Barn", name_en="Child")
    cells = [
        {"name": "loan_days", "value": 14, "item_type": "DVD"},
        {"name": "loan_days", "value": 56, "branch": branch},
        {"name": "overdue_cents_per_day", "value": 0, "category": child},
    ]
    common = {"loan_days": 28, "overdue_cents_per_day": 20, "overdue_max_cents": 300}
    old = make_rules(name="Käyttösäännöt 2023", block_limit_cents=700, cells=cells, **common)
    new = make_rules(
        name="Käyttösäännöt 2027",
        valid_from=date(2027, 1, 1),
        cells=cells[:1],
        loan_days=21,
        overdue_cents_per_day=50,
    )
    place = {"branch": branch, "by": None, "now": now}
    for kind, cents in (("overdue", 320), ("lost_item", 2500), ("overdue", 480)):
        fee = fees.charge(
            patron=patron,
            kind=kind,
            cents=cents,
            library=branch.library,
            item=make_item(branch),
            **place,
        )
    receipt = fees.take_payment(
        patron=patron, parts={fee.pk: 80}, method="cash", request_key="one", **place
    )
    for days in range(20, 60):
        Loan.objects.create(
            item=make_item(branch),
            patron=make_patron(),
            branch=branch,
            kind="loan",
            began_at=now - timedelta(days + 30),
            due_date=now.date() - timedelta(days),
            ended_at=now - timedelta(days // 4),
            ending="returned",
            category_code="adult",
        )
    first, last = now.date() - timedelta(200), now.date()
    trial = begin_simulation(old=old, new=new, first=first, last=last, by=None, now=now)
    run_simulation(number=trial.pk, clock=timezone.now, today=last)
    return {
        "fees": reverse("circulation:patron_fees", args=[patron.key]),
        "receipt": reverse("circulation:receipt", args=[receipt.pk]),
        "till": reverse("circulation:till"),
        "rules": reverse("circulation:rules"),
        "matrix": reverse("circulation:rule_set", args=[old.pk]),
        "which": reverse("circulation:which_rule") + f"?branch={branch.pk}&item_type=DVD",
        "compare": reverse("circulation:compare_rules") + f"?old={old.pk}&new={new.pk}",
        "simulations": reverse("circulation:simulations"),
        "simulation": reverse("circulation:simulation", args=[trial.pk]),
    }


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "light", "fi"), (768, "dark", "sv"), (1440, "light", "en"), (1440, "dark", "fi")],
)
def test_pages_of_fees_and_rules_are_accessible_and_fit_the_screen(
    pages, cookies, open_page, live_server, axe_source, save_picture, width, scheme, language
):
    for name, address in pages.items():
        page = open_page("/", width=width, scheme=scheme, language=language)
        page.context.add_cookies([{**cookies, "url": live_server.url}])
        page.goto(address)
        page.evaluate(
            "document.querySelectorAll('main details').forEach((one) => { one.open = true })"
        )
        save_picture(page, f"{name}-{width}-{scheme}-{language}")

        assert violations(page, axe_source) == [], name
        assert not scrolls_sideways(page), f"{name} at {width} px"
