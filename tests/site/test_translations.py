"""Every text that a page shows is there in Finnish and in Swedish."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

SRC = Path(__file__).parents[2] / "src" / "kimppa"
ROOMS = sorted(path.parent.name for path in SRC.glob("*/locale"))
MARKED = {"_": 0, "ngettext": 0, "gettext": 0, "gettext_lazy": 0, "pgettext_lazy": 1, "pgettext": 1}
IN_TEMPLATE = re.compile(
    r"""\bn?gettext\(\s*u?(['"]{1,3})(.*?)\1[),]|\b_\(\s*u?(['"]{1,3})(.*?)\3\)"""
)


def texts_of(room):
    found = set()
    for path in (SRC / room).rglob("*.html"):
        for match in IN_TEMPLATE.finditer(templatize(path.read_text(encoding="utf-8"))):
            found.add(match.group(2) or match.group(4))
    for path in (SRC / room).rglob("*.py"):
        if "migrations" not in path.parts:
            found |= set(texts_in_code(path))
    return found


def texts_in_code(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = MARKED.get(node.func.id)
            if place is not None and isinstance(node.args[place], ast.Constant):
                yield node.args[place].value


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("room", ROOMS)
def test_every_text_is_translated(room, language):
    catalogue = polib.pofile(str(SRC / room / "locale" / language / "LC_MESSAGES" / "django.po"))
    translated = {entry.msgid for entry in catalogue.translated_entries()}
    wanted = texts_of(room)

    assert wanted - translated == set()
    assert translated - wanted == set(), "translated but no longer used"


@pytest.mark.parametrize("path", sorted(SRC.glob("*/locale/*/LC_MESSAGES/django.po")), ids=str)
def test_translations_keep_the_places_for_values(path):
    for entry in polib.pofile(str(path)):
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        allowed = set(re.findall(r"%\(\w+\)s", entry.msgid + entry.msgid_plural))
        used = {place for text in texts for place in re.findall(r"%\(\w+\)s", text)}
        assert used <= allowed
        assert used or not allowed


def test_translations_are_compiled():
    sources = SRC.glob("*/locale/*/LC_MESSAGES/django.po")
    missing = [str(path) for path in sources if not path.with_suffix(".mo").exists()]

    assert missing == [], "run bin/assets"
