"""What is done to many texts as bytes is what is done to each as text."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimppa.linkage import carrier, extent, slices, title_words, words
from kimppa.linkage.isbn import isbn13
from kimppa.linkage.isbns import isbns13
from kimppa.linkage.texts import in_order, texts

CHARACTERS = st.one_of(
    st.characters(codec="utf-8"),
    st.characters(max_codepoint=0x2300),
    st.characters(codec="ascii"),
    st.sampled_from("&' Aßä½\u2019"),
)
TEXTS = st.lists(st.text(CHARACTERS))
FOLDED = TEXTS.map(lambda some: list(map(words.fold, some)))
OWNED = st.lists(st.tuples(st.integers(0, 4), st.text(st.sampled_from("ab ä"), max_size=3)))


def of_one_each(values):
    return texts(np.arange(len(values)), values)


def owned(pairs):
    pairs = sorted(pairs, key=lambda pair: pair[0])
    return texts(np.array([owner for owner, _ in pairs], np.int64), [text for _, text in pairs])


def by_owner(pairs):
    return [[text for owner, text in pairs if owner == one] for one in range(5)]


@given(TEXTS)
@settings(deadline=None)
def test_folding_many_is_folding_each(some):
    assert of_one_each(some).folded().values() == list(map(words.fold, some))


@pytest.mark.parametrize("first", range(0, 0x2200, 0x100))
def test_every_character_is_folded_as_alone(first):
    some = [f"A{chr(code)}&{chr(code)}" for code in range(first, first + 0x100)]
    assert of_one_each(some).folded().values() == list(map(words.fold, some))


@given(OWNED, st.sampled_from([" ", " ; "]))
@settings(deadline=None)
def test_joining_parting_and_choosing_are_those_of_lists(pairs, between):
    found, lists = owned(pairs), by_owner(pairs)
    assert found.joined(5, between).values() == [between.join(own) for own in lists]
    assert found.first(5).values() == [own[0] if own else "" for own in lists]
    once = [list(filter(None, dict.fromkeys(own))) for own in lists]
    assert found.distinct().lists(5).to_pylist() == once
    assert found.distinct(2).lists(5).to_pylist() == [own[:2] for own in once]
    assert found.before("b").values() == [text.partition("b")[0] for own in lists for text in own]
    assert found.after("b").values() == [text.partition("b")[2] for own in lists for text in own]
    assert found.column().to_pylist() == [text for own in lists for text in own]
    longest = [sorted(sorted(own), key=len, reverse=True)[:3] for own in once]
    some = found.distinct()
    assert some.some(slices.longest(*some, 3)).lists(5).to_pylist() == longest


@given(OWNED, OWNED)
@settings(deadline=None)
def test_several_texts_as_one_keep_their_order(pairs, others):
    found = in_order(owned(pairs), owned(others))
    expected = [a + b for a, b in zip(by_owner(pairs), by_owner(others), strict=True)]
    assert found.lists(5).to_pylist() == expected


@given(FOLDED, st.integers(1, 3))
@settings(deadline=None)
def test_words_are_those_that_blanks_part(some, shortest):
    expected = [[word for word in text.split() if len(word) >= shortest] for text in some]
    assert of_one_each(some).words(shortest).lists(len(some)).to_pylist() == expected


@given(
    FOLDED
    | st.lists(
        st.lists(st.sampled_from([*words.IN_TITLES, "talo", "i", "xxi"])).map(" ".join), min_size=1
    )
)
@settings(deadline=None)
def test_titles_have_signs_for_the_words_that_have_one(some):
    found = title_words.with_signs(of_one_each(some))
    assert found.values() == [" ".join(words.title_words(text)) for text in some]
    signatures = type(found)(found.owners, *title_words.keys(*found[1:], 4))
    assert signatures.values() == ["".join(words.title_words(text)[:4]) for text in some]


def test_no_sign_is_longer_than_its_word():
    assert all(len(sign) <= len(word) for word, sign in words.IN_TITLES.items())


@given(
    st.lists(st.tuples(st.text(st.sampled_from("aä\u2019' \"中"), max_size=5), st.integers(0, 6)))
)
@settings(deadline=None)
def test_an_article_is_left_out_where_the_count_ends_behind_it(pairs):
    found = of_one_each([text for text, _ in pairs])
    counts = np.array([count for _, count in pairs], np.int64)
    starts = title_words.behind_articles(found.content, found.starts, found.ends, counts)
    expected = [
        text[count:] if 0 < count < len(text) and text[count - 1] in " '\u2019\"" else text
        for text, count in pairs
    ]
    assert type(found)(found.owners, found.content, starts, found.ends).values() == expected


@given(
    st.lists(
        st.from_regex(r"[0-9]{8,13}[Xx]?[ -]{0,3}[0-9(ä]{0,4}", fullmatch=True)
        | st.text(st.sampled_from("0123456789Xx -ä"), max_size=20)
    )
)
@settings(deadline=None)
def test_isbns_read_together_read_as_each_alone(some):
    rightly = ["9510000019", "9789510000014", "951000001X (nid.)", "9510000019  978", "080442957x"]
    some = [*some, *rightly]
    assert isbns13(of_one_each(some)).values() == list(map(isbn13, some))


@pytest.mark.parametrize("text", ["951000001X", "9510000019", "9789510000014", "9789510000013"])
def test_check_digits_of_isbns_are_those_of_iso_2108(text):
    digits = text if len(text) == 13 else f"978{text[:9]}"
    check = -sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits[:12])) % 10
    total = sum((10 - i) * (10 if d == "X" else int(d)) for i, d in enumerate(text))
    is_valid = digits[12:] == str(check) if len(text) == 13 else total % 11 == 0
    assert isbn13(text) == (f"{digits[:12]}{check}" if is_valid else "")
    assert isbns13(of_one_each([text])).values() == [isbn13(text)]


@given(st.lists(st.text(st.sampled_from("0123456789 ä"), max_size=12)))
@settings(deadline=None)
def test_no_note_with_a_year_is_overlooked(notes):
    notes = [*notes, "2. p. 1950", "1400", "20", "x2015"]
    kept = extent.with_years(of_one_each(notes)).values()
    with_years = [note for note in notes if extent._YEAR.search(note)]
    assert [note for note in kept if note in with_years] == with_years


SPECIAL_WORDS = [
    *("isoteksti", "large", "print", "type", "storstil", "stor", "stil", "gross", "gros"),
    *("caracteres", "braille", "selko", "easy", "to", "read", "ll", "bok", "lyhenne", "abridged"),
    *("book", "club", "ps", "4", "ps4", "xbox", "wii", "pc", "cd", "rom", "windows", "mac", "os"),
    *("unabridged", "lyhentamaton", "muunabridged"),
]


@given(
    st.lists(st.sampled_from([*SPECIAL_WORDS, "&", "talo", "LARGE", "L'", "-", "ä"]), max_size=6),
    st.booleans(),
)
@settings(deadline=None)
def test_what_is_made_for_special_readers_is_never_overlooked_by_the_quick_look(said, is_joined):
    typed = ("" if is_joined else " ").join(said)
    text = words.fold(typed)
    (found,) = carrier._kinds(1, of_one_each([typed]))
    expected = {name for name, pattern in carrier._SPECIAL if pattern.search(text)}
    assert found - {"unabridged"} == expected
    if "abridged" in expected:
        assert ("unabridged" in found) == bool(re.search("unabridged|lyhentamaton", text))


def test_every_pattern_of_special_readers_begins_a_word():
    for name, pattern in carrier._SPECIAL:
        for alternative in re.sub(r"\([^)]*\)", "", pattern.pattern).split("|"):
            assert alternative.startswith(r"\b"), name
