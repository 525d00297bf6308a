"""Each veto stands on a pair that differs in one thing, and not on the same pair without it."""

import pytest
from linkage.records import LEADER, book, fixed, judge, leader

from kimppa.linkage.comparison import VETOES
from kimppa.linkage.model import read_model

MUSIC, SCORE, FILM = leader(p6="j"), leader(p6="c"), leader(p6="g")
PART, SERIAL = leader(p7="a"), leader(p7="s")
ISBN, OTHER = "  $a9789510000014", "  $a9789510000021"
HOST = "0 $tSuomen kirjallisuus$w(FI-MELINDA)000123$gS. 5-9"
OTHER_HOST = "0 $tRuotsin kirjallisuus$w(FI-MELINDA)000123$gS. 5-9"


def article(number=1, **changes):
    return book(number, **{"leader": PART, "f020": None, "f773": HOST} | changes)


def serial(**changes):
    return book(**{"leader": SERIAL, "f020": None, "f022": "  $a1234-5679"} | changes)


def album(**changes):
    given = {"leader": MUSIC, "f020": None, "f300": "  $a1 CD-levy", "f028": "02$aEMI 12345"}
    return book(**given | changes)


def ed(**changes):
    return book(**changes)


# Veto: the record, and the same record with the one difference.
MINIMAL = {
    "same database": (
        ed(fSID="  $bhelka$c1"),
        ed(fSID="  $bhelka$c2"),
    ),
    "deleted": (ed(), ed(leader=leader(p5="d"))),
    "type": (ed(), ed(leader=leader(p6="e"))),
    "serial": (serial(), serial(leader=LEADER)),
    "component": (article(), article(leader=LEADER, f773=None)),
    "host": (article(), article(f773=OTHER_HOST)),
    "host not told": (article(), article(f773="0 $w(FI-MELINDA)000123$gS. 5-9")),
    "several hosts": (article(), article(f773=[HOST, HOST])),
    "host number": (article(), article(f773=HOST.replace("000123", "000124"))),
    "content type": (ed(f336="  $btxt"), ed(f336="  $bspw")),
    "media type": (ed(f337="  $bn"), ed(f337="  $bc")),
    "carrier": (ed(), ed(f300="  $a1 verkkoaineisto (784 s.)")),
    "doubtful carrier": (ed(), ed(f300="  $a2 CD-äänilevyä")),
    "special edition": (ed(), ed(f250="  $aSelkokirja")),
    "music form": (
        ed(leader=SCORE, f300="  $a1 partituuri (48 s.)"),
        ed(leader=SCORE, f300="  $a4 stämmaa, 4 stemmaa"),
    ),
    "reproduction": (ed(f533="  $cNational Library"), ed(f533="  $cAmazon")),
    "part number": (ed(f245="10$aSinuhe.$nOsa 1"), ed(f245="10$aSinuhe.$nOsa 2")),
    "part name": (ed(f245="10$aSinuhe.$pAlku"), ed(f245="10$aSinuhe.$pKuninkaan suku")),
    "title numbers": (ed(f245="10$aVuosi 1917"), ed(f245="10$aVuosi 1918")),
    "part and set": (
        ed(f245="10$aSinuhe.$nOsa 1", f300="  $a400 s."),
        ed(f300="  $a2 osaa"),
    ),
    "volumes": (ed(f300="  $a2 osaa"), ed(f300="  $a3 osaa")),
    "language": (ed(f245="10$aSinuhe"), ed(f245="10$aSinuhe", f008=fixed(p35="swe"))),
    "edition": (ed(f250="  $a2. uud. p."), ed(f250="  $a3. uud. p.")),
    "year": (ed(), ed(f008=fixed(p7="1988"), f260="  $aPorvoo :$bWSOY,$c1988")),
    "ISBN": (ed(f020=ISBN), ed(f020=OTHER)),
    "ISSN": (serial(), serial(f022="  $a2434-561X")),
    "publisher number": (album(), album(f028="02$aEMI 54321")),
    "playing time": (
        album(f300="  $a1 CD-levy (60 min)"),
        album(f300="  $a1 CD-levy (75 min)"),
    ),
}
# Told by the library's name, see below; or by the hosts' lists of parts, see test_components.py.
NEVER_ALONE = {"same library", "one host", "place in the host"}


