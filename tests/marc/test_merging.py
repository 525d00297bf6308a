"""Cases of Finnish practice: what becomes of each field when two libraries' records merge."""

# ruff: noqa: RUF001 Cyrillic stands for itself here

from pathlib import Path

import pytest

from kimppa.marc.merging import CONSORTIUM_CODE, Source, choose_base, merge
from kimppa.marc.merging.table import ACTIONS, RULES, TAG_ROWS
from kimppa.marc.record import Field, Record, Subfield

DOCS = Path(__file__).parents[2] / "docs" / "merge-rules.md"
FULL = "00000cam a2200000 i 4500"
ADVANCE = "00000nam a22000008i 4500"
PRELIMINARY = "00000nam a22000005i 4500"
MINIMAL = "00000nam a22000007i 4500"


def field(text):
    """Read ``245 10 $aNimi /$cTekijä``; ``#`` is a blank indicator."""
    tag, _, rest = text.partition(" ")
    if tag < "010":
        return Field(tag, value=rest)
    indicators, _, data = rest.partition(" ")
    subfields = (Subfield(part[0], part[1:]) for part in data.split("$")[1:])
    return Field(tag, indicators.replace("#", " "), tuple(subfields))


def record(*fields, leader=FULL, number="1", agency=""):
    control = [f"001 {number}", *([f"003 {agency}"] if agency else [])]
    return Record(leader, tuple(field(text) for text in [*control, *fields]))


def written(found):
    if found.is_control:
        return f"{found.tag} {found.value}"
    data = "".join(f"${code}{value}" for code, value in found.subfields)
    return f"{found.tag} {found.indicators.replace(' ', '#')} {data}"


def merged(base_fields, other_fields, *, base_leader=FULL, other_leader=MINIMAL):
    return merge(
        "K0",
        [
            Source("Aava", "1", record(*base_fields, leader=base_leader)),
            Source("Blanka", "2", record(*other_fields, leader=other_leader, number="2")),
        ],
    )


def fields_of(result, *tags):
    return [written(found) for found in result.record.get(*tags)]


