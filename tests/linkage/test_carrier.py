"""A carrier is told by words, 007, 338 and 008, in this order; special editions by words."""

import pytest
from linkage.records import fixed, form_of, leader

SPEECH, MUSIC, FILM, FILE = (leader(p6=code) for code in "ijgm")


def carried(carrier, name, **changes):
    return pytest.param(changes, carrier, id=name)


WORDS = [
    carried("volume", "pages", f300="  $a784 sivua"),
    carried("cd", "CD in Finnish", f300="  $a2 CD-äänilevyä", leader=SPEECH),
    carried("cd", "CD in Swedish", f300="  $a1 CD-skiva + 1 ljudskiva", leader=MUSIC),
    carried("lp", "LP", f300="  $a1 LP-äänilevy", leader=MUSIC),
    carried("lp", "LP by its speed", f300="  $a1 äänilevy (33 1/3 r/min)", leader=MUSIC),
    carried("mp3", "MP3 before CD", f300="  $a1 CD-levy (MP3)", leader=SPEECH),
    carried("daisy", "Daisy before MP3 and CD", f300="  $a1 CD-levy (Daisy, MP3)", leader=SPEECH),
    carried(
        "daisy",
        "a CD of the library for the blind",
        f260="  $aHelsinki :$b[Celia],$c2020.",
        f300="  $a2 CD-äänilevyä",
        leader=SPEECH,
    ),
    carried(
        "cassette",
        "its cassettes",
        f260="  $aHelsinki :$bNäkövammaisten kirjasto,$c1989.",
        f300="  $a3 äänikasettia",
        leader=SPEECH,
    ),
    carried("cassette", "cassette", f300="  $a3 äänikasettia", leader=SPEECH),
    carried("cassette", "ljudkassett", f300="  $a3 ljudkassetter", leader=SPEECH),
    carried("dvd", "DVD", f300="  $a1 DVD-video", leader=FILM),
    carried("dvd", "GMD", f245="00$aElokuva$h[DVD]", leader=FILM),
    carried("bluray", "Blu-ray", f300="  $a1 Blu-ray-levy", leader=FILM),
    carried("bluray", "BD", f300="  $a1 BD-levy", leader=FILM),
    carried("4k", "4K before Blu-ray", f300="  $a1 4K Ultra HD Blu-ray", leader=FILM),
    carried("vhs", "videocassette", f300="  $a1 videokasetti (VHS)", leader=FILM),
    carried("online", "verkkoaineisto", f300="  $a1 verkkoaineisto (784 sivua)"),
    carried("online", "e-bok", f300="  $a1 e-bok"),
    carried("online", "338 in words", f338="  $averkkoaineisto$2rdacarrier", f300=None),
    carried("cdrom", "CD-ROM", f300="  $a1 CD-ROM-levy", leader=FILE),
    carried("micro", "microfiche", f300="  $a3 mikrokorttia"),
    carried("braille", "braille", f300="  $a12 vihkoa pistekirjoitusta"),
]
CODES = [
    carried("dvd", "007 DVD", f007="vd cvaizq", f300="  $a1 levy", leader=FILM),
    carried("bluray", "007 Blu-ray", f007="vd csaizq", f300="  $a1 levy", leader=FILM),
    carried("vhs", "007 VHS", f007="vf cbahoq", f300="  $a1 kpl", leader=FILM),
    carried("cd", "007 CD", f007="sd fsngnnmmned", f300="  $a1 levy", leader=MUSIC),
    carried("lp", "007 LP", f007="sd bmmennmplu", f300="  $a1 levy", leader=MUSIC),
    carried("cassette", "007 cassette", f007="ss lunjlc", f300="  $a1 kpl", leader=SPEECH),
    carried("online", "007 remote file", f007="cr |||||||||||", f300="  $a1 tiedosto"),
    carried("micro", "007 microform", f007="he amb024baca", f300="  $a3 korttia"),
    carried("online", "338 cr", f338="  $bcr$2rdacarrier", f300=None, f008=None),
    carried("volume", "338 nc", f338="  $bnc$2rdacarrier", f300=None, f008=None),
    carried("cd", "338 sd", f338="  $bsd", f300=None, leader=MUSIC),
    carried("online", "008/23 o", f008=fixed(p23="o"), f300="  $a784 s."),
    carried("online", "008/23 s", f008=fixed(p23="s"), f300="  $a784 s."),
    carried("micro", "008/23 a", f008=fixed(p23="a"), f300="  $a784 s."),
    carried("online", "008/29 of a film", f008=fixed(p29="o"), f300="  $a90 min", leader=FILM),
    carried("online", "856 40 without extent", f300=None, f856="40$uhttps://example.org/"),
    carried("volume", "856 42", f300=None, f856="42$uhttps://example.org/"),
    carried("volume", "856 40 with extent", f856="40$uhttps://example.org/"),
    carried("", "nothing tells", f300=None, f008=None),
    carried("", "sound without a word", f300=None, leader=MUSIC),
]


