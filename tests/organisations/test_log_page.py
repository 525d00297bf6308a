import csv
import io
from datetime import timedelta

import pytest

from kimppa.organisations.models import AuditEvent, RoleGrant, StaffAccount
from kimppa.organisations.operations import ensure_branch, ensure_library, record_event, record_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def branches(db):
    libraries = [ensure_library(code=code)[0] for code in ("Koskela", "Rantala")]
    return [ensure_branch(library=each, code=f"{each.code}n pääkirjasto")[0] for each in libraries]


@pytest.fixture
def clerk(db):
    return StaffAccount.objects.create(username="aino", first_name="Aino", last_name="Aalto")


@pytest.fixture
def lines(branches, clerk, now):
    """Aino read patron 7 in Koskela and changed 8; the system loaded; Rantala read 7 too."""
    here, there = branches
    record_read(now=now, by=clerk, kind="patron", object_id=7, branch=here, reason="asked at desk")
    record_event(
        now=now + timedelta(days=1),
        by=clerk,
        branch=here,
        action="change patron",
        kind="patron",
        object_id=8,
    )
    record_event(now=now + timedelta(days=2), by=None, action="load", kind="load", object_id=1)
    record_read(now=now + timedelta(days=3), by=None, kind="patron", object_id=7, branch=there)


def shown(response):
    return [(line.action, line.object_id) for line in response.context["lines"]]


def look(client, **query):
    return client.get("/staff/log/", query, headers={"accept-language": "en"})


def test_the_log_shows_newest_lines_first(client, lines, sign_in):
    sign_in("privacy_officer")

    response = look(client)

    assert shown(response) == [("read", "7"), ("load", "1"), ("change patron", "8"), ("read", "7")]
    assert "Aino Aalto" in response.text
    assert "asked at desk" in response.text


def test_the_log_is_searched_by_patron_by_staff_by_action_and_by_day(client, lines, sign_in, clerk):
    sign_in("privacy_officer")

    assert shown(look(client, who=clerk.key)) == [("change patron", "8"), ("read", "7")]
    assert shown(look(client, action="load")) == [("load", "1")]
    assert shown(look(client, first="2026-03-02", last="2026-03-03")) == [
        ("load", "1"),
        ("change patron", "8"),
    ]
    assert shown(look(client, kind="patron", object="7")) == [("read", "7"), ("read", "7")]


def test_looking_up_a_patron_in_the_log_is_a_line_of_its_own(client, lines, sign_in):
    officer = sign_in("privacy_officer")
    look(client, kind="patron", object="7")

    line = AuditEvent.objects.first()
    assert (line.by, line.action, line.object_kind, line.object_id) == (
        officer,
        "read",
        "log",
        "patron 7",
    )


def test_an_officer_of_one_library_sees_what_was_done_there(client, lines, sign_in, branches, now):
    account = StaffAccount.objects.create(username="officer")
    RoleGrant.objects.create(
        account=account, role="privacy_officer", library=branches[0].library, granted_at=now
    )
    client.force_login(account)

    assert shown(look(client)) == [("change patron", "8"), ("read", "7")]


def test_a_wrong_day_is_told_and_nothing_is_shown(client, lines, sign_in):
    sign_in("privacy_officer")

    response = look(client, first="someday")

    assert response.status_code == 422
    assert "Put right" in response.text


def test_the_log_is_taken_out_as_csv_with_the_same_conditions(client, lines, sign_in):
    sign_in("privacy_officer")

    response = client.get(
        "/staff/log.csv", {"kind": "patron", "object": "7"}, headers={"accept-language": "en"}
    )
    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")), delimiter=";"))

    assert [row[5] for row in rows] == ["object", "7", "7"]
    assert rows[2][1:3] == ["aino", "Koskelan pääkirjasto"]
    assert AuditEvent.objects.first().object_kind == "log"


def test_many_lines_come_page_by_page(client, sign_in, now):
    for number in range(60):
        record_event(now=now, by=None, action="load", kind="load", object_id=number)
    sign_in("privacy_officer")

    assert len(shown(look(client))) == 50
    assert len(shown(look(client, action="load", page="2"))) == 10


def test_a_long_log_is_not_counted_to_its_end(client, sign_in, now, monkeypatch):
    from kimppa.organisations.views import log

    monkeypatch.setattr(log, "MOST_LINES", 5)
    for number in range(9):
        record_event(now=now, by=None, action="load", kind="load", object_id=number)
    sign_in("privacy_officer")

    response = look(client)

    assert "at least 5 lines" in response.text
    assert len(shown(response)) == 5


def test_the_log_offers_each_action_and_kind_once(client, lines, sign_in):
    sign_in("privacy_officer")
    form = look(client).context["form"]

    assert [code for code, _ in form.fields["action"].choices] == [
        "",
        "change patron",
        "load",
        "read",
    ]
    assert [code for code, _ in form.fields["kind"].choices] == ["", "load", "patron"]