# base's field, other's field, what the merged record has
PAIRS = {
    "a hyphenated ISBN is the fuller": (
        "020 ## $a9789510123454$qsidottu",
        "020 ## $a978-951-0-12345-4$qkovakantinen$c20 EUR",
        ["020 ## $a978-951-0-12345-4$qsidottu"],
    ),
    "different ISBNs both stand": (
        "020 ## $a9789510123454",
        "020 ## $a9510123455",
        ["020 ## $a9789510123454", "020 ## $a9510123455"],
    ),
    "nidottu and pehmeäkantinen are one binding": (
        "020 ## $a9789510123454$qnidottu",
        "020 ## $a9789510123454$qpehmeäkantinen",
        ["020 ## $a9789510123454$qnidottu"],
    ),
    "the binding is filled in": (
        "020 ## $a9789510123454",
        "020 ## $a9789510123454$qnidottu",
        ["020 ## $a9789510123454$qnidottu"],
    ),
    "UDC and YKL classes are kept apart by source": (
        "084 ## $a84.2$2ykl",
        "084 ## $a84.2$2hklj",
        ["084 ## $a84.2$2ykl", "084 ## $a84.2$2hklj"],
    ),
    "an author without dates gets them in their place": (
        "100 1# $aWaltari, Mika,$ekirjoittaja.",
        "100 1# $aWaltari, Mika,$d1908-1979,$ekirjoittaja.$0(FI-ASTERI-N)000119122",
        ["100 1# $aWaltari, Mika,$d1908-1979,$ekirjoittaja.$0(FI-ASTERI-N)000119122"],
    ),
    "a death year completes a birth year": (
        "100 1# $aWaltari, Mika,$d1908-",
        "100 1# $aWaltari, Mika,$d1908-1979",
        ["100 1# $aWaltari, Mika,$d1908-1979"],
    ),
    "namesakes with other dates are two people": (
        "700 1# $aVirtanen, Matti,$d1950-",
        "700 1# $aVirtanen, Matti,$d1961-",
        ["700 1# $aVirtanen, Matti,$d1950-", "700 1# $aVirtanen, Matti,$d1961-"],
    ),
    "a differing main entry becomes an added entry": (
        "100 1# $aWaltari, Mika",
        "100 1# $aParnassus, Nemo",
        ["100 1# $aWaltari, Mika", "700 1# $aParnassus, Nemo"],
    ),
    "a main entry that the base has as added entry stays there": (
        "700 1# $aWaltari, Mika",
        "100 1# $aWaltari, Mika,$ekirjoittaja.",
        ["700 1# $aWaltari, Mika,$ekirjoittaja."],
    ),
    "the same authority number waives the comparison of names": (
        "700 1# $aTšehov, Anton$0(FI-ASTERI-N)000042",
        "700 1# $aChekhov, Anton P.$0(FI-ASTERI-N)000042$4aut",
        ["700 1# $aTšehov, Anton$0(FI-ASTERI-N)000042$4aut"],
    ),
    "different authority numbers are different people": (
        "700 1# $aLahti, Kari$0(FI-ASTERI-N)000042",
        "700 1# $aLahti, Kari$0(FI-ASTERI-N)000043",
        [
            "700 1# $aLahti, Kari$0(FI-ASTERI-N)000042",
            "700 1# $aLahti, Kari$0(FI-ASTERI-N)000043",
        ],
    ),
    "Oy and Ab say nothing about a body": (
        "710 2# $aOtava Oy",
        "710 2# $aOtava$ejulkaisija.",
        ["710 2# $aOtava Oy$ejulkaisija."],
    ),
    "a base's uniform title stands": (
        "240 10 $aSinuhe egyptiläinen,$lruotsi",
        "240 10 $aSinuhe egyptiläinen",
        ["240 10 $aSinuhe egyptiläinen,$lruotsi"],
    ),
    "the title gets its statement of responsibility": (
        "245 10 $aSinuhe egyptiläinen :$bromaani",
        "245 10 $aSINUHE EGYPTILÄINEN :$bROMAANI /$cMika Waltari.",
        ["245 10 $aSinuhe egyptiläinen :$bromaani /$cMika Waltari."],
    ),
    "another edition statement is the same in other words": (
        "250 ## $a1. painos.",
        "250 ## $aFörsta upplagan.",
        ["250 ## $a1. painos."],
    ),
    "WSOY is Werner Söderström Oy": (
        "264 #1 $aHelsinki :$bWSOY,$c[1999]",
        "260 ## $aHki :$bWerner Söderström Oy,$c1999$eJuva",
        ["264 #1 $aHelsinki :$bWSOY,$c[1999]$eJuva"],
    ),
    "an unknown place gives way to a known one": (
        "264 #1 $a[S.l.] :$bOtava,$c1999",
        "264 #1 $aHelsinki :$bOtava,$c1999",
        ["264 #1 $aHelsinki :$bOtava,$c1999"],
    ),
    "an unknown publisher gives way to a known one": (
        "264 #1 $aHelsinki :$b[Kustantaja tuntematon],$c1999",
        "264 #1 $aHelsinki :$bOtava,$c1999",
        ["264 #1 $aHelsinki :$bOtava,$c1999"],
    ),
    "another function of 264 is added": (
        "264 #1 $aHelsinki :$bOtava,$c1999",
        "264 #4 $c©1998",
        ["264 #1 $aHelsinki :$bOtava,$c1999", "264 #4 $c©1998"],
    ),
    "a copyright year is not the year of publication": (
        "264 #1 $c1999",
        "264 #4 $c1999",
        ["264 #1 $c1999", "264 #4 $c1999"],
    ),
    "123 s. is 123 sivua": (
        "300 ## $a123 s.",
        "300 ## $a123 sivua :$bkuvitettu ;$c21 cm",
        ["300 ## $a123 s. :$bkuvitettu ;$c21 cm"],
    ),
    "a differing extent is the base's": ("300 ## $a123 s.", "300 ## $a321 s.", ["300 ## $a123 s."]),
    "osa 3, 3 and III are one part": (
        "490 0# $aSuuri sarja ;$v3",
        "490 1# $aSuuri sarja ;$vosa III",
        ["490 0# $aSuuri sarja ;$v3"],
    ),
    "a series gets its ISSN": (
        "490 1# $aSuuri sarja",
        "490 1# $aSuuri sarja,$x1234-5678",
        ["490 1# $aSuuri sarja,$x1234-5678"],
    ),
    "the fuller of two notes stands": (
        "500 ## $aSisältää hakemiston.",
        "500 ## $aSisältää hakemiston ja lähdeluettelon.",
        ["500 ## $aSisältää hakemiston ja lähdeluettelon."],
    ),
    "notes that say different things both stand": (
        "500 ## $aNimiö kannesta.",
        "500 ## $aSisältää hakemiston.",
        ["500 ## $aNimiö kannesta.", "500 ## $aSisältää hakemiston."],
    ),
    "YSO in Finnish and in Swedish both stand": (
        "650 #7 $akissa$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
        "650 #7 $akatt$2yso/swe$0http://www.yso.fi/onto/yso/p19378",
        [
            "650 #7 $akissa$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
            "650 #7 $akatt$2yso/swe$0http://www.yso.fi/onto/yso/p19378",
        ],
    ),
    "a subject gets its number": (
        "650 #7 $aKissa.$2yso/fin",
        "650 #7 $akissa$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
        ["650 #7 $aKissa.$2yso/fin$0http://www.yso.fi/onto/yso/p19378"],
    ),
    "a subject's number does not waive its subdivision": (
        "650 #7 $akissa$zSuomi$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
        "650 #7 $akissa$zRuotsi$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
        [
            "650 #7 $akissa$zSuomi$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
            "650 #7 $akissa$zRuotsi$2yso/fin$0http://www.yso.fi/onto/yso/p19378",
        ],
    ),
    "genres of SLM are joined": (
        "655 #7 $aromaanit$2slm/fin",
        "655 #7 $aRomaanit.$2slm/fin$0http://urn.fi/URN:NBN:fi:au:slm:s518",
        ["655 #7 $aromaanit$2slm/fin$0http://urn.fi/URN:NBN:fi:au:slm:s518"],
    ),
    "a host is one host though each library numbers it": (
        "773 0# $w(FI-A)1$tParnasso$gVol. 3",
        "773 0# $w(FI-B)7$tParnasso$g3$x0031-2320",
        ["773 0# $w(FI-B)7$w(FI-A)1$tParnasso$gVol. 3$x0031-2320"],
    ),
    "hosts of other numbers are other hosts": (
        "773 0# $w(FI-MELINDA)1$tParnasso",
        "773 0# $w(FI-MELINDA)2$tParnasso",
        ["773 0# $w(FI-MELINDA)1$tParnasso", "773 0# $w(FI-MELINDA)2$tParnasso"],
    ),
    "https is the same address as http": (
        "856 40 $uhttp://urn.fi/URN:1$yLue",
        "856 40 $uhttps://urn.fi/URN:1$zVapaa",
        ["856 40 $uhttps://urn.fi/URN:1$zVapaa$yLue"],
    ),
    "agencies are gathered": (
        "040 ## $aFI-A$bfin$erda",
        "040 ## $aFI-B$bswe$dFI-C",
        ["040 ## $aFI-A$bfin$erda$dFI-B$dFI-C"],
    ),
    "authentication codes are gathered": (
        "042 ## $afinb",
        "042 ## $apcc",
        ["042 ## $afinb$apcc"],
    ),
    "a lone mul gives way to the languages": (
        "041 0# $amul",
        "041 0# $afin$aswe",
        ["041 0# $afin$aswe"],
    ),
    "the base's languages stand": ("041 0# $afin", "041 0# $aswe", ["041 0# $afin"]),
    "local notes are kept word for word": (
        "590 ## $aLahjoitus",
        "590 ## $aLahjoitus",
        ["590 ## $aLahjoitus", "590 ## $aLahjoitus"],
    ),
    "a field with $5 is its owner's": (
        "500 ## $aNumeroitu kappale$5FI-A",
        "500 ## $aNumeroitu kappale$5FI-B",
        ["500 ## $aNumeroitu kappale$5FI-A", "500 ## $aNumeroitu kappale$5FI-B"],
    ),
    "items are kept with multiplicity": (
        "952 ## $bMAIN$p1",
        "952 ## $bMAIN$p1",
        ["952 ## $bMAIN$p1", "952 ## $bMAIN$p1"],
    ),
}


