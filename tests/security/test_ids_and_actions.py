"""What one may do on a page of many actions, and whose things a number in an address opens."""

from datetime import timedelta

import pytest
from circulation.people import (
    WHEN,
    make_branch,
    make_item,
    make_patron,
)
from circulation.queues import make_area, make_hold
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from security.pages import PAGES
from security.test_pages_by_role import ADDRESSES

from kimppa.circulation.models import Notice, PullRequest, Receipt, Step, Transit
from kimppa.circulation.views import desk_items, patron_changes
from kimppa.organisations.models import (
    Branch,
    BusStop,
    Desk,
    ExceptionalDay,
    RoleGrant,
    StaffAccount,
)
from kimppa.organisations.rules import PERMISSIONS, Permission, Role

pytestmark = pytest.mark.django_db

P = Permission
LATER = timezone.localdate() + timedelta(days=30)
# What stands behind one address: each has a permission of its own.
PATRON_ACTIONS = {
    P.REGISTER_PATRON: {"identity"},
    P.VIEW_NON_DISCLOSED: {"lift-non-disclosure"},
    P.SET_BLOCK: {"block", "lift-block"},
    P.SET_BAN: {"ban", "lift-ban"},
}
ITEM_ACTIONS = {
    P.SET_ITEM_STATE: {"missing", "processing"},
    P.CHECK_IN: {"claim", "withdraw-claim", "lost", "in-house", "found"},
}
# Rules of use and their trials are the consortium's: whoever may at all may with every one. When
# a branch is open is no secret; to change it is another address.
EVERYBODYS = {
    "organisations:branch",
    "circulation:simulation",
    "circulation:stop_simulation",
    "circulation:rule_set",
    "circulation:change_rule",
    "circulation:publish_rules",
    "circulation:rules_toml",
}


def named(actions):
    return {action.name: action.permission for action in actions}


def test_every_change_of_a_patron_asks_for_the_permission_of_its_own():
    special = {name: need for need, names in PATRON_ACTIONS.items() for name in names}

    found = {name: action.permission for name, action in patron_changes.ACTIONS.items()}
    assert {name: need for name, need in found.items() if need != P.EDIT_PATRON} == special


def test_every_word_about_an_item_asks_for_the_permission_of_its_own():
    expected = {name: need for need, names in ITEM_ACTIONS.items() for name in names}

    assert named(desk_items.ACTIONS) == expected


def at_work(role, branch, library=None):
    account = StaffAccount.objects.create(username=f"account-{StaffAccount.objects.count()}")
    RoleGrant.objects.create(account=account, role=role, library=library, granted_at=WHEN)
    client = Client()
    client.force_login(account)
    session = client.session
    session["workplace"] = {"branch": branch.pk, "desk": None}
    session.save()
    return client


@pytest.mark.parametrize("role", [role for role in Role if P.VIEW_PATRON in PERMISSIONS[role]])
def test_a_change_of_a_patron_is_for_those_with_its_permission(role, db):
    branch = make_branch("Koskela")
    patron = make_patron(library=branch.library)
    client = at_work(role, branch)
    answers = {
        name: client.post(reverse("circulation:change_patron", args=[patron.key, name]))
        for name, action in patron_changes.ACTIONS.items()
        if action.form  # without a form there is a row to name: what is not there is 404 anyway
    }

    for name, answer in answers.items():
        may = patron_changes.ACTIONS[name].permission in PERMISSIONS[role]
        assert (answer.status_code == 404) == (not may), name


def a_receipt(branch):
    receipt = Receipt.objects.create(
        branch=branch, number=1, method="cash", cents=100, at=WHEN, request_key="x"
    )
    return [receipt.pk]


def a_pull_request(branch):
    item = make_item(branch)
    hold = make_hold(item.record, branch)
    asked = PullRequest.objects.create(hold=hold, item=item, branch=branch, asked_at=WHEN)
    return [asked.pk, "found"]


