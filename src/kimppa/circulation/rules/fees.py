"""What lateness costs, which charges may stop borrowing, and how a payment is shared out.

All sums are whole cents. Sources: users.md 0.5 (legal kinds) and 1.2 (late fees, grace, maximum).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

# Public-law fees rest on the Library Act; private-law charges never stop anyone from borrowing.
PUBLIC_KINDS = frozenset({"overdue", "uncollected", "interlibrary"})
# Which value of the policy says that a kind counts towards the block.
COUNTS: Mapping[str, str] = MappingProxyType(
    {kind: f"block_counts_{kind}" for kind in sorted(PUBLIC_KINDS)}
)


def legal_kind(kind: str) -> str:
    """Return ``public`` or ``private``, the law a kind of fee rests on.

    >>> legal_kind("overdue"), legal_kind("lost_item")
    ('public', 'private')
    """
    return "public" if kind in PUBLIC_KINDS else "private"


@dataclass(frozen=True, slots=True)
class LateTerms:
    """What lateness costs: cents a day, days that are free, the most it comes to (0: no limit)."""

    cents_per_day: int
    grace_days: int = 0
    max_cents: int = 0


def overdue_cents(
    due_date: date, returned_date: date, terms: LateTerms, closed: Collection[date] = ()
) -> int:
    """Return what lateness costs, in cents.

    Counted are the days after the due date on which the branch was open; the first
    ``grace_days`` of them are free, also when the item comes later still.

    >>> terms = LateTerms(cents_per_day=20, grace_days=2, max_cents=300)
    >>> overdue_cents(date(2026, 3, 2), date(2026, 3, 4), terms)
    0
    >>> overdue_cents(date(2026, 3, 2), date(2026, 3, 7), terms)
    60
    >>> overdue_cents(date(2026, 3, 2), date(2026, 3, 7), terms, closed=[date(2026, 3, 6)])
    40
    >>> overdue_cents(date(2026, 3, 2), date(2026, 9, 7), terms)
    300
    """
    late = (returned_date - due_date).days
    if late <= 0 or not terms.cents_per_day:
        return 0
    shut = sum(1 for day in set(closed) if due_date < day <= returned_date)
    cents = max(0, late - shut - terms.grace_days) * terms.cents_per_day
    return min(cents, terms.max_cents) if terms.max_cents else cents


def share(cents: int, left: Sequence[int]) -> list[int]:
    """Return how a payment goes to fees in order, each until it is paid; ValueError when too much.

    >>> share(500, [300, 400])
    [300, 200]
    """
    if cents <= 0 or cents > sum(left):
        raise ValueError(cents)
    parts = []
    for open_cents in left:
        part = min(cents, open_cents)
        parts.append(part)
        cents -= part
    return parts
