"""The entries of the register that the patrons' pages are tested with."""

from datetime import timedelta

import pytest
from circulation.people import (
    make_branch,
    make_patron,
)
from django.utils import timezone

from kimppa.patrons import operations as register


@pytest.fixture
def branch(db):
    branch = make_branch("Koskela")
    branch.street, branch.postal_code, branch.city = "Kirjastokatu 1", "62100", "Koskela"
    branch.save()
    return branch


@pytest.fixture
def desk(sign_in, branch):
    return sign_in("desk", branch)


@pytest.fixture
def manager(sign_in, branch):
    return sign_in("branch_manager", branch)


@pytest.fixture
def patron(branch):
    return make_patron("Virtanen", "Eeva", library=branch.library, home_branch=branch, card="K-1")


@pytest.fixture
def hidden(patron):
    """Under non-disclosure since today, after an address had been in the register."""
    doing = {"now": timezone.now(), "by": None}
    register.add_address(patron=patron, street="Salakuja 2", city="Piilola", **doing)
    register.add_phone(patron=patron, value="040 7777777", **doing)
    register.add_email(patron=patron, value="eeva@salainen.example", **doing)
    until = timezone.localdate() + timedelta(days=400)
    return register.set_non_disclosure(patron=patron, until=until, **doing)
