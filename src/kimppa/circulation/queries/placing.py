"""What placing a hold needs to know: the items that may come, and what the patron has already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.circulation.models import Hold, ItemState, Loan
from kimppa.circulation.models.loans import LoanQuerySet
from kimppa.circulation.queries.holds import copy_of, scope_on
from kimppa.circulation.rules.loans import catalogue_words
from kimppa.circulation.rules.placing import Wish
from kimppa.circulation.rules.policy import Case, Policy
from kimppa.organisations.models import Branch
from kimppa.patrons.models import Patron

GONE = (ItemState.Status.LOST, ItemState.Status.MISSING, ItemState.Status.WITHDRAWN)
GONE_WORDS = frozenset({"lost", "missing", "withdrawn", "not for loan"})
NO_PICKUP = (Branch.Kind.DEPOT,)


def holdable_items(record: BibliographicRecord | int) -> list[Item]:
    """Return the record's items that can come to somebody one day: all but those that are gone."""
    rows = Item.objects.filter(record=record).filter(Q(state=None) | ~Q(state__status__in=GONE))
    return [item for item in rows.defer("raw") if not catalogue_words(item.status) & GONE_WORDS]


def pickup_branches() -> Sequence[Branch]:
    """Return the branches where holds can be fetched, by library."""
    return list(
        Branch.objects.exclude(kind__in=NO_PICKUP)
        .select_related("library")
        .order_by("library__name", "name")
    )


def default_pickup(patron: Patron) -> Branch | None:
    """Return where the patron fetched or chose to fetch last, else the home branch (P1)."""
    last = (
        Hold.objects.filter(patron=patron)
        .order_by("-placed_at")
        .select_related("pickup_branch")
        .first()
    )
    return last.pickup_branch if last else patron.home_branch


def items_by_pickup(
    items: Sequence[Item], branches: set[int], day: date
) -> dict[int, frozenset[int]]:
    """Return for each pickup branch the numbers of the items that may come there on the day."""
    scope = scope_on(day)
    return {
        branch: frozenset(
            item.pk for item in items if scope.reach(item.branch_id, item.item_type).has(branch)
        )
        for branch in branches
    }


@dataclass(frozen=True)
class Asked:
    """A hold that somebody asks for."""

    patron: Patron
    record: BibliographicRecord
    pickup_branch: Branch
    copies: int = 1
    wanted_item: Item | None = None
    not_before_date: date | None = None
    wanted_by_date: date | None = None


def wish(asked: Asked, day: date, policy: Policy) -> Wish:
    """Return what decides about the hold; asked under the patron's lock."""
    items = candidates(asked, day)
    category, branch = asked.patron.category_id, asked.pickup_branch
    answers = [policy.answer("hold_allowed", copy_of(item).case(category)) for item in items]
    own = Hold.objects.open().filter(patron=asked.patron)
    is_single = asked.copies == 1
    return Wish(
        copies=asked.copies,
        items=len(items),
        items_allowed=sum(1 for answer in answers if answer.value),
        not_allowed=next((answer for answer in answers if not answer.value), None),
        open_holds=own.count(),
        max_holds=policy.answer("max_holds", who_and_where(category, branch)),
        has_loan=is_single and _loans(asked).exists(),
        has_hold=is_single and own.filter(record=asked.record, group=None).exists(),
        is_pickup_place=branch.kind not in NO_PICKUP,
        not_before_date=asked.not_before_date,
        wanted_by_date=asked.wanted_by_date,
    )


def who_and_where(category: int, branch: Branch) -> Case:
    """Return what rules about a patron at a branch look at, whatever the item."""
    return Case(category=category, library=branch.library_id, branch=branch.pk)


def candidates(asked: Asked, day: date) -> list[Item]:
    """Return the items that may come to the pickup branch, whoever asks."""
    scope = scope_on(day)
    return [
        item
        for item in holdable_items(asked.record)
        if (asked.wanted_item is None or item.pk == asked.wanted_item.pk)
        and scope.reach(item.branch_id, item.item_type).has(asked.pickup_branch.pk)
    ]


def _loans(asked: Asked) -> LoanQuerySet:
    return Loan.objects.open().filter(patron=asked.patron, item__record=asked.record)
