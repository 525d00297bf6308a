"""Whatever operations write into the log has a name on its page, in each language."""

import ast
from pathlib import Path

from kimppa.site.log_words import ACTIONS, KINDS

SRC = Path(__file__).parents[2] / "src" / "kimppa"
WRITERS = {"record_event", "record_read"}
FIRST_ARGUMENT = {"_log", "log"}
# organisations.operations.units says `add`, `change` or `remove` and the log puts the unit to it.
VERBS = {"add", "change", "remove"}


def words_in(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from words_in(node.body)
        yield from words_in(node.orelse)


def calls():
    for path in [*SRC.glob("*/operations/**/*.py"), *SRC.glob("*/operations.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node, getattr(node.func, "id", getattr(node.func, "attr", ""))


def written(keyword):
    found = set()
    for call, name in calls():
        if keyword == "action" and name in FIRST_ARGUMENT and call.args:
            found.update(words_in(call.args[0]))
        for each in call.keywords:
            if each.arg == keyword and (keyword == "action" or name in WRITERS):
                found.update(words_in(each.value))
    return found


def test_every_action_has_its_words():
    assert written("action") - set(ACTIONS) - VERBS == set(), "add them to site/log_words.py"


def test_every_kind_of_object_has_its_words():
    assert written("kind") - set(KINDS) == set(), "add them to site/log_words.py"
