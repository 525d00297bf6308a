"""Each page of the site against each role: who gets in, who is refused, and how."""

import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from security.pages import PAGES, PUBLIC

from kimppa.organisations.models import RoleGrant, StaffAccount
from kimppa.organisations.operations import ensure_branch, ensure_library
from kimppa.organisations.rules import PERMISSIONS, Role

pytestmark = pytest.mark.django_db

ANYTHING = {"uuid": uuid.UUID(int=7), "int": 7, "str": "x", "path": "x", "slug": "x"}
REFUSED = {403, 404}
WRONG_METHOD = 405
SIGN_IN = "/staff/sign-in/"
WORKPLACE = "/staff/workplace/"


def patterns(resolver=None, namespace=""):
    """Return (full name, pattern) of every address."""
    found = []
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            found.append((f"{namespace}{each.name}", each))
        else:
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            found += patterns(each, inner)
    return found


ADDRESSES = patterns()
STAFF = [name for name, _ in ADDRESSES if PAGES.get(name, PUBLIC) != PUBLIC]
CALLBACKS = {name: each.callback for name, each in ADDRESSES}


def address(name):
    converters = dict(ADDRESSES)[name].pattern.converters
    kinds = {
        key: type(each).__name__.removesuffix("Converter").lower()
        for key, each in converters.items()
    }
    return reverse(name, kwargs={key: ANYTHING.get(kind, "x") for key, kind in kinds.items()})


@pytest.fixture
def branches(db):
    libraries = [ensure_library(code=code)[0] for code in ("Koskela", "Rantala")]
    return [ensure_branch(library=library, code="Pääkirjasto")[0] for library in libraries]


def client_of(branch, now, *grants):
    """Return a browser of somebody with these (role, branch) grants, at work in the branch."""
    account = StaffAccount.objects.create(username=f"account-{StaffAccount.objects.count()}")
    for role, where in grants:
        RoleGrant.objects.create(account=account, role=role, branch=where, granted_at=now)
    client = Client(raise_request_exception=True)
    client.force_login(account)
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    return client


def answers(client, name):
    """Return the answers to reading the page and to sending it an empty form."""
    return [client.get(address(name)), client.post(address(name), {})]


def leads_to(response, target):
    return response.status_code == 302 and response.headers["Location"].startswith(target)


def test_every_address_is_in_the_table_and_nothing_else():
    names = [name for name, _ in ADDRESSES]

    assert [name for name in names if name not in PAGES] == [], (
        "add them to tests/security/pages.py"
    )
    assert set(PAGES) - set(names) == set()


@pytest.mark.parametrize("name", STAFF)
def test_a_staff_page_asks_for_the_permission_that_the_table_names(name):
    assert CALLBACKS[name].access.permission == PAGES[name]


@pytest.mark.parametrize("name", [name for name, _ in ADDRESSES if PAGES.get(name) == PUBLIC])
def test_a_public_page_is_meant_to_be_public(name):
    assert not hasattr(CALLBACKS[name], "access")


@pytest.mark.parametrize("name", STAFF)
def test_strangers_are_led_to_sign_in(client, db, name):
    responses = answers(client, name)

    assert all(leads_to(each, SIGN_IN) or each.status_code == WRONG_METHOD for each in responses)
    assert any(leads_to(each, SIGN_IN) for each in responses)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", [name for name in STAFF if PAGES[name]])
def test_a_page_opens_to_the_roles_that_have_its_permission_and_to_no_other(
    branches, now, name, role
):
    here, _ = branches
    responses = answers(client_of(here, now, (role, here)), name)

    if PAGES[name] in PERMISSIONS[role]:
        assert all(each.status_code != 403 for each in responses)
        assert not any(leads_to(each, SIGN_IN) or leads_to(each, WORKPLACE) for each in responses)
    else:
        assert all(each.status_code in REFUSED | {WRONG_METHOD} for each in responses)
        assert any(each.status_code in REFUSED for each in responses)


@pytest.mark.parametrize(
    "name", [name for name in STAFF if PAGES[name] and CALLBACKS[name].access.needs_place]
)
def test_a_role_elsewhere_opens_nothing_where_one_works(branches, now, name):
    here, elsewhere = branches
    roles = [role for role in Role if PAGES[name] in PERMISSIONS[role]]
    powerless = next((r for r in Role if PAGES[name] not in PERMISSIONS[r]), None)
    if powerless is None:
        pytest.skip("every role may")
    grants = [(role, elsewhere) for role in roles] + [(powerless, here)]

    responses = answers(client_of(here, now, *grants), name)

    assert all(each.status_code in REFUSED | {WRONG_METHOD} for each in responses)


@pytest.mark.parametrize(
    "name", [name for name in STAFF if PAGES[name] and CALLBACKS[name].access.needs_place]
)
def test_a_page_of_the_desk_asks_first_where_one_works(branches, now, name):
    client = client_of(branches[0], now, *[(role, None) for role in Role])
    session = client.session
    del session["workplace"]
    session.save()

    responses = answers(client, name)

    assert any(leads_to(each, WORKPLACE) for each in responses)
    assert all(leads_to(each, WORKPLACE) or each.status_code == WRONG_METHOD for each in responses)


@pytest.mark.parametrize("name", [name for name, _ in ADDRESSES if name not in {"staff"}])
def test_no_form_is_taken_without_its_token(branches, now, name):
    client = client_of(branches[0], now, *[(role, None) for role in Role])
    client.handler.enforce_csrf_checks = True

    assert client.post(address(name), {}).status_code in {403, WRONG_METHOD}


@pytest.mark.parametrize("name", STAFF)
def test_browsers_keep_no_staff_page(branches, now, name):
    client = client_of(branches[0], now, *[(role, None) for role in Role])

    for response in answers(client, name):
        if response.status_code in {200, 302, 422}:
            assert "no-store" in response.headers["Cache-Control"]
