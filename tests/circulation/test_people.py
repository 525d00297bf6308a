import pytest
from circulation.people import make_rules, policy

from kimppa.circulation.rules.policy import Case

pytestmark = pytest.mark.django_db


def test_the_shared_people_places_and_rules_can_be_made(
    clerk, patron, other_patron, child, item, away_item
):
    make_rules(loan_days=21, cells=[{"name": "loan_days", "value": 7, "item_type": "DVD"}])

    assert child.guardianships.get().guardian == patron
    assert patron.cards.get().number != other_patron.cards.get().number
    assert item.branch.hours.count() == 7
    assert policy()["loan_days", Case(item_type="DVD")] == 7
    assert policy()["loan_days", Case(item_type="KIRJA")] == 21
