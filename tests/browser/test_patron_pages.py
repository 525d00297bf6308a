"""The patrons' pages in a real browser: accessible, fitting, and usable by keyboard and scanner."""

from datetime import date, timedelta

import pytest
from browser.test_pages_in_a_browser import open_details, scrolls_sideways, violations
from circulation.people import make_branch, make_category, make_child, make_item, make_patron
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Fee, Hold, Loan
from kimppa.circulation.operations import fees
from kimppa.organisations.models import RoleGrant, StaffAccount
from kimppa.patrons import operations as register
from kimppa.patrons.models import Consent, Patron

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def url(name, *keys):
    return reverse(f"circulation:{name}", args=keys)


@pytest.fixture
def branch(db):
    branch = make_branch("Lapua")
    branch.street, branch.postal_code, branch.city = "Kirkkokatu 1", "62100", "Lapua"
    branch.save()
    return branch


@pytest.fixture
def account(branch):
    account = StaffAccount.objects.create(
        username="aino", first_name="Aino", last_name="Kirjastonen", home_branch=branch
    )
    for role in ("branch_manager", "privacy_officer"):
        RoleGrant.objects.create(account=account, role=role, granted_at=timezone.now())
    return account


@pytest.fixture
def people(branch):
    """A patron with much of everything, the same person once more, a child, one in hiding."""
    doing = {"now": timezone.now(), "by": None, "branch": branch}
    today = timezone.localdate()
    patron = make_patron(
        "Virtanen", "Eeva Maria", library=branch.library, home_branch=branch, card="285A123123"
    )
    make_category("adult")
    register.add_address(
        patron=patron, street="Kotikuja 12 B 7", postal_code="62100", city="Lapua", **doing
    )
    register.add_email(patron=patron, value="eeva.virtanen@example.fi", **doing)
    register.add_phone(patron=patron, value="040 123 4567", **doing)
    register.set_pin(patron=patron, pin="0417", **doing)
    register.add_note(patron=patron, text="Hakee usein äidin varaukset.", **doing)
    register.give_consent(patron=patron, kind=Consent.Kind.SELF_SERVICE, **doing)
    register.store_identity_code(patron=patron, code="131052-308T", **doing)
    child = make_child(patron, born=date(today.year - 8, 5, 1), library=branch.library)
    item = make_item(branch)
    Loan.objects.create(
        item=item,
        patron=patron,
        branch=branch,
        began_at=doing["now"],
        due_date=today - timedelta(days=2),
        category_code="adult",
    )
    Hold.objects.create(
        record=item.record,
        patron=patron,
        pickup_branch=branch,
        placed_at=doing["now"],
        rank=1,
    )
    fees.charge(
        patron=patron,
        kind=Fee.Kind.OVERDUE,
        cents=340,
        library=branch.library,
        branch=branch,
        by=None,
        now=doing["now"],
    )
    away = make_branch("Kauhava")
    second = make_patron(
        "Mäki-Virtanen",
        "Eeva",
        library=away.library,
        home_branch=away,
        card="KAU-00417",
        language="sv",
    )
    register.add_phone(patron=second, value="050 765 4321", **doing)
    register.add_address(patron=second, street="Vanhatie 3", city="Kauhava", **doing)
    hidden = make_patron("Salminen", "Siiri", library=branch.library, home_branch=branch)
    register.add_phone(patron=hidden, value="0407777777", **doing)
    register.set_non_disclosure(patron=hidden, until=today + timedelta(days=20), **doing)
    Patron.objects.filter(pk=make_patron("Vanha", library=branch.library).pk).update(
        last_active_date=date(2000, 1, 1)
    )
    return {"patron": patron, "second": second, "child": child, "hidden": hidden}


@pytest.fixture
def at(open_page, live_server, client, account, branch):
    """``at(address, …)`` opens a page as the account, at work in Lapua."""
    client.force_login(account)
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}

    def open_it(address, **options):
        page = open_page("/", **options)
        page.context.add_cookies([{**cookie, "url": live_server.url}])
        page.goto(address)
        return page

    return open_it


def pages(people):
    keys = {name: each.key for name, each in people.items()}
    return {
        "search": url("patrons"),
        "check": url("check_patron"),
        "patron": url("patron", keys["patron"]),
        "hidden": url("patron", keys["hidden"]),
        "child": url("patron", keys["child"]),
        "merge-find": url("merge_find", keys["patron"]),
        "merge": url("merge_patrons", keys["patron"], keys["second"]),
        "letter": url("letter", keys["hidden"]),
        "erase": url("erase_patron", keys["patron"]),
        "retention": url("purge_patrons"),
        "came-of-age": url("came_of_age"),
    }


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (320, "light", "fi"),
        (320, "dark", "sv"),
        (768, "dark", "fi"),
        (1440, "light", "fi"),
        (1440, "dark", "en"),
        (1440, "light", "sv"),
    ],
)
def test_the_patrons_pages_are_accessible_and_fit_the_screen(
    people, at, axe_source, save_picture, width, scheme, language
):
    for name, address in pages(people).items():
        page = at(address, width=width, scheme=scheme, language=language)
        save_picture(page, f"patrons-{name}-{width}-{scheme}-{language}")
        open_details(page)

        assert violations(page, axe_source) == [], name
        assert not scrolls_sideways(page), f"{name} at {width} px"