@pytest.mark.parametrize(("changes", "carrier"), WORDS + CODES)
def test_the_carrier_is_told_by(changes, carrier):
    assert form_of(**changes).carrier == carrier


def test_words_win_over_codes():
    said = form_of(f007="vd cvaizq", f300="  $a1 Blu-ray-levy", leader=FILM)
    assert said.carrier == "bluray"


def test_a_lone_code_for_microform_or_online_is_doubted_when_pages_and_height_say_print():
    extent = "  $a784 s. ;$c21 cm."
    assert form_of(f008=fixed(p23="a"), f300=extent).carrier == "volume"
    assert form_of(f008=fixed(p23="s"), f300=extent).carrier == "volume"
    assert form_of(f008=fixed(p23="a"), f300=extent, f533="  $aMikrofilmi.").carrier == "micro"


def test_a_lone_word_for_online_is_doubted_when_height_and_codes_say_print():
    doubtful = {"f245": "10$aSinuhe$h[verkkoaineisto]", "f300": "  $a784 s. ;$c21 cm"}
    assert form_of(**doubtful).carrier == ""
    assert form_of(**doubtful, f007="cr |||||||||||").carrier == "online"
    assert form_of(**doubtful, f856="40$uhttps://example.org/").carrier == "online"


def special(kinds, name, **changes):
    return pytest.param(changes, kinds, id=name)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        special([], "a plain book"),
        special(["large-print"], "isotekstinen", f250="  $aIsotekstinen laitos"),
        special(["large-print"], "storstil", f300="  $a784 s. (storstil)"),
        special(["large-print"], "008/23 d", f008=fixed(p23="d")),
        special(["braille"], "008/23 f", f008=fixed(p23="f")),
        special(["braille"], "pistekirjoitus", f300="  $apistekirjoitusvihko"),
        special(["easy-read"], "selkokirja", f250="  $aSelkokirja"),
        special(["easy-read"], "lättläst", f655="  $alättläst bok"),
        special(["easy-read"], "mukautettu selkokielelle", f500="  $aSelkomukautus"),
        special(["abridged"], "lyhennetty", f500="  $aLyhennetty laitos"),
        special([], "unabridged", f500="  $aUnabridged"),
        special([], "lyhentämätön", f250="  $aLyhentämätön laitos"),
        special(["book-club"], "kirjakerho", f260="  $aHelsinki :$bSuuri suomalainen kirjakerho"),
        special(["playstation"], "PS4", f300="  $a1 PS4-peli", leader=FILE),
        special(["nintendo"], "538", f538="  $aNintendo Switch", leader=FILE),
        special(["xbox"], "753", f753="  $aXbox One", leader=FILE),
        special([], "538 of a book", f538="  $aVaatii: Windows"),
    ],
)
def test_special_readers_sellers_and_devices_are_read(changes, kinds):
    assert form_of(**changes).special == kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("  $a1 partituuri (48 s.)", "score"),
        ("  $a1 taskupartituuri", "study"),
        ("  $a1 study score", "study"),
        ("  $aPianopartituuri", "vocal"),
        ("  $a1 Klavierauszug", "vocal"),
        ("  $a4 stämmor", "parts"),
        ("  $a12 s.", ""),
    ],
)
def test_printed_music_is_a_score_a_study_score_a_vocal_score_or_parts(text, kind):
    assert form_of(f300=text, leader=leader(p6="c")).music_form == kind


@pytest.mark.parametrize(
    ("codes", "material"),
    [
        ("am", "book"), ("as", "serial"), ("ab", "article"), ("cm", "score"), ("im", "speech"),
        ("jm", "music"), ("gm", "film"), ("em", "map"), ("mm", "file"), ("rm", "object"),
        ("tm", "book"), ("?m", "other"),
    ],
)  # fmt: skip
def test_the_material_is_named_by_the_leader(codes, material):
    assert form_of(leader=leader(p6=codes)).material == material
