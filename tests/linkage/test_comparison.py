"""What a comparison of two records keeps: order does not matter, and silence is no disagreement."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linkage.records import SINUHE, book, fixed, judge

from kimppa.linkage.comparison import COMPARISONS
from kimppa.linkage.model import read_model, weight

FULL = {
    "f020": "  $a9789510000014",
    "f035": "  $a(FI-MELINDA)000123456",
    "f245": "10$aSinuhe 2 :$bkirja lääkäristä.$n1$pNuoruus /$cMika Waltari ; kuvat Olli Oja.",
    "f250": "  $a2. painos",
    "f300": "  $a784 s. (2 osaa, 2 CD-levyä, 60 min) ;$c21 cm.",
    "f490": "0 $aPunaiset kirjat ;$v7",
    "f650": " 7$alääkärit$2yso/fin",
    "f700": "1 $aOja, Olli.",
    "f084": "  $a84.2$2ykl",
    "f028": "02$aABC 12345",
    "f022": "  $a1234-5679",
}
OTHER = {
    "f008": fixed(p7="1999", p15="sw ", p35="swe"),
    "f020": "  $a9789510000021",
    "f022": "  $a2434-561X",
    "f028": "02$aXYZ 98765",
    "f035": "  $a(FI-MELINDA)000999999",
    "f084": "  $a67.4$2ykl",
    "f100": "1 $aJansson, Tove.",
    "f245": "10$aVinter 9 :$bberättelse.$n4$pÅldern /$cTove Jansson.",
    "f250": "  $a5. painos",
    "f260": "  $aStockholm :$bNorstedt,$c1999.",
    "f300": "  $a120 s. (5 osaa, 4 CD-levyä, 200 min) ;$c30 cm.",
    "f490": "0 $aBlå böcker ;$v12",
    "f650": " 7$avinter$2yso/swe",
    "f700": "1 $aBerg, Lena.",
}
SAYS = {
    "title": ["f245"], "subtitle": ["f245"], "numbers in the title": ["f245"],
    "part number": ["f245"], "part name": ["f245"], "author": ["f100", "f700"],
    "contributors": ["f100", "f700"], "statement of responsibility": ["f245"],
    "year": ["f008", "f260"], "country": ["f008"], "place": ["f260"], "publisher": ["f260"],
    "pages": ["f300"], "volumes": ["f300"], "playing time": ["f300"], "discs": ["f300"],
    "height": ["f300"],
    "edition": ["f250"], "language": ["f008"], "ISBN": ["f020"], "ISSN": ["f022"],
    "other identifiers": ["f035"], "publisher number": ["f028"], "series": ["f490"],
    "number in the series": ["f490"], "subjects": ["f650"], "class": ["f084"],
    "taken together": ["f008", "f245", "f260", "f300"],
}  # fmt: skip
WHAT_IT_IS = {"material", "imprint and language"}  # what a pair is, not what it agrees in
OF_VETOES = {"veto"}  # see test_vetoes.py
# Here silence on one side says something: only what is out of the ordinary is written down, such as
# a number, a second part, a later edition.
NEEDS_HOSTS = {"place in the host"}  # see test_components.py
SILENCE_TELLS = {"numbers in the title", "part number", "volumes", "edition"}


def test_every_comparison_has_a_case():
    assert SAYS.keys() | NEEDS_HOSTS | WHAT_IT_IS | OF_VETOES == {
        comparison.name for comparison in COMPARISONS
    }


@pytest.mark.parametrize("name", SAYS)
def test_a_comparison_says_nothing_where_both_sides_are_blank(name):
    blank = dict.fromkeys(SAYS[name])
    (pair,) = judge((book(**FULL | blank), book(**OTHER | blank)))
    assert pair.levels[name] == "missing"


@pytest.mark.parametrize("name", sorted(SAYS.keys() - SILENCE_TELLS))
def test_a_comparison_says_nothing_where_one_side_is_blank(name):
    blank = dict.fromkeys(SAYS[name])
    left, right = judge(
        (book(**FULL | blank), book(**OTHER)), (book(**OTHER), book(**FULL | blank))
    )
    assert left.levels[name] == right.levels[name] == "missing"


@pytest.mark.parametrize("name", SAYS)
def test_a_filled_comparison_says_something(name):
    alike, unlike = judge((book(**FULL), book(**FULL)), (book(**FULL), book(**OTHER)))
    assert alike.levels[name] != "missing"
    assert unlike.levels[name] != "missing" or name == "taken together"
    assert alike.levels[name] != unlike.levels[name]


def test_a_record_is_skeletal_unless_title_year_pages_and_publisher_agree():
    bare = {"f008": None, "f260": "  $bWSOY,$c1985."}
    told, other_year, other_pages, other_number, unknown = judge(
        (book(**bare), book(**bare)),
        (book(**bare), book(**bare | {"f260": "  $bWSOY,$c1986."})),
        (book(**bare), book(**bare, f300="  $a790 s.")),
        (book(**bare, f490="0 $aSarja 7"), book(**bare, f490="0 $aSarja ;$v8")),
        (book(**bare), book(**bare | {"f260": "  $c1985."})),
    )
    assert told.levels["imprint and language"] == "some of it compared"
    assert other_number.levels["number in the series"] == "different"
    for pair in (other_year, other_pages, other_number, unknown):
        assert pair.levels["imprint and language"] == "none of it compared"
        assert pair.zone != "merge"


def test_a_bare_title_or_a_title_and_a_year_alone_are_too_little_to_merge():
    bare = {"f008": None, "f260": None, "f300": None}
    whole, alike, with_year = judge(
        (book(), book(**bare)),
        (book(**bare), book(**bare)),
        (book(**bare | {"f260": "  $c1945."}), book(**bare | {"f260": "  $c1945."})),
    )
    for pair in (whole, alike):
        assert pair.levels["imprint and language"] == "one is hardly more than a title"
        assert pair.zone != "merge"
    assert with_year.levels["imprint and language"] == "none of it compared"
    silent = dict.fromkeys(("f020", "f100", "f260", "f300"))
    (told,) = judge((book(**silent), book(**silent)))
    assert told.levels["year"] == "equal"
    assert told.levels["imprint and language"] == "neither place, publisher nor extent compared"
    assert told.zone == "review"


def test_a_missing_level_never_weighs_and_no_weight_goes_against_its_sign():
    model = read_model()
    for comparison in COMPARISONS:
        for number, level in enumerate(comparison.levels):
            weighs = weight(model, comparison, number)
            assert weighs == 0 or level.sign != "0", (comparison.name, level.name)
            assert weighs >= 0 or level.sign in "-~", (comparison.name, level.name)
            assert weighs <= 0 or level.sign in "+~", (comparison.name, level.name)
        if comparison.name not in WHAT_IT_IS:
            assert any(level.name == "missing" and level.sign == "0" for level in comparison.levels)


def test_every_weight_belongs_to_a_level_that_exists():
    known = {c.name: {level.name for level in c.levels} for c in COMPARISONS}
    for name, weights in read_model().weights.items():
        assert weights.keys() <= known[name]


TAGS = sorted({f"f{tag}" for tag in SINUHE if tag > "001"} | FULL.keys())


@st.composite
def descriptions(draw):
    """A record whose every field comes from one of two works, or is left out."""
    fields = {}
    for tag in TAGS:
        choices = [FULL.get(tag, SINUHE.get(tag[1:])), OTHER.get(tag), None]
        fields[tag] = draw(st.sampled_from(choices))
    return book(**fields)


@given(st.lists(st.tuples(descriptions(), descriptions()), min_size=8, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_pair_is_judged_the_same_from_either_side(pairs):
    forward, backward = judge(*pairs), judge(*[(b, a) for a, b in pairs])
    for here, there in zip(forward, backward, strict=True):
        assert here.levels == there.levels
        assert here.vetoes == there.vetoes
        assert here.log_odds == pytest.approx(there.log_odds)
        assert here.zone == there.zone


@given(st.lists(descriptions(), min_size=8, max_size=8))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_never_differs_from_itself(records):
    for pair in judge(*[(record, record) for record in records]):
        assert pair.vetoes <= {"several hosts", "host", "host not told"}
