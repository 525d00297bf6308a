"""The patron's side of the desk: figures, holds to hand over, notes, cards, what stops lending.

Most patrons owe nothing and wait for nothing, so one statement says first what there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from kimppa.circulation.models import Hold
from kimppa.circulation.queries.fees import FeeStanding, fee_standing
from kimppa.circulation.queries.loans import borrower, lending_terms
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.queries.policy import kept_policy
from kimppa.circulation.rules.loans import (
    Reason,
    borrower_problems,
    card_problems,
    loan_count_problems,
)
from kimppa.organisations.models import Branch
from kimppa.organisations.queries.prepared import first_row
from kimppa.patrons.models import Card, Patron, PatronNote


@dataclass(frozen=True)
class Pane:
    """What the clerk sees of the patron who is served."""

    patron: Patron
    cards: Sequence[Card]
    standing: FeeStanding
    loans: int
    overdue: int
    holds: int
    ready_here: Sequence[Hold]
    notes: Sequence[PatronNote]
    reasons: Sequence[Reason]  # what stops the patron from borrowing, before anything is scanned


class _Facts(NamedTuple):
    """What there is of a patron; what there is not need not be asked for."""

    open_loans: int
    overdue: int
    owes: bool
    has_block: bool
    holds: int
    has_notes: bool
    rule_set: int | None
    published_at: str | None

    @property
    def has_overdue(self) -> bool:
        return self.overdue > 0


SQL = """
SELECT mine.loans, mine.late_loans,
    EXISTS (SELECT 1 FROM circulation_fee WHERE patron_id = %(patron)s AND open_cents > 0),
    EXISTS (SELECT 1 FROM circulation_block WHERE patron_id = %(patron)s AND ended_at IS NULL),
    (SELECT count(*) FROM circulation_hold
        WHERE patron_id = %(patron)s AND state IN ('waiting', 'in_transit', 'ready')),
    EXISTS (SELECT 1 FROM patrons_patronnote WHERE patron_id = %(patron)s),
    rules.id, CAST(rules.published_at AS text)
FROM (
    SELECT count(*) AS loans, count(CASE WHEN due_date < %(day)s THEN 1 END) AS late_loans
    FROM circulation_loan WHERE patron_id = %(patron)s AND ended_at IS NULL) AS mine
LEFT JOIN circulation_ruleset AS rules ON rules.id = (
    SELECT id FROM circulation_ruleset
    WHERE published_at IS NOT NULL AND valid_from <= %(day)s ORDER BY valid_from DESC LIMIT 1)
"""


def pane(patron: Patron, card: Card | None, branch: Branch, day: date) -> Pane:
    """Return the patron's side of the desk at the branch on the day."""
    facts = _Facts(*first_row(SQL, {"patron": patron.pk, "day": day}) or ())
    policy = kept_policy(facts.rule_set, facts.published_at)
    case = who_and_where(patron.category_id, branch)
    terms = lending_terms(policy, case)
    if facts.owes or facts.has_overdue:
        standing = fee_standing(patron, branch=branch, day=day, policy=policy)
    else:
        standing = FeeStanding(0, 0, 0, terms.block_limit_cents.value)
    young = terms.guardian_needed_below_years.value
    who = borrower(
        patron, policy, branch, day, young=young, facts=facts, owed_cents=standing.blocking_cents
    )
    return Pane(
        patron=patron,
        cards=list(patron.cards.select_related("library")),
        standing=standing,
        loans=facts.open_loans,
        overdue=facts.overdue,
        holds=facts.holds,
        ready_here=_ready_here(patron, branch) if facts.holds else [],
        notes=_notes(patron, day) if facts.has_notes else [],
        reasons=[
            *_card_reasons(patron, card),
            *borrower_problems(who, terms, branch.pk),
            *loan_count_problems(who, terms),
        ],
    )


def _ready_here(patron: Patron, branch: Branch) -> list[Hold]:
    ready = Hold.objects.filter(patron=patron, state=Hold.State.READY, pickup_branch=branch)
    return list(
        ready.select_related("record", "item")
        .defer("record__packed_marc", "record__packed_provenance", "item__raw")
        .order_by("shelf_code", "pk")
    )


def _notes(patron: Patron, day: date) -> list[PatronNote]:
    in_force = Q(expires_date=None) | Q(expires_date__gte=day)
    return list(patron.notes.filter(in_force).order_by("-at"))


def _card_reasons(patron: Patron, card: Card | None) -> list[Reason]:
    if card is None:
        return []
    return card_problems(card.status, is_theirs=card.patron_id == patron.pk)