def a_transit(branch):
    beyond = make_branch("Kaukola")
    item = make_item(branch)
    transit = Transit.objects.create(
        item=item, from_branch=branch, to_branch=beyond, reason="home", sent_at=WHEN
    )
    return [transit.pk]


def a_move_of_due_dates(branch):
    step = Step.objects.create(
        kind=Step.Kind.DUE_DATES, object_id=0, before={}, at=WHEN, branch=branch, undo_until=WHEN
    )
    return [step.pk]


def a_notice(branch):
    notice = Notice.objects.create(
        patron=make_patron(library=branch.library),
        kind="overdue",
        channel="email",
        subject_key="x",
        language="fi",
        made_at=WHEN,
        send_after=WHEN,
        state="failed",
    )
    return [notice.pk]


def a_bus(branch):
    branch.kind = Branch.Kind.BUS
    branch.save()
    return [branch.pk]


def an_exceptional_day(branch):
    ExceptionalDay.objects.create(branch=branch, date=LATER)
    return [branch.pk]


def a_stop(bus):
    return [
        BusStop.objects.create(
            bus=bus, name="x", first_date=WHEN, cycle_days=7, opens="10:00", closes="11:00"
        ).pk
    ]


ANOTHERS = {
    "circulation:receipt": a_receipt,
    "circulation:cancel_payment": a_receipt,
    "circulation:end_queue_area": lambda branch: [make_area(branch).pk],
    "circulation:answer_pull": a_pull_request,
    "circulation:transit_slip": a_transit,
    "circulation:undo_due_dates": a_move_of_due_dates,
    "circulation:send_again": a_notice,
    "organisations:change_library": lambda branch: [branch.library.pk],
    "organisations:data_protection": lambda branch: [branch.library.pk],
    "organisations:add_branch": lambda branch: [branch.library.pk],
    "organisations:change_branch": lambda branch: [branch.pk],
    "organisations:set_hours": lambda branch: [branch.pk],
    "organisations:add_exception": lambda branch: [branch.pk],
    "organisations:remove_exception": an_exceptional_day,
    "organisations:add_desk": lambda branch: [branch.pk],
    "organisations:add_stop": a_bus,
    "organisations:change_desk": lambda branch: [Desk.objects.create(branch=branch, name="x").pk],
    "organisations:remove_desk": lambda branch: [Desk.objects.create(branch=branch, name="x").pk],
    "organisations:change_stop": a_stop,
    "organisations:remove_stop": a_stop,
}


def test_every_address_with_a_number_is_fenced_or_is_everybodys():
    numbered = {
        name
        for name, pattern in ADDRESSES
        if any(
            type(each).__name__ == "IntConverter" for each in pattern.pattern.converters.values()
        )
    }

    assert numbered == set(ANOTHERS) | EVERYBODYS
    assert not set(ANOTHERS) & EVERYBODYS


@pytest.mark.parametrize("name", ANOTHERS)
def test_what_belongs_to_another_library_is_not_opened_by_its_number(name, db):
    """The coordinator of one library may do everything there, and nothing elsewhere."""
    here, elsewhere = make_branch("Koskela"), make_branch("Rantala")
    client = at_work(Role.COORDINATOR, here, library=here.library)
    address = reverse(name, args=ANOTHERS[name](elsewhere))

    answers = [client.get(address), client.post(address, {"date": LATER.isoformat()})]

    assert all(each.status_code in {404, 405} for each in answers), answers
    assert any(each.status_code == 404 for each in answers)


@pytest.mark.parametrize("name", ANOTHERS)
def test_what_belongs_to_ones_own_library_is(name, db):
    """Else the test above would be content with pages that open to nobody."""
    here = make_branch("Koskela")
    client = at_work(Role.COORDINATOR, here, library=here.library)
    address = reverse(name, args=ANOTHERS[name](here))

    answers = [client.get(address), client.post(address, {"date": LATER.isoformat()})]

    assert any(each.status_code in {200, 302, 422} for each in answers), answers
    assert name in PAGES
