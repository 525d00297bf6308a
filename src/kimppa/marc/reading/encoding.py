"""Turn the bytes of a record into text, whatever its leader says about their encoding.

MARC 21 leader/09 is ``a`` for UTF-8 and blank for MARC-8; both are often wrong. The bytes decide.
"""

import re
import unicodedata
from contextlib import suppress

from pymarc.marc8 import marc8_to_unicode

from kimppa.marc.reading.words import counted

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPE = b"\x1b"
_ESCAPES = re.compile(rb"\x1b(?:[(),$!-]|[gbps])")
_EAST_ASIAN = re.compile(rb"(\x1b\$[,)-]?1)([^\x1b]*)")
_PARTS = re.compile(rb"[^\x1d-\x1f]+")
_HALVES = re.compile(rb"\xeb[A-Za-z]\xec(?=[A-Za-z])|\xfa[A-Za-z]\xfb(?=[A-Za-z])")
_DIACRITICS = re.compile(rb"([\xe0-\xfe])[\xe0-\xfe]*(.?)", re.DOTALL)
_NOT_IN_MARC8 = re.compile(rb"[\x80-\x87\x8a-\x8c\x8f-\xa0\xaf\xbb\xbe\xbf\xc9-\xdf\xfc\xfd\xff]")
_LETTERS_IN_MARC8 = re.compile(rb"[A-Za-z][\xa1-\xbd]+[a-z]|[\x88\x89]")
_VOWELS = b"aeiouy"
_ANY_LETTER = bytes(range(ord("a"), ord("z") + 1))
_CARRIERS = {  # the letters that commonly carry each diacritic of ANSEL
    b"\xe0": b"aeiouy",  # hook above
    b"\xe1": b"aeiou",  # grave
    b"\xe2": b"aeiouycnszlr",  # acute
    b"\xe3": b"aeiouwycghjs",  # circumflex
    b"\xe4": b"aon",  # tilde
    b"\xe5": b"aeiou",  # macron
    b"\xe6": b"aeioug",  # breve
    b"\xe7": b"zegic",  # dot above
    b"\xe8": b"aeiouy",  # two dots
    b"\xe9": b"ecszrn",  # caron
    b"\xea": b"au",  # ring
    b"\xee": b"ou",  # double acute
    b"\xf0": b"cstkln",  # cedilla
    b"\xf1": b"aeiou",  # ogonek
    b"\xf2": b"hstdzrlnmkaeiou",  # dot below
    b"\xf3": b"hu",  # double dot below
    b"\xf4": b"ua",  # ring below
    b"\xf5": b"d",  # double underscore
    b"\xf6": b"dhtkb",  # underscore
    b"\xf8": b"st",  # right cedilla
    b"\xfa": b"",  # half of a double tilde, alone
    b"\xfb": b"",
}
_CEDILLA = b"\xf0"  # as Windows-1252 the Icelandic ð
_AS_IN_IDEE = b"\xe9e"  # ě with a caron, or the French ée


def decode(raw: bytes, *, says_utf8: bool) -> tuple[str, str]:
    """Return the text of a record and the repair made, or an empty text for none.

    >>> decode("Päätalo".encode(), says_utf8=True)
    ('Päätalo', '')
    >>> decode("Päätalo".encode(), says_utf8=False)
    ('Päätalo', 'leader says MARC-8, the text is UTF-8')
    >>> decode(b"P\\xe8a\\xe8atalo", says_utf8=True)
    ('Päätalo', 'leader says UTF-8, the text is MARC-8')
    >>> decode("Päätalo".encode("cp1252"), says_utf8=False)
    ('Päätalo', 'leader says MARC-8, the text is Windows-1252')
    """
    escapes = _ESCAPES.search(raw) is not None
    if says_utf8 and not escapes:
        with suppress(UnicodeDecodeError):
            return raw.decode("utf-8"), ""
    if raw.isascii() and not escapes:
        return raw.decode("ascii"), ""
    text, found = _decode(raw, says_utf8=says_utf8, escapes=escapes)
    said = "UTF-8" if says_utf8 else "MARC-8"
    if found == said:
        return text, ""
    if found.startswith("UTF-8 with"):
        return text, f"{found} replaced by {REPLACEMENT}"
    return text, f"leader says {said}, the text is {found}"


def _decode(raw: bytes, *, says_utf8: bool, escapes: bool) -> tuple[str, str]:
    """Return the text and the name of the encoding that the bytes speak for."""
    if not raw.isascii():
        text = raw.decode("utf-8", "replace")
        wrong = text.count(REPLACEMENT) - raw.count(REPLACEMENT.encode())
        if not wrong:
            return text, "UTF-8"
        if len(_NOT_ASCII.findall(text)) > 2 * wrong:
            return text, f"UTF-8 with {counted(wrong, 'wrong sequence')}"
    if escapes or _is_marc8(raw, unless_sure=says_utf8):
        return _from_marc8(raw), "MARC-8"
    return raw.decode("cp1252", "replace"), "Windows-1252"


def _is_marc8(raw: bytes, *, unless_sure: bool) -> bool:
    """Whether bytes over 127 look like ANSEL, where a diacritic stands before its letter.

    In Windows-1252 those bytes are vowels, mostly followed by a consonant or a blank.
    """
    if _NOT_IN_MARC8.search(raw):
        return False
    alone, pairs = _HALVES.subn(b"", raw)
    marks = list(_DIACRITICS.finditer(alone))
    if not marks and not pairs:
        return _LETTERS_IN_MARC8.search(raw) is not None
    votes = 2 * pairs + sum(_vote(match) for match in marks)
    return votes > 0 or (votes == 0 and not unless_sure)


def _vote(match: re.Match[bytes]) -> int:
    """Return how much a byte and the next letter look like a diacritic on it, from -2 to 2.

    As Windows-1252 the byte is a vowel, so that without it two consonants meet, as in gén|éral.
    """
    mark, letter = match[1], match[2].lower()
    if letter not in _CARRIERS.get(mark, _ANY_LETTER) or not letter:
        return -2
    if mark + letter == _AS_IN_IDEE:
        return 0
    before = match.string[: match.start()][-1:].lower()
    if letter in _VOWELS or mark == _CEDILLA:
        return 2
    return -1 if before.isalpha() and before not in _VOWELS else 1


def _from_marc8(raw: bytes) -> str:
    """Return MARC-8 bytes as composed Unicode; the character sets start anew in each subfield."""
    parts = []
    end = 0
    for match in _PARTS.finditer(raw):
        parts.append(raw[end : match.start()].decode("ascii"))
        parts.append(_part_from_marc8(match[0]))
        end = match.end()
    parts.append(raw[end:].decode("ascii"))
    return "".join(parts)


def _part_from_marc8(part: bytes) -> str:
    if part.isascii() and _ESCAPE not in part:
        return part.decode("ascii")
    whole = _EAST_ASIAN.sub(_whole_characters, part)
    try:
        return unicodedata.normalize("NFC", marc8_to_unicode(whole, hide_utf8_warnings=True))
    except (UnicodeDecodeError, ValueError):
        return part.decode("ascii", "replace")


def _whole_characters(match: re.Match[bytes]) -> bytes:
    """Drop the odd bytes after the last three-byte East Asian character; pymarc chokes on them."""
    start, text = match[1], match[2]
    return start + text[: len(text) - len(text) % 3]
