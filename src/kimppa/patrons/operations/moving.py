"""Rows that go from one patron to another in a merge, and back when it is undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from kimppa.patrons.models import Patron

EVERY_ROW = Q()


class RowMover(Protocol):
    """What moves the rows of one table; rooms above hand in their own."""

    @property
    def name(self) -> str:
        """What the rows are called in the merge's record: "circulation.Loan"."""

    def count(self, gone: Patron, kept: Patron) -> int:
        """Return how many rows would move."""

    def move(self, gone: Patron, kept: Patron) -> list[int]:
        """Move the rows and return their numbers."""

    def give_back(self, numbers: Sequence[int], gone: Patron, kept: Patron) -> None:
        """Give those of the numbered rows that are the kept patron's still back."""


@dataclass(frozen=True)
class Rows:
    """Rows of one table that name a patron in ``column``.

    Of rows that may stand once per patron only (``once_by``, among those that ``once_where``
    names), the one that would be second stays with the entry that goes.
    """

    name: str
    rows: "QuerySet[Any]"
    column: str = "patron"
    once_by: tuple[str, ...] = ()
    once_where: Q = EVERY_ROW

    def count(self, gone: Patron, kept: Patron) -> int:
        """Return how many rows would move."""
        return len(self._movable(gone, kept))

    def move(self, gone: Patron, kept: Patron) -> list[int]:
        """Move the rows and return their numbers."""
        numbers = self._movable(gone, kept)
        self.rows.filter(pk__in=numbers).update(**{self.column: kept})
        return numbers

    def give_back(self, numbers: Sequence[int], gone: Patron, kept: Patron) -> None:
        """Give those of the numbered rows that are the kept patron's still back."""
        self.rows.filter(pk__in=numbers, **{self.column: kept}).update(**{self.column: gone})

    def _movable(self, gone: Patron, kept: Patron) -> list[int]:
        own = self.rows.filter(**{self.column: gone})
        numbers = set(own.values_list("pk", flat=True))
        if self.once_by:
            theirs = self.rows.filter(self.once_where, **{self.column: kept})
            taken = set(theirs.values_list(*self.once_by))
            second = own.filter(self.once_where).values_list("pk", *self.once_by)
            numbers -= {row[0] for row in second if row[1:] in taken}
        return sorted(numbers)
