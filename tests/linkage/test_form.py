"""A dozen descriptions as Finnish libraries write them, and what is read from each."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage.records import book, fixed, judge, leader, record

from kimppa.linkage import words
from kimppa.linkage.fields import Batch, stretch
from kimppa.linkage.form import form, forms

MUSIC, SPEECH, FILM, FILE = (leader(p6=code) for code in "jigm")


def text(**fields):
    return {tag.removeprefix("f"): value for tag, value in fields.items()}


RDA_BOOK = record(
    text(
        f001="211634",
        f008=fixed(p6="t", p7="2015", p11="2014"),
        f020="  $a978-951-0-00001-4$qkovakantinen",
        f041="1 $afin$hswe",
        f100="1 $aJansson, Tove,$ekirjoittaja.",
        f240="10$aSent i november,$lsuomi",
        f245="10$aMuumilaakson marraskuu /$cTove Jansson ; suomentanut Kaarina Helakisa.",
        f250="  $a14. painos",
        f264=[" 1$aHelsinki :$bWerner Söderström osakeyhtiö,$c2015", " 4$c©2014"],
        f300="  $a159, [1] sivua :$bkuvitettu ;$c22 cm",
        f336="  $ateksti$btxt$2rdacontent",
        f337="  $akäytettävissä ilman laitetta$bn$2rdamedia",
        f338="  $anide$bnc$2rdacarrier",
        f490="1 $aMuumikirjasto ;$v9",
        f700="1 $aHelakisa, Kaarina,$ekääntäjä.",
    )
)
ISBD_BOOK = record(
    text(
        f001=" 4711 ",
        f008="850101s1985    fi a||| ||||||||||||fin||",
        f100="10$aWALTARI, MIKA",
        f245="10$aSinuhe egyptiläinen :$b15 kirjaa /$cMika Waltari",
        f260="0 $aPorvoo ; Hki ; Juva :$bWSOY, 1985",
        f300="  $a784 s. ;$c22 cm. - Nid.",
    )
)
SWEDISH_E_BOOK = record(
    text(
        f001="e1",
        f007="cr |||||||||||",
        f008=fixed(p7="2020", p23="o", p35="swe"),
        f020=["  $a9789510000014$qPDF", "  $a9789510000021$qinbunden"],
        f245="10$aPappan och havet /$cTove Jansson.",
        f264=" 1$aHelsingfors :$bFörlaget,$c2020",
        f300="  $a1 onlineresurs (152 sidor)",
        f856="40$uhttps://example.org/1",
    )
)
VOLUME_OF_A_SET = record(
    text(
        f001="5",
        f008=fixed(),
        f020=["  $a951-0-00001-9 (koko teos)", "  $a951-0-00002-7 (osa 2)"],
        f245="00$aFacta :$btietosanakirja.$n2. osa,$pCesium-Gao.",
        f300="  $a640 palstaa",
    )
)
ARTICLE = record(
    text(
        f001="6",
        f008=fixed(),
        f245="10$aKirjastot tänään.",
        f773="08$iSisältyy manifestaatioon:$tSuomen lehti.$gS. 5-9$w(FI-MELINDA)000123456",
    ),
    leader(p7="b"),
)
ALBUM = record(
    text(
        f001="7",
        f007="sd fsngnnmmned",
        f008=fixed(p18="rcnn", p35="zxx"),
        f024="3 $a6417825042112",
        f028="02$aLXCD 123$bLove Records",
        f245="00$aSuomirockin helmiä.$nVol. II",
        f300="  $a1 CD-levy (1 h 2 min) + tekstiliite (8 s.)",
    ),
    MUSIC,
)
DVD = record(
    text(
        f001="8",
        f007="vd cvaizq",
        f008=fixed(p18="108", p35="fin"),
        f041="1 $afin$jswe$jeng",
        f245="00$aTuntematon sotilas /$cohjaus: Edvin Laine.",
        f300="  $a1 DVD-video (169 min)",
    ),
    FILM,
)
SERIAL = record(
    text(
        f001="9",
        f008="850101c19509999fi mr|p|||||||0|||a0fin||",
        f022="  $a0355-0303",
        f245="00$aSuomen Kuvalehti.",
    ),
    leader(p7="s"),
)
HOLDINGS = record(text(f001="10", f004="4711", f852="  $bHEL$h84.2"), leader(p6="x"))
DELETED = record(text(f001="11", f245="10$aPoistettu"), leader(p5="d"))
EMPTY = record({"001": "12"})
NON_FILING = record(text(f001="13", f245="14$aThe old man and the sea"))
LYING_NON_FILING = record(text(f001="14", f245="14$aVanhus ja meri"))

READ = {
    "RDA book": (RDA_BOOK, {
        "kind": "bibliographic", "material": "book", "carrier": "volume", "title":
        "muumilaakson marraskuu", "author": "jansson", "author_initial": "t",
        "names": ["jansson", "helakisa"], "year": 2015, "years": [2015, 2014],
        "publisher": ["werner", "soderstrom", "osakeyhtio"], "place": "helsinki", "pages": 159,
        "height": 22, "edition": "14", "printing": True, "languages": ["fin"],
        "original_languages": ["swe"], "isbns": ["9789510000014"], "series": "muumikirjasto",
        "series_number": "9", "content_types": ["txt"], "media_types": ["n"], "deleted": False,
    }),
    "ISBD book": (ISBD_BOOK, {
        "author": "waltari", "author_initial": "m", "pages": 784, "year": 1985, "subtitle":
        "15 kirjaa", "figures": ["15"], "carrier": "volume", "height": 22, "languages": ["fin"],
    }),
    "Swedish e-book": (SWEDISH_E_BOOK, {
        "carrier": "online", "isbns": ["9789510000014"], "pages": 152, "languages": ["swe"],
        "full_title": "pappan & havet",
    }),
    "volume of a set": (VOLUME_OF_A_SET, {
        "isbns": ["9789510000021"], "set_isbns": ["9789510000014"], "part_numbers": ["2"],
        "part_name": "cesium gao", "title": "facta",
    }),
    "article": (ARTICLE, {
        "level": "p", "material": "article", "host": "suomen lehti", "position": "s 5 9",
        "host_numbers": ["fi-melinda:123456"], "host_tags": ["773"],
    }),
    "album": (ALBUM, {
        "material": "music", "carrier": "cd", "minutes": 62, "part_numbers": ["2"],
        "publisher_numbers": ["LXCD123"], "identifiers": ["ean:6417825042112"], "languages": [],
    }),
    "DVD": (DVD, {"material": "film", "carrier": "dvd", "minutes": 169, "languages": ["fin"]}),
    "serial": (SERIAL, {"level": "s", "material": "serial", "issns": ["03550303"], "year": 1950}),
    "holdings": (HOLDINGS, {"kind": "holdings"}),
    "deleted": (DELETED, {"deleted": True, "title": "poistettu"}),
    "empty": (EMPTY, {"title": "", "year": 0, "words": [], "author": "", "carrier": ""}),
    "article in front": (NON_FILING, {"title": "old man & the sea", "title_key": "oldman&the"}),
    "lying indicator": (LYING_NON_FILING, {"title": "vanhus & meri"}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read_from(name):
    described, expected = READ[name]
    read = form(described.to_flat())._asdict()
    assert {key: read[key] for key in expected} == expected


@pytest.mark.parametrize(
    "flat",
    ["245", "2451", "245\x1f\x1f\x1fa", "008", "100\x1f", "773\x1ft\x1e020\x1fa\x1e250\x1fa", ""],
)
@pytest.mark.parametrize("head", ["", "x", "0" * 24])
def test_ruins_of_records_have_a_form_too(head, flat):
    assert form(f"{head}\x1e{flat}").year == 0


@pytest.mark.parametrize(
    ("heading", "entry", "first"),
    [
        ("Waltari, Mika.", "waltari", "m"),
        ("WALTARI, M.", "waltari", "m"),
        ("Waltari,", "waltari", ""),
        ("Homeros.", "homeros", ""),
        ("Strömsöyr, Åke", "stromsoyr", "a"),
        ("Толстой, Лев", "толстои", "л"),
    ],
)
def test_a_heading_gives_entry_word_and_initial(heading, entry, first):
    read = form(book(f100=f"1 $a{heading}").to_flat())
    assert (read.author, read.author_initial, read.names[0]) == (entry, first, entry)


def test_a_misplaced_008_says_no_language():
    shifted = "850101s1985    fi ||||j      |0|0|fin| "
    assert form(book(f008=shifted).to_flat()).languages == []


def test_a_reused_isbn_weighs_less():
    (trusted,) = judge((book(), book()))
    (reused,) = judge((book(), book()), reused=["9789510000014"])
    assert trusted.levels["ISBN"] == "shared"
    assert reused.levels["ISBN"] == "shared, but also on other works"
    assert reused.log_odds <= trusted.log_odds


def folded_letter_by_letter(text):
    """The same as ``fold`` without its quick way for ASCII."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(words._LETTERS)
    return " ".join(text.lower().translate(words._PUNCTUATION).split())


