"""How names and card numbers are written for finding, whatever hand or scanner wrote them."""

import re
import unicodedata

KEPT_LETTERS = "åäö"
NOT_IN_WORDS = re.compile(r"[^\w]+|_")
HIDDEN_BY_SCANNERS = re.compile(r"[\s*\x00-\x1f]+")  # Code 39 begins and ends with *


def name_words(name: str) -> list[str]:
    """Return the words of a name in lower case, without marks except those of å, ä and ö.

    >>> name_words("Ó Súilleabháin-Mäki, Aino")
    ['o', 'suilleabhain', 'mäki', 'aino']
    """
    lowered = unicodedata.normalize("NFC", name).casefold()
    plain = "".join(
        letter
        if letter in KEPT_LETTERS
        else "".join(
            c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c)
        )
        for letter in lowered
    )
    return NOT_IN_WORDS.sub(" ", plain).split()


def name_key(surname: str, given_names: str = "") -> str:
    """Return the name as it is kept for finding: a space before each word.

    >>> name_key("Mäki-Virtanen", "Aino")
    ' mäki virtanen aino'
    """
    return "".join(f" {word}" for word in name_words(f"{surname} {given_names}"))[:400]


def card_number(text: str) -> str:
    """Return a card number as it is kept: no spaces, no start and stop signs, capital letters.

    >>> card_number(" *285a 123123* ")
    '285A123123'
    """
    return HIDDEN_BY_SCANNERS.sub("", text).upper()[:64]
