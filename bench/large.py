"""Up to millions of records out of 250,000 real ones, for seeing how the main job grows.

A copy of the catalogue would be a catalogue of duplicates. So each further copy gets titles, names
and numbers of its own: letters become other letters, vowels vowels and consonants consonants, one
by one and the same all through the copy. What stood near each other in a block still does, within
its copy; between copies only subjects, publishers, years and extents meet. Within each copy, every
second record is one library's and fifteen in a hundred stand in the other library too.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bench.speed import MARK, disguised
from kimppa.linkage.intake import Source

COPY = 250_000  # records in one copy, planted ones counted
ORIGINALS = 217_391  # 15 % more are COPY
_PLANTED = frozenset((3, 10, 16))  # of twenty
_LETTERS = (b"aeiou", b"bcdfghjklmnpqrstvwxz")
_WORDS = {b"100", b"110", b"111", b"240", b"245", b"246", b"440", b"490", b"700", b"710", b"800",
          b"830"}  # fmt: skip
_REGISTER = re.compile(rb"(\([A-Za-z-]+)[A-Za-z]\)")  # (OCoLC), (CStRLIN), (FrPJT)…
_ISBN = re.compile(rb"(?<=\x1fa)(?:[0-9]{12}|[0-9]{9})[0-9Xx]")


def build(whole: Path, folder: Path, size: int) -> list[Source]:
    """Write ``size`` records, a multiple of ``COPY``; two files a copy, one for each library."""
    found = []
    for copy in range(size // COPY):
        paths = [folder / f"{library}-{copy}.mrc" for library in ("even", "odd")]
        with paths[0].open("wb") as even, paths[1].open("wb") as odd:
            for number, raw, is_planted in _records(whole, copy):
                (odd if number % 2 != is_planted else even).write(raw + MARK)
        found += [Source(path.name.partition("-")[0], path) for path in paths]
    return found


def _records(whole: Path, copy: int) -> Iterator[tuple[int, bytes, bool]]:
    """Iterate over the records of one copy: number, record, whether it is planted."""
    left = COPY - ORIGINALS
    for number, raw in enumerate(whole.read_bytes().split(MARK)[:ORIGINALS]):
        own = altered(raw, copy) if copy else raw
        yield number, own, False
        if left and number % 20 in _PLANTED:
            left -= 1
            yield number, disguised(own)[2], True


def altered(raw: bytes, copy: int) -> bytes:
    """Return a record with titles, names and numbers of copy 1, 2…; no length changes.

    >>> table(1)[ord("a")], table(1)[ord("z")]
    (101, 98)
    """
    base = int(raw[12:17])
    data = bytearray(raw[base:])
    for at in range(24, base - 1, 12):
        tag = raw[at : at + 3]
        start, size = int(raw[at + 7 : at + 12]), int(raw[at + 3 : at + 7])
        field = bytes(data[start : start + size])
        data[start : start + size] = _altered_field(tag, field, copy)
    return raw[:base] + bytes(data)


def _altered_field(tag: bytes, field: bytes, copy: int) -> bytes:
    sign = b"_bcdefgh"[copy : copy + 1]
    if tag in _WORDS:
        head, *parts = field.split(b"\x1f")
        words = table(copy)
        return b"\x1f".join([head, *(part[:1] + part[1:].translate(words) for part in parts)])
    if tag == b"001":
        return field[:1] + sign + field[2:]  # what is planted differs in the first
    if tag == b"010":
        return field[:4] + sign + field[5:]
    if tag == b"020":
        return _ISBN.sub(lambda found: _other_isbn(found[0], copy), field)
    if tag in {b"015", b"016"}:
        return field[:4] + field[4:].translate(_other_digits(copy))
    return _REGISTER.sub(rb"\g<1>" + sign + b")", field) if tag == b"035" else field


def table(copy: int) -> bytes:
    """Return what each byte of words becomes in a copy."""
    given, made = b"", b""
    for letters in _LETTERS:
        by = copy % len(letters)
        turned = letters[by:] + letters[:by]
        given, made = given + letters + letters.upper(), made + turned + turned.upper()
    return bytes.maketrans(given, made)


def _other_digits(copy: int) -> bytes:
    return bytes.maketrans(b"0123456789", (b"0123456789" * 2)[copy : copy + 10])


def _other_isbn(isbn: bytes, copy: int) -> bytes:
    """Return an ISBN of another title, with the check digit of ISO 2108."""
    kept = len(isbn) - 10  # 978 stays
    told = [code - ord("0") for code in isbn[:-1]]
    told = told[:kept] + [(digit + copy) % 10 for digit in told[kept:]]
    if len(told) == 12:
        check = str((-sum(told[::2]) - 3 * sum(told[1::2])) % 10)
    else:
        rest = -sum(n * weight for n, weight in zip(told, range(10, 1, -1), strict=True)) % 11
        check = "X" if rest == 10 else str(rest)
    return ("".join(map(str, told)) + check).encode()
