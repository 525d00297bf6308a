"""The rules of use in force on a day."""

from datetime import date
from functools import lru_cache

from kimppa.circulation.models import PolicyRule, RuleSet
from kimppa.circulation.rules.policy import Policy, Rule


def rule_set_in_force(day: date) -> RuleSet | None:
    """Return the published rule set in force on the day; None before the first."""
    return (
        RuleSet.objects.exclude(published_at=None)
        .filter(valid_from__lte=day)
        .order_by("-valid_from")
        .first()
    )


def policy_on(day: date) -> Policy:
    """Return the policy in force on the day; where no rule set is, the built-in defaults."""
    found = rule_set_in_force(day)
    return kept_policy(found.pk, str(found.published_at)) if found else Policy([])


@lru_cache(maxsize=8)
def kept_policy(rule_set: int | None, _published_at: str | None) -> Policy:
    """Return the policy of a published rule set, without asking again; None: the defaults.

    What is published is never changed, so its rules may be kept; the moment names the version.
    """
    return Policy([]) if rule_set is None else policy_of(rule_set)


def policy_of(rule_set: int) -> Policy:
    """Return the policy that the rule set's rows make, published or not."""
    return Policy(rules_of(rule_set))


def rules_of(rule_set: int) -> list[Rule]:
    """Return the rule set's rows as rules."""
    return [
        Rule(
            number=row.pk,
            name=row.name,
            value=row.value,
            category=row.category_id,
            item_type=row.item_type,
            shelving_location=row.shelving_location,
            library=row.library_id,
            branch=row.branch_id,
        )
        for row in PolicyRule.objects.filter(rule_set=rule_set)
    ]
