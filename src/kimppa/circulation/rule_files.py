"""Rules of use as a TOML file that people can write, read and send to each other.

    name = "Yhteiset säännöt 2026"

    [common]
    loan_days = 28

    [[rules]]
    item_type = "DVD"
    category = "child"
    loan_days = 14

A part of ``rules`` names whom, what or where (category, item_type, shelving_location, library,
or branch as ``LIBRARY/BRANCH``) and then any of the values.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kimppa.circulation.rules.policy import VALUES, Rule
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import Branch, Library
from kimppa.patrons.models import PatronCategory

SCOPE = ("category", "item_type", "shelving_location", "library", "branch")


def read(text: str) -> tuple[str, list[Rule]]:
    """Return the name and the rules that the file holds; CannotRun says what is wrong where."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotRun(f"the rules are not TOML: {error}.") from error
    if unknown := set(found) - {"name", "common", "rules"}:
        raise CannotRun(f"the rules have parts that nobody knows: {', '.join(sorted(unknown))}.")
    if not isinstance(found.get("name"), str) or not found["name"].strip():
        raise CannotRun('the rules have no name. Write name = "…" on the first line.')
    rules = list(_rules("[common]", found.get("common", {}), {}))
    for number, part in enumerate(found.get("rules", []), 1):
        where = f"[[rules]] number {number}"
        scope = {key: part.pop(key) for key in SCOPE if key in part}
        rules += _rules(where, part, _numbers(where, scope))
    return found["name"].strip(), rules


def _rules(where: str, values: Mapping[str, Any], scope: Mapping[str, Any]) -> Iterator[Rule]:
    for name, value in values.items():
        if name not in VALUES:
            raise CannotRun(f"{where}: nothing is called {name}. See docs/rules.md.")
        if not isinstance(value, int):  # true and false are 1 and 0
            raise CannotRun(f"{where}: {name} must be a whole number ({VALUES[name].unit}).")
        yield Rule(0, name, int(value), **scope)


def _numbers(where: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope with rows' numbers in place of codes."""
    numbers = dict(scope)
    if code := scope.get("category"):
        numbers["category"] = _number(where, "category", PatronCategory.objects.filter(code=code))
    if code := scope.get("library"):
        numbers["library"] = _number(where, "library", Library.objects.filter(code=code))
    if code := scope.get("branch"):
        library, _, branch = str(code).partition("/")
        rows = Branch.objects.filter(library__code=library, code=branch)
        numbers["branch"] = _number(where, "branch", rows)
    return numbers


def _number(where: str, what: str, rows: Any) -> int:
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise CannotRun(f"{where}: no {what} has that code. Make it first, or mend the code.")
    return int(found)


def write(name: str, rules: Iterable[Rule]) -> str:
    """Return the rules as the text of such a file; ``read`` gives them back."""
    scopes: dict[tuple[Any, ...], dict[str, int]] = {}
    for rule in rules:
        scope = tuple(getattr(rule, key) for key in SCOPE)
        scopes.setdefault(scope, {})[rule.name] = rule.value
    lines = [f"name = {_quoted(name)}", "", "[common]"]
    lines += _lines(scopes.pop((None, "", "", None, None), {}))
    for scope, values in scopes.items():
        lines += ["", "[[rules]]", *_scope_lines(scope), *_lines(values)]
    return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, int]) -> list[str]:
    return [f"{name} = {values[name]}" for name in VALUES if name in values]


def _scope_lines(scope: tuple[Any, ...]) -> list[str]:
    codes = dict(zip(SCOPE, scope, strict=True))
    if codes["category"]:
        codes["category"] = PatronCategory.objects.get(pk=codes["category"]).code
    if codes["library"]:
        codes["library"] = Library.objects.get(pk=codes["library"]).code
    if codes["branch"]:
        branch = Branch.objects.select_related("library").get(pk=codes["branch"])
        codes["branch"] = f"{branch.library.code}/{branch.code}"
    return [f"{key} = {_quoted(code)}" for key, code in codes.items() if code]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
