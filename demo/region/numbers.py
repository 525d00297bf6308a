"""Invented numbers: each is derived from a digest of a name, so two builds give the same."""

import hashlib


def digest(*parts: str) -> int:
    """A number that looks random and is the same on every machine."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:6], "big")


def isbn13(publisher: str, key: str) -> str:
    """An ISBN nobody owns: 978-669 belongs to no country's agency."""
    body = f"978669{digest('publisher', publisher) % 100:02}{digest('edition', key) % 10000:04}"
    return body + _closing_digit(body)


def isbn10(number: str) -> str:
    """The ten-digit form of an ISBN that begins with 978."""
    body = number[3:12]
    return body + _closing_character(body)


def hyphenated(number: str) -> str:
    """An ISBN as title pages print it."""
    return f"{number[:3]}-{number[3:6]}-{number[6:8]}-{number[8:12]}-{number[12]}"


def ean13(key: str) -> str:
    """A product number beginning with 20, which shops keep for their own use."""
    body = f"20{digest('ean', key) % 10**10:010}"
    return body + _closing_digit(body)


def issn(key: str) -> str:
    """An ISSN beginning with 9999."""
    body = f"9999{digest('issn', key) % 1000:03}"
    return f"{body[:4]}-{body[4:]}{_closing_character(body)}"


def _closing_digit(body: str) -> str:
    """The check digit of a thirteen-digit ISBN or product number."""
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(body))
    return str(-total % 10)


def _closing_character(body: str) -> str:
    """The check character of a ten-digit ISBN or an ISSN: a digit, or X for ten."""
    check = -sum(int(c) * (len(body) + 1 - i) for i, c in enumerate(body)) % 11
    return "X" if check == 10 else str(check)
