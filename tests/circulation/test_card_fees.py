"""What cards cost by the rules of use (users.md 1.2: 3 euros for a lost one, the first free)."""

import pytest
from circulation.people import make_category, make_rules
from django.urls import reverse

from kimppa.circulation.models import Fee
from kimppa.circulation.operations.cards import give_card
from kimppa.patrons.models import Card, Patron
from kimppa.patrons.operations import end_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def doing(branch, clerk, now):
    return {"branch": branch, "by": clerk, "now": now}


def fees(patron):
    return list(Fee.objects.filter(patron=patron).values_list("kind", "legal_kind", "open_cents"))


def test_a_card_in_place_of_a_lost_one_costs_what_the_rules_say(patron, doing):
    make_rules(new_card_cents=300)

    give_card(patron=patron, number="UUSI-1", replaces_lost=True, **doing)
    give_card(patron=patron, number="UUSI-1", replaces_lost=True, **doing)

    assert fees(patron) == [("new_card", "private", 300)]
    assert patron.cards.get(number="UUSI-1").library == doing["branch"].library


def test_one_more_card_costs_nothing(patron, doing):
    make_rules(new_card_cents=300)

    give_card(patron=patron, number="UUSI-1", replaces_lost=False, **doing)

    assert fees(patron) == []


def test_where_cards_cost_nothing_nothing_is_charged(patron, doing):
    give_card(patron=patron, number="UUSI-1", replaces_lost=True, **doing)

    assert fees(patron) == []


def test_the_page_suggests_the_fee_once_a_card_was_lost(at_desk, patron, doing):
    make_rules(new_card_cents=300)
    page = reverse("circulation:patron", args=[patron.key])
    box = 'name="card-replaces_lost"'

    def is_ticked():
        text = at_desk.get(page).text
        return "checked" in text[text.index(box) : text.index(">", text.index(box))]

    assert not is_ticked()
    end_card(card=patron.cards.get(), status=Card.Status.LOST, **doing)
    assert is_ticked()
    change = reverse("circulation:change_patron", args=[patron.key, "card"])
    at_desk.post(change, {"card-number": "UUSI-2", "card-replaces_lost": "on"})
    assert fees(patron) == [("new_card", "private", 300)]


@pytest.mark.parametrize(("is_free", "charged"), [(1, []), (0, [("new_card", "private", 300)])])
def test_the_first_card_is_free_unless_the_rules_say_otherwise(at_desk, is_free, charged):
    make_rules(new_card_cents=300, first_card_free=is_free)
    given = {
        "category": make_category().pk,
        "surname": "Uusi",
        "birth_date": "1.2.1990",
        "language": "fi",
        "card": "EKA-1",
        "rules_version": "2026",
    }
    at_desk.post(reverse("circulation:register_patron"), given)

    assert fees(Patron.objects.get(surname="Uusi")) == charged
