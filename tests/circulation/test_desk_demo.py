from pathlib import Path

import pytest
from circulation.people import make_item, make_library, make_patron
from django.core.management import call_command
from django.utils import timezone

from kimppa.circulation.models import RuleSet
from kimppa.circulation.operations import check_out
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import OpeningHours, StaffAccount
from kimppa.organisations.operations import ensure_branch
from kimppa.patrons.models import Patron
from kimppa.patrons.queries import patron_by_card

PEOPLE = Path(__file__).parents[2] / "demo" / "people.toml"


@pytest.fixture
def region(db):
    """The demo region's libraries, each with a branch."""
    codes = ("Harjula", "Niemelä", "Storby")
    return [ensure_branch(library=make_library(code), code="Pääkirjasto")[0] for code in codes]


def run():
    call_command("demo_people", PEOPLE)


def test_a_newcomer_can_lend_at_once(region):
    run()
    patron, card = patron_by_card("DEMO9001")
    made = check_out(
        item=make_item(region[0]),
        patron=patron,
        card=card,
        branch=region[0],
        by=StaffAccount.objects.get(username="tiski"),
        now=timezone.now(),
    )
    assert made.loan.patron == patron


def test_run_twice_it_makes_nothing_new(region):
    run()
    counts = [model.objects.count() for model in (Patron, StaffAccount, RuleSet, OpeningHours)]
    run()
    assert counts == [4, 2, 1, 18]
    assert counts == [
        model.objects.count() for model in (Patron, StaffAccount, RuleSet, OpeningHours)
    ]


def test_nobody_is_invented_beside_real_patrons(region):
    make_patron()
    with pytest.raises(CannotRun):
        run()
    assert Patron.objects.count() == 1
    assert not StaffAccount.objects.exists()


def test_without_the_catalogue_it_says_what_is_missing(db):
    with pytest.raises(CannotRun, match="Harjula"):
        run()
    assert not StaffAccount.objects.exists()
