"""What tests of the register share; the people come from tests of lending."""

import pytest
from circulation.people import make_branch, make_staff


@pytest.fixture
def branch(db):
    """Where the clerk stands: Koskela."""
    return make_branch("Koskela")


@pytest.fixture
def other_branch(db):
    """A branch of another library: Rantala."""
    return make_branch("Rantala")


@pytest.fixture
def clerk(branch):
    return make_staff(branch=branch)


@pytest.fixture
def doing(now, clerk, branch):
    """When, by whom and where: what every operation is told."""
    return {"now": now, "by": clerk, "branch": branch}
