"""The report's words in English, Finnish and Swedish; one page holds all, CSS shows one."""

import re
import tomllib
from html import escape
from importlib.resources import files

LANGUAGES = {"en": "English", "fi": "Suomi", "sv": "Svenska"}
NO_BREAK = "\N{NO-BREAK SPACE}"
_WORDS = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
_WORDS["level"] |= _WORDS["veto"]  # a veto is also a level, since it weighs

Value = str | int | float


def say(key: str, **values: Value) -> str:
    """Return a text as HTML in every language, with the values filled in and escaped."""
    return in_each({name: _filled(_WORDS["text"][key][name], values, name) for name in LANGUAGES})


def plain(key: str, language: str) -> str:
    """Return a text in one language as HTML, for places that hold only one, such as the title."""
    return escape(_WORDS["text"][key][language])


def term(section: str, name: str) -> str:
    """Return a word of the matcher (``comparison``, ``level``…) in every language.

    A word that is not in the table yet is shown as it is, marked as English.
    """
    known = _WORDS[section].get(name)
    if known is None:
        return english(name)
    return in_each({language: escape(known[language]) for language in LANGUAGES})


def english(text: str) -> str:
    """Return text that exists in English only; CSS never hides it."""
    return f'<span lang="en-GB">{escape(text)}</span>'


def in_each(texts: dict[str, str]) -> str:
    """Return HTML texts by language side by side; once only when they are all the same."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "".join(f'<span lang="{name}">{text}</span>' for name, text in texts.items())


def decimal(value: float, places: int = 1, *, signed: bool = False, unit: str = "") -> str:
    """Return a number with decimals: a point in English, a comma in Finnish and Swedish."""
    return in_each(
        {name: shown_decimal(value, places, name, signed=signed) + unit for name in LANGUAGES}
    )


def shown_decimal(value: float, places: int, language: str, *, signed: bool = False) -> str:
    """Return a decimal number as people of a language write it, with a true minus.

    >>> shown_decimal(1.75, 1, "fi", signed=True)
    '+1,8'
    """
    text = f"{value:{'+' if signed else ''},.{places}f}".replace("-", "\N{MINUS SIGN}")
    text = text.replace(",", NO_BREAK)
    return text if language == "en" else text.replace(".", ",")


def whole(value: int) -> str:
    """Return a whole number with its thousands parted.

    >>> whole(1234567).split()
    ['1', '234', '567']
    """
    return f"{value:,}".replace(",", NO_BREAK)


def _filled(text: str, values: dict[str, Value], language: str) -> str:
    shown = {name: _shown(value, language) for name, value in values.items()}
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)).format(**shown)


def _shown(value: Value, language: str) -> str:
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return shown_decimal(value, 1, language)
    return escape(value)
