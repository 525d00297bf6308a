import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from browser.test_pages_in_a_browser import scrolls_sideways, violations
from circulation.people import (
    make_branch,
    make_card,
    make_item,
    make_patron,
    make_record,
    make_rules,
    make_staff,
)
from django.conf import settings
from django.utils import timezone

from kimppa.circulation.models import Hold, Loan, OfflineLoan
from kimppa.circulation.operations import check_out
from kimppa.circulation.operations import fees as money
from kimppa.organisations.models import Desk, RoleGrant
from kimppa.organisations.operations import set_password
from kimppa.patrons.models import PatronNote

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "kolme kuusta pihalla"  # noqa: S105
KEPT_HERE = """async () =>
  (await (await import('/static/circulation/offline-store.js')).all()).length"""


@pytest.fixture
def branch(db):
    make_rules(
        loan_days=28,
        overdue_cents_per_day=20,
        block_limit_cents=700,
        renewals=5,
        cells=[{"name": "loan_days", "value": 14, "item_type": "DVD"}],
    )
    branch = make_branch("Koskela")
    Desk.objects.create(branch=branch, name="Lainaustiski")
    return branch


@pytest.fixture
def patron(branch):
    patron = make_patron(library=branch.library, card="A1001")
    make_card(patron, "VANHA77", origin="Lakia")
    return patron


@pytest.fixture
def items(branch):
    titles = ("Joki muistaa : romaani", "Talvisota. 2, Rintama", "Kesän kuvat")
    return [
        make_item(branch, record=make_record(title), call_number="84.2", barcode=f"B77{number}")
        for number, title in enumerate(titles)
    ]


def reserve(record, patron, branch):
    now = timezone.now()
    rank = int(now.timestamp() * 1_000_000)
    return Hold.objects.create(
        record=record, patron=patron, pickup_branch=branch, placed_at=now, rank=rank
    )


def owe(patron, branch, cents):
    place = {"library": branch.library, "branch": branch, "by": None, "now": timezone.now()}
    money.charge(patron=patron, kind="overdue", cents=cents, **place)


@pytest.fixture
def at_desk(client, branch, open_page, live_server):
    """``at_desk("/staff/check-out/")``: a browser signed in at Koskela's desk."""
    session = None

    def open_at(address, *, role=RoleGrant.Role.DESK, **options):
        nonlocal session
        if session is None:
            client.force_login(make_staff("aino", branch=branch, role=role))
            session = client.session
            desk = Desk.objects.get(branch=branch)
            session["workplace"] = {"branch": branch.pk, "desk": desk.pk}
            session.save()
        page = open_page("/", **options)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}
        page.context.add_cookies([{**cookie, "url": live_server.url}])
        page.goto(address)
        return page

    return open_at


