"""What pages, logs and headers let out."""

import logging

import pytest
from django.conf import settings as django_settings
from django.test import Client

from kimppa.site.logs import WithoutData

pytestmark = pytest.mark.django_db

PERSONAL = ["131052-308T", "Virtanen"]
HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


@pytest.fixture
def broken(settings):
    settings.ROOT_URLCONF = "security.broken"
    return Client(raise_request_exception=False)


def logged(caplog):
    """Return the log as the site writes it."""
    kept = django_settings.LOGGING["formatters"]["plain"]
    formatter = WithoutData(kept["format"], style=kept["style"])
    return "\n".join(formatter.format(record) for record in caplog.records)


@pytest.mark.parametrize(("address", "status"), [("/fails/", 500), ("/missing/", 404)])
def test_no_error_page_and_no_log_of_one_holds_personal_data(broken, caplog, address, status):
    response = broken.post(address, {"name": "Virtanen", "code": "131052-308T"})
    log = logged(caplog)

    assert response.status_code == status
    assert not any(word in response.text or word in log for word in PERSONAL)
    assert address in log


def test_the_log_of_an_error_tells_where_it_happened_and_of_what_kind(broken, caplog):
    broken.post("/fails/", {"name": "Virtanen", "code": "131052-308T"})
    log = logged(caplog)

    assert "in fails" in log
    assert "django.db.utils.IntegrityError" in log
    assert "builtins.ValueError" in log


def test_the_site_writes_its_log_that_way():
    handler = next(h for h in logging.getLogger().handlers if isinstance(h.formatter, WithoutData))

    assert handler.level <= logging.WARNING


@pytest.mark.parametrize("address", ["/", "/nothing", "/staff/", "/staff/sign-in/"])
def test_every_answer_tells_browsers_what_is_forbidden(client, db, address):
    headers = client.get(address).headers

    assert {name: headers[name].partition(";")[0].partition(",")[0] for name in HEADERS} == HEADERS


def test_a_failed_page_tells_browsers_what_is_forbidden_too(broken):
    headers = broken.post("/fails/", {"name": "x", "code": "y"}).headers

    assert set(HEADERS) <= set(headers)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, db):
    client.get("/staff/sign-in/")
    cookie = client.cookies["csrftoken"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert django_settings.SESSION_COOKIE_HTTPONLY
    assert django_settings.SESSION_COOKIE_SAMESITE == "Lax"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_changing_the_language_leads_to_no_foreign_place(client, db, target):
    response = client.post("/language/setlang/", {"language": "sv", "next": target})

    assert response.headers["Location"] == "/"


def test_served_by_https_cookies_travel_by_it_only(monkeypatch):
    import importlib

    from kimppa.site import settings as shipped

    def read():
        fresh = importlib.reload(shipped)
        return fresh.SESSION_COOKIE_SECURE, fresh.CSRF_COOKIE_SECURE, fresh.SECURE_SSL_REDIRECT

    monkeypatch.setenv("KIMPPA_HTTPS", "1")
    assert read() == (True, True, True)
    assert shipped.SECURE_HSTS_SECONDS == 365 * 24 * 3600
    monkeypatch.delenv("KIMPPA_HTTPS")
    assert read() == (False, False, False)
    assert shipped.SECURE_HSTS_SECONDS == 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "10.0.0.1", "127.0.0.1"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "1.1.1.1, 10.0.0.1", "10.0.0.1"),
        (2, "1.1.1.1, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "127.0.0.1"),
    ],
)
def test_the_callers_address_is_what_our_own_proxy_saw(
    client, db, settings, proxies, forwarded, address
):
    settings.PROXIES = proxies

    response = client.get("/staff/sign-in/", headers={"x-forwarded-for": forwarded})

    assert response.wsgi_request.META["REMOTE_ADDR"] == address
