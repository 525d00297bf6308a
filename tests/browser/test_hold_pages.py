import re
from datetime import timedelta

import pytest
from browser.test_pages_in_a_browser import scrolls_sideways, violations
from circulation.people import make_branch, make_item, make_patron, make_record, make_staff
from circulation.queues import make_area, make_hold
from circulation.test_holds_set_aside import make_group, set_aside
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Hold, PullRequest
from kimppa.circulation.operations.hold_endings import cancel_holds
from kimppa.circulation.operations.pulling import ask_branches, take_list
from kimppa.organisations.models import RoleGrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLES = [
    "Suomen lasten runotar",
    "Myrsky yllä Lakeuden",
    "Kesäkirja",
    "Tuntematon tie pohjoiseen: matkakertomus kylästä kylään",
]


@pytest.fixture
def branch(db):
    return make_branch("Lapuan pääkirjasto")


@pytest.fixture
def coordinator(branch):
    return make_staff("koordinaattori", role=RoleGrant.Role.COORDINATOR)


@pytest.fixture
def cookies(client, coordinator, branch):
    client.force_login(coordinator)
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}


def shelved(number, home):
    """An item on a shelf, one of four titles."""
    return make_item(
        home,
        record=make_record(TITLES[number % 4], author="Aho, Aino", title_key=str(number)),
        call_number=f"84.2 {'ABCDEF'[number % 6]}HO",
        shelving_location=["Aikuiset", "Lapset", "Varasto"][number % 3],
    )


def fill_hold_shelf(branch, other, patron, now, today):
    """Nine holds that can be fetched, three of them too late, and half of a reading circle."""
    for number in range(9):
        item = shelved(number, [branch, other][number % 2])
        hold = make_hold(item.record, branch, patron=patron if number < 2 else None)
        set_aside(item, branch, now)
        if number < 4:
            last = today - timedelta(days=1) if number < 3 else today
            Hold.objects.filter(pk=hold.pk).update(last_pickup_date=last)
        if number == 0:
            make_hold(item.record, branch, days_ago=1)
    circle = shelved(1, branch)
    make_group(circle, branch, patron, 2)
    set_aside(circle, branch, now)


def fill_pull_list(branch, other, coordinator, now):
    """Twelve items to fetch, four of them in the coordinator's hand."""
    for number in range(12):
        make_hold(shelved(number, branch).record, [branch, other][number % 2])
    ask_branches(now=now)
    numbers = list(PullRequest.objects.filter(branch=branch).values_list("pk", flat=True))
    take_list(branch=branch, requests=numbers[:4], by=coordinator, now=now)
    PullRequest.objects.filter(pk=numbers[5]).update(looks=1)


@pytest.fixture
def pages(branch, coordinator):
    """The addresses of the pages, each with something to show."""
    now, today = timezone.now(), timezone.localdate()
    other = make_branch("Ilmajoen kirjasto")
    patron = make_patron()
    fill_hold_shelf(branch, other, patron, now, today)
    fill_pull_list(branch, other, coordinator, now)

    wanted = shelved(3, other)
    queue = [
        make_hold(wanted.record, [branch, other][day % 2], days_ago=20 - day) for day in range(8)
    ]
    Hold.objects.filter(pk=queue[5].pk).update(rank=queue[1].rank - 5)
    Hold.objects.filter(pk=queue[3].pk).update(not_before_date=today + timedelta(days=40))
    set_aside(wanted, other, now)
    make_area(branch, other, item_type="DVD")
    cancelled = [queue[6], make_hold(shelved(2, branch).record, branch, patron=patron)]
    cancel_holds(holds=[hold.pk for hold in cancelled], by=coordinator, branch=branch, now=now)
    late = make_hold(shelved(0, branch).record, branch, patron=patron)
    cancel_holds(holds=[late.pk], by=None, branch=None, now=now - timedelta(days=3))

    def hold_page(name, hold):
        return reverse(f"circulation:{name}", args=[hold.key])

    ready = Hold.objects.filter(state="ready", group=None).latest("pk")
    away = Hold.objects.filter(state="in_transit").latest("pk")
    return {
        "hold-shelf": reverse("circulation:holds"),
        "pull-list": reverse("circulation:pull_list"),
        "cancelled-holds": reverse("circulation:cancelled_holds"),
        "queue-areas": reverse("circulation:queue_areas"),
        "queue": reverse("circulation:record_holds", args=[wanted.record.cluster_id]),
        "hold": hold_page("hold", queue[4]),
        "hold-cancelled": hold_page("hold", queue[6]),
        "patron-holds": reverse("circulation:patron_holds", args=[patron.key]),
        "hold-slip": hold_page("hold_slip", ready),
        "transit-slip": hold_page("hold_slip", away),
    }


@pytest.fixture
def at(open_page, cookies, live_server):
    """Open a page as the coordinator: ``at(address, width=320)``."""

    def open_one(address, **options):
        page = open_page("/", **options)
        page.context.add_cookies([{**cookies, "url": live_server.url}])
        page.goto(address)
        return page

    return open_one


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "light", "fi"), (768, "dark", "sv"), (1440, "light", "en"), (1440, "dark", "fi")],
)
def test_pages_of_holds_are_accessible_and_fit_the_screen(
    pages, at, axe_source, save_picture, width, scheme, language
):
    for name, address in pages.items():
        page = at(address, width=width, scheme=scheme, language=language)
        page.evaluate(
            "document.querySelectorAll('main details').forEach((one) => { one.open = true })"
        )
        save_picture(page, f"{name}-{width}-{scheme}-{language}")

        assert violations(page, axe_source) == [], name
        assert not scrolls_sideways(page), f"{name} at {width} px"


def test_items_are_cleared_one_scan_after_the_other(pages, at):
    over = Hold.objects.filter(state="ready", last_pickup_date__lt=timezone.localdate())
    first, second = over.order_by("pk")[:2]
    page = at(pages["hold-shelf"], language="en")
    assert page.evaluate("document.activeElement.name") == "barcode"

    page.keyboard.type(f"{first.item.barcode}\n")
    page.wait_for_selector(".big-word")
    assert "To the next person" in page.inner_text(".big-word")
    assert page.evaluate("document.activeElement.name") == "barcode"

    page.keyboard.type(f"{second.item.barcode}\n")
    page.wait_for_selector(f".big-word >> text={second.item.barcode}")


def test_the_pull_list_is_answered_on_a_phone(pages, at, save_picture):
    page = at(pages["pull-list"], width=320, language="en")
    before = page.locator(".pull").count()

    page.locator(".pull >> nth=0").get_by_role("button", name="Found").click()
    page.wait_for_selector(".big-word")
    save_picture(page, "found-320")

    assert page.locator(".pull").count() == before - 1


def test_slips_are_80_mm_wide_on_paper_and_lists_have_ticks(pages, at, save_picture, tmp_path):
    page = at(pages["hold-slip"], language="fi")
    page.emulate_media(media="print")
    save_picture(page, "slip-print")
    assert not page.is_visible(".staff-header")
    width = page.evaluate("document.querySelector('.slip').getBoundingClientRect().width")
    assert width <= 72 * 96 / 25.4 + 1
    page.pdf(path=str(tmp_path / "slip.pdf"), prefer_css_page_size=True)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ", (tmp_path / "slip.pdf").read_bytes())
    assert float(box[1]) == pytest.approx(80 / 25.4 * 72, abs=1)

    listed = at(pages["pull-list"], language="fi")
    listed.emulate_media(media="print")
    save_picture(listed, "pull-list-print")
    assert listed.is_visible(".tick")
    assert not listed.is_visible(".pull-answers")
