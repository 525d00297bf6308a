"""Pure text rules of the catalogue: what the filter compares, how titles are put in order."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")
# In Finnish and Swedish å, ä and ö stand last in the alphabet. Digits after "zz" keep that
# order whatever the collation of the database.
_LAST_LETTERS = str.maketrans({"å": "zz1", "ä": "zz2", "æ": "zz2", "ö": "zz3", "ø": "zz3"})


def fold(text: str) -> str:
    """Return the words in small letters, without diacritics and punctuation.

    >>> fold("Häräntappo-aseita: Ångström & Šklovski!")
    'harantappo aseita angstrom sklovski'
    """
    if not text.isascii():
        # Taking apart and folding each bring forth what the other changes again.
        parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(char for char in parts if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def sort_key(title: str) -> str:
    """Return what titles are ordered by: å, ä and ö after z.

    >>> sorted(["Öljy", "Äiti", "Zorro", "Ale"], key=sort_key)
    ['Ale', 'Zorro', 'Äiti', 'Öljy']
    """
    composed = unicodedata.normalize("NFC", title).casefold()
    return fold(composed.translate(_LAST_LETTERS))
