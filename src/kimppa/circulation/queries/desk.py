"""What the pages of the desk ask: the item that was scanned, the patron's pane, today's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import QuerySet
from django.utils import timezone

from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.circulation.models import (
    Fee,
    Hold,
    ItemState,
    Loan,
    OfflineLoan,
    PolicyRule,
    Step,
    Transit,
)
from kimppa.circulation.queries.loans import lending_case, loan_period
from kimppa.circulation.queries.policy import policy_on
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.queries.prepared import first_row, one_row
from kimppa.patrons.models import Patron

SHOWN_ROWS = 20
# Many items carry none, and the index is of those that do.
BY_BARCODE = "SELECT id FROM catalogue_item WHERE barcode = %(barcode)s AND barcode <> ''"
HEAVY = ("raw", "record__packed_marc", "record__packed_provenance")


def scanned_item(text: str) -> Item | None:
    """Return the item that carries the barcode, with its record's title."""
    found = first_row(BY_BARCODE, {"barcode": text.strip()})
    if found is None:
        return None
    item = one_row(Item, found[0], without=("raw",))
    packed = ("packed_marc", "packed_provenance")
    item.record = one_row(BibliographicRecord, item.record_id, without=packed)
    return item


def is_shared_barcode(text: str) -> bool:
    """Return whether items of several libraries came with this barcode, so none can carry it."""
    barcode = text.strip()
    return bool(barcode) and Item.objects.filter(duplicate_barcode=barcode).exists()


@dataclass(frozen=True)
class LoanRow:
    """A loan on a page of the desk, with the rule that gave its period in words."""

    loan: Loan
    days: int | None
    scope: Sequence[str]  # whom, what and where the rule names; empty: everyone and everything
    is_by_rule: bool
    renewals: int = 0  # how many the rules allow


def lent_today(patron: Patron, branch: Branch, day: date) -> list[LoanRow]:
    """Return what was lent to the patron at the branch on the day, the newest first."""
    begin = timezone.make_aware(datetime.combine(day, time.min))
    rows = _loans(patron).filter(began_at__gte=begin, branch=branch).order_by("-pk")
    return _with_rules(list(rows[:100]))


def loan_row(loan: Loan) -> LoanRow:
    """Return the row of a loan that was made just now."""
    return _with_rules([loan])[0]


def open_loans(patron: Patron, day: date) -> list[LoanRow]:
    """Return what the patron has, the soonest due first, with the renewals the rules allow."""
    policy = policy_on(day)
    rows = _loans(patron).order_by("due_date", "pk")
    return [
        LoanRow(
            row,
            None,
            (),
            is_by_rule=False,
            renewals=policy["renewals", lending_case(patron.category_id, row.item, row.branch)],
        )
        for row in rows
    ]


def _loans(patron: Patron) -> QuerySet[Loan]:
    return (
        Loan.objects.open()
        .filter(patron=patron)
        .select_related("item__record", "branch")
        .defer("item__raw", "item__record__packed_marc", "item__record__packed_provenance")
    )


def _with_rules(loans: Sequence[Loan]) -> list[LoanRow]:
    said = {loan.pk: next(iter(loan.terms.values()), [None, None]) for loan in loans}
    numbers = {rule for _, rule, *_ in said.values() if rule}
    rules = {
        rule.pk: rule
        for rule in PolicyRule.objects.filter(pk__in=numbers).select_related(
            "category", "library", "branch"
        )
    }
    return [
        LoanRow(loan, days, _scope(rules.get(rule or 0)), is_by_rule=rule in rules)
        for loan in loans
        for days, rule, *_ in [said[loan.pk]]
    ]


def _scope(rule: PolicyRule | None) -> list[str]:
    if rule is None:
        return []
    parts = [
        rule.branch.name if rule.branch else "",
        rule.library.name if rule.library else "",
        rule.category.label if rule.category else "",
        rule.shelving_location,
        rule.item_type,
    ]
    return [part for part in parts if part]


@dataclass(frozen=True)
class ReturnRow:
    """One check-in of the day on the page, with what the clerk may still need of it."""

    step: Step
    item: Item
    result: str  # a value of operations.returns.Result
    patron: Patron | None
    hold: Hold | None
    transit: Transit | None
    fees: Sequence[Fee]
    messages: Sequence[str]  # values of operations.returns.Message
    can_be_undone: bool


def check_ins(branch: Branch, by: StaffAccount, now: datetime) -> list[ReturnRow]:
    """Return the account's latest check-ins of the day at the branch, the newest first."""
    begin = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    steps = list(
        Step.objects.filter(kind=Step.Kind.CHECK_IN, by=by, branch=branch, at__gte=begin).order_by(
            "-pk"
        )[:SHOWN_ROWS]
    )
    items = Item.objects.select_related("record").defer(*HEAVY)
    found = items.in_bulk([step.object_id for step in steps])
    patrons = Patron.objects.in_bulk(_named(steps, "patron"))
    holds = Hold.objects.in_bulk(_named(steps, "hold"))
    transits = Transit.objects.select_related("to_branch").in_bulk(_named(steps, "made_transit"))
    fees = Fee.objects.in_bulk([fee for step in steps for fee in step.before.get("fees", [])])
    return [
        ReturnRow(
            step=step,
            item=found[step.object_id],
            result=step.before["result"],
            patron=patrons.get(step.before.get("patron") or 0),
            hold=holds.get(step.before.get("hold") or 0),
            transit=transits.get(step.before.get("made_transit") or 0),
            fees=[fees[fee] for fee in step.before.get("fees", []) if fee in fees],
            messages=step.before.get("messages", []),
            can_be_undone=step.undone_at is None and step.undo_until >= now,
        )
        for step in steps
        if step.object_id in found
    ]


def _named(steps: Sequence[Step], name: str) -> list[int]:
    return [step.before[name] for step in steps if step.before.get(name)]


@dataclass(frozen=True)
class ItemStanding:
    """Where an item is: its state and its open loan, if any; ``days`` is its loan period here."""

    item: Item
    loan: Loan | None
    state: ItemState | None
    days: int


def item_standing(item: Item, branch: Branch, day: date) -> ItemStanding:
    """Return where the item is and for how long it would be lent at the branch."""
    policy = policy_on(day)
    loan = (
        Loan.objects.open()
        .filter(item=item)
        .select_related("patron__category", "patron__library", "branch")
        .first()
    )
    state = getattr(item, "state", None)
    days = loan_period(policy, lending_case(None, item, branch), others_wait=False).value
    return ItemStanding(
        item=item,
        loan=loan,
        state=state,
        days=days,
    )


def unsolved_offline(branch: Branch) -> list[OfflineLoan]:
    """Return what was written down at the branch and is not solved, as it was written down."""
    rows = OfflineLoan.objects.filter(branch=branch, solved_at=None)
    return list(rows.select_related("branch__library").order_by("lent_at", "pk"))
