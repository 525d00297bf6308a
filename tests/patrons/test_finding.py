from datetime import date

import pytest
from circulation.people import make_library, make_patron
from hypothesis import given
from hypothesis import strategies as st

from kimppa.patrons import operations, queries
from kimppa.patrons.models import Patron
from kimppa.patrons.rules.finding import card_number, name_key, name_words


def names(text):
    return [hit.patron.full_name for hit in queries.search(text)]


@pytest.fixture
def people(db):
    make_patron("Mäki-Virtanen", "Aino Maria", birth_date=date(1980, 5, 17), card="K1")
    make_patron("Virta", "Väinö", birth_date=date(1950, 1, 2), card="K2")
    make_patron("O'Brien", "Seán", birth_date=date(1990, 12, 31), card="K3")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("k1", ["Mäki-Virtanen, Aino Maria"]),
        ("virt", ["Mäki-Virtanen, Aino Maria", "Virta, Väinö"]),
        ("MÄKI", ["Mäki-Virtanen, Aino Maria"]),
        ("aino virtanen", ["Mäki-Virtanen, Aino Maria"]),
        ("Virta, Vä", ["Virta, Väinö"]),
        ("brien sean", ["O'Brien, Seán"]),
        ("17.5.1980", ["Mäki-Virtanen, Aino Maria"]),
        ("virta 1950-01-02", ["Virta, Väinö"]),
        ("virta 17.5.1980", ["Mäki-Virtanen, Aino Maria"]),
        ("irtanen", []),
        ("%", []),
        ("_", []),
        ("", []),
        ("31.2.1980", []),
    ],
)
def test_a_patron_is_found_by_card_by_parts_of_the_name_and_by_birth_date(people, text, found):
    assert names(text) == found


@pytest.mark.django_db
def test_an_identity_code_finds_nobody_in_the_search(doing):
    patron = make_patron()
    operations.store_identity_code(patron=patron, code="131052-308T", **doing)

    for typed in ("131052-308T", "131052\u2013308t", "virtanen 131052-308T", "131052A308T"):
        assert queries.looks_like_identity_code(typed)
        assert queries.search(typed) == []
    assert not queries.looks_like_identity_code("285A123123")


@pytest.mark.django_db
def test_merged_and_erased_patrons_are_not_listed(now):
    kept = make_patron()
    make_patron(merged_into=kept)
    make_patron(erased_at=now)

    assert [hit.patron for hit in queries.search("virtanen")] == [kept]


@pytest.mark.django_db
def test_the_list_of_hits_asks_the_database_few_questions(doing, django_assert_max_num_queries):
    for number in range(20):
        patron = make_patron(card=f"C{number}", library=make_library(f"L{number}"))
        operations.add_address(patron=patron, street="Kotikuja 1", city="Koskela", **doing)

    with django_assert_max_num_queries(4):
        hits = queries.search("virtanen")
    assert {(hit.card[0], hit.address) for hit in hits} == {("C", "Kotikuja 1, Koskela")}


@pytest.mark.django_db
def test_those_born_on_the_day_may_be_the_same_person_namesakes_first():
    make_patron("Aaltonen", "Ilmari", birth_date=date(2001, 2, 3))
    make_patron("Mäki", "Ilmari", birth_date=date(2001, 2, 3))
    make_patron("Mäki", "Ilmari", birth_date=date(2001, 2, 4))

    hits = queries.namesakes(surname="mäki-aho", birth_date=date(2001, 2, 3))

    assert [hit.patron.surname for hit in hits] == ["Mäki", "Aaltonen"]


@given(st.text(max_size=60))
def test_folding_names_and_card_numbers_twice_is_folding_them_once(text):
    assert name_words(" ".join(name_words(text))) == name_words(text)
    assert card_number(card_number(text)) == card_number(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_each_word_of_a_name_stands_in_its_key_behind_a_space(surname, given_names):
    key = name_key(surname, given_names)
    for word in name_words(f"{surname} {given_names}"):
        assert f" {word}" in key


@pytest.mark.django_db
def test_changing_a_name_changes_how_it_is_found(doing):
    patron = make_patron()
    operations.change_details(patron=patron, changes={"surname": "Lahti"}, **doing)

    assert names("lahti") == ["Lahti, Eeva"]
    assert names("virtanen") == []
    assert Patron.objects.get().name_key == " lahti eeva"
