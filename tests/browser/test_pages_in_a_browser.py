import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RECORD = "/records/K00000000000a/"
PAGES = {
    "list": "/",
    "record": RECORD,
    "no-hits": "/?q=olematon",
    "missing": "/nothing",
    "privacy": "/privacy/",
}
AXE_RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  });
  return found.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary}`));
}"""


def violations(page, axe_source):
    page.evaluate(axe_source)
    return page.evaluate(AXE_RUN)


def open_details(page):
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_pages_are_accessible_and_fit_the_screen(
    loaded, open_page, axe_source, save_picture, width, scheme, language
):
    for name, address in PAGES.items():
        page = open_page(address, width=width, scheme=scheme, language=language)
        open_details(page)
        save_picture(page, f"{name}-{width}-{scheme}-{language}")

        assert violations(page, axe_source) == []
        assert not scrolls_sideways(page), f"{name} at {width} px"
        assert page.locator("html").get_attribute("lang") == language


def test_an_empty_catalogue_is_accessible(db, open_page, axe_source, save_picture):
    page = open_page("/", language="en")
    save_picture(page, "empty-1440-light-en")

    assert violations(page, axe_source) == []
    assert "kimppa load" in page.inner_text("main")


def test_the_list_follows_what_is_typed(loaded, open_page):
    page = open_page("/", language="en")

    page.fill("#q", "joki")
    page.wait_for_selector("text=1 record")

    assert page.locator(".records h3").all_inner_texts() == ["Joki muistaa"]
    assert page.url.endswith("/?q=joki")
    assert page.evaluate("document.activeElement.id") == "q"


def test_the_way_back_leads_through_earlier_lists(loaded, open_page):
    page = open_page("/", language="en")
    page.fill("#q", "joki")
    page.wait_for_selector("text=1 record")

    page.go_back()
    page.wait_for_selector("text=12 records")

    assert page.locator(".records h3").count() == 12
    assert page.locator("html").get_attribute("lang") == "en"


def test_choosing_another_order_keeps_the_search(loaded, open_page):
    page = open_page("/?q=kertomuksia", language="en")

    page.select_option("#sort", "newest")
    page.wait_for_url(re.compile("sort=newest"))
    page.wait_for_function(
        "document.querySelector('.records h3').innerText === 'Kertomuksia kylästä 9'"
    )

    assert "q=kertomuksia" in page.url


def test_a_lost_connection_is_told_and_the_list_stays(loaded, open_page, live_server, chromium):
    context = chromium.new_context(base_url=live_server.url, locale="en")
    page = context.new_page()
    page.goto("/")
    page.route("**/*", lambda route: route.abort())

    page.fill("#q", "joki")
    page.wait_for_selector("#trouble:visible")

    assert page.locator(".records h3").count() == 12
    context.close()


def test_everything_works_without_scripts(loaded, open_page):
    page = open_page("/", language="en", java_script_enabled=False)

    page.fill("#q", "kertomuksia")
    page.click("button[type=submit]")
    assert page.locator(".records h3").count() == 9

    page.click(".facets >> text=Periodical")
    assert page.locator(".records h3").count() == 3
    assert "q=kertomuksia" in page.url

    page.click(".records h3 a >> nth=0")
    page.click("summary >> text=Input records beside the result")
    assert page.is_visible("table.beside")

    page.click("text=Svenska")
    assert "Varifrån posten kommer" in page.inner_text("main")


def test_the_keyboard_reaches_everything(loaded, open_page):
    page = open_page("/", language="en")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("joki?/")
    assert page.input_value("#q") == "joki?/"

    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("text=Go to the search box")
    page.keyboard.press("Escape")
    assert not page.is_visible("text=Go to the search box")


def test_focus_is_always_visible(loaded, open_page):
    page = open_page(RECORD, language="en")

    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_the_language_is_changed_by_a_button_and_stays(loaded, open_page):
    page = open_page(RECORD, language="fi")

    page.click("text=English")
    assert "Where to find it" in page.inner_text("main")
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"


def test_on_paper_a_record_is_without_buttons_and_menus(loaded, open_page, save_picture):
    page = open_page(RECORD, language="fi", scheme="dark")
    page.emulate_media(media="print")
    save_picture(page, "record-print")

    assert not page.is_visible(".site-header")
    assert not page.is_visible("text=MARCXML")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
