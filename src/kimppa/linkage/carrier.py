"""How an edition is read, heard or seen: the carrier, the material and editions for special readers."""

import re

from kimppa.linkage.fields import Fields, values
from kimppa.linkage.words import fold

# What catalogues write in 300, 245 $h, 338, 347, 516 and 538, folded; the first that fits wins, so
# the special stands before the general (a Daisy disc is also an MP3 disc is also a CD).
_WORDS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("daisy", r"\bdaisy\b"),
        ("4k", r"\b4k\b|\buhd\b|\bultra hd\b"),
        ("bluray", r"\bblu ?ray|\bbd levy"),
        ("dvd", r"\bdvd"),
        ("vhs", r"\bvhs|\bvideokasetti|\bvideocassette|\bvideokassett|videorecording cassette"),
        ("mp3", r"\bmp3"),
        ("lp", r"\blp\b|\blp aanilevy|\blp skiv|33 1 3 rpm|\b33 ?rpm|\bvinyl"),
        ("cd", r"\bcd\b|\bcd aanilevy|\bcd levy|\bljudskiv|\bcompact dis|\bsound dis[ck].*digital"
               r"|\baudio dis[ck]|\baanilevy"),
        ("cassette", r"kasetti|\bsound cassette|\baudio ?cassette|\bkassett"),
        ("reel", r"\baanikela|\bsound tape reel"),
        ("micro", r"\bmikro|\bmicro(form|film|fiche|opaque)"),
        ("cdrom", r"\bcd rom|\bcomputer (optical )?dis[ck]|\btietolevy"),
        ("online", r"\bonline|\bverkko|\belektroni|\bnatresurs|\belectronic resource|\be kirja"
                   r"|\be bok|\be ?book|\bepub|\bressource electronique|\belektronisch"),
        ("braille", r"\bpistekirjo|\bbraille|\bpunktskrift"),
        ("volume", r"\bnide\b|\bvolume\b|\bvolym\b"),
    )
)  # fmt: skip
_CARRIER_CODES = {  # 338 $b, RDA carrier types
    "cr": "online", "cd": "cdrom", "ss": "cassette", "st": "reel", "vf": "vhs", "nc": "volume",
    "ha": "micro", "hb": "micro", "hc": "micro", "hd": "micro", "he": "micro", "hf": "micro",
    "hg": "micro", "hh": "micro", "hj": "micro",
}  # fmt: skip
_VIDEO_CODES = {"v": "dvd", "s": "bluray", "b": "vhs"}  # 007/04 of a videorecording
_FORM_OF_ITEM = {  # 008/23 (008/29 for maps and visual materials)
    "o": "online", "s": "online", "q": "cdrom", "a": "micro", "b": "micro", "c": "micro",
    "f": "braille",
}  # fmt: skip
_MATERIALS = {
    "a": "book", "t": "book", "c": "score", "d": "score", "i": "speech", "j": "music",
    "g": "film", "e": "map", "f": "map", "m": "file", "r": "object", "k": "picture",
    "o": "kit", "p": "kit",
}  # fmt: skip
_RECORDED = {"i", "j", "g"}


def carrier(record_type: str, fixed: str, fields: Fields) -> str:
    """Return the carrier by name, or an empty text when the record does not tell.

    Words win over codes, since 007 and 338 are often missing or copied from another record.
    """
    said = _from_words(fields)
    if said == "online" and _doubted(record_type, fixed, fields):
        return ""
    return (
        said
        or _from_007(fields.get("007", ()))
        or _from_338(fields, record_type)
        or _FORM_OF_ITEM.get(_form_of_item(record_type, fixed), "")
        or _from_link(fields)
        or ("volume" if fixed and record_type in "atcdef" else "")
    )


def _doubted(record_type: str, fixed: str, fields: Fields) -> bool:
    """Whether only a word says online while everything coded and the height in 300 say print."""
    coded = [f[:1] for f in [*fields.get("006", ()), *fields.get("007", ())]]
    return (
        not {"m", "c"}.intersection(coded)
        and _form_of_item(record_type, fixed) not in _FORM_OF_ITEM
        and not any(f[:2] == "40" for f in fields.get("856", ()))
        and any(" cm" in height for height in values(fields, ("300",), "c"))
    )


def _from_words(fields: Fields) -> str:
    texts = values(fields, ("300", "338"), "a") + values(fields, ("245",), "h")
    texts += values(fields, ("347",), "b") + values(fields, ("516", "538"), "a")
    words = fold(" ; ".join(texts))
    return next((name for name, pattern in _WORDS if pattern.search(words)), "")


