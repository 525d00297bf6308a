"""Normal forms of words, so that habits of cataloguing do not look like differences.

Change ``VERSION`` when a form or the files of the intake change: work kept from an earlier run is
then made again.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = 6

# For ASCII as bytes, which is thrice as quick as text; "&" is parted before, "'" goes.
_LOWER = bytes(
    code if chr(code) == "&" else ord(chr(code).lower()) if chr(code).isalnum() else ord(" ")
    for code in range(128)
).ljust(256)
_PUNCTUATION = str.maketrans(
    {c: " " for c in map(chr, range(128)) if not c.isalnum()} | {"'": None, "&": " & "}
)
_LETTERS_WITHOUT_MARKS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "\u0131": "i"}
)
# Numbers as people write them on title pages, in the languages a Finnish region's shelves hold.
_NUMBER_WORDS = {
    word: str(number)
    for words in (
        "yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan kymmenen",
        "ensimmainen toinen kolmas neljas viides kuudes seitsemas kahdeksas yhdeksas kymmenes",
        "ett tva tre fyra fem sex sju atta nio tio",
        "forsta andra tredje fjarde femte sjatte sjunde attonde nionde tionde",
        "one two three four five six seven eight nine ten",
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "eins zwei drei vier funf sechs sieben acht neun zehn",
        "erste zweite dritte vierte funfte sechste siebte achte neunte zehnte",
    )
    for number, word in enumerate(words.split(), start=1)
    if word not in {"sex", "one", "ett"}  # also ordinary words
}
# Single letters are left alone in titles: I, V, C and D are words and initials far too often.
_ROMAN = {
    roman: str(number)
    for number, roman in enumerate(
        ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x",
         "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"),
        start=1,
    )
}  # fmt: skip
_ROMAN_IN_TITLES = {roman: number for roman, number in _ROMAN.items() if len(roman) > 1}
_AND = {"ja", "och", "und", "and", "et", "y", "e"}
IN_TITLES = dict.fromkeys(_AND, "&") | _ROMAN_IN_TITLES | _NUMBER_WORDS
_FIGURES = re.compile(r"\d+")


def fold(text: str) -> str:
    """Return lower-case words without punctuation and diacritics, parted by single blanks.

    >>> fold("Sinuhe, egyptiläinen : viisitoista kirjaa /")
    'sinuhe egyptilainen viisitoista kirjaa'
    """
    return " ".join(bare(text).split())


def bare(text: str) -> str:
    """Return text as ``fold`` does, with as many blanks as come about."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
        if not text.isascii():  # another script
            return text.lower().translate(_PUNCTUATION)
    return text.replace("&", " & ").encode().translate(_LOWER, b"'").decode()


class _Letters(dict[int, str | None]):
    """What each character becomes, found out when first met: marks go, points become blanks."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        kept = letter if letter.isalnum() or letter in "&'" else " "
        # Modifier letters that transliterations use, and the typographic apostrophe, go too.
        is_mark = unicodedata.combining(letter) or letter in "\u02b9\u02ba\u2019\u02bb\u02bc"
        return self.setdefault(code, None if is_mark else kept)


_LETTERS = _Letters(_LETTERS_WITHOUT_MARKS)


def title_words(text: str) -> list[str]:
    """Return the words of a title with number words and Roman numerals as figures.

    >>> title_words("Täällä Pohjantähden alla. II, Toinen osa")
    ['taalla', 'pohjantahden', 'alla', '2', '2', 'osa']
    """
    return words_of_title(fold(text))


def words_of_title(folded: str) -> list[str]:
    """Return ``title_words`` of a title that is folded already."""
    return [IN_TITLES.get(word, word) for word in folded.split()]


def part_numbers(text: str) -> list[str]:
    """Return the numbers of a part designation (MARC 245 $n), without leading zeros.

    >>> part_numbers("Osa III"), part_numbers("Vol. 02"), part_numbers("1-2")
    (['3'], ['2'], ['1', '2'])
    """
    found: list[str] = []
    for word in fold(text).split() if text else ():
        if figures := _FIGURES.findall(word):
            found += [figure.lstrip("0") or "0" for figure in figures]
        elif number := _ROMAN.get(word) or _NUMBER_WORDS.get(word):
            found.append(number)
    return found


_EDITION_WORDS = {
    "fir": "1", "sec": "2", "thi": "3", "fou": "4", "fif": "5", "six": "6", "sev": "7",
    "eig": "8", "nin": "9", "ten": "10", "ens": "1", "toi": "2", "kol": "3", "nel": "4",
    "for": "1", "and": "2", "tre": "3", "fja": "4", "ers": "1", "zwe": "2", "dri": "3",
}  # fmt: skip
# "Rev. Sept. 1978" and "with 130 illus." count no edition.
_COUNTED = re.compile(
    r"(?<!\d)(?!(?:1[4-9]|20)\d\d(?!\d))\d+(?! (?:ill|pict|phot|map|fig|plat|kuv|abb))"
)
_EVERYWHERE = {
    "ed", "edn", "edition", "editio", "edicion", "auflage", "aufl", "ausgabe", "ausg", "painos",
    "laitos", "upplaga", "uppl", "utg", "the", "a", "an", "of", "&", "by", "with", "in", "new",
}  # fmt: skip
_REVISED = re.compile(r"\b(rev|uud|uusi|tark|laaj|taydennet|muut|omarb|utok|bearb|uberarb|enl|aug)")
_PRINTING = re.compile(r"\b(paino(s|ksia)?|p|tryckning(en)?|tr|printing|impression|druck)$")


@lru_cache(maxsize=65536)
def edition_number(text: str) -> str:
    """Return the number of an edition statement (MARC 250 $a), ``r`` when only revised, or ``""``.

    >>> edition_number("2. painos"), edition_number("Third edition"), edition_number("Rev. ed.")
    ('2', '3', 'r')
    """
    words = fold(text)
    for word in words.split()[:2]:
        if len(word) > 3 and word[:3] in _EDITION_WORDS:
            return _EDITION_WORDS[word[:3]]
    if figures := _COUNTED.search(words):
        return figures.group().lstrip("0") or "0"
    return "r" if _REVISED.search(words) else ""


@lru_cache(maxsize=65536)
def edition_words(text: str) -> list[str]:
    """Return what an edition statement says besides its number and the words that all have.

    >>> edition_words("1st Harper Perennial ed."), edition_words("2. painos")
    (['harper', 'perennial'], [])
    """
    words = fold(text).split()
    return sorted({w for w in words if w.isalpha() and w not in _EVERYWHERE and len(w) > 2})[:8]


@lru_cache(maxsize=65536)
def is_printing(text: str) -> bool:
    """Return whether an edition statement only counts printings, as Finnish ones mostly do.

    >>> is_printing("4. painos"), is_printing("2., uud. painos"), is_printing("2nd ed.")
    (True, False, False)
    """
    words = fold(text)
    return bool(_PRINTING.search(words)) and not _REVISED.search(words)
