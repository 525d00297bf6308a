"""Items and patrons under lock: where an item is now, and how it is put somewhere else."""

from dataclasses import dataclass
from datetime import datetime

from kimppa.catalogue.models import Item
from kimppa.circulation.models import ItemState, Loan, Transit
from kimppa.circulation.queries.facts import Facts
from kimppa.organisations.models import Branch
from kimppa.organisations.queries.prepared import one_row
from kimppa.patrons.models import Patron, PatronCategory


@dataclass
class Standing:
    """A locked item: its state row if it is not simply at home, and its open loan."""

    item: Item
    state: ItemState | None
    loan: Loan | None

    @property
    def status(self) -> str:
        """The state's status; empty on its own shelf or in somebody's hands."""
        return self.state.status if self.state else ""

    def open_transit(self) -> Transit | None:
        """Return the item's open transit; asked only of items that are on their way."""
        if self.status != ItemState.Status.IN_TRANSIT:
            return None
        return (
            Transit.objects.filter(item=self.item, ended_at=None)
            .select_related("to_branch", "from_branch", "hold")
            .first()
        )

    def put(self, status: str, branch: Branch | None, now: datetime) -> None:
        """Say that the item is at the branch in this status."""
        state = self.state or ItemState(item=self.item)
        state.status, state.branch, state.since = status, branch, now
        state.save(force_insert=self.state is None, force_update=self.state is not None)
        self.state = state

    def leave(self) -> None:
        """Say that nothing is to be said of where the item is: at home, or with a patron."""
        if self.state:
            self.state.delete()
            self.state = None

    def rest(self, branch: Branch, now: datetime) -> None:
        """Put the item on the branch's shelf."""
        if branch.pk == self.item.branch_id:
            self.leave()
        elif self.status != ItemState.Status.ON_SHELF or self._branch_id != branch.pk:
            self.put(ItemState.Status.ON_SHELF, branch, now)

    @property
    def _branch_id(self) -> int | None:
        return self.state.branch_id if self.state else self.item.branch_id


def locked_item(item: int) -> Item:
    """Return the item, locked until the transaction ends. Raises Item.DoesNotExist.

    What depends on the lock is read after it: a joined row would be as old as the statement.
    """
    return one_row(Item, item, without=("raw",), locked=True)


def standing_of(item: Item, facts: Facts) -> Standing:
    """Return how a locked item stands; asks only for rows that the facts say there are."""
    return Standing(
        item=item,
        state=ItemState.objects.get(pk=item.pk) if facts.status else None,
        loan=Loan.objects.select_related("branch").get(pk=facts.loan) if facts.loan else None,
    )


def locked_standing(item: int) -> Standing:
    """Return how the item stands, locked until the transaction ends. Item.DoesNotExist."""
    locked = locked_item(item)
    return Standing(
        item=locked,
        state=ItemState.objects.filter(pk=item).first(),
        loan=Loan.objects.open().filter(item=item).first(),
    )


def locked_borrower(patron: int) -> Patron:
    """Return the patron with the category, locked until the transaction ends."""
    found = one_row(Patron, patron, locked=True)
    found.category = one_row(PatronCategory, found.category_id)
    return found


def locked_patron_of(loan: Loan) -> Patron:
    """Return who has the loan, locked; the loan's item is locked already.

    A merge of patrons, which locks no items, may move the loan until the patron is locked.
    """
    while loan.patron_id is not None:
        patron = locked_borrower(loan.patron_id)
        loan.patron_id = Loan.objects.values_list("patron", flat=True).get(pk=loan.pk)
        if loan.patron_id == patron.pk:
            return patron
    raise ValueError(loan)  # it has ended


def resting_branch(item: Item, branch: Branch) -> Branch:
    """Return where a returned item belongs that nobody waits for.

    Its home branch; an item of no branch stays where it was returned. Floating collections
    will answer here that it stays (users.md 1.5).
    """
    return branch if item.branch_id == branch.pk else item.branch or branch
