"""How an edition is read, heard or seen: its carrier, material and special readers."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from kimppa.linkage.fields import Fields, values
from kimppa.linkage.words import fold
from kimppa.marc.record import SUBFIELD_MARK


def _patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _TABLE[kind].items())


_TABLE = tomllib.loads(files("kimppa.linkage").joinpath("carrier_words.toml").read_text("utf-8"))
_BLIND = re.compile(_TABLE["publisher"]["daisy"])
_WORDS, _SPECIAL, _MUSIC = map(_patterns, ("carrier", "special", "music"))
# Mostly none is found. All begin a word, and looking at the blanks only is twice as quick; without
# the ends of words this finds too much rather than too little.
_MAYBE_SPECIAL = re.compile(" (?:" + "|".join(_TABLE["special"].values()).replace(r"\b", "") + ")")
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
_SPECIAL_FORMS = {"d": "large-print", "f": "braille"}  # the same place
_MEASURED = re.compile(r"\d.*\d ?cm")
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
    if said in {"cd", "mp3"} and _for_the_blind(fields):
        return "daisy"
    if said == "online" and _doubted(record_type, fixed, fields):
        return ""
    return (
        said
        or _from_007(fields.get("007", ()))
        or _from_338(fields, record_type)
        or _coded(record_type, fixed, fields)
        or _from_link(fields)
        or ("volume" if fixed and record_type in "atcdef" else "")
    )


def _doubted(record_type: str, fixed: str, fields: Fields) -> bool:
    """Return whether only a word says online while all codes and the height say print."""
    coded = [f[:1] for f in [*fields.get("006", ()), *fields.get("007", ())]]
    return (
        not {"m", "c"}.intersection(coded)
        and _form_of_item(record_type, fixed) not in _FORM_OF_ITEM
        and not any(f[:2] == "40" for f in fields.get("856", ()))
        and any(" cm" in height for height in values(fields, ("300",), "c"))
    )


def _for_the_blind(fields: Fields) -> bool:
    """Return whether a library for the blind published it; its talking books are Daisy discs."""
    return any(_BLIND.search(fold(name)) for name in values(fields, ("260", "264"), "b"))


def _from_words(fields: Fields) -> str:
    texts = values(fields, ("300", "338"), "a") + values(fields, ("245",), "h")
    texts += values(fields, ("347",), "b") + values(fields, ("516", "538"), "a")
    return _named(" ; ".join(texts))


@lru_cache(maxsize=65536)
def _named(said: str) -> str:
    """Return the carrier that words name; mostly they are few and often met ("142 p.")."""
    words = fold(said)
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


def _coded(record_type: str, fixed: str, fields: Fields) -> str:
    """Return what 008/23 says; empty where it stands alone against pages and height of a book.

    A slip of one place in 008 makes a microform or an e-book of a printed one; what truly is one
    says so elsewhere, too, or has no height.
    """
    found = _FORM_OF_ITEM.get(_form_of_item(record_type, fixed), "")
    if found not in {"micro", "online"} or record_type not in "at":
        return found
    text = " ".join(values(fields, ("300",), "ac"))
    linked = any(f[:2] == "40" for f in fields.get("856", ()))
    copied = any("micro" in fold(f) or "mikro" in fold(f) for f in fields.get("533", ()))
    return "" if _MEASURED.search(text) and not linked and not copied else found


def _from_link(fields: Fields) -> str:
    """Return online for a link to the resource itself (856 40); print with one has an extent."""
    if "300" in fields:
        return ""
    return "online" if any(f[:2] == "40" for f in fields.get("856", ())) else ""


def material(record_type: str, level: str) -> str:
    """Return what the record describes: book, serial, article, score, music, film."""
    found = _MATERIALS.get(record_type, "other")
    if found == "book" and level in "sp":
        return "serial" if level == "s" else "article"
    return found


_SPECIAL_TAGS = ("250", "260", "264", "300", "340", "490", "500", "521", "655", "830")
# Read for games and programs only: elsewhere these say how to open a file.
_DEVICE_TAGS = ("347", "538", "753")


def special_kinds(record_type: str, fixed: str, fields: Fields) -> list[str]:
    """Return for which special readers, sellers or devices this edition was made; mostly none."""
    tags = _SPECIAL_TAGS + (_DEVICE_TAGS if record_type == "m" else ())
    # Folded one by one, fields give the same as joined; all but titles are met again and again.
    texts = [_words(field) for field in fields.get("245", ())]
    texts += [_said(field) for tag in tags if tag in fields for field in fields[tag]]
    words = " ".join(filter(None, texts))
    found: set[str] = set()
    if _MAYBE_SPECIAL.search(f" {words}"):
        found = {name for name, pattern in _SPECIAL if pattern.search(words)}
    if "abridged" in found and ("unabridged" in words or "lyhentamaton" in words):
        found.discard("abridged")
    if by_code := _SPECIAL_FORMS.get(_form_of_item(record_type, fixed)):
        found.add(by_code)
    return sorted(found)


def _words(field: str) -> str:
    parts = field.split(SUBFIELD_MARK)[1:]
    return fold(" ; ".join([part[1:] for part in parts if part and part[0] in "abnpvd"]))


_said = lru_cache(maxsize=65536)(_words)


def music_form(fields: Fields) -> str:
    """Return whether printed music is a vocal, study or full score or parts; else an empty text."""
    words = fold(" ; ".join(values(fields, ("245", "250", "254", "300"), "abc")))
    return next((name for name, pattern in _MUSIC if pattern.search(words)), "")