def _from_007(fixed_fields: "tuple[str, ...] | list[str]") -> str:
    for text in fixed_fields:
        code = text[:2]
        if text[:1] == "v" and text[4:5] in _VIDEO_CODES:
            return _VIDEO_CODES[text[4:5]]
        if code == "sd" and text[3:4] in "fbe" and len(text) > 3:
            return "cd" if text[3] == "f" else "lp"
        if found := {"ss": "cassette", "st": "reel", "cr": "online", "co": "cdrom"}.get(code):
            return found
        if found := {"h": "micro", "f": "braille"}.get(text[:1]):
            return found
    return ""


def _from_338(fields: Fields, record_type: str) -> str:
    for code in values(fields, ("338",), "b"):
        if code == "sd" and record_type in _RECORDED:
            return "cd"
        if code.strip() in _CARRIER_CODES:
            return _CARRIER_CODES[code.strip()]
    return ""


def _form_of_item(record_type: str, fixed: str) -> str:
    place = 29 if record_type in "efgkor" else 23
    return fixed[place : place + 1]


def _from_link(fields: Fields) -> str:
    """856 40 names the resource itself; print records carry one too, but those have an extent."""
    if "300" in fields:
        return ""
    return "online" if any(f[:2] == "40" for f in fields.get("856", ())) else ""


def material(record_type: str, level: str) -> str:
    """Return what the record describes: book, serial, article, score, music, film…"""
    found = _MATERIALS.get(record_type, "other")
    if found == "book" and level in "sp":
        return "serial" if level == "s" else "article"
    return found


_SPECIAL = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("large-print", r"\bisoteksti|\bsuuraakkos|\blarge (print|type)|\bstorstil|\bstor stil"
                        r"|\bgrossdruck|\bgros(s)? caracteres"),
        ("braille", r"\bpistekirjo|\bbraille|\bpunktskrift"),
        ("easy-read", r"\bselko|\blattlast|\bll bok|\beasy (to )?read\b|\bmukautettu selko"),
        ("abridged", r"\blyhenne|\babridged|\bforkorta|\bgekurzt|\bmukaillen lyhen"),
        ("book-club", r"\bkirjakerho|\bbokklubb|\bbook club|\bsuuri suomalainen kirjakerho"),
        ("playstation", r"\bplaystation|\bps ?[1-5]\b"),
        ("xbox", r"\bxbox"),
        ("nintendo", r"\bnintendo|\bwii\b"),
        ("pc", r"\bpc( dvd| cd)? ?(rom|peli|spel|game)|\bwindows\b|\bmac ?os\b"),
    )
)  # fmt: skip
_SPECIAL_TAGS = ("245", "250", "260", "264", "300", "340", "490", "500", "521", "655", "830")
_DEVICE_TAGS = (
    "347",
    "538",
    "753",
)  # read for games and programs only: elsewhere they say how to open a file


def special_kinds(record_type: str, fixed: str, fields: Fields) -> list[str]:
    """Return for which special readers, sellers or devices this edition was made; mostly none."""
    tags = _SPECIAL_TAGS + (_DEVICE_TAGS if record_type == "m" else ())
    words = fold(" ; ".join(values(fields, tags, "abnpvd")))
    found = {name for name, pattern in _SPECIAL if pattern.search(words)}
    if "unabridged" in words or "lyhentamaton" in words:
        found.discard("abridged")
    code = _form_of_item(record_type, fixed)
    found |= {kind for key, kind in (("d", "large-print"), ("f", "braille")) if code == key}
    return sorted(found)


_MUSIC = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("vocal", r"klavierauszug|\bvocal score|\bpiano score|\bpianopartituuri|\bklaverutdrag"
                  r"|\bklaveruttog|reduction pour piano|chant et piano"),
        ("study", r"studienpartitur|taschenpartitur|\bstudy score|\bminiature score|\btaskupartituuri"
                  r"|\bfickpartitur|partition de poche"),
        ("parts", r"^(?!.*partit).*(\bstimmen|\bparts?\b|\bstemma|\bstammor|\bparties\b)"),
        ("score", r"partitu|\bscore\b|\bpartition\b"),
    )
)  # fmt: skip


def music_form(fields: Fields) -> str:
    """Return whether printed music is a vocal, study or full score or parts; else an empty text."""
    words = fold(" ; ".join(values(fields, ("245", "250", "254", "300"), "abc")))
    return next((name for name, pattern in _MUSIC if pattern.search(words)), "")
