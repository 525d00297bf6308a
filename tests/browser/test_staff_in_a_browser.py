from datetime import date, time, timedelta

import pytest
from browser.test_pages_in_a_browser import open_details, scrolls_sideways, violations
from django.conf import settings
from django.test import Client
from django.utils import timezone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHRASE = "lumi-narskuu-kengän-alla"


@pytest.fixture
def region(db, now):
    """Koskela with a main library, a branch and a bus, its hours, desks and staff."""
    from kimppa.organisations import operations
    from kimppa.organisations.models import Branch, BusStop, Desk, RoleGrant, StaffAccount
    from kimppa.organisations.rules import Role, Span

    koskela, _ = operations.ensure_library(code="Koskela")
    rantala, _ = operations.ensure_library(code="Rantala")
    main, _ = operations.ensure_branch(library=koskela, code="Koskelan pääkirjasto")
    operations.ensure_branch(library=rantala, code="Rantalan kirjasto")
    bus, _ = operations.ensure_branch(library=koskela, code="Kirjastoauto Vilma")
    Branch.objects.filter(pk=main.pk).update(
        kind="main", street="Kirkkotie 4", postal_code="62100", city="Koskela"
    )
    Branch.objects.filter(pk=bus.pk).update(kind="bus")
    Desk.objects.create(branch=main, name="Tiski 1", network="127.0.0.0/8")
    Desk.objects.create(branch=main, name="Takahuone", network="10.1.0.0/16")
    BusStop.objects.create(
        bus=bus, name="Kylätalo", first_date=date(2026, 3, 2), opens=time(13), closes=time(13, 45)
    )
    account = StaffAccount.objects.create(
        username="aino", first_name="Aino", last_name="Aalto", password=""
    )
    operations.set_password(account=account, password=PHRASE, now=now, by=None)
    for role in Role:
        RoleGrant.objects.create(account=account, role=role, granted_at=now - timedelta(days=300))
    week = {
        day: [Span(time(7), time(22), "self_service"), Span(time(10), time(18 - day), "staffed")]
        for day in range(5)
    }
    operations.set_hours(
        branch=main, week=week, valid_from=date(2026, 1, 1), valid_to=None, now=now, by=account
    )
    operations.set_exceptional_day(
        branch=None,
        day=timezone.localdate() + timedelta(days=2),
        spans=[],
        reason="Itsenäisyyspäivä",
        now=now,
        by=account,
    )
    operations.record_read(
        now=now, by=account, kind="patron", object_id=7, branch=main, reason="kysyi maksuista"
    )
    return main, bus, account


@pytest.fixture
def open_as(region, open_page, live_server):
    """``open_as("/staff/units/")`` opens a page as Aino, who may everything, at the main desk."""

    def open_one(address, *, desk=True, **options):
        main, _, account = region
        client = Client()
        client.force_login(account)
        session = client.session
        number = main.desks.get(name="Tiski 1" if desk is True else desk).pk if desk else None
        session["workplace"] = {"branch": main.pk, "desk": number}
        session.save()
        page = open_page("/staff/sign-in/", **options)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": session.session_key,
                    "url": live_server.url,
                }
            ]
        )
        page.goto(address)
        return page

    return open_one


def pages(region):
    main, bus, account = region
    return {
        "workplace": "/staff/workplace/",
        "units": "/staff/units/",
        "branch": f"/staff/units/branches/{main.pk}/",
        "bus": f"/staff/units/branches/{bus.pk}/?week=2026-03-02",
        "hours": f"/staff/units/branches/{main.pk}/hours/",
        "exception": f"/staff/units/branches/{main.pk}/exceptions/add/",
        "exceptions": "/staff/units/exceptions/",
        "desk": f"/staff/units/branches/{main.pk}/desks/add/",
        "staff": "/staff/accounts/?show=confirm",
        "account": f"/staff/accounts/{account.key}/",
        "account-add": "/staff/accounts/add/",
        "roles": "/staff/roles/",
        "log": "/staff/log/",
        "password": "/staff/password/",
        "second-factor": "/staff/second-factor/",
    }


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (768, "dark"), (1440, "light")])
def test_staff_pages_are_accessible_and_fit_the_screen(
    region, open_as, axe_source, save_picture, width, scheme, language
):
    page = open_as("/staff/", width=width, scheme=scheme, language=language)
    for name, address in pages(region).items():
        page.goto(address)
        open_details(page)
        found = violations(page, axe_source)
        page.goto(address)
        save_picture(page, f"staff-{name}-{width}-{scheme}-{language}")

        assert found == [], name
        assert not scrolls_sideways(page), f"{name} at {width} px"
        assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("width", [320, 1440])
def test_signing_in_and_choosing_the_place_by_hand(
    region, open_page, axe_source, save_picture, width
):
    page = open_page("/staff/units/", width=width)
    assert violations(page, axe_source) == []
    save_picture(page, f"staff-sign-in-{width}")
    page.fill("#id_username", "aino")
    page.fill("#id_password", PHRASE)
    page.click("main button")
    assert page.url.endswith("/staff/units/")

    page.goto("/staff/")
    assert page.url.endswith("/staff/workplace/")
    assert page.locator("input:checked + label").inner_text() == "Koskelan pääkirjasto: Tiski 1"
    page.click("text=Työskentele täällä")
    assert "Koskelan pääkirjasto" in page.inner_text(".place")
    assert "Tiski 1" in page.inner_text(".place")

    page.click(".account summary")
    page.click("text=Kirjaudu ulos")
    assert page.url.endswith("/staff/sign-in/")


def test_a_workstation_on_a_foreign_network_is_warned_in_big_words(
    open_as, axe_source, save_picture
):
    page = open_as("/staff/units/", desk="Takahuone")
    save_picture(page, "staff-elsewhere")

    assert "verkko-osoite kuuluu muualle" in page.inner_text("[role=alert]")
    assert violations(page, axe_source) == []


def test_the_second_factor_is_set_up_with_a_picture(open_as, axe_source, save_picture):
    page = open_as("/staff/second-factor/", scheme="dark")
    page.click("main button")
    save_picture(page, "staff-second-factor-picture")

    assert page.is_visible(".qr svg")
    assert violations(page, axe_source) == []


def test_alt_and_a_letter_lead_to_the_desk(region, open_as):
    page = open_as("/staff/units/")
    links = page.locator("[data-alt-key]")
    keys = links.evaluate_all("all => all.map(one => [one.dataset.altKey, one.pathname])")

    for key, path in keys:
        page.goto("/staff/units/")
        page.keyboard.press(f"Alt+{key}")
        page.wait_for_url(f"**{path}**")
