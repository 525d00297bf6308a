"""A real Chromium, driven by Playwright, that looks at a live server with a small catalogue."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings

AXE = settings.CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
# What the browser notes of designed error pages, refused forms, and a line that a test took down.
DESIGNED = (
    "status of 404",
    "status of 422",
    "ERR_INTERNET_DISCONNECTED",
    "htmx:sendError",
    "htmx:afterRequest",
)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path():
    given = os.environ.get("KIMPPA_CHROMIUM") or "chromium"
    found = shutil.which(given)
    if not found:
        pytest.fail(
            f"{given} is not installed. Debian: apt-get install chromium; "
            "elsewhere set KIMPPA_CHROMIUM to a Chromium or Chrome."
        )
    return found


@pytest.fixture(scope="session")
def axe_source():
    if not AXE.exists():
        pytest.fail("axe-core is not installed. Run bin/assets.")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium():
    # Playwright runs an event loop of its own, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium, live_server):
    """``open_page("/", width=320)`` opens a page; whatever the browser complains of fails."""
    contexts, complaints = [], []

    def open_one(address, *, width=1440, language="fi", scheme="light", **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=language,
            base_url=live_server.url,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complain(message.type, message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    def complain(kind, text):
        is_designed = any(words in text for words in DESIGNED)
        if kind in {"error", "warning"} and not is_designed:
            complaints.append(text)

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def save_picture():
    """Keep a picture of the page when KIMPPA_SCREENSHOTS names a folder."""
    folder = os.environ.get("KIMPPA_SCREENSHOTS")

    def save(page, name):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    return save
