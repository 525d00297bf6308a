"""Words, editions and ISBNs come to one form however they were typed."""

import pytest

from kimppa.linkage.isbn import isbn13
from kimppa.linkage.words import (
    edition_number,
    fold,
    is_printing,
    part_numbers,
    title_words,
)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Täällä Pohjantähden alla /", "taalla pohjantahden alla"),
        ("TÄÄLLÄ POHJANTÄHDEN ALLA.", "taalla pohjantahden alla"),
        ("Ta\u0308a\u0308lla\u0308", "taalla"),
        ("Smørrebrød, Ærø & Øl", "smorrebrod aero & ol"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Don't — tai älä!", "dont tai ala"),
        ("Don’t", "dont"),  # noqa: RUF001
        ("C++ ja C#", "c ja c"),
        ("Война и мир", "воина и мир"),
        ("ﬁlmi", "filmi"),
        ("", ""),
        (" . / : ", ""),
    ],
)
def test_folding_takes_away_case_marks_and_punctuation(typed, folded):
    assert fold(typed) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Toinen osa", ["2", "osa"]),
        ("Del två", ["del", "2"]),
        ("Volume three", ["volume", "3"]),
        ("Zweiter Teil", ["zweiter", "teil"]),
        ("Rocky II", ["rocky", "2"]),
        ("I, Robot", ["i", "robot"]),
        ("Vitamin C", ["vitamin", "c"]),
        ("Sota ja rauha", ["sota", "&", "rauha"]),
        ("Krig och fred", ["krig", "&", "fred"]),
        ("Sex and the city", ["sex", "&", "the", "city"]),
        ("Seitsemän veljestä", ["7", "veljesta"]),
    ],
)
def test_numbers_and_ands_in_titles_read_as_one_sign(typed, words):
    assert title_words(typed) == words


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("Osa 3", ["3"]),
        ("3. osa", ["3"]),
        ("III", ["3"]),
        ("I", ["1"]),
        ("Ensimmäinen osa", ["1"]),
        ("Del 2.", ["2"]),
        ("1-2", ["1", "2"]),
        ("Vol. 007", ["7"]),
        ("0", ["0"]),
        ("", []),
        ("Liite", []),
    ],
)
def test_part_numbers_are_figures_without_leading_zeros(typed, numbers):
    assert part_numbers(typed) == numbers


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2. painos", "2"),
        ("2. p.", "2"),
        ("02. painos", "2"),
        ("Toinen painos", "2"),
        ("Toinen, uudistettu painos", "2"),
        ("Andra upplagan", "2"),
        ("Tredje omarbetade upplagan", "3"),
        ("Fourth edition", "4"),
        ("4th ed.", "4"),
        ("Zweite Auflage", "2"),
        ("Uudistettu painos", "r"),
        ("Ny, omarb. uppl.", "r"),
        ("Rev. ed.", "r"),
        ("Första upplagan", "1"),
        ("Selkokirja", ""),
        ("", ""),
    ],
)
def test_edition_statements_come_to_a_number_or_to_revised(typed, number):
    assert edition_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "counts_printings"),
    [
        ("4. painos", True),
        ("4. p.", True),
        ("Andra tryckningen", True),
        ("2. uudistettu painos", False),
        ("2., uud. p.", False),
        ("2nd ed.", False),
        ("", False),
    ],
)
def test_only_a_bare_count_is_a_count_of_printings(typed, counts_printings):
    assert is_printing(typed) is counts_printings


@pytest.mark.parametrize(
    ("typed", "isbn"),
    [
        ("9789510000014", "9789510000014"),
        ("978-951-0-00001-4", "9789510000014"),
        ("951-0-00001-9", "9789510000014"),
        ("951 0 00001 9", "9789510000014"),
        ("9510000019 (sid.)", "9789510000014"),
        (" 9789510000014 : 20 mk", "9789510000014"),
        ("080442957X", "9780804429573"),
        ("080442957x", "9780804429573"),
        ("9789510000015", ""),
        ("9510000018", ""),
        ("951-000", ""),
        ("nid. 25 mk", ""),
        ("", ""),
    ],
)
def test_an_isbn_counts_only_with_its_right_check_digit(typed, isbn):
    assert isbn13(typed) == isbn
