"""Normal forms: what is left of a value when only differences of habit are taken away."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

Form = Callable[[str], str]

KEPT = frozenset(
    "åäö+#&%♯♭"
)  # Finnish and Swedish letters of their own; C++, F# and & mean something
UNMARKED = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}  # noqa: RUF001
DELETED = frozenset("'’‘ʼʹʺ`´\x98\x9c")  # noqa: RUF001 apostrophes stand inside words
FOUR_DIGITS = re.compile(r"\d{4}")
NUMBER_SPOT = re.compile(r"[/:#)](?=[^/:#)]*$)")


class _Fold(dict[int, str]):
    """What each character becomes; found out once for each."""

    def __missing__(self, point: int) -> str:
        self[point] = folded = _folded(chr(point))
        return folded


def _folded(char: str) -> str:
    if char in KEPT:
        return char
    if char in DELETED or "\u0300" <= char <= "\u036f":
        return ""
    if char in UNMARKED:
        return UNMARKED[char]
    if not char.isalnum():  # vowel signs of Indic scripts and the like are marks, but are read
        return char if unicodedata.category(char).startswith("M") else " "
    plain = unicodedata.normalize("NFD", char)[0]
    return plain if "LATIN" in unicodedata.name(plain, "") else char


_FOLD = _Fold()


@lru_cache(maxsize=1 << 16)
def text(value: str) -> str:
    """Return words in lower case without punctuation and marks; å, ä and ö are letters.

    >>> text("Čapek, Karel: Äiti /")
    'capek karel äiti'
    """
    lowered = (value if value.isascii() else unicodedata.normalize("NFKC", value)).casefold()
    words = lowered.translate(_FOLD).split()
    if "+" in words:
        words = [word for word in words if word != "+"]
    return " ".join(words) or "".join(lowered.split())


def exact(value: str) -> str:
    """Return a code or an address as it stands, without blanks around it."""
    return value.strip()


@lru_cache(maxsize=1 << 14)
def number(value: str) -> str:
    """Return a standard number without hyphens, blanks and a qualifier in brackets after it.

    >>> number("951-0-12345-x (nid.)"), number("(FI-MELINDA)001234567")
    ('951012345X', '(FIMELINDA)001234567')
    """
    bare = value.strip()
    if not bare.startswith("("):
        bare = bare.partition("(")[0]
    return bare.replace("-", "").replace(" ", "").rstrip(":;,.").upper()


@lru_cache(maxsize=1 << 12)
def link(value: str) -> str:
    """Return an address without scheme and closing slash; the host in lower case.

    >>> link("https://Urn.fi/URN:ISBN:1/") == link("http://urn.fi/URN:ISBN:1")
    True
    """
    scheme, found, rest = value.strip().partition("://")
    if not found or scheme.lower() not in ("http", "https"):
        return value.strip()
    host, slash, path = rest.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def lifespan(value: str) -> str:
    """Return the years of a life; without years, the words.

    >>> lifespan("1908-1979."), lifespan("s. 1908"), lifespan("1800-luku")
    ('1908 1979', '1908', '1800')
    """
    return " ".join(FOUR_DIGITS.findall(value)) or text(value)


def years(value: str) -> str:
    """Return the years in a date of publication, whatever stands around them.

    >>> years("[c1999]") == years("1999.")
    True
    """
    return " ".join(FOUR_DIGITS.findall(value)) or text(value)


def linked(value: str) -> str:
    """Return a control number with its prefix, blanks out.

    >>> linked("(FI-MELINDA) 00123")
    '(FI-MELINDA)00123'
    """
    return value.replace(" ", "")


def split_number(value: str) -> tuple[str, str]:
    """Return who numbers and the number, of ``(PREFIX)123`` or of an address.

    >>> split_number("(FI-ASTERI-N)00012"), split_number("http://www.yso.fi/onto/yso/p1")
    (('(FI-ASTERI-N', '00012'), ('http://www.yso.fi/onto/yso', 'p1'))
    """
    spot = NUMBER_SPOT.search(value)
    return (value[: spot.start()], value[spot.end() :]) if spot else ("", value)


def word_form(
    ignored: Sequence[str] = (),
    same: Sequence[Sequence[str]] = (),
    meaningless: Sequence[str] = (),
) -> Form:
    """Return a form that reads words by lists of the rule table.

    >>> part = word_form(ignored=["osa"], same=[["3", "iii"]])
    >>> part("Osa III") == part("3")
    True
    """
    nothing = frozenset(meaningless)
    silent = frozenset(ignored)
    reading = {word: group[0] for group in same for word in group[1:]}

    @lru_cache(maxsize=1 << 14)
    def form(value: str) -> str:
        normal = text(value)
        if normal in nothing:
            return ""
        words = [word for word in normal.split() if word not in silent]
        read = " ".join([reading.get(word, word) for word in words])
        return reading.get(read, read) or normal

    return form


def named_forms(lists: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, Form]:
    """Return every form by its name: those written here and those made from word lists."""
    forms: dict[str, Form] = {
        "text": text,
        "exact": exact,
        "number": number,
        "link": link,
        "lifespan": lifespan,
        "linked": linked,
        "years": years,
    }
    return forms | {name: word_form(**words) for name, words in lists.items()}
