"""International Standard Book Numbers (ISO 2108)."""

import re
from itertools import accumulate

_ZEROS_10 = ord("0") * 54  # 10 + 9 + … + 2
_ZEROS_13 = ord("0") * 24  # 6 * (1 + 3)
_ISBN = re.compile(r"\s*[0-9][0-9 -]{8,16}[0-9Xx]")


def isbn13(text: str) -> str:
    """Return the ISBN at the head of ``text`` as 13 digits, or an empty text if none is valid.

    The check digits are those of ISO 2108.

    >>> isbn13("951-0-00001-9 (nid.)"), isbn13("978-951-0-00001-4"), isbn13("951000001X")
    ('9789510000014', '9789510000014', '')
    """
    found = _ISBN.match(text)
    if not found:
        return ""
    digits = found.group()
    if not digits.isdigit():
        digits = digits.replace("-", "").replace(" ", "").upper()
    if len(digits) >= 13 and digits[:13].isdigit():
        return digits[:13] if digits[12] == _check13(digits) else ""
    if len(digits) >= 10 and digits[:9].isdigit():
        # Adding up the sums of 1, 2… 9 digits weighs them 9, 8… 1; once more makes it 10, 9… 2.
        codes = digits[:9].encode()
        total = sum(accumulate(codes)) + sum(codes) - _ZEROS_10
        total += 10 if digits[9] == "X" else int(digits[9]) if digits[9].isdigit() else 1
        return f"978{digits[:9]}{_check13('978' + digits)}" if total % 11 == 0 else ""
    return ""


def _check13(digits: str) -> str:
    codes = digits[:12].encode()
    return str((_ZEROS_13 - sum(codes[::2]) - 3 * sum(codes[1::2])) % 10)
