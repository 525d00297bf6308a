import io
from datetime import timedelta

import pytest
from django.utils import timezone

from kimppa.organisations.models import AuditEvent, RoleGrant, StaffAccount
from kimppa.organisations.operations import (
    create_account,
    ensure_branch,
    ensure_library,
    grant_role,
    record_event,
)
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission, Role
from kimppa.site.cli import run

pytestmark = pytest.mark.django_db

STAFF = "/staff/accounts/"
PHRASE = "lumi-narskuu-kengän-alla"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["organisations.hashing.QuickArgon2"]


@pytest.fixture
def branches(db):
    libraries = [ensure_library(code=code)[0] for code in ("Koskela", "Rantala")]
    return [ensure_branch(library=each, code=f"{each.code}n pääkirjasto")[0] for each in libraries]


@pytest.fixture
def coordinator(sign_in):
    return sign_in("coordinator")


@pytest.fixture
def local(client, branches, now):
    """Koskela's own coordinator, signed in."""
    account = StaffAccount.objects.create(username="local")
    grant_role(
        account=account, role=Role.COORDINATOR, library=branches[0].library, now=now, by=None
    )
    client.force_login(account)
    return account


def clerk(branch, *, role=Role.DESK, username="eero", at=None):
    at = at or timezone.now()
    account = create_account(username=username, first_name="Eero", now=at, by=None)
    grant_role(account=account, role=role, branch=branch, now=at, by=None)
    return account


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def do(client, account, action, **fields):
    return client.post(f"{STAFF}{account.key}/", {"do": action, **fields})


def test_a_coordinator_makes_an_account_with_a_role_and_a_link(client, branches, coordinator):
    form = {
        "username": "eero",
        "first_name": "Eero",
        "last_name": "Eskola",
        "role": "desk",
        "unit": f"branch-{branches[0].pk}",
    }
    client.post(f"{STAFF}add/", form)
    account = StaffAccount.objects.get(username="eero")

    assert may(account, Permission.CHECK_OUT, branch=branches[0], on=timezone.localdate())
    assert not account.has_usable_password()
    assert actions() == ["create account", "grant role"]

    page = do(client, account, "link")
    address = page.context["link"]
    assert address.startswith("http://testserver/staff/password/")
    form = {"new_password1": PHRASE, "new_password2": PHRASE}
    shown = client.get(address.removeprefix("http://testserver"), follow=True)
    assert client.post(shown.redirect_chain[-1][0], form).status_code == 302


@pytest.mark.parametrize("username", ["eero", "EERO"])
def test_a_user_name_stands_once(client, branches, coordinator, username):
    clerk(branches[0])
    form = {
        "username": username,
        "first_name": "Eero",
        "last_name": "Toinen",
        "role": "desk",
        "unit": "everywhere",
    }

    assert client.post(f"{STAFF}add/", form).status_code == 422


def test_a_coordinator_of_one_library_grants_roles_there_only(client, branches, local):
    account = clerk(branches[0])
    there, elsewhere = (f"branch-{branch.pk}" for branch in branches)

    assert do(client, account, "grant", role="branch_manager", unit=there).status_code == 302
    for unit in (elsewhere, f"library-{branches[1].library_id}", "everywhere"):
        assert do(client, account, "grant", role="desk", unit=unit).status_code == 422
    assert RoleGrant.objects.filter(account=account).count() == 2


def test_a_coordinator_of_one_library_does_not_see_the_staff_of_others(client, branches, local):
    other = clerk(branches[1])

    assert client.get(f"{STAFF}{other.key}/").status_code == 404
    assert do(client, other, "link").status_code == 404
    assert "Eero" not in client.get(STAFF).text


@pytest.mark.parametrize("action", ["link", "unlock", "remove_factor", "end", "end_now", "reopen"])
def test_nobody_takes_over_an_account_that_may_more_than_they_manage(
    client, branches, local, now, action
):
    boss = clerk(branches[0], role=Role.READ_ONLY, username="boss")
    grant_role(account=boss, role=Role.COORDINATOR, now=now, by=None)
    before = actions()

    assert client.get(f"{STAFF}{boss.key}/").status_code == 200
    assert do(client, boss, action, last_day="2020-01-01").status_code == 404
    assert actions() == before


def test_a_role_ends_at_once_and_stays_in_the_history(client, branches, coordinator):
    account = clerk(branches[0])
    grant = account.grants.get()

    do(client, account, "end_role", grant=grant.pk)

    assert not may(account, Permission.CHECK_OUT, branch=branches[0], on=timezone.localdate())
    assert actions()[-1] == "end role"
    assert client.get(f"{STAFF}{account.key}/").context["ended"] == [grant]


def test_a_role_of_another_account_is_not_ended_by_its_number(client, branches, coordinator):
    account = clerk(branches[0])
    other = clerk(branches[0], username="iida").grants.get()

    for number in (str(other.pk), "x", ""):
        assert do(client, account, "end_role", grant=number).status_code == 404


def test_an_account_ends_with_its_roles_and_comes_back_without_them(client, branches, coordinator):
    account = clerk(branches[0])
    do(client, account, "end_now")
    account.refresh_from_db()
    assert account.has_left(timezone.localdate())
    assert StaffAccount.objects.filter(pk=account.pk).exists()

    do(client, account, "reopen")
    account = StaffAccount.objects.get(pk=account.pk)
    assert not account.has_left(timezone.localdate())
    assert not may(account, Permission.CHECK_OUT, branch=branches[0], on=timezone.localdate())


