from datetime import timedelta

import pytest
from circulation.people import make_branch, make_patron
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import MessageChoice, Notice
from kimppa.circulation.operations import notices
from kimppa.organisations.models import AuditEvent
from kimppa.patrons.models import Address

SIX = ["due_soon", "overdue", "hold_ready", "last_pickup_day", "fee", "invoice"]


@pytest.fixture
def desk(client, branch, clerk):
    client.force_login(clerk)
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    return client


def letter_to(patron):
    return notices.announce(
        patron=patron,
        kind="overdue",
        subject_key="overdue 1 2026-02-01",
        facts={"due_date": "2026-02-01", "branch": "Koskela"},
        now=timezone.now(),
    )


def live(patron, street="Kivitie 3"):
    Address.objects.create(
        patron=patron,
        street=street,
        postal_code="61100",
        city="Koskela",
        valid_from=timezone.localdate() - timedelta(1),
    )


def address(name, *args):
    return reverse(f"circulation:{name}", args=args)


def text_of(answer):
    return answer.content.decode()


def test_letters_are_printed_and_taken_off_the_list(desk, patron):
    live(patron)
    notice = letter_to(patron)
    assert "Tulosta 1 kirje" in text_of(desk.get(address("notices")))
    text = text_of(desk.get(address("letters")))
    assert "Kivitie 3" in text
    assert "1.2.2026" in text
    desk.post(address("letters_printed"), {"notice": notice.pk})
    assert "Tulostettavia kirjeitä ei ole" in text_of(desk.get(address("notices")))


def test_a_letter_under_non_disclosure_shows_the_branch_in_place_of_the_home(desk, patron, branch):
    branch.street = "Kirjastokatu 1"
    branch.save()
    patron.home_branch = branch
    patron.non_disclosure_until = timezone.localdate() + timedelta(300)
    patron.save()
    letter_to(patron)
    text = text_of(desk.get(address("letters")))
    assert "Kirjastokatu 1" in text


def test_looking_at_a_letter_is_on_record(desk, patron):
    letter_to(patron)
    desk.get(address("letters"))
    assert AuditEvent.objects.filter(action="read", reason="letter").count() == 1


def test_letters_of_another_library_are_not_shown_nor_taken_off(desk):
    other = make_patron("Kaukainen", library=make_branch("Rantala").library)
    notice = letter_to(other)
    assert "Kaukainen" not in text_of(desk.get(address("letters")))
    desk.post(address("letters_printed"), {"notice": notice.pk})
    notice.refresh_from_db()
    assert notice.state == "waiting"


def test_what_may_have_been_sent_is_listed_and_sent_again_by_choice(desk, patron):
    notice = letter_to(patron)
    Notice.objects.update(state="uncertain", channel="email", trouble="the worker stopped")
    assert "saattoi lähteä" in text_of(desk.get(address("notices")))
    desk.post(address("send_again", notice.pk))
    notice.refresh_from_db()
    assert notice.state == "waiting"


def test_a_patrons_choices_are_kept_and_only_changes_are_on_record(desk, patron):
    page = address("patron_messages", patron.key)
    chosen = dict.fromkeys(SIX, "") | {"due_soon": "sms", "hold_ready": "none", "lead_days": 2}
    desk.post(page, chosen)
    desk.post(page, chosen)
    kept = dict(MessageChoice.objects.values_list("kind", "channel"))
    assert kept == {"due_soon": "sms", "hold_ready": "none"}
    assert AuditEvent.objects.filter(action="choose messages").count() == 2


def test_overdue_notices_cannot_be_declined(desk, patron):
    page = address("patron_messages", patron.key)
    answer = desk.post(page, dict.fromkeys(SIX, "") | {"overdue": "none", "lead_days": 2})
    assert answer.status_code == 422
    assert not MessageChoice.objects.exists()
