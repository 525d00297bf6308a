from hypothesis import given
from hypothesis import strategies as st

from kimppa.catalogue.labels import NO_STATUS, STATUSES, material_label, status_labels
from kimppa.catalogue.rules import fold, sort_key
from kimppa.catalogue.storage import pack_lines, unpack_lines


def test_titles_stand_in_the_order_of_the_finnish_alphabet():
    titles = ["Öljylamppu", "Zombi", "Äiti", "Ålänning", "aurinko", "Zürich"]

    ordered = sorted(titles, key=sort_key)

    assert ordered == ["aurinko", "Zombi", "Zürich", "Ålänning", "Äiti", "Öljylamppu"]


def test_a_letter_and_its_mark_sort_alike_however_they_are_encoded():
    assert sort_key("A\u0308iti") == sort_key("Äiti")


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), min_size=1))
def test_what_is_packed_comes_back(lines):
    assert unpack_lines(pack_lines(lines)) == lines


def test_statuses_are_told_in_the_words_of_finna():
    assert status_labels("lost (2), not for loan") == [STATUSES["lost"], STATUSES["not for loan"]]
    assert status_labels("checked_out") == [STATUSES["checked out"]]


def test_an_unknown_status_is_shown_as_given_and_a_missing_one_is_not_guessed():
    assert [label.text for label in status_labels("kirjansitomossa")] == ["kirjansitomossa"]
    assert status_labels(" ") == [NO_STATUS]


def test_every_material_has_a_word():
    assert str(material_label("unheard of").text)
