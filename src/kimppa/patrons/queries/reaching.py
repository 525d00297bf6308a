"""How a patron is reached, with what non-disclosure keeps back (users.md 0.7 and D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from django.db.models import Q, QuerySet

from kimppa.organisations.models import Branch
from kimppa.patrons.models import Address, EmailAddress, Patron, PhoneNumber

ENDS_SOON = timedelta(days=60)
SMALLEST_SHOWN = 5
Detail = TypeVar("Detail", Address, EmailAddress, PhoneNumber)


class DisclosureWarning(StrEnum):
    """What staff should ask the patron about."""

    ENDS_SOON = "ends_soon"
    OVER = "over"  # it holds still: only staff lift it


@dataclass(frozen=True)
class ShownAddress:
    """A postal address as pages, slips and invoices show it, or the library's in its stead."""

    lines: tuple[str, ...]
    is_branch: bool = False


@dataclass(frozen=True)
class Reach:
    """What a page shows of how to reach a patron; ``withheld`` under non-disclosure."""

    address: ShownAddress | None
    emails: tuple[EmailAddress, ...]
    phones: tuple[PhoneNumber, ...]
    withheld: bool = False


def disclosure_warning(patron: Patron, *, on: date) -> DisclosureWarning | None:
    """Return whether the date until which non-disclosure was told is near, or gone by."""
    until = patron.non_disclosure_until
    if until is None or on + ENDS_SOON < until:
        return None
    return DisclosureWarning.ENDS_SOON if on <= until else DisclosureWarning.OVER


def shown_count(count: int) -> int | None:
    """Return a number of people as statistics may show it: None from 1 to 4 (users.md D7)."""
    return None if 0 < count < SMALLEST_SHOWN else count


def shown_counts(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int | None]]:
    """Return numbers of people by part as a table with a total may show them (users.md D7).

    A single number held back could be reckoned from the total: then the next smallest goes too.
    """
    held_back = {name for name, n in counts if shown_count(n) is None}
    if len(held_back) == 1:
        others = [(n, name) for name, n in counts if name not in held_back and n]
        held_back |= {name for _, name in sorted(others)[:1]}
    return [(name, None if name in held_back else n) for name, n in counts]


def reach(patron: Patron, *, on: date, opened: bool = False) -> Reach:
    """Return how the patron is reached on the day.

    Under non-disclosure that is the branch's address, and e-mail addresses and telephone numbers
    only when ``opened``: by somebody with the permission, for a reason, with a line in the log.
    """
    withheld = patron.is_non_disclosed and not opened
    return Reach(
        address_of(patron, on=on),
        () if withheld else tuple(_valid(EmailAddress.objects.filter(patron=patron), on)),
        () if withheld else tuple(_valid(PhoneNumber.objects.filter(patron=patron), on)),
        withheld,
    )


def address_of(patron: Patron, *, on: date) -> ShownAddress | None:
    """Return the address for letters, slips and invoices; under non-disclosure the branch's."""
    if patron.is_non_disclosed:
        return _branch_address(patron)
    row = _valid(Address.objects.filter(patron=patron), on).first()
    if row is None:
        return None
    lines = (
        f"c/o {row.care_of}" if row.care_of else "",
        row.street,
        f"{row.postal_code} {row.city}".strip(),
        row.country if row.country != "FI" else "",
    )
    return ShownAddress(tuple(line for line in lines if line))


def _branch_address(patron: Patron) -> ShownAddress:
    branch = patron.home_branch or _main_branch(patron)
    if branch is None:
        return ShownAddress((patron.library.name,), is_branch=True)
    lines = (branch.name, branch.street, f"{branch.postal_code} {branch.city}".strip())
    return ShownAddress(tuple(line for line in lines if line), is_branch=True)


def _main_branch(patron: Patron) -> Branch | None:
    branches = list(Branch.objects.filter(library=patron.library))
    mains = [branch for branch in branches if branch.kind == Branch.Kind.MAIN]
    return next(iter(mains + branches), None)


def email_of(patron: Patron, *, on: date) -> str:
    """Return the e-mail address that messages go to; empty when there is none."""
    row = _valid(EmailAddress.objects.filter(patron=patron), on).first()
    return row.value if row else ""


def phone_of(patron: Patron, *, on: date) -> str:
    """Return the number that text messages go to; empty when there is none."""
    row = _valid(PhoneNumber.objects.filter(patron=patron, takes_messages=True), on).first()
    return row.value if row else ""


def _valid(rows: QuerySet[Detail], on: date) -> QuerySet[Detail]:
    return rows.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gte=on))