def test_a_scanner_opens_a_patron_and_a_name_lists_while_typing(people, at, axe_source):
    page = at(url("patrons"), language="en")
    page.fill("#q", "virt")
    page.wait_for_selector("text=Mäki-Virtanen, Eeva")
    assert violations(page, axe_source) == []

    page.fill("#q", "285a123123")
    page.press("#q", "Enter")
    page.wait_for_selector("h1:has-text('Virtanen, Eeva Maria')")
    assert "virt" not in page.url.lower()


def test_registering_goes_from_the_check_to_the_new_page_without_scripts(
    people, at, save_picture, axe_source
):
    page = at(url("check_patron"), language="fi", java_script_enabled=False)
    page.fill("[name=identity_code]", "131052-308t")
    page.click("text=Tarkista rekisteristä")
    assert page.is_visible("text=Asiakas on jo olemassa")
    save_picture(page, "patrons-known")

    page.fill("[name=surname]", "Virtanen")
    page.fill("[name=birth_date]", "17.5.1980")
    page.click("text=Tarkista rekisteristä")
    assert page.is_visible("text=Onko hän joku näistä?")
    save_picture(page, "patrons-register")

    page.fill("[name=card]", "U-1")
    page.fill("[name=rules_version]", "Säännöt 2026")
    page.click("button:has-text('Rekisteröi asiakas')")
    assert "Virtanen" in page.inner_text("h1")
    assert page.is_visible("text=U-1")


def test_two_entries_are_merged_and_parted_with_the_keyboard_and_no_script(people, at):
    page = at(
        url("merge_patrons", people["patron"].key, people["second"].key),
        language="en",
        java_script_enabled=False,
    )
    for matter in page.locator("input[type=radio][value=kept]").all():
        matter.focus()
        page.keyboard.press("Space")
    page.click("button:has-text('Merge entries')")
    assert page.is_visible("text=All their cards work")
    assert page.is_visible("text=KAU-00417")

    page.click("text=Undo merge")
    assert not page.is_visible("text=KAU-00417")


def test_what_is_withheld_opens_for_a_reason_and_is_gone_on_the_next_look(
    people, at, save_picture, axe_source
):
    page = at(url("patron", people["hidden"].key), language="en")
    assert "7777777" not in page.content()
    page.click("summary:has-text('Show what is withheld')")
    page.fill("[name=open-reason]", "kaukolaina saapui")
    page.click("button:has-text('Show what is withheld')")
    page.wait_for_selector("text=+358407777777")

    page.goto(url("patron", people["hidden"].key))
    assert "7777777" not in page.content()


def test_a_patrons_data_and_an_envelope_are_fit_for_paper(people, at, save_picture, axe_source):
    page = at(url("patron", people["patron"].key), language="fi")
    page.click("summary:has-text('Luovuta asiakkaan tiedot')")
    page.fill("[name=export-reason]", "asiakas pyysi")
    page.click("button:has-text('Näytä tulostettavana')")
    page.wait_for_selector("h1:has-text('Asiakkaan tiedot')")
    assert violations(page, axe_source) == []
    page.emulate_media(media="print")
    save_picture(page, "patrons-export-print")
    assert not page.is_visible(".staff-header")

    page = at(url("letter", people["hidden"].key), language="fi")
    page.fill("[name=reason]", "lasku")
    page.fill("[name=address]", "Siiri Salminen\nKätköpolku 9\n99999 PIILOLA")
    page.click("text=Tee kirjekuori")
    save_picture(page, "patrons-envelope")
    page.emulate_media(media="print")
    assert page.is_visible("text=Kätköpolku 9")
    assert not page.is_visible("text=Tulosta heti")


def test_another_librarys_patron_is_closed_until_a_reason_is_given(
    people, at, save_picture, axe_source, account
):
    account.grants.all().delete()
    RoleGrant.objects.create(
        account=account,
        role="desk",
        library=account.home_branch.library,
        granted_at=timezone.now(),
    )
    page = at(url("patron", people["second"].key), language="fi")
    save_picture(page, "patrons-need")
    assert violations(page, axe_source) == []
    assert "765" not in page.inner_text("main")

    page.fill("[name=need-reason]", "asiakas tiskillä")
    page.click("text=Näytä tiedot")
    page.wait_for_selector("text=+358507654321")
