from datetime import timedelta

import pytest
from circulation.people import make_card, make_library, make_patron
from django.db import IntegrityError, transaction

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import Card, Patron, Pin
from kimppa.patrons.operations.pins import NotAPin
from kimppa.patrons.rules.pins import LOCKED_FOR, MOST_FAILURES, PinAnswer

pytestmark = pytest.mark.django_db


def give(patron, number, doing, **fields):
    return operations.add_card(
        patron=patron, number=number, library=patron.library, **doing, **fields
    )


def test_any_old_card_of_any_library_finds_its_person(doing):
    patron = make_patron(card=None)
    give(patron, "K-100", doing)
    operations.add_card(
        patron=patron, number="R 200", library=make_library("Rantala"), origin="Aurora", **doing
    )

    for number in ("K-100", " r200 ", "*R200*"):
        found, card = queries.patron_by_card(number)
        assert found == patron
        assert card.status == Card.Status.ACTIVE
    assert card.origin == "Aurora"
    assert card.library.code == "Rantala"
    assert queries.patron_by_card("R-200") is None
    assert queries.patron_by_card("") is None


def test_the_first_card_is_the_main_one_and_another_can_be_chosen(doing):
    patron = make_patron(card=None)
    first, second = give(patron, "1", doing), give(patron, "2", doing)
    assert (first.is_main, second.is_main) == (True, False)

    operations.choose_main_card(card=second, **doing)

    assert patron.cards.get(is_main=True) == second


def test_a_lost_card_is_told_apart_from_a_retired_one(doing):
    patron = make_patron(card=None)
    lost, retired = give(patron, "1", doing), give(patron, "2", doing)
    operations.end_card(card=lost, status=Card.Status.LOST, **doing)
    operations.end_card(card=retired, status=Card.Status.RETIRED, **doing)

    assert queries.patron_by_card("1")[1].status == Card.Status.LOST
    assert queries.patron_by_card("2")[1].status == Card.Status.RETIRED
    assert not patron.cards.filter(is_main=True).exists()


def test_when_the_main_card_is_lost_the_newest_of_the_others_takes_its_place(doing):
    patron = make_patron(card=None)
    main, other = give(patron, "1", doing), give(patron, "2", doing)
    operations.end_card(card=main, status=Card.Status.LOST, **doing)

    assert patron.cards.get(is_main=True) == other

    operations.restore_card(card=main, **doing)
    assert queries.patron_by_card("1")[1].status == Card.Status.ACTIVE
    assert patron.cards.get(is_main=True) == other


def test_an_ended_card_cannot_become_the_main_one(doing):
    patron = make_patron(card=None)
    card = give(patron, "1", doing)
    operations.end_card(card=card, status=Card.Status.LOST, **doing)

    with pytest.raises(operations.CardRefused) as refused:
        operations.choose_main_card(card=card, **doing)
    assert refused.value.reasons == (operations.CardRefusal.NOT_ACTIVE,)
    with pytest.raises(IntegrityError), transaction.atomic():
        Card.objects.filter(pk=card.pk).update(is_main=True)


def test_a_card_number_belongs_to_one_person_for_ever(doing):
    one, other = make_patron(card=None), make_patron(card=None)
    card = give(one, "1", doing)
    assert give(one, "1", doing) == card
    with pytest.raises(operations.CardRefused):
        give(other, "1", doing)

    operations.end_card(card=card, status=Card.Status.LOST, **doing)
    for patron in (one, other):
        with pytest.raises(operations.CardRefused):
            give(patron, "1", doing)
    with pytest.raises(operations.CardRefused):
        give(other, " * ", doing)


def test_doing_it_twice_changes_and_logs_nothing_more(doing):
    card = make_card(make_patron(card=None))
    for _ in range(2):
        operations.end_card(card=card, status=Card.Status.LOST, **doing)

    assert AuditEvent.objects.filter(action="end card").count() == 1


def test_two_entries_of_one_person_lead_to_the_one_that_stands(doing):
    kept, gone = make_patron(), make_patron()
    Patron.objects.filter(pk=gone.pk).update(merged_into=kept)

    assert queries.patron_by_key(gone.key) == kept
    assert queries.patron_by_card(gone.cards.get().number)[0] == kept


def test_erased_patrons_are_not_found(now):
    patron = make_patron(erased_at=now)

    assert queries.patron_by_key(patron.key) is None
    assert queries.patron_by_card(patron.cards.get().number) is None


def test_a_pin_is_four_digits_and_nobody_can_read_it(doing):
    patron = make_patron()
    for wrong in ("123", "12345", "12a4", "", "١٢٣٤"):
        with pytest.raises(NotAPin) as refused:
            operations.set_pin(patron=patron, pin=wrong, **doing)
        assert str(refused.value) == ""

    operations.set_pin(patron=patron, pin="0417", **doing)

    assert Pin.objects.get().hash.startswith("$argon2id$")
    event = AuditEvent.objects.get(action="set pin")
    assert "0417" not in str(event.details)


def test_the_right_pin_is_right_and_others_are_wrong(doing, now):
    patron = make_patron()
    assert operations.check_pin(patron=patron, pin="0417", now=now) == PinAnswer.NONE
    operations.set_pin(patron=patron, pin="0417", **doing)

    assert operations.check_pin(patron=patron, pin="0417", now=now) == PinAnswer.RIGHT
    assert operations.check_pin(patron=patron, pin="0418", now=now) == PinAnswer.WRONG


def test_wrong_tries_lock_the_pin_for_a_while_even_for_the_right_one(doing, now):
    patron = make_patron()
    operations.set_pin(patron=patron, pin="0417", **doing)
    for _ in range(MOST_FAILURES):
        assert operations.check_pin(patron=patron, pin="0000", now=now) == PinAnswer.WRONG

    before = now + LOCKED_FOR - timedelta(seconds=1)
    assert operations.check_pin(patron=patron, pin="0417", now=before) == PinAnswer.LOCKED
    after = now + LOCKED_FOR
    assert operations.check_pin(patron=patron, pin="0000", now=after) == PinAnswer.WRONG
    assert operations.check_pin(patron=patron, pin="0417", now=after) == PinAnswer.LOCKED
    later = after + LOCKED_FOR
    assert operations.check_pin(patron=patron, pin="0417", now=later) == PinAnswer.RIGHT
    assert Pin.objects.get().failures == 0


def test_a_right_try_makes_earlier_wrong_ones_forgotten(doing, now):
    patron = make_patron()
    operations.set_pin(patron=patron, pin="0417", **doing)
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            operations.check_pin(patron=patron, pin="0000", now=now)
        assert operations.check_pin(patron=patron, pin="0417", now=now) == PinAnswer.RIGHT