@pytest.mark.parametrize(("base", "other", "expected"), PAIRS.values(), ids=PAIRS.keys())
def test_two_fields_become(base, other, expected):
    result = merged([base], [other])
    tags = {text[:3] for text in (base, other, *expected)}
    assert fields_of(result, *tags) == expected


def test_a_uniform_title_stands_by_the_main_entry_of_the_merged_record():
    result = merged(["100 1# $aWaltari, Mika"], ["130 4# $aThe Egyptian"])
    assert fields_of(result, "130", "240") == ["240 14 $aThe Egyptian"]


def test_of_an_advance_notice_only_administrative_fields_survive():
    notice = [
        "020 ## $a111",
        "500 ## $aIlmestyy 2000.",
        "520 ## $aMainos.",
        "650 #4 $aX",
        "952 ## $p1",
    ]
    for leader in (ADVANCE, PRELIMINARY):
        result = merged(["245 00 $aNimi"], notice, other_leader=leader)
        assert fields_of(result, "020", "500", "520", "650", "952") == [
            "500 ## $aIlmestyy 2000.",
            "952 ## $p1",
        ]
    result = merged(["245 00 $aNimi"], notice, base_leader=MINIMAL, other_leader=ADVANCE)
    assert len(fields_of(result, "020", "520", "650")) == 3


