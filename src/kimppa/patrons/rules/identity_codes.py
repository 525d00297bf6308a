"""Personal identity codes (henkilötunnus): one spelling for each, and what they tell."""

from datetime import date

from stdnum.exceptions import ValidationError
from stdnum.fi import hetu

# What keyboards, phones and word processors write for the hyphen.
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
TO_HYPHEN = dict.fromkeys(map(ord, HYPHENS), "-")
CENTURIES = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}


class InvalidIdentityCode(ValueError):
    """What was typed is no personal identity code; the message never repeats it."""


def normalised(text: str, *, allow_temporary: bool = False) -> str:
    r"""Return the code in its one spelling: capital letters, a plain hyphen, no spaces.

    All century signs are known, also those in use since 2023 (Y X W V U for the 1900s, B C D E F
    for the 2000s); they are parts of the code and tell people apart. Temporary codes (individual
    numbers 900-999) count only where they are allowed. Raises InvalidIdentityCode.

    >>> normalised(" 131052\u2013308t ")
    '131052-308T'
    """
    try:
        return hetu.validate(
            "".join(text.split()).translate(TO_HYPHEN), allow_temporary=allow_temporary
        )
    except ValidationError:
        raise InvalidIdentityCode from None  # stdnum's own error would carry what was typed


def birth_date(code: str) -> date:
    """Return the date of birth that a normalised code tells.

    >>> birth_date("010594Y9032")
    datetime.date(1994, 5, 1)
    """
    return date(CENTURIES[code[6]] + int(code[4:6]), int(code[2:4]), int(code[:2]))
