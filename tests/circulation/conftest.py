"""What tests of lending share: two libraries with a branch each, a clerk, patrons, an item."""

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