def test_a_planned_last_day_holds_until_it_has_passed(client, branches, coordinator):
    account = clerk(branches[0])
    last = timezone.localdate() + timedelta(days=5)
    do(client, account, "end", last_day=last.isoformat())
    account = StaffAccount.objects.get(pk=account.pk)

    assert may(account, Permission.CHECK_OUT, branch=branches[0], on=last)
    assert not may(account, Permission.CHECK_OUT, branch=branches[0], on=last + timedelta(days=1))


def listed(client, show):
    rows = client.get(STAFF, {"show": show}).context["rows"]
    return [row.account.username for row in rows]


def test_roles_are_confirmed_once_a_year(client, branches, coordinator):
    long_ago = timezone.now() - timedelta(days=400)
    old = clerk(branches[0], at=long_ago)
    clerk(branches[0], username="iida")
    RoleGrant.objects.filter(account=coordinator).update(granted_at=timezone.now())
    assert listed(client, "confirm") == ["eero"]

    client.post(f"{STAFF}confirm/", {"grant": [old.grants.get().pk]})

    assert listed(client, "confirm") == []
    assert actions()[-1] == "confirm role"


def test_nobody_confirms_roles_that_they_do_not_manage(client, branches, local):
    other = clerk(branches[1]).grants.get()

    client.post(f"{STAFF}confirm/", {"grant": [other.pk, "x"]})

    other.refresh_from_db()
    assert other.confirmed_at is None


def test_the_list_of_leavers_has_who_leaves_who_has_no_role_and_whom_nobody_uses(
    client, branches, coordinator
):
    now = timezone.now()
    StaffAccount.objects.filter(pk=coordinator.pk).update(last_login=now)
    clerk(branches[0], username="stays")
    leaves = clerk(branches[0], username="leaves")
    leaves.ends_date = timezone.localdate() + timedelta(days=10)
    leaves.save()
    create_account(username="no-role", now=now, by=None)
    unused = clerk(branches[0], username="unused")
    StaffAccount.objects.filter(pk=unused.pk).update(date_joined=now - timedelta(days=100))
    do(client, clerk(branches[0], username="gone"), "end_now")

    assert sorted(listed(client, "leavers")) == ["leaves", "no-role", "unused"]
    assert listed(client, "ended") == ["gone"]


def test_everybody_may_read_what_each_role_may_do(client, branches, sign_in):
    sign_in("transport", branches[0])
    response = client.get("/staff/roles/", headers={"accept-language": "en"})

    assert "see a patron&#x27;s details when serving them; logged" in response.text


# The command


@pytest.fixture
def phrase_file(tmp_path):
    path = tmp_path / "phrase"
    path.write_text(PHRASE + "\n", encoding="utf-8")
    return str(path)


def test_the_first_coordinator_is_made_on_the_command_line(client, db, phrase_file, capsys):
    command = ["staff", "add", "aino", "--role", "coordinator", "--password-file", phrase_file]
    assert run(command) == 0
    account = StaffAccount.objects.get()

    assert may(account, Permission.MANAGE_STAFF, on=timezone.localdate())
    assert client.login(username="aino", password=PHRASE)
    assert PHRASE not in capsys.readouterr().out

    assert run(command) == 2
    assert "kimppa staff password" in capsys.readouterr().err


def test_the_command_gives_a_new_password_and_a_role_in_a_branch(client, branches, phrase_file):
    unit = ["--library", "Koskela", "--branch", "Koskelan pääkirjasto"]
    add = ["staff", "add", "eero", "--role", "desk", *unit, "--password-file", phrase_file]
    assert run(add) == 0
    assert RoleGrant.objects.get().branch == branches[0]

    assert run(["staff", "password", "eero", "--password-file", phrase_file]) == 0
    assert client.login(username="eero", password=PHRASE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "x", "--role", "desk", "--library", "Nowhere"], "no library Nowhere"),
        (["add", "x", "--role", "desk", "--library", "Koskela", "--branch", "y"], "no branch y"),
        (["add", "x", "--role", "desk", "--branch", "y"], "--library"),
        (["add", "x"], "--role"),
        (["password", "x"], "no account x"),
    ],
)
def test_what_the_command_cannot_do_it_says_and_changes_nothing(
    branches, phrase_file, capsys, arguments, words
):
    assert run(["staff", *arguments, "--password-file", phrase_file]) == 2
    assert words in capsys.readouterr().err
    assert StaffAccount.objects.count() == 0


def test_a_weak_password_makes_no_account(db, tmp_path, capsys):
    path = tmp_path / "weak"
    path.write_text("kissa\n")

    assert run(["staff", "add", "x", "--role", "desk", "--password-file", str(path)]) == 2
    assert StaffAccount.objects.count() == 0


def test_without_a_terminal_the_password_comes_from_a_file_only(db, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("secret"))

    assert run(["staff", "add", "x", "--role", "desk"]) == 2
    assert "--password-file" in capsys.readouterr().err


def test_the_command_forgets_old_lines_of_the_log_or_only_counts_them(db, capsys):
    old = timezone.now() - timedelta(days=2000)
    record_event(now=old, by=None, action="load", kind="load", object_id=1)

    assert run(["forget-log", "--dry-run"]) == 0
    assert "1 lines" in capsys.readouterr().out
    assert run(["forget-log", "--days", "0"]) == 2
    assert actions() == ["load"]
    capsys.readouterr()
    assert run(["forget-log", "--json"]) == 0
    assert capsys.readouterr().out == '{"lines": 1, "deleted": true}\n'
    assert actions() == ["forget log"]
