import json

import pytest
from circulation.people import make_item
from circulation.queues import make_hold
from circulation.test_holds_set_aside import set_aside
from django.core.management import call_command

from kimppa.circulation.models import Hold
from kimppa.organisations.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_every_night_ends_what_was_not_fetched_and_makes_the_lists(branch, item, now, capsys):
    hold = make_hold(item.record, branch)
    set_aside(item, branch, now)  # months before the command's own clock
    waiting = make_hold(make_item(branch).record, branch)

    counts = {"holds_ended": 1, "holds_forgotten": 0, "items_to_fetch": 1}
    call_command("tend_holds", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out) == counts
    assert Hold.objects.get(pk=hold.pk).state == "ready"
    assert not waiting.pull_requests.exists()
    assert not AuditEvent.objects.exists()

    call_command("tend_holds", "--json")
    assert json.loads(capsys.readouterr().out) == counts
    assert Hold.objects.get(pk=hold.pk).state == "expired"
    assert waiting.pull_requests.count() == 1

    call_command("tend_holds", "--lists-only")
    assert capsys.readouterr().out == "items to fetch: 0\n"
