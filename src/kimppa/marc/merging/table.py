"""The table of rules, read from ``rules.toml``: what happens to each tag when records merge."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from kimppa.marc.merging.forms import Form, exact, named_forms, text

ACTIONS = frozenset({"base", "union", "gather", "owner", "item", "coded", "made"})
WRITTEN = ("number", "link")  # forms that hide hyphens and the scheme of an address
CODES = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row for one tag; the columns are told in ``rules.toml``."""

    tag: str
    action: str
    required: str = ""
    paired: str = ""
    key: str = ""
    whole: str = ""
    apart: str = "3"  # fields that differ in these are never the same
    authority: str = ""
    indicators: str = "=="
    forms: Mapping[str, Form] = field(default_factory=dict)
    dated: str = ""  # codes read as a lifespan: birth alone agrees with birth and death
    prefers: str = ""  # codes in which one way of writing is better: hyphens, https
    single: str = ""
    stays: str = ""
    family: str = ""
    slot: str = ""
    administrative: bool = False

    @property
    def compares(self) -> bool:
        """Whether fields that are not letter for letter the same can still be the same."""
        return bool(self.whole or self.paired or self.key or self.required)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One stretch of 008 and how it is merged."""

    name: str
    start: int
    end: int
    action: str
    material: str = ""
    unknown: tuple[str, ...] = ()
    exact: Mapping[str, str] = field(default_factory=dict)
    order: str = ""


def _tags(pattern: str) -> Iterator[str]:
    """Iterate over the tags of ``"490 76X 863-868"``."""
    for part in pattern.split():
        first, dash, last = part.partition("-")
        if dash:
            yield from (f"{number:03d}" for number in range(int(first), int(last) + 1))
        else:
            digits = ["0123456789" if sign == "X" else sign for sign in part]
            yield from ("".join(tag) for tag in product(*digits))


def _rule(tag: str, row: Mapping[str, Any], forms: Mapping[str, Form]) -> Rule:
    columns = {name: value for name, value in row.items() if name != "tags"}
    chosen = columns.pop("forms", {})
    if columns["action"] not in ACTIONS:
        raise ValueError(f"rules.toml: {tag} has the unknown action {columns['action']}")
    reading = dict.fromkeys("0123456789", exact) | dict.fromkeys(CODES, text)
    reading |= {code: forms[name] for code, name in chosen.items()}
    dated = "".join(code for code, name in chosen.items() if name == "lifespan")
    columns["prefers"] = "".join(code for code, name in chosen.items() if name in WRITTEN)
    family = columns.pop("family", tag)
    columns["apart"] = "23" if columns.pop("source", False) else "3"
    return Rule(tag=tag, forms=reading, dated=dated, family=family, **columns)


def _positions(table: Mapping[str, Any]) -> tuple[Position, ...]:
    rows = table["positions"]
    return tuple(Position(**row | {"unknown": tuple(row.get("unknown", ()))}) for row in rows)


def _rules(table: Mapping[str, Any]) -> dict[str, Rule]:
    forms = named_forms(table["forms"])
    return {tag: _rule(tag, row, forms) for row in table["rows"] for tag in _tags(row["tags"])}


_TABLE = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
RULES = _rules(_TABLE)
POSITIONS = _positions(_TABLE)
TAG_ROWS = tuple(str(row["tags"]) for row in _TABLE["rows"])
LOCAL = Rule(tag="", action="owner")  # tags of letters (LOW, SID, CAT) are a system's own


def rule_for(tag: str) -> Rule:
    """Return the row for a tag.

    >>> rule_for("650").apart, rule_for("952").action, rule_for("LOW").action
    ('23', 'item', 'owner')
    """
    return RULES.get(tag, LOCAL)