def test_every_veto_has_a_case():
    assert MINIMAL.keys() | NEVER_ALONE == {veto.name for veto in VETOES}


@pytest.mark.parametrize("name", MINIMAL)
def test_the_veto_stands_on_the_one_difference_only(name):
    one, other = MINIMAL[name]
    differing, mirrored, same, other_same = judge(
        (one, other), (other, one), (one, one), (other, other)
    )
    assert name in differing.vetoes
    assert name in mirrored.vetoes
    assert differing.zone != "merge"
    assert name not in same.vetoes
    # These are doubtful by themselves: no one can tell which host is meant.
    assert name not in other_same.vetoes or name in {"several hosts", "host not told"}


ONE_SIDED = {
    "language": ed(f008=None, f260="  $aPorvoo :$bWSOY,$c1985"),
    "ISBN": ed(f020=None),
    "edition": ed(),
    "year": ed(f008=None, f260=None),
    "carrier": ed(f008=None, f300=None),
    "doubtful carrier": ed(f008=None, f300=None),
    "content type": ed(),
    "media type": ed(),
    "part number": ed(f245="10$aSinuhe"),
    "part name": ed(f245="10$aSinuhe"),
    "title numbers": ed(f245="10$aVuosi"),
    "reproduction": ed(),
    "same database": ed(),
    "ISSN": serial(f022=None),
    "publisher number": album(f028=None),
    "playing time": album(),
    "host number": article(f773="0 $tSuomen kirjallisuus$gS. 5-9"),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_what_one_record_does_not_say_is_no_veto(name):
    one, _ = MINIMAL[name]
    silent = ONE_SIDED[name]
    here, there = judge((one, silent), (silent, one))
    assert name not in here.vetoes | there.vetoes


def test_two_parts_of_one_host_are_two_though_their_register_number_is_one():
    number = "  $a(FI-MELINDA)000777888"
    one, other = article(1, f035=number), article(2, f035=number)
    elsewhere = article(f773=HOST.replace("000123", "000124"), f035=number)
    pair, apart = judge((one, other), (one, elsewhere), libraries=("a", "a"))
    assert pair.vetoes == {"one host"}
    assert "one host" not in apart.vetoes
    (across,) = judge((one, other))
    assert "one host" not in across.vetoes


def test_records_of_one_library_stay_apart_unless_a_register_number_joins_them():
    plain, numbered = ed(), ed(f035="  $a(FI-MELINDA)000123456")
    (alone,) = judge((plain, plain), libraries=("a", "a"))
    (joined,) = judge((numbered, numbered), libraries=("a", "a"))
    (elsewhere,) = judge((plain, plain), libraries=("a", "b"))
    assert "same library" in alone.vetoes
    assert alone.zone == "review"
    assert joined.vetoes == elsewhere.vetoes == set()
    assert joined.zone == elsewhere.zone == "merge"


@pytest.mark.parametrize(
    "other",
    [{"f300": "  $a45 s."}, {"f250": "  $a3. uud. p."}, {"f008": fixed(p7="1991"), "f260": None}],
    ids=["pages", "edition", "year"],
)
def test_one_librarys_records_with_one_number_stay_apart_when_they_differ(other):
    number = "  $a(FI-MELINDA)001234567"
    (pair,) = judge((ed(f035=number), ed(f035=number, **other)), libraries=("a", "a"))
    assert "same library" in pair.vetoes


def test_a_soft_veto_asks_a_person_where_a_hard_one_rejects():
    short = {"f020": OTHER, "f245": "10$aEgyptiläinen"}
    soft, hard = judge((ed(), ed(**short)), (ed(), ed(**short, leader=leader(p6="e"))))
    assert soft.vetoes == {"ISBN"}
    assert hard.vetoes == {"ISBN", "type"}
    told = {"veto": "", "material": ""}
    assert soft.levels | told == hard.levels | told
    assert soft.log_odds > hard.log_odds
    assert (soft.zone, hard.zone) == ("review", "reject")


def test_a_veto_weighs_and_review_does_not_count_it():
    model = read_model()
    same, vetoed = judge((ed(), ed()), (ed(), ed(leader=leader(p6="e"))))
    assert vetoed.levels["veto"] == "different type of material"
    weighs = model.weights["veto"]["different type of material"]
    assert vetoed.log_odds == pytest.approx(same.log_odds + weighs, abs=0.01)
    assert (same.zone, vetoed.zone) == ("merge", "review")
    assert set(model.weights["veto"]) == {veto.says for veto in VETOES} | {"several vetoes"}
    assert max(model.weights["veto"].values()) <= -2


def test_another_code_of_language_is_a_slip_beside_one_long_title_and_the_same_imprint():
    swedish = fixed(p35="swe")
    long, name = "10$aSinuhe egyptiläinen ja viimeinen suuri faarao", "10$aSinuhe, Kaptah, Nefer"
    slip, other_pages, names_only = judge(
        (ed(f245=long), ed(f245=long, f008=swedish)),
        (ed(f245=long), ed(f245=long, f008=swedish, f300="  $a790 s.")),
        (ed(f245=name), ed(f245=name, f008=swedish)),
    )
    assert "language" not in slip.vetoes
    assert "language" in other_pages.vetoes
    assert "language" in names_only.vetoes


def test_two_printings_of_one_year_are_no_two_editions_unless_one_is_revised():
    second, third = ed(f250="  $a2. ed."), ed(f250="  $a3. ed.")
    later = ed(f250="  $a3. ed.", f008=fixed(p7="1986"), f260="  $aPorvoo :$bWSOY,$c1986.")
    revised = ed(f250="  $a3. uud. p.")
    printings, other_year, other = judge((second, third), (second, later), (second, revised))
    assert "edition" not in printings.vetoes
    assert "edition" in other_year.vetoes
    assert "edition" in other.vetoes


def dated(code, first, last, written):
    """The edition with another date: 008/06, both dates, and what 264 says."""
    return ed(f008=fixed(p6=code, p7=first + last), f260=f"  $aPorvoo :$bWSOY,$c{written}.")


@pytest.mark.parametrize(
    "doubtful",
    [
        dated("q", "1980", "1989", "[198-?]"),
        dated("s", "198u", "    ", "[198-]"),
        dated("q", "1900", "1999", "[19--?]"),
        dated("s", "1982", "    ", "[1982?]"),
    ],
)
def test_an_uncertain_date_is_no_other_year(doubtful):
    here, there = judge((ed(), doubtful), (doubtful, ed()))
    assert "year" not in here.vetoes | there.vetoes
    assert here.levels["year"] == there.levels["year"] == "within an uncertain date"


def test_an_uncertain_date_that_does_not_reach_the_other_year_is_another_year():
    (pair,) = judge((ed(), dated("q", "1960", "1969", "[196-?]")))
    assert "year" in pair.vetoes


def test_two_reprints_of_one_original_in_other_years_are_two_editions():
    (pair,) = judge((dated("r", "1962", "1906", "1962"), dated("r", "1978", "1906", "1978")))
    assert "year" in pair.vetoes


def test_a_count_of_volumes_that_slipped_is_no_other_edition_where_all_else_is_the_same():
    two, three = ed(f300="  $a11 osaa"), ed(f300="  $a12 osaa")
    other = ed(f300="  $a12 osaa", f260="  $aHelsinki :$bOtava,$c1985.")
    alike, unlike, single = judge((two, three), (two, other), (two, ed(f300="  $a784 s.")))
    assert "volumes" not in alike.vetoes
    assert "volumes" in unlike.vetoes
    assert "volumes" in single.vetoes


def test_as_many_paginations_as_volumes_are_the_same_volumes():
    two = ed(f300="  $a2 osaa")
    each, one = judge((two, ed(f300="  $a293, 258 s.")), (two, ed(f300="  $a293 s.")))
    assert "volumes" not in each.vetoes
    assert "volumes" in one.vetoes
