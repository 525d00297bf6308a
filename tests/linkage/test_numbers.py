"""ISBNs, other identifiers, extent and years: each reads as the one thing that it says."""

import pytest
from linkage.records import FIXED, fixed, form_of

NO_ISBN = {"f020": None}
ISBN, OTHER, EBOOK = "9789510000014", "9789510000021", "9789510000038"


@pytest.mark.parametrize(
    ("texts", "own", "of_set"),
    [
        ([f"  $a{ISBN}"], [ISBN], []),
        (["  $a951-0-00001-9$qsid."], [ISBN], []),
        ([f"  $a{ISBN}", f"  $a{OTHER}"], [ISBN, OTHER], []),
        ([f"  $a{ISBN}", "  $a951-0-00001-9"], [ISBN], []),
        ([f"  $a{ISBN}$qkoko teos"], [], [ISBN]),
        ([f"  $a{ISBN} (koko sarja)"], [], [ISBN]),
        ([f"  $a{ISBN} (set)", f"  $a{OTHER} (osa 1)"], [OTHER], [ISBN]),
        ([f"  $a{ISBN}$qhela verket"], [], [ISBN]),
        ([f"  $a{ISBN} (nid.)", f"  $a{EBOOK} (PDF)"], [ISBN], []),
        ([f"  $a{EBOOK}$qverkkoaineisto"], [], []),
        ([f"  $z{ISBN}"], [], []),
        (["  $a9789510000015"], [], []),
        (["  $c20 mk"], [], []),
    ],
)
def test_isbns_of_a_printed_book(texts, own, of_set):
    read = form_of(f020=texts)
    assert (read.isbns, read.set_isbns) == (own, of_set)


def test_an_e_book_does_not_own_the_printed_books_isbn():
    texts = [f"  $a{EBOOK}$qEPUB", f"  $a{ISBN}$qsidottu", f"  $a{OTHER}$qnid."]
    assert form_of(f020=texts, f300="  $a1 verkkoaineisto").isbns == [EBOOK]


@pytest.mark.parametrize(
    ("tag", "text", "identifiers"),
    [
        ("010", "  $a   85012345 ", ["lccn:85012345"]),
        ("015", "  $afx841234$2skl", ["skl:fx841234"]),
        ("015", "  $afx841234", ["015:fx841234"]),
        ("016", "7 $a123456789$2DE-101", ["de-101:123456789"]),
        ("024", "3 $a6417825042112", ["ean:6417825042112"]),
        ("024", "2 $aM-55009-123-4", ["ismn:M550091234"]),
        ("024", "7 $a10.1000/182$2doi", ["doi:101000182"]),
        ("024", "8 $aABC-1", []),
        ("035", "  $a(FI-MELINDA)000123456", ["fi-melinda:123456"]),
        ("035", "  $aFCC000123456", ["fi-melinda:123456"]),
        ("035", "  $a(OCoLC)ocm00012345", ["ocolc:12345"]),
        ("035", "  $a(OCoLC)on1234567890", ["ocolc:1234567890"]),
        ("035", "  $a12345", []),
        ("035", "  $a(FI-MELINDA)", []),
        ("035", "  $z(FI-MELINDA)000123456", []),
    ],
)
def test_other_identifiers_stand_with_their_register(tag, text, identifiers):
    assert form_of(**{f"f{tag}": text}).identifiers == identifiers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("02$aEMI 5C 062-34567", ["EMI5C06234567"]),
        ("30$aF.G. 55009-123", ["FG55009123"]),
        ("02$aEMI", []),
        ("02$a123", []),
    ],
)
def test_publishers_numbers_are_letters_and_figures(text, numbers):
    assert form_of(f028=text).publisher_numbers == numbers


