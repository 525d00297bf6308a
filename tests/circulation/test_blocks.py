"""Borrowing blocks and bans that staff set and lift (rules of use, users.md 1.2)."""

from datetime import timedelta

import pytest
from circulation.people import make_item, make_rules, make_staff
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Block
from kimppa.circulation.operations import CheckOutRefused
from kimppa.circulation.operations.blocks import (
    BlockProblem,
    BlockRefused,
    lift_block,
    set_ban,
    set_block,
)
from kimppa.circulation.rules.loans import Problem
from kimppa.organisations.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def doing(branch, clerk, now):
    return {"branch": branch, "by": clerk, "now": now}


@pytest.fixture
def day(now):
    return timezone.localdate(now)


def stopped(lend, item, patron, **more):
    with pytest.raises(CheckOutRefused) as refused:
        lend(item, patron, **more)
    return [(each.problem, each.words) for each in refused.value.reasons]


def refused(operation, **given):
    with pytest.raises(BlockRefused) as found:
        operation(**given)
    return set(found.value.reasons)


def test_a_block_stops_borrowing_everywhere_and_says_why(
    lend, item, patron, other_branch, doing, day
):
    set_block(patron=patron, reason=" Sopimus rikottu ", until=day, **doing)

    for branch in (doing["branch"], other_branch):
        assert stopped(lend, item, patron, branch=branch) == [(Problem.BLOCK, "Sopimus rikottu")]


def test_a_block_ends_after_its_last_day(lend, item, patron, doing, day, now):
    set_block(patron=patron, reason="Syy", until=day, **doing)

    assert lend(item, patron, now=now + timedelta(days=1))


def test_a_ban_holds_in_its_own_branch_only(lend, item, patron, other_branch, doing, day):
    set_ban(patron=patron, reason="Häiriö", until=day, was_heard=True, **doing)

    assert stopped(lend, item, patron) == [(Problem.BAN, "Häiriö")]
    assert lend(make_item(other_branch), patron, branch=other_branch)


def test_whoever_was_not_heard_is_not_banned(patron, doing, day):
    given = {"patron": patron, "reason": "Häiriö", "until": day, **doing}

    assert refused(set_ban, was_heard=False, **given) == {BlockProblem.NOT_HEARD}
    assert not Block.objects.exists()


@pytest.mark.parametrize(
    ("longest", "days", "is_long"), [(30, 29, False), (30, 30, True), (0, 90, False)]
)
def test_the_rules_say_how_long_a_ban_may_be(patron, doing, day, longest, days, is_long):
    make_rules(ban_max_days=longest)
    given = {"patron": patron, "reason": "Häiriö", "until": day + timedelta(days=days), **doing}

    if is_long:
        assert refused(set_ban, was_heard=True, **given) == {BlockProblem.BAN_TOO_LONG}
    else:
        assert set_ban(was_heard=True, **given).pk


def test_all_that_is_wrong_is_told_at_once(patron, doing, day):
    yesterday = day - timedelta(days=1)

    assert refused(set_ban, patron=patron, reason=" ", until=None, was_heard=False, **doing) == {
        BlockProblem.NO_REASON,
        BlockProblem.BAN_NEEDS_LAST_DAY,
        BlockProblem.NOT_HEARD,
    }
    assert refused(set_block, patron=patron, reason="x", until=yesterday, **doing) == {
        BlockProblem.IN_THE_PAST
    }


def test_twice_is_once_and_each_is_on_record_without_its_reason(patron, doing):
    block = set_block(patron=patron, reason="Salainen syy", **doing)
    assert set_block(patron=patron, reason="Salainen syy", **doing) == block
    lift_block(block=block, **doing)
    lift_block(block=block, **doing)

    events = list(AuditEvent.objects.order_by("pk"))
    assert [event.action for event in events] == ["set block", "lift block"]
    assert not any("Salainen" in str(event.details) + event.reason for event in events)


def test_a_lifted_block_stops_nothing(lend, item, patron, doing):
    lift_block(block=set_block(patron=patron, reason="Syy", **doing), **doing)

    assert lend(item, patron)


def change(client, patron, what, **given):
    prefixed = {name if name == "row" else f"{what}-{name}": value for name, value in given.items()}
    return client.post(reverse("circulation:change_patron", args=[patron.key, what]), prefixed)


def test_the_desk_blocks_and_lifts_on_the_patrons_page(at_desk, patron):
    assert change(at_desk, patron, "block", reason="Sopimus rikottu").status_code == 302
    page = at_desk.get(reverse("circulation:patron", args=[patron.key])).text
    assert "Sopimus rikottu" in page
    assert "until further notice" in page

    change(at_desk, patron, "lift-block", row=Block.objects.get().pk)

    assert (
        "Sopimus rikottu" not in at_desk.get(reverse("circulation:patron", args=[patron.key])).text
    )


def test_a_ban_is_for_the_branch_manager_and_is_lifted_by_one(
    at_desk, work_at, branch, patron, other_patron
):
    until = timezone.localdate().isoformat()
    given = {"reason": "Häiriö", "until": until, "was_heard": "on"}
    assert change(at_desk, patron, "ban", **given).status_code == 404

    manager = work_at(make_staff("maija", branch=branch, role="branch_manager"), branch)
    assert change(manager, patron, "ban", reason="Häiriö", until=until).status_code == 422
    assert change(manager, patron, "ban", **given).status_code == 302
    ban = Block.objects.get()
    assert ban.branch == branch
    assert change(manager, other_patron, "lift-ban", row=ban.pk).status_code == 404
    assert change(manager, patron, "lift-block", row=ban.pk).status_code == 404
    assert change(manager, patron, "lift-ban", row=ban.pk).status_code == 302
    ban.refresh_from_db()
    assert ban.ended_at
