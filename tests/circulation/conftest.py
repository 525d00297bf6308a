"""What tests of lending share: two libraries with a branch each, a clerk, patrons, an item."""

from datetime import timedelta

import pytest
from circulation.people import make_branch, make_child, make_item, make_patron, make_staff


@pytest.fixture
def branch(db):
    """Where the clerk stands: Koskela, open every day."""
    return make_branch("Koskela")


@pytest.fixture
def other_branch(db):
    """A branch of another library: Rantala, open every day."""
    return make_branch("Rantala")


@pytest.fixture
def clerk(branch):
    return make_staff(branch=branch)


@pytest.fixture
def patron(branch):
    return make_patron(library=branch.library)


@pytest.fixture
def other_patron(branch):
    return make_patron("Korhonen", "Väinö", library=branch.library)


@pytest.fixture
def child(patron):
    """A child whose guardian is ``patron``."""
    return make_child(patron)


@pytest.fixture
def item(branch):
    """An item of Koskela, on its shelf."""
    return make_item(branch)


@pytest.fixture
def away_item(other_branch):
    """An item of Rantala, on its shelf there."""
    return make_item(other_branch)


@pytest.fixture
def lend(branch, clerk, now):
    """Lends an item to a patron, by the clerk at Koskela unless told otherwise."""
    from kimppa.circulation.operations import check_out

    usual = {"branch": branch, "by": clerk, "now": now}
    return lambda item, patron, **more: check_out(item=item, patron=patron, **usual | more)


@pytest.fixture
def bring(branch, clerk, now):
    """Checks an item in, by the clerk at Koskela unless told otherwise."""
    from kimppa.circulation.operations import check_in

    usual = {"branch": branch, "by": clerk, "now": now}
    return lambda item, **more: check_in(item=item, **usual | more)


@pytest.fixture
def wait_for(branch, now):
    """Puts a patron into a record's queue since yesterday, without the rules of placing."""
    from kimppa.circulation.models import Hold

    def wait_for(record, patron, *, pickup_branch=branch, minutes=0, **fields):
        placed_at = now - timedelta(days=1) + timedelta(minutes=minutes)
        return Hold.objects.create(
            record=record,
            patron=patron,
            pickup_branch=pickup_branch,
            placed_at=placed_at,
            rank=int(placed_at.timestamp() * 1_000_000),
            **fields,
        )

    return wait_for


@pytest.fixture
def work_at(client):
    """Signs an account in at a branch, in English: ``work_at(account, branch)``."""

    def work_at(account, branch):
        client.force_login(account)
        session = client.session
        session["workplace"] = {"branch": branch.pk, "desk": None}
        session.save()
        client.cookies["django_language"] = "en"
        return client

    return work_at


@pytest.fixture
def at_desk(work_at, clerk, branch):
    return work_at(clerk, branch)
