"""International Standard Book Numbers (ISO 2108), one by one and many at once."""

import re
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

_ZEROS_10 = ord("0") * 54  # 10 + 9 + … + 2
_ZEROS_13 = ord("0") * 24  # 6 * (1 + 3)
_ISBN = re.compile(r"\s*[0-9][0-9 -]{8,16}[0-9Xx]")
_WIDTH = 14  # characters that tell a number alone: thirteen figures, or ten and what parts the rest
_GOES_ON = np.isin(np.arange(256), np.frombuffer(b"0123456789Xx -", np.uint8))
_WEIGHTS_10 = np.arange(10, 1, -1)
_WEIGHTS_13 = np.array([1, 3] * 6)
_SUM_978 = 9 + 3 * 7 + 8
_TO_LOWER = 0x20


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


def isbns13(texts: Sequence[str]) -> list[str]:
    """Return ``isbn13`` of each text; figures without hyphens are checked all together.

    >>> isbns13(["9510000019 (nid.)", "9789510000014", "951-0-00001-9", "9510000018"])
    ['9789510000014', '9789510000014', '9789510000014', '']
    """
    if not texts:
        return []
    heads = "".join([text[:_WIDTH].ljust(_WIDTH) for text in texts]).encode("latin-1", "replace")
    table = np.frombuffer(heads, np.uint8).reshape(-1, _WIDTH)
    figures = table.astype(np.int64) - ord("0")
    last = np.where((table[:, 9] | _TO_LOWER) == ord("x"), 10, figures[:, 9])
    are_figures = (figures >= 0) & (figures <= 9)
    is_13 = are_figures[:, :13].all(axis=1)
    is_10 = are_figures[:, :9].all(axis=1) & (last >= 0) & (last <= 10) & _ends(table) & ~is_13
    right_13 = is_13 & ((figures[:, :12] @ _WEIGHTS_13 + figures[:, 12]) % 10 == 0)
    right_10 = is_10 & ((figures[:, :9] @ _WEIGHTS_10 + last) % 11 == 0)
    checks = -(figures[:, :9] @ _WEIGHTS_13[3:] + _SUM_978) % 10
    found = [""] * len(texts)
    for number in np.flatnonzero(~is_10 & ~is_13).tolist():
        found[number] = isbn13(texts[number])
    for number in np.flatnonzero(right_13).tolist():
        found[number] = texts[number][:13]
    for number in np.flatnonzero(right_10).tolist():
        found[number] = f"978{texts[number][:9]}{checks[number]}"
    return found


def _ends(table: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where nothing that an ISBN may hold follows the tenth character and its blank."""
    nothing = (table[:, 11:] == ord(" ")).all(axis=1)
    ends: NDArray[np.bool_] = table[:, 10] == ord(" ")
    ends &= nothing | ~_GOES_ON[table[:, 11]]
    return ends
