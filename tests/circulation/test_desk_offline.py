import json
import uuid
from datetime import timedelta

import pytest
from circulation.people import make_item, make_rules, make_staff
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan, OfflineLoan
from kimppa.circulation.operations import check_in, check_out
from kimppa.circulation.operations import fees as money
from kimppa.circulation.operations.offline import Written, lend_offline, store_offline_loans
from kimppa.organisations.models import AuditEvent, RoleGrant

STORE = "/staff/offline/store/"


@pytest.fixture
def desk(client, branch, clerk):
    """A browser at Koskela's desk; ``desk(account)`` for somebody else than the clerk."""

    def at(account=clerk, where=branch):
        client.force_login(account)
        session = client.session
        session["workplace"] = {"branch": where.pk, "desk": None}
        session.save()
        return client

    return at


def written(patron, item, *, hours=2):
    return {
        "key": str(uuid.uuid4()),
        "card": patron if isinstance(patron, str) else patron.cards.first().number,
        "barcode": item if isinstance(item, str) else item.barcode,
        "at": (timezone.now() - timedelta(hours=hours)).isoformat(),
    }


def store(client, *rows):
    return client.post(STORE, json.dumps(rows), content_type="application/json")


def lend_all(client):
    return client.post(reverse("circulation:lend_stored"))


def solve(client, row, what, **given):
    return client.post(reverse("circulation:solve_offline", args=[row.key, what]), given)


def test_what_was_written_down_is_lent_as_of_its_day(desk, patron, branch):
    make_rules(loan_days=28)
    client, item = desk(), make_item(branch)
    row = written(patron, item, hours=48)
    assert store(client, row).json() == {"stored": [row["key"]]}
    lend_all(client)

    loan = Loan.objects.get()
    day = timezone.localdate() - timedelta(2)
    assert (loan.patron, timezone.localdate(loan.began_at)) == (patron, day)
    assert loan.due_date == day + timedelta(28)


def test_an_upload_that_comes_twice_lends_once(desk, patron, branch):
    client, row = desk(), written(patron, make_item(branch))
    for _ in range(2):
        assert store(client, row).json()["stored"] == [row["key"]]
        lend_all(client)

    assert OfflineLoan.objects.count() == Loan.objects.count() == 1


def test_a_kill_between_the_upload_and_the_lending_loses_nothing(desk, patron, branch):
    client = desk()
    store(client, written(patron, make_item(branch)), written(patron, make_item(branch)))
    lend_offline(row=OfflineLoan.objects.first(), by=None, now=timezone.now())
    # The process dies here; the page tells what is left, and the next request goes on.
    page = client.get(reverse("circulation:offline_loans"))
    assert page.context["pending"] == 1
    lend_all(client)

    assert Loan.objects.count() == 2


def test_a_solved_row_keeps_no_card_number(desk, patron, branch):
    client = desk()
    store(client, written(patron, make_item(branch)))
    lend_all(client)

    assert OfflineLoan.objects.get().card_number == ""


def test_the_database_keeps_no_card_number_of_what_is_solved(patron, branch, db):
    with pytest.raises(IntegrityError), transaction.atomic():
        OfflineLoan.objects.create(
            key=uuid.uuid4(),
            card_number="A1",
            barcode="B1",
            lent_at=timezone.now(),
            branch=branch,
            uploaded_at=timezone.now(),
            state="discarded",
        )


def test_what_is_refused_waits_with_its_reasons_and_can_be_given_up(desk, patron, branch, clerk):
    make_rules(block_limit_cents=700)
    money.charge(
        patron=patron,
        kind="overdue",
        cents=950,
        library=branch.library,
        branch=branch,
        by=None,
        now=timezone.now(),
    )
    client = desk()
    store(client, written(patron, make_item(branch)), written("none-such", "none-such"))
    lend_all(client)
    page = client.get(reverse("circulation:offline_loans"))

    assert [row["reasons"] for row in page.context["rows"]] == [
        ["Maksut: 9,50\N{NO-BREAK SPACE}€, raja on 7,00\N{NO-BREAK SPACE}€."],
        ["Tätä korttia ei ole kenelläkään.", "Millään niteellä ei ole tätä viivakoodia."],
    ]
    unknown = OfflineLoan.objects.get(barcode="none-such")
    assert solve(client, unknown, "discard").status_code == 422
    solve(client, unknown, "discard", reason="kirjoitusvirhe")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.card_number) == ("discarded", "")
    assert AuditEvent.objects.get(action="discard offline loan").reason == "kirjoitusvirhe"