@given(st.text(st.one_of(st.characters(), st.characters(codec="ascii"), st.sampled_from("&' Åäß"))))
@settings(max_examples=500, deadline=None)
def test_the_quick_way_to_fold_ascii_gives_what_the_plain_way_gives(given_text):
    assert words.fold(given_text) == folded_letter_by_letter(given_text)


FLATS = st.sampled_from([described.to_flat() for described, _ in READ.values()]) | st.lists(
    st.text(st.sampled_from("245100ab=\x1f ä/"), max_size=12), max_size=4
).map("\x1e".join)


@given(st.lists(FLATS, max_size=6))
@settings(deadline=None)
def test_records_read_together_read_as_each_alone(flats):
    together = {name: column.to_pylist() for name, column in forms(stretch(flats)).items()}
    for number, flat in enumerate(flats):
        assert {name: column[number] for name, column in together.items()} == form(flat)._asdict()


@given(
    st.lists(FLATS, min_size=1, max_size=6), st.sampled_from(["245a", "100ab 245b", "245b 100a"])
)
@settings(deadline=None)
def test_subfields_are_those_that_cutting_field_by_field_finds(flats, wanted):
    found = [
        (number, part[1:])
        for number, flat in enumerate(flats)
        for tag, codes in [(word[:3], word[3:]) for word in wanted.split()]
        for field in flat.split("\x1e")[1:]
        if field[:3] == tag
        for part in field.split("\x1f")[1:]
        if part and part[0] in codes
    ]
    texts = Batch(stretch(flats)).values(wanted)
    assert list(zip(texts.owners.tolist(), texts.values(), strict=True)) == found
