"""ISO 2709 in MARC-8, as the old system exports it: Kimppa itself writes only UTF-8."""

import unicodedata

from kimppa.marc.record import LEADER_LENGTH, Field, Record

# MARC-8 (ANSEL): a diacritic is one byte BEFORE its letter; a few letters have bytes of their own.
ANSEL_MARKS = {
    "\u0300": 0xE1,
    "\u0301": 0xE2,
    "\u0302": 0xE3,
    "\u0303": 0xE4,
    "\u0308": 0xE8,
    "\u030c": 0xE9,
    "\u030a": 0xEA,
    "\u0327": 0xF0,
}
ANSEL_LETTERS = {"ø": 0xB2, "Ø": 0xA2, "æ": 0xB5, "Æ": 0xA5, "ß": 0xC7}


def to_marc8(text: str) -> bytes:
    """Text as the old systems stored it."""
    out = bytearray()
    for character in unicodedata.normalize("NFC", text):
        plain = unicodedata.normalize("NFD", character)
        base, marks = plain[0], plain[1:]
        out += bytes(ANSEL_MARKS[mark] for mark in marks)
        out += bytes([ANSEL_LETTERS[base]]) if base in ANSEL_LETTERS else base.encode("ascii")
    return bytes(out)


def to_iso2709(record: Record) -> bytes:
    """A record whose leader says MARC-8, with every length set."""
    directory, body = "", b""
    for each in record.fields:
        content = _content(each)
        directory += f"{each.tag}{len(content):04}{len(body):05}"
        body += content
    base = LEADER_LENGTH + len(directory) + 1
    length = base + len(body) + 1
    head = f"{length:05}{record.leader[5:12]}{base:05}{record.leader[17:]}{directory}\x1e"
    return head.encode("ascii") + body + b"\x1d"


def _content(each: Field) -> bytes:
    # The codes and marks are ASCII, which MARC-8 leaves as it is.
    return to_marc8(each.to_flat()[3:]) + b"\x1e"