def test_a_refusal_is_overridden_by_permission_with_a_reason(desk, patron, branch):
    make_rules(block_limit_cents=700)
    money.charge(
        patron=patron,
        kind="overdue",
        cents=950,
        library=branch.library,
        branch=branch,
        by=None,
        now=timezone.now(),
    )
    client = desk()
    store(client, written(patron, make_item(branch)))
    lend_all(client)
    row = OfflineLoan.objects.get()
    assert solve(client, row, "override", reason="maksaa huomenna").status_code == 404

    client = desk(make_staff("maija", branch=branch, role=RoleGrant.Role.BRANCH_MANAGER))
    assert solve(client, row, "override").status_code == 422
    solve(client, row, "override", reason="maksaa huomenna")
    assert Loan.objects.get().patron == patron


def test_what_came_back_before_the_upload_is_not_lent_again(desk, patron, branch):
    item, client = make_item(branch), desk()
    row = written(patron, item)
    check_in(item=item, branch=branch, by=None, now=timezone.now())
    store(client, row)
    lend_all(client)

    assert not Loan.objects.exists()
    assert OfflineLoan.objects.get().problems[0]["problem"] == "moved_since"


def test_of_two_desks_that_lent_one_item_offline_the_first_wins(desk, patron, other_patron, branch):
    item, client = make_item(branch), desk()
    store(client, written(other_patron, item, hours=1), written(patron, item, hours=3))
    lend_all(client)

    assert Loan.objects.get().patron == patron
    assert OfflineLoan.objects.get(state="refused").problems[0]["problem"] == "lent_to_another"


def test_what_stood_in_the_way_is_tried_again(desk, patron, other_patron, branch):
    item, client = make_item(branch), desk()
    check_out(
        item=item, patron=other_patron, branch=branch, by=None, now=timezone.now() - timedelta(9)
    )
    store(client, written(patron, item, hours=0))
    lend_all(client)
    row = OfflineLoan.objects.get()
    assert row.state == "refused"
    check_in(item=item, branch=branch, by=None, now=row.lent_at - timedelta(minutes=1))
    solve(client, row, "again")

    assert Loan.objects.open().get().patron == patron


@pytest.mark.parametrize(
    "sent",
    [
        "no json",
        "{}",
        '[{"key": "x"}]',
        '[{"key": "x", "card": "1", "barcode": "2", "at": "2026-03-01T09:00:00+02:00"}]',
        '[{"key": "KEY", "card": "1", "barcode": "", "at": "2026-03-01T09:00:00Z"}]',
        '[{"key": "KEY", "card": "1", "barcode": "2", "at": "2026-03-01T09:00:00"}]',
    ],
)
def test_what_no_browser_of_ours_would_send_is_refused_whole(desk, sent):
    sent = sent.replace("KEY", str(uuid.UUID(int=1)))
    answer = desk().post(STORE, sent, content_type="application/json")

    assert answer.status_code == 422
    assert not OfflineLoan.objects.exists()


def test_the_exceptions_of_another_library_are_not_found(desk, patron, branch, other_branch):
    item = make_item(branch)
    row = written(patron, item)
    client = desk()
    store(client, row)
    stranger = make_staff("vieras", branch=other_branch)

    answer = solve(desk(stranger, other_branch), OfflineLoan.objects.get(), "again")
    assert answer.status_code == 404


def test_a_clock_that_runs_ahead_lends_nothing_in_the_future(patron, branch, db, now):
    ahead = Written(uuid.uuid4(), "A", "B", now + timedelta(3))
    store_offline_loans(rows=[ahead], branch=branch, by=None, now=now)

    assert OfflineLoan.objects.get().lent_at == now


def test_the_worker_and_the_offline_page_hold_nothing_of_anybody(client, desk, patron, clerk):
    worker = client.get(reverse("circulation:offline_worker"))
    assert worker.status_code == 200
    assert worker.headers["Content-Type"].startswith("text/javascript")
    page = desk().get(reverse("circulation:offline")).text
    assert clerk.username not in page
    assert "csrf" not in page
