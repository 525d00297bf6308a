"""Invented people, hours and accounts, so that a newcomer can try lending at once."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.operations.policy import draft_rule_set, publish
from kimppa.circulation.queries.patrons import age_rules
from kimppa.circulation.queries.policy import policy_on, rule_set_in_force
from kimppa.circulation.rules.policy import Rule
from kimppa.organisations.models import Branch, HoursKind, Library, OpeningHours, StaffAccount
from kimppa.organisations.operations import create_account, grant_role, set_hours, set_password
from kimppa.organisations.rules import Role, Span
from kimppa.patrons.models import Patron, PatronCategory
from kimppa.patrons.operations import Registration, add_card, register_patron
from kimppa.patrons.queries import patron_by_card

RULES_VERSION = "demo"  # by it invented patrons are told from real ones
SINCE = date(2020, 1, 1)


class RealPatrons(Exception):
    """There are patrons who are not of the demonstration; nothing was changed."""


def has_real_patrons() -> bool:
    """Return whether somebody is in the register who was not invented."""
    return Patron.objects.exclude(rules_version=RULES_VERSION).exists()


@transaction.atomic
def make_demo_accounts(
    *, rows: list[Mapping[str, Any]], password: str, now: datetime
) -> list[StaffAccount]:
    """Make the accounts that are not there, and give all of them the password."""
    if has_real_patrons():
        raise RealPatrons
    accounts = []
    for row in rows:
        library = Library.objects.get(code=row["library"]) if "library" in row else None
        account = StaffAccount.objects.filter(username=row["username"]).first()
        if account is None:
            account = create_account(username=row["username"], now=now, by=None)
            grant_role(account=account, role=Role(row["role"]), library=library, now=now, by=None)
        set_password(account=account, password=password, now=now, by=None)
        accounts.append(account)
    return accounts


@transaction.atomic
def open_branches(*, opens: time, closes: time, now: datetime, by: StaffAccount) -> int:
    """Give every branch without opening hours the same ones, Monday to Saturday."""
    closed = Branch.objects.exclude(pk__in=OpeningHours.objects.values("branch"))
    week = {weekday: [Span(opens, closes, HoursKind.STAFFED)] for weekday in range(6)}
    for branch in closed:
        set_hours(branch=branch, week=week, valid_from=SINCE, valid_to=None, now=now, by=by)
    return len(closed)


@transaction.atomic
def publish_demo_rules(*, name: str, rules: list[Rule], now: datetime, by: StaffAccount) -> bool:
    """Put the rules in force unless some are; return whether it was done."""
    if rule_set_in_force(timezone.localdate(now)) is not None:
        return False
    drafted = draft_rule_set(name=name, rules=rules, by=by, now=now)
    publish(
        rule_set=drafted,
        valid_from=SINCE,
        decision=name,
        decision_date=None,
        by=by,
        now=now,
        today=timezone.localdate(now),
    )
    return True


@transaction.atomic
def register_demo_patrons(*, rows: list[Mapping[str, Any]], now: datetime) -> int:
    """Register the invented patrons that are not there; return how many. Raises RealPatrons."""
    if has_real_patrons():
        raise RealPatrons
    new = [row for row in rows if patron_by_card(row["card"]) is None]
    for row in new:
        _register(row, now)
    return len(new)


def _register(row: Mapping[str, Any], now: datetime) -> None:
    today = timezone.localdate(now)
    category = PatronCategory.objects.get(code=row["category"])
    library = Library.objects.get(code=row["library"])
    patron = register_patron(
        given=Registration(
            category=category,
            library=library,
            surname=row["surname"],
            given_names=row.get("given_names", ""),
            rules_version=RULES_VERSION,
            birth_date=row.get("born"),
            language=row.get("language", "fi"),
            card=row["card"],
            guardian=_carrier(row.get("guardian")),
            consent_date=today if "guardian" in row else None,
            responsible_adult=_carrier(row.get("responsible_adult")),
        ),
        ages=age_rules(policy_on(today), category=category, library=library.pk),
        now=now,
        by=None,
    )
    for card in row.get("old_cards", []):
        add_card(
            patron=patron,
            number=card["number"],
            library=Library.objects.get(code=card["library"]),
            origin=card["origin"],
            now=now,
            by=None,
        )


def _carrier(card: str | None) -> Patron | None:
    found = patron_by_card(card) if card else None
    return found[0] if found else None