def test_the_old_ids_and_the_merge_are_told():
    base = record("005 20200101000000.0", "035 ## $a(FI-X)9", number="7", agency="FI-MELINDA")
    other = record("005 20210101000000.0", number="8", leader=MINIMAL)
    result = merge("K0", [Source("Aava", "7", base), Source("Blanka", "8", other)])
    assert fields_of(result, "001", "003", "005", "035", "583") == [
        "001 K0",
        f"003 {CONSORTIUM_CODE}",
        "005 20210101000000.0",
        "035 ## $a(FI-X)9",
        "035 ## $a(FI-MELINDA)7",
        "035 ## $z(Aava)7",
        "035 ## $z(Blanka)8",
        "583 ## $aMERGED FROM (Aava)7 + (Blanka)8$5KIMPPA",
    ]
    assert result.base == "Aava:7"


def test_a_single_record_keeps_everything_but_its_number():
    alone = record("005 20200101000000.0", "245 00 $aNimi", "952 ## $p1", agency="FI-X")
    result = merge("K0", [Source("Aava", "1", alone)])
    assert fields_of(result, "583") == []
    assert [written(found) for found in result.record.fields] == [
        "001 K0",
        "003 KIMPPA",
        "005 20200101000000.0",
        "035 ## $a(FI-X)1",
        "035 ## $z(Aava)1",
        "245 00 $aNimi",
        "952 ## $p1",
    ]
    assert set(result.provenance) == {("Aava:1",)}


def test_a_field_and_its_other_script_travel_together():
    base = ["245 00 $6880-01$aVoina i mir", "880 00 $6245-01/(N$aВойна и мир"]
    other = ["500 ## $6880-01$aPrimechanie", "880 ## $6500-01/(N$aПримечание"]
    result = merged(base, other)
    assert fields_of(result, "245", "500", "880") == [
        "245 00 $6880-01$aVoina i mir",
        "500 ## $6880-02$aPrimechanie",
        "880 00 $6245-01/(N$aВойна и мир",
        "880 ## $6500-02/(N$aПримечание",
    ]


def test_a_main_entry_that_becomes_an_added_entry_takes_its_other_script_along():
    other = ["100 1# $6880-01$aTolstoi, Lev", "880 1# $6100-01/(N$aТолстой, Лев"]
    result = merged(["100 1# $aOther, Name"], other)
    assert fields_of(result, "700", "880") == [
        "700 1# $6880-01$aTolstoi, Lev",
        "880 1# $6700-01/(N$aТолстой, Лев",
    ]


