"""Write rule sets: draft, change, publish. What is published is never changed."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from django.db import IntegrityError, transaction

from kimppa.circulation.models import PolicyRule, RuleSet
from kimppa.circulation.queries.policy import rules_of
from kimppa.circulation.rules.policy import VALUES, Rule, Unit
from kimppa.common.errors import Refused
from kimppa.organisations.models import StaffAccount
from kimppa.organisations.operations import record_event


class RuleProblem(StrEnum):
    """Why a rule set cannot be written so."""

    IS_PUBLISHED = "is_published"
    NAME_TAKEN = "name_taken"
    DATE_TAKEN = "date_taken"
    NO_DATE = "no_date"
    NO_DECISION = "no_decision"
    NO_RULES = "no_rules"
    IN_THE_PAST = "in_the_past"
    UNKNOWN_NAME = "unknown_name"
    BELOW_ZERO = "below_zero"
    NOT_YES_OR_NO = "not_yes_or_no"
    TWO_PLACES = "two_places"


class RulesRefused(Refused[RuleProblem]):
    """A rule set that cannot be written so; nothing changed."""


@transaction.atomic
def draft_rule_set(
    *,
    name: str,
    by: StaffAccount | None,
    now: datetime,
    rules: Iterable[Rule] = (),
    copied_from: RuleSet | None = None,
) -> RuleSet:
    """Return a new draft with the given rules, or with those of another rule set.

    Raises RulesRefused when the name is taken or a rule does not hold water.
    """
    if RuleSet.objects.filter(name=name).exists():
        raise RulesRefused([RuleProblem.NAME_TAKEN])
    made = RuleSet.objects.create(name=name)
    if copied_from:
        rules = rules_of(copied_from.pk)
    rules = list(rules)
    if problems := [problem for rule in rules for problem in rule_problems(rule)]:
        raise RulesRefused(dict.fromkeys(problems))
    PolicyRule.objects.bulk_create(_row(made, rule) for rule in rules)
    _log("draft rules", made, by, now, {"rules": len(rules)})
    return made


@transaction.atomic
def set_value(
    *, rule_set: RuleSet, rule: Rule, by: StaffAccount | None, now: datetime
) -> PolicyRule:
    """Set one cell of a draft, in place of what stood there. Raises RulesRefused."""
    rule_set = _draft(rule_set)
    if problems := rule_problems(rule):
        raise RulesRefused(problems)
    wanted = _row(rule_set, rule)
    scope = {
        name: getattr(wanted, name)
        for name in (
            "name",
            "category_id",
            "item_type",
            "shelving_location",
            "library_id",
            "branch_id",
        )
    }
    row = rule_set.rules.filter(**scope).first() or wanted
    before = row.value if row.pk else None
    row.value = rule.value
    row.save()
    details = {"name": rule.name, "rule": row.pk, "before": before, "after": rule.value}
    _log("set rule", rule_set, by, now, details)
    return row


@transaction.atomic
def remove_value(*, rule_set: RuleSet, number: int, by: StaffAccount | None, now: datetime) -> None:
    """Take one cell out of a draft. Raises RulesRefused when it is published."""
    rule_set = _draft(rule_set)
    row = rule_set.rules.filter(pk=number).first()
    if row:
        _log("remove rule", rule_set, by, now, {"name": row.name, "before": row.value})
        row.delete()


@transaction.atomic
def publish(
    *,
    rule_set: RuleSet,
    valid_from: date,
    decision: str,
    decision_date: date | None,
    by: StaffAccount | None,
    now: datetime,
    today: date,
) -> RuleSet:
    """Publish a draft from a day on, with the decision that set it. Raises RulesRefused.

    The first rule set may begin in the past; a later one not, for loans were made under another.
    """
    rule_set = _draft(rule_set)
    problems = []
    if not decision.strip():
        problems.append(RuleProblem.NO_DECISION)
    if not rule_set.rules.exists():
        problems.append(RuleProblem.NO_RULES)
    published = RuleSet.objects.exclude(published_at=None)
    if published.exists() and valid_from < today:
        problems.append(RuleProblem.IN_THE_PAST)
    if published.filter(valid_from=valid_from).exists():
        problems.append(RuleProblem.DATE_TAKEN)
    if problems:
        raise RulesRefused(problems)
    rule_set.valid_from, rule_set.decision = valid_from, decision.strip()
    rule_set.decision_date, rule_set.published_at = decision_date, now
    try:
        with transaction.atomic():
            rule_set.save()
    except IntegrityError as error:  # another was published for the day at the same moment
        raise RulesRefused([RuleProblem.DATE_TAKEN]) from error
    _log("publish rules", rule_set, by, now, {"valid_from": valid_from.isoformat()})
    return rule_set


def rule_problems(rule: Rule) -> list[RuleProblem]:
    """Return what is wrong with a rule by itself."""
    known = VALUES.get(rule.name)
    if known is None:
        return [RuleProblem.UNKNOWN_NAME]
    problems = []
    if rule.value < 0:
        problems.append(RuleProblem.BELOW_ZERO)
    if known.unit == Unit.YES_NO and rule.value not in (0, 1):
        problems.append(RuleProblem.NOT_YES_OR_NO)
    if rule.library is not None and rule.branch is not None:
        problems.append(RuleProblem.TWO_PLACES)
    return problems


def _draft(rule_set: RuleSet) -> RuleSet:
    locked = RuleSet.objects.select_for_update().get(pk=rule_set.pk)
    if locked.published_at:
        raise RulesRefused([RuleProblem.IS_PUBLISHED])
    return locked


def _row(rule_set: RuleSet, rule: Rule) -> PolicyRule:
    return PolicyRule(
        rule_set=rule_set,
        name=rule.name,
        value=rule.value,
        category_id=rule.category,
        item_type=rule.item_type,
        shelving_location=rule.shelving_location,
        library_id=rule.library,
        branch_id=rule.branch,
    )


def _log(
    action: str,
    rule_set: RuleSet,
    by: StaffAccount | None,
    now: datetime,
    details: dict[str, object],
) -> None:
    record_event(
        now=now, by=by, action=action, kind="rule set", object_id=rule_set.pk, details=details
    )