def type_in(page, text, word=None):
    """Scan as a scanner does: characters and Enter, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    if word:
        page.wait_for_selector(f".said-word > span:first-of-type:text-is('{word}')")


def wait_until(page, script):
    """Wait until the script says yes; evaluated from outside, as the policy forbids eval."""
    for _ in range(100):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never so: {script}")


def played(page):
    return page.evaluate("document.documentElement.dataset.played")


def test_from_signing_in_to_three_loans_without_touching_the_mouse(
    branch, patron, items, open_page, save_picture
):
    account = make_staff("aino", branch=branch)
    set_password(account=account, password=PASSWORD, now=timezone.now(), by=None)
    page = open_page("/staff/sign-in/")
    page.locator("[name=username]").focus()
    page.keyboard.type("aino")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.account")
    page.goto("/staff/workplace/")
    page.locator("main select, main input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".place")
    page.keyboard.press("Alt+u")
    page.wait_for_selector("h1:has-text('Lainaus')")

    assert page.evaluate("document.activeElement.id") == "scan"
    type_in(page, "A1001")
    page.wait_for_selector("#patron-heading")
    for item in items:
        type_in(page, item.barcode, "Lainattu")
        page.wait_for_selector(f".rows li:first-child:has-text('{item.barcode}')")
    save_picture(page, "desk-journey-check-out")

    assert page.locator(".rows > li").count() == 3
    assert page.evaluate("document.activeElement.id") == "scan"
    assert played(page) == "ok"
    page.keyboard.press("Escape")
    page.wait_for_selector(".last-patron")
    assert page.locator("#patron-heading").count() == 0
    assert Loan.objects.open().filter(patron=patron).count() == 3


def test_scans_that_come_faster_than_the_network_are_all_lent_in_their_order(
    at_desk, patron, branch
):
    items = [make_item(branch, barcode=f"QUICK{number}") for number in range(6)]
    page = at_desk("/staff/check-out/")
    type_in(page, "A1001")
    page.wait_for_selector("#patron-heading")
    for item in items:
        type_in(page, item.barcode)
    wait_until(page, "document.querySelectorAll('.rows > li').length === 6")

    assert page.inner_text("#rows-heading .count") == page.inner_text("#open-loans") == "6"
    assert page.is_visible("[data-with-rows]")
    assert list(Loan.objects.order_by("pk").values_list("item", flat=True)) == [i.pk for i in items]
    assert page.input_value("#scan") == ""


def test_what_is_half_typed_when_an_answer_comes_stays_in_the_field(at_desk, patron, items):
    page, held = at_desk("/staff/check-out/"), []

    def hold(route):
        held.append(route)

    page.route("**/staff/check-out/", hold)
    for text, answered in (("A1001", "#patron-heading"), (items[0].barcode, ".rows > li")):
        type_in(page, text)
        page.keyboard.type("HALF")
        for _ in range(100):
            page.wait_for_timeout(50)
            if held:
                break
        held.pop().continue_()
        page.wait_for_selector(answered)

        assert page.input_value("#scan") == "HALF"
        page.fill("#scan", "")


def test_each_of_the_four_results_is_told_by_word_colour_icon_and_sound_and_taken_back(
    at_desk, branch, patron, items, save_picture
):
    other = make_branch("Rantala")
    reserve(items[1].record, patron, branch)
    far = make_item(other, barcode="FAR1", record=make_record("Kaukana täältä"))
    gone = make_item(branch, barcode="GONE1", status="withdrawn")
    check_out(item=items[0], patron=patron, branch=branch, by=None, now=timezone.now())
    page = at_desk("/staff/check-out/")
    page.keyboard.press("Alt+r")
    page.wait_for_selector("h1:has-text('Palautus')")
    looks = []
    for item, word, sound in (
        (items[0], "Hyllyyn", "shelf"),
        (items[1], "Varaushyllyyn", "hold"),
        (far, "Kuljetukseen", "transit"),
        (gone, "Käsittelyyn", "processing"),
    ):
        type_in(page, item.barcode, word)
        assert played(page) == sound
        looks.append(
            (
                page.locator(".said").evaluate("one => getComputedStyle(one).backgroundColor"),
                page.locator(".said-word use").get_attribute("href"),
            )
        )
    assert len({colour for colour, _ in looks}) == len({icon for _, icon in looks}) == 4
    assert [text.split("\n")[0] for text in page.locator(".rows > li").all_inner_texts()][-1] == (
        items[0].record.title
    )

    page.locator(".rows > li:last-child button:has-text('Kumoa')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".said-word:has-text('Palautus kumottu')")
    save_picture(page, "desk-results")
    assert Loan.objects.open().get().item == items[0]


def test_what_was_scanned_while_the_line_was_down_is_sent_again_and_nothing_is_lost(at_desk, items):
    page = at_desk("/staff/check-in/")
    page.context.set_offline(True)
    type_in(page, items[0].barcode)
    page.wait_for_selector("#trouble:not([hidden])")
    assert page.input_value("#scan") == items[0].barcode

    page.context.set_offline(False)
    page.keyboard.press("Enter")
    type_in(page, items[1].barcode)
    type_in(page, items[2].barcode)
    wait_until(page, "document.querySelectorAll('.rows > li').length === 3")
    assert page.input_value("#scan") == ""


def test_sounds_can_be_muted_for_the_workstation(at_desk, patron, items):
    page = at_desk("/staff/check-in/")
    page.locator("[data-mute]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "scan"
    type_in(page, items[0].barcode, "Hyllyyn")

    assert played(page) is None
    page.reload()
    assert page.locator("[data-mute]").get_attribute("aria-pressed") == "true"


def test_a_manager_lends_against_a_rule_with_the_keyboard(
    at_desk, branch, patron, items, save_picture
):
    owe(patron, branch, 950)
    page = at_desk("/staff/check-out/", role=RoleGrant.Role.BRANCH_MANAGER)
    type_in(page, "A1001")
    page.wait_for_selector("#patron-heading")
    type_in(page, items[0].barcode, "Ei lainattu")
    assert played(page) == "stop"
    page.locator("#id_override_reason").focus()
    page.keyboard.type("maksaa huomenna")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said-due")
    save_picture(page, "desk-overridden")

    assert Loan.objects.open().get().patron == patron


def test_the_whole_desk_works_without_javascript(at_desk, branch, patron, items):
    page = at_desk("/staff/check-out/", java_script_enabled=False)

    def scan(text):
        page.fill("#scan", text)
        page.press("#scan", "Enter")

    scan("A1001")
    scan(items[0].barcode)
    assert page.locator(".said-word").inner_text().startswith("Lainattu")
    page.goto("/staff/renew/")
    scan(items[0].barcode)
    assert page.locator(".said").count() == 1
    page.goto("/staff/check-in/")
    scan(items[0].barcode)
    assert page.locator(".said-word").inner_text().startswith("Hyllyyn")
    page.click(".rows button:has-text('Kumoa')")
    assert page.locator(".said-word").inner_text().startswith("Palautus kumottu")
    page.goto("/staff/offline/")
    assert "tarvitsee JavaScriptin" in page.inner_text("main")


def test_loans_written_down_offline_are_uploaded_and_the_exception_is_solved(
    at_desk, branch, patron, items, save_picture, live_server
):
    owing = make_patron("Velka", "Ville", library=branch.library, card="A2002")
    owe(owing, branch, 950)
    page = at_desk("/staff/check-out/", role=RoleGrant.Role.BRANCH_MANAGER)
    wait_until(page, "caches.match('/staff/offline/').then((kept) => Boolean(kept))")
    page.context.set_offline(True)
    page.goto("/staff/check-out/")
    page.wait_for_selector("h1:has-text('Katkostila')")
    assert "Älä palauta nyt" in page.inner_text("main")
    for card, item in (("A1001", items[0]), ("A2002", items[1])):
        type_in(page, card)
        type_in(page, item.barcode)
        page.wait_for_selector(f"[data-offline-rows] li:has-text('{item.barcode}')")
        page.keyboard.press("Escape")
    page.reload()
    wait_until(page, "document.querySelectorAll('[data-offline-rows] > li').length === 2")
    save_picture(page, "desk-offline")
    assert not Loan.objects.exists()

    page.context.set_offline(False)
    page.goto("/staff/offline/loans/")
    page.locator("button:has-text('Lähetä lainat')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".messages")
    save_picture(page, "desk-offline-exceptions")
    assert Loan.objects.get().patron == patron
    assert page.evaluate(KEPT_HERE) == 0
    page.fill("[name=reason]", "maksaa huomenna")
    page.locator("button:has-text('Lainaa silti')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".empty")
    assert Loan.objects.filter(patron=owing).count() == 1
    assert not OfflineLoan.objects.exclude(card_number="").exists()


def test_a_card_number_older_than_a_week_is_forgotten_but_the_loan_is_not(at_desk, patron):
    page = at_desk("/staff/offline/")
    kept = page.evaluate(
        """async () => {
          const store = await import('/static/circulation/offline-store.js');
          const real = Date.prototype.toISOString;
          Date.prototype.toISOString = () => '2020-01-01T10:00:00.000Z';
          await store.write('A1001', 'B1');
          Date.prototype.toISOString = real;
          await store.forgetOldCards();
          return store.all();
        }"""
    )
    assert [(loan["card"], loan["barcode"]) for loan in kept] == [("", "B1")]


def test_slips_are_80_mm_wide_on_paper(at_desk, branch, patron, items, save_picture):
    reserve(items[1].record, patron, branch)
    for item in items[::2]:
        check_out(item=item, patron=patron, branch=branch, by=None, now=timezone.now())
    page = at_desk("/staff/check-in/")
    type_in(page, items[1].barcode, "Varaushyllyyn")
    page.evaluate("document.body.classList.add('prints-slip')")
    page.emulate_media(media="print")
    shown = page.evaluate(
        """[...document.querySelectorAll('body *')].filter((one) => one.checkVisibility()
             && one.children.length === 0 && one.textContent.trim()
             && !one.closest('.slip')).map((one) => one.textContent.trim())"""
    )
    save_picture(page, "slip-at-once")
    assert shown == []
    assert page.locator(".slip").evaluate("one => one.getBoundingClientRect().width") <= 303
    page.goto(f"/staff/check-out/{patron.key}/slip/")
    page.set_viewport_size({"width": 303, "height": 454})
    save_picture(page, "loan-slip")
    page.emulate_media(media="null")
    pdf = page.pdf(prefer_css_page_size=True)
    if folder := os.environ.get("KIMPPA_SCREENSHOTS"):
        Path(folder, "loan-slip.pdf").write_bytes(pdf)
    # 80 mm are 226.77 points.
    widths = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)", pdf)
    assert [round(float(width)) for width in widths] == [227]


@pytest.fixture
def busy_desk(branch, patron, items):
    """Something of everything: fees, a note, a hold that is ready, an overdue and a new loan."""
    owe(patron, branch, 950)
    PatronNote.objects.create(patron=patron, text="Huonokuuloinen", at=timezone.now())
    ready = make_item(branch, barcode="READY1", record=make_record("Varattu kirja : 1, Alku"))
    reserve(ready.record, patron, branch)
    at = timezone.now() - timedelta(40)
    check_out(item=make_item(branch), patron=patron, branch=branch, by=None, now=at, override="koe")
    check_out(
        item=items[2], patron=patron, branch=branch, by=None, now=timezone.now(), override="koe"
    )
    written = OfflineLoan(lent_at=at, branch=branch, uploaded_at=at, card_number="A9", barcode="B9")
    written.key = patron.key
    written.problems = [
        {"problem": "fees", "cents": 950, "count": 0, "limit": 700, "until": None, "words": ""}
    ]
    written.state = "refused"
    written.save()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_desk_is_accessible_and_fits_the_screen(
    at_desk, busy_desk, items, axe_source, save_picture, width, scheme, language
):
    options = {"width": width, "scheme": scheme, "language": language}
    page = at_desk("/staff/check-in/", role=RoleGrant.Role.BRANCH_MANAGER, **options)
    for text in ("READY1", "UNKNOWN-1", items[0].barcode):
        page.fill("#scan", text)
        page.press("#scan", "Enter")
        page.wait_for_selector(f".said:has-text('{text}')")
    shots = {"check-in": None, "check-out": "/staff/check-out/", "renew": "/staff/renew/"}
    shots |= {"item": f"/staff/items/?scan={items[2].barcode}"}
    shots |= {"offline": "/staff/offline/", "offline-loans": "/staff/offline/loans/"}
    for name, address in shots.items():
        if address:
            page.goto(address)
        if name == "check-out":
            page.fill("#scan", "A1001")
            page.press("#scan", "Enter")
            page.wait_for_selector("#patron-heading")
            page.fill("#scan", items[1].barcode)
            page.press("#scan", "Enter")
            page.wait_for_selector("#id_override_reason")
        save_picture(page, f"desk-{name}-{width}-{scheme}-{language}")
        page.evaluate(
            "document.querySelectorAll('main details').forEach((one) => { one.open = 1 })"
        )
        assert violations(page, axe_source) == [], name
        assert not scrolls_sideways(page), f"{name} at {width} px"