def test_chains_of_8_are_numbered_anew():
    result = merged(["505 0# $81.1$aA"], ["520 ## $81.1\\x$aB", "521 ## $81.2\\x$aC"])
    assert fields_of(result, "505", "520", "521") == [
        "505 0# $81.1$aA",
        "520 ## $82.1\\x$aB",
        "521 ## $82.2\\x$aC",
    ]


UNCODED_008 = "990101s1999    fi " + 22 * "|"
CODED = {  # first position, the base's code, the other's, the merged record's
    "the earliest date on file": (0, "990101", "850101", "850101"),
    "a date of the last century is earlier": (0, "010101", "990101", "990101"),
    "dates when unknown": (6, "|||||||||", "s2001    ", "s2001    "),
    "the base's dates": (6, "s1999    ", "s2001    ", "s1999    "),
    "a ceased serial": (6, "c19909999", "d19902005", "d19902005"),
    "place when unknown": (15, "xx ", "fi ", "fi "),
    "the base's place": (15, "sw ", "fi ", "sw "),
    "illustrations of both": (18, "a   ", "b   ", "ab  "),
    "online is more exact than electronic": (23, "s", "o", "o"),
    "a novel is more exact than fiction": (33, "1", "f", "f"),
    "nonfiction does not give way": (33, "0", "f", "0"),
    "language when undetermined": (35, "und", "fin", "fin"),
    "the better cataloguing source": (39, "d", "c", "c"),
}


def coded(start, code):
    return UNCODED_008[:start] + code + UNCODED_008[start + len(code) :]


@pytest.mark.parametrize(("start", "base", "other", "expected"), CODED.values(), ids=CODED.keys())
def test_008_has(start, base, other, expected):
    result = merged([f"008 {coded(start, base)}"], [f"008 {coded(start, other)}"])
    assert fields_of(result, "008") == [f"008 {coded(start, expected)}"]


def test_007_is_filled_by_a_similar_one_only():
    assert fields_of(merged(["007 sd|fsn"], ["007 sd|f|n", "007 sdbf|n"]), "007") == ["007 sdbfsn"]
    assert fields_of(merged(["007 sd|fsn"], ["007 ss|l|n"]), "007") == ["007 sd|fsn"]
    assert fields_of(merged([], ["007 cr"]), "007") == ["007 cr"]


def test_the_base_is_chosen_by_stated_criteria_one_after_another():
    full = Source("Blanka", "2", record("040 ## $aX$bfin"))
    minimal = Source("Aava", "1", record("245 00 $aA", "500 ## $aB", leader=MINIMAL))
    english = Source("Cilla", "3", record("040 ## $aX$beng"))
    base, reasons = choose_base([minimal, english, full])
    assert base is full
    assert reasons == (
        "fuller encoding level (LDR/17): before Aava:1",
        "catalogued in Finnish, then Swedish, then English (040 $b): before Cilla:3",
    )
    assert choose_base([full]) == (full, ("the only record",))


def test_a_deleted_record_is_never_the_base_of_a_living_one():
    deleted = record("245 00 $aA", "650 #4 $aX", "952 ## $p1", leader="00000dam a2200000 i 4500")
    living = record("245 00 $aA", leader=MINIMAL)
    result = merge("K0", [Source("Aava", "1", deleted), Source("Blanka", "2", living)])
    assert result.base == "Blanka:2"
    assert fields_of(result, "650", "952") == ["952 ## $p1"]


def test_every_row_of_the_table_is_in_the_cataloguers_page():
    page = DOCS.read_text(encoding="utf-8")
    missing = [row for row in TAG_ROWS if f"`{row}`" not in page]
    assert missing == []


def test_every_tag_has_a_rule_with_a_known_action():
    assert set(RULES) == {f"{number:03d}" for number in range(1000)}
    assert {rule.action for rule in RULES.values()} <= ACTIONS
    assert all(set(rule.required) <= set(rule.paired + rule.key) for rule in RULES.values())