@pytest.mark.parametrize(
    ("text", "pages", "all_pages", "volumes", "minutes"),
    [
        ("784 s.", 784, [784], 0, 0),
        ("784 sivua", 784, [784], 0, 0),
        ("784 sidor", 784, [784], 0, 0),
        ("[784] s.", 784, [784], 0, 0),
        ("xiv, 574 p.", 574, [574], 0, 0),
        ("574, [12] s.", 574, [574, 12], 0, 0),
        ("xii, 345, 16, [3] s.", 345, [345, 16, 3], 0, 0),
        ("784", 784, [784], 0, 0),
        ("3 osaa", 0, [], 3, 0),
        ("2 v.", 0, [], 2, 0),
        ("3 nidettä", 0, [], 3, 0),
        ("2 band", 0, [], 2, 0),
        ("1 DVD-video (95 min)", 0, [], 0, 95),
        ("1 CD-äänilevy (1 h 12 min)", 0, [], 0, 72),
        ("2 CD-levyä (2 t, 5 min)", 0, [], 0, 125),
        ("1 verkkoaineisto (784 sivua)", 784, [784], 0, 0),
        ("", 0, [], 0, 0),
        ("nidottu", 0, [], 0, 0),
    ],
)
def test_extent_in_figures(text, pages, all_pages, volumes, minutes):
    read = form_of(f300=f"  $a{text}")
    assert (read.pages, read.page_numbers, read.volumes, read.minutes) == (
        pages, all_pages, volumes, minutes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "height"),
    [("21 cm", 21), ("21 x 30 cm", 21), ("12 cm + liite", 12), ("21", 0), ("", 0)],
)
def test_height_in_centimetres(text, height):
    assert form_of(f300=f"  $a784 s. ;$c{text}").height == height


@pytest.mark.parametrize(
    ("kind", "first", "second", "year", "years"),
    [
        ("s", "1985", "    ", 1985, [1985]),
        ("r", "1985", "1945", 1985, [1985, 1945]),
        ("t", "1985", "1984", 1985, [1985, 1984]),
        ("p", "1985", "1970", 1985, [1985, 1970]),
        ("m", "1985", "1990", 1985, [1985]),
        ("c", "1985", "9999", 1985, [1985]),
        ("q", "1985", "1989", 1985, [1985]),
        ("s", "198u", "    ", 0, []),
        ("|", "||||", "||||", 0, []),
        ("s", "9999", "    ", 0, []),
    ],
)
def test_the_second_date_counts_where_it_names_the_same_edition(kind, first, second, year, years):
    coded = fixed(p6=kind, p7=first, p11=second)
    read = form_of(f008=coded, f260="  $aPorvoo :$bWSOY")
    assert (read.year, read.years) == (year, years)


@pytest.mark.parametrize(
    ("changes", "year", "years"),
    [
        ({"f008": None, "f260": "  $c1985."}, 1985, [1985]),
        ({"f008": None, "f260": "  $c[1985?]"}, 1985, [1985]),
        ({"f008": None, "f260": "  $cc1985, 1987 printing"}, 1985, [1985, 1987]),
        ({"f008": None, "f260": None, "f264": " 1$c2015"}, 2015, [2015]),
        ({"f008": None, "f260": None, "f264": [" 1$c2015", " 4$c©2014"]}, 2015, [2015, 2014]),
        ({"f500": "  $aLisäpainokset: 2. p. 1986. - 3. p. 1990."}, 1985, [1985, 1986, 1990]),
        ({"f500": "  $aUusintapainos 1999"}, 1985, [1985, 1999]),
        ({"f500": "  $aNytryck 1999"}, 1985, [1985, 1999]),
        ({"f500": "  $aAlkuteos ilmestyi 1945"}, 1985, [1985]),
        ({"f008": FIXED, "f260": "  $c1986"}, 1985, [1985, 1986]),
        ({"f008": None, "f260": "  $cs.a."}, 0, []),
    ],
)
def test_years_from_the_imprint_and_from_notes_on_printings(changes, year, years):
    read = form_of(**changes)
    assert (read.year, read.years) == (year, years)
