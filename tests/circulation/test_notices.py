import json
import socket
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from circulation.people import WHEN, make_child, make_item, make_patron, make_record, policy
from django.core.management import call_command

from kimppa.circulation import wording
from kimppa.circulation.models import Fee, Hold, Loan, MessageChoice, Notice
from kimppa.circulation.operations import fees, notices
from kimppa.patrons.models import EmailAddress, PhoneNumber

TODAY = WHEN.date()


class Mailbox:
    """A real SMTP server that keeps what it is given; ``answer`` is what it says to each text."""

    def __init__(self):
        self.messages, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it so
        self.messages.append(envelope)
        return self.answer


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield box
    controller.stop()


class Gateway(HTTPServer):
    """A text message gateway that sends each id once, as docs/settings.md asks of it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.sent, self.requests, self.status = {}, 0, 200


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Idempotency-Key"] == body["id"]
        self.server.requests += 1
        if self.server.status == 200:
            self.server.sent.setdefault(body["id"], body)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def gateway(settings):
    server = Gateway()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(patron):
    EmailAddress.objects.create(patron=patron, value="eeva@posti.example", valid_from=TODAY)
    return patron


def lend(patron, branch, due, title="Joki muistaa"):
    return Loan.objects.create(
        item=make_item(branch, record=make_record(title)),
        patron=patron,
        branch=branch,
        began_at=WHEN - timedelta(days=60),
        due_date=due,
        category_code="adult",
    )


def tell(patron, **more):
    given = {"kind": "overdue", "subject_key": "overdue 1 2026-02-01", "facts": {}, "now": WHEN}
    return notices.announce(patron=patron, **given | more)


def run(now=WHEN):
    notices.make_todays(now=now, policy=policy())
    return notices.send_waiting(now=now)


def told():
    return list(Notice.objects.order_by("pk").values_list("kind", "subject_key"))


def test_a_loan_due_in_two_days_is_told_once(reader, branch, mailbox):
    lend(reader, branch, TODAY + timedelta(days=2))
    run()
    run(WHEN + timedelta(hours=5))

    assert told() == [("due_soon", "due 2026-03-03")]
    assert len(mailbox.messages) == 1
    assert "Joki muistaa" in mailbox.messages[0].content.decode("utf-8")


def test_loans_of_one_due_date_are_one_message(reader, branch, mailbox):
    for title in ("Joki muistaa", "Halla"):
        lend(reader, branch, TODAY + timedelta(days=2), title)
    run()
    assert len(mailbox.messages) == 1
    assert wording.message(Notice.objects.get()).short.startswith(
        "Lainojesi eräpäivä on 3.3.2026 (2"
    )


def test_the_patron_chooses_how_long_before(reader, branch, mailbox):
    MessageChoice.objects.create(patron=reader, kind="due_soon", channel="email", lead_days=1)
    lend(reader, branch, TODAY + timedelta(days=2))
    assert run() == {}
    assert run(WHEN + timedelta(days=1)) == {"sent": 1}


def test_what_a_patron_declined_is_not_told(reader, branch):
    MessageChoice.objects.create(patron=reader, kind="due_soon", channel="none")
    lend(reader, branch, TODAY + timedelta(days=2))
    run()
    assert told() == []


def test_an_overdue_loan_is_asked_back_in_steps(reader, branch, mailbox):
    lend(reader, branch, TODAY)
    for days in range(1, 70):
        run(WHEN + timedelta(days=days))
    steps = [key for kind, key in told() if kind in {"overdue", "invoice"}]
    assert steps == ["overdue 1 2026-03-01", "overdue 2 2026-03-01", "invoice 2026-03-01"]
    assert len(mailbox.messages) == 3


def test_a_loan_long_overdue_when_told_first_gets_the_latest_step_only(reader, branch, mailbox):
    lend(reader, branch, date(2025, 1, 1))
    run()
    assert told() == [("invoice", "invoice 2025-01-01")]


def test_a_claimed_return_is_not_asked_back(reader, branch):
    loan = lend(reader, branch, date(2025, 1, 1))
    loan.claimed_returned_at = WHEN
    loan.save()
    run()
    assert told() == []


def test_a_hold_on_the_shelf_is_reminded_of_the_day_before_its_last(reader, branch, mailbox):
    item = make_item(branch)
    Hold.objects.create(
        record=item.record,
        patron=reader,
        pickup_branch=branch,
        placed_at=WHEN,
        rank=1,
        state="ready",
        item=item,
        shelf_code="K7",
        ready_at=WHEN - timedelta(days=6),
        last_pickup_date=TODAY + timedelta(days=1),
    )
    run()
    text = mailbox.messages[0].content.decode("utf-8")
    assert "K7" in text
    assert "2.3.2026" in text


def test_a_new_fee_is_told_with_its_sum(reader, branch, mailbox):
    fees.charge(
        patron=reader,
        kind="new_card",
        cents=305,
        library=branch.library,
        branch=branch,
        by=None,
        now=WHEN,
    )
    run()
    assert Fee.objects.get().pk == Notice.objects.get().facts["fee"]
    assert "3,05 €" in wording.message(Notice.objects.get()).text


def test_without_an_address_the_notice_is_a_letter(patron):
    assert tell(patron).channel == "print"
    assert notices.send_waiting(now=WHEN) == {}


def test_a_childs_notice_goes_to_the_guardian(reader, mailbox):
    child = make_child(reader)
    tell(child)
    assert notices.send_waiting(now=WHEN) == {"sent": 1}
    assert mailbox.messages[0].rcpt_tos == ["eeva@posti.example"]


def test_an_address_that_is_no_longer_valid_is_not_used(patron):
    EmailAddress.objects.create(
        patron=patron, value="old@posti.example", valid_from=date(2020, 1, 1), valid_to=TODAY
    )
    tell(patron)
    tomorrow = WHEN + timedelta(days=1)
    assert notices.send_waiting(now=tomorrow) == {"failed": 1}
    assert Notice.objects.get().trouble == "no valid address"


def test_a_text_message_is_short_and_in_the_patrons_language(patron, gateway):
    PhoneNumber.objects.create(patron=patron, value="+358401234567", valid_from=TODAY)
    patron.language = "sv"
    patron.save()
    tell(patron, facts={"due_date": "2026-02-01", "branch": "Koskela", "loans": []})
    assert notices.send_waiting(now=WHEN) == {"sent": 1}

    (message,) = gateway.sent.values()
    assert message["to"] == "+358401234567"
    assert message["text"] == "Du har försenade lån (0 st., förföll 1.2.2026). Koskela"


def test_a_server_that_does_not_answer_is_tried_again_later(reader, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tell(reader)
    assert notices.send_waiting(now=WHEN) == {"waiting": 1}
    assert notices.send_waiting(now=WHEN + timedelta(minutes=9)) == {}
    for hours in (1, 2, 4, 8):
        last = notices.send_waiting(now=WHEN + timedelta(hours=hours))
    assert last == {"failed": 1}


def test_a_refused_recipient_fails_and_can_be_sent_again(reader, mailbox, clerk):
    mailbox.answer = "554 no"
    tell(reader)
    for hours in (0, 1, 2, 4, 8):
        notices.send_waiting(now=WHEN + timedelta(hours=hours))
    mailbox.messages.clear()
    mailbox.answer = "250 OK"
    notice = Notice.objects.get(state="failed")
    notices.send_again(notice=notice, by=clerk, now=WHEN + timedelta(days=1))

    assert notices.send_waiting(now=WHEN + timedelta(days=1)) == {"sent": 1}
    assert len(mailbox.messages) == 1


def test_an_email_that_a_dead_worker_left_is_not_sent_a_second_time(reader, mailbox):
    tell(reader)
    taken = notices._take(WHEN)  # and the worker dies
    later = WHEN + timedelta(minutes=16)

    assert notices.send_waiting(now=WHEN + timedelta(minutes=14)) == {}
    assert notices.send_waiting(now=later) == {}
    taken.refresh_from_db()
    assert taken.state == "uncertain"
    assert mailbox.messages == []


def test_a_text_message_that_a_dead_worker_left_arrives_once(patron, gateway, monkeypatch):
    PhoneNumber.objects.create(patron=patron, value="+358401234567", valid_from=TODAY)
    tell(patron)

    def die(*_args):
        raise SystemExit  # after the gateway has it, before it is noted

    monkeypatch.setattr(notices, "_ended", die)
    with pytest.raises(SystemExit):
        notices.send_waiting(now=WHEN)
    monkeypatch.undo()
    notices.send_waiting(now=WHEN + timedelta(minutes=16))

    assert Notice.objects.get().state == "sent"
    assert (gateway.requests, len(gateway.sent)) == (2, 1)


def test_old_notices_are_forgotten(reader):
    tell(reader)
    assert notices.forget_old(now=WHEN + timedelta(days=59)) == 0
    assert notices.forget_old(now=WHEN + timedelta(days=61)) == 1


def test_letters_are_marked_printed_once(patron, clerk):
    notice = tell(patron)
    assert notices.mark_printed(notices=[notice.pk], by=clerk, now=WHEN) == 1
    assert notices.mark_printed(notices=[notice.pk], by=clerk, now=WHEN) == 0


def test_the_command_counts_without_sending(reader, branch, mailbox, capsys):
    from django.utils import timezone

    lend(make_patron("Toinen"), branch, timezone.localdate() + timedelta(days=1))
    call_command("notices", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out) == {"due today, told before or not": {"due_soon": 1}}
    assert told() == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "kind", ["due_soon", "overdue", "hold_ready", "last_pickup_day", "fee", "invoice"]
)
def test_every_kind_has_words_in_every_language(patron, kind, language):
    patron.language = language
    facts = {"due_date": "2026-03-03", "last_pickup_date": "2026-03-04", "branch": "Koskela"}
    notice = tell(patron, kind=kind, subject_key=f"{kind} {language}", facts=facts)
    said = wording.message(notice)

    assert said.subject
    assert "Koskela" in said.text
    assert "{" not in said.text + said.short
    assert len(said.short) <= 160


def test_wording_has_texts_for_every_kind():
    from kimppa.circulation.models.notices import NoticeKind

    assert set(wording.texts()) == set(NoticeKind.values)
