"""What the pages of rules show: scopes in words, two versions side by side, a trial's figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kimppa.circulation.models import RuleSet
from kimppa.circulation.queries.policy import rules_of
from kimppa.circulation.rules.policy import VALUES, Case, Policy, Rule
from kimppa.organisations.models import Branch, Library
from kimppa.patrons.models import PatronCategory

Scope = tuple[int | None, str, str, int | None, int | None]


@dataclass(frozen=True)
class Names:
    """Categories, libraries and branches by number, for words in place of numbers."""

    categories: Mapping[int, PatronCategory]
    libraries: Mapping[int, Library]
    branches: Mapping[int, Branch]

    def scope(self, rule: Rule) -> list[str]:
        """Return whom, what and where the rule names; empty: everyone and everything."""
        parts = [
            self.branches[rule.branch].name if rule.branch else "",
            self.libraries[rule.library].name if rule.library else "",
            self.categories[rule.category].label if rule.category else "",
            rule.shelving_location,
            rule.item_type,
        ]
        return [part for part in parts if part]


def names() -> Names:
    """Return the names of all categories, libraries and branches."""
    return Names(
        PatronCategory.objects.in_bulk(), Library.objects.in_bulk(), Branch.objects.in_bulk()
    )


@dataclass(frozen=True)
class Cell:
    """One rule with the words of its scope."""

    rule: Rule
    scope: list[str]


def matrix(rule_set: RuleSet) -> dict[str, list[Cell]]:
    """Return the rules by the name of what they set, the most particular first."""
    known = names()
    found: dict[str, list[Cell]] = {name: [] for name in VALUES}
    rules = sorted(rules_of(rule_set.pk), key=lambda rule: rule.particularity, reverse=True)
    for rule in rules:
        found[rule.name].append(Cell(rule, known.scope(rule)))
    return found


@dataclass(frozen=True)
class Answered:
    """What the policy says about one value in one case, and why."""

    name: str
    value: int
    scope: list[str] | None  # of the rule that won; None: no rule, the built-in value
    beaten: list[tuple[int, list[str]]]


def answers(policy: Policy, case: Case) -> list[Answered]:
    """Return every value that holds in the case."""
    known = names()
    found = []
    for name in VALUES:
        answer = policy.answer(name, case)
        beaten = [(rule.value, known.scope(rule)) for rule in answer.beaten]
        scope = known.scope(answer.rule) if answer.rule else None
        found.append(Answered(name, answer.value, scope, beaten))
    return found


@dataclass(frozen=True)
class Difference:
    """One cell that two rule sets do not agree on; None: not there."""

    name: str
    scope: list[str]
    old: int | None
    new: int | None


def differences(old: RuleSet, new: RuleSet) -> list[Difference]:
    """Return the cells in which two rule sets differ, in the order of the values."""
    known = names()
    one, other = (
        {(rule.name, _scope(rule)): rule for rule in rules_of(each.pk)} for each in (old, new)
    )
    order = list(VALUES)
    found = []
    for key in sorted({*one, *other}, key=lambda key: (order.index(key[0]), str(key[1]))):
        before, after = one.get(key), other.get(key)
        values = [rule.value if rule else None for rule in (before, after)]
        if values[0] != values[1]:
            rule = before or after
            assert rule is not None  # noqa: S101 - the key is of one or the other
            found.append(Difference(key[0], known.scope(rule), *values))
    return found


def _scope(rule: Rule) -> Scope:
    return (
        rule.category,
        rule.item_type,
        rule.shelving_location,
        rule.library,
        rule.branch,
    )


@dataclass(frozen=True)
class Bar:
    """One figure under both rule sets, with widths of bars in per cent of the larger."""

    name: str
    old: int
    new: int

    @property
    def change(self) -> int:
        """How much more it is under the new rules."""
        return self.new - self.old

    @property
    def widths(self) -> tuple[int, int]:
        """Per cent of the larger of the two."""
        most = max(self.old, self.new, 1)
        return (round(100 * self.old / most), round(100 * self.new / most))


def bars(outcomes: list[dict[str, Any]]) -> list[Bar]:
    """Return a trial's figures in all."""
    old, new = outcomes
    return [Bar(name, figure, new["total"][name]) for name, figure in old["total"].items()] + [
        Bar(name, old[name], new[name]) for name in ("blocked_patrons", "blocked_days")
    ]


def parts(outcomes: list[dict[str, Any]], part: str) -> list[Bar]:
    """Return a trial's fees by library or by category, the greatest change first."""
    old, new = (outcome[part] for outcome in outcomes)
    found = [
        Bar(code, *(one.get(code, {"fee_cents": 0})["fee_cents"] for one in (old, new)))
        for code in {*old, *new}
    ]
    return sorted(found, key=lambda bar: (-abs(bar.change), bar.name))
