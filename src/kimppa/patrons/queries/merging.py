"""What a merge of two patrons would do, where they differ, and what stands in its way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from kimppa.patrons.models import (
    Address,
    EmailAddress,
    Guardianship,
    IdentityCode,
    Patron,
    PatronMerge,
    PhoneNumber,
    Pin,
)
from kimppa.patrons.rules.merging import Matter, MergeRefusal, Side, UnmergeRefusal

ContactKind = type[Address] | type[EmailAddress] | type[PhoneNumber]
CONTACTS: dict[Matter, ContactKind] = {
    Matter.ADDRESS: Address,
    Matter.PHONE: PhoneNumber,
    Matter.EMAIL: EmailAddress,
}
# The columns that go together with each matter of the patron's own row.
COLUMNS: dict[Matter, tuple[str, ...]] = {
    Matter.NAME: ("surname", "given_names"),
    Matter.BIRTH_DATE: ("birth_date",),
    Matter.LANGUAGE: ("language",),
    Matter.CATEGORY: ("category_id",),
    Matter.LIBRARY: ("library_id", "home_branch_id"),
    Matter.HISTORY: ("history",),
}


class ChosenPin(NamedTuple):
    """A PIN as far as anybody sees it: that there is one, and since when."""

    number: int  # of the row: two PINs are never taken for the same
    set_at: datetime


@dataclass(frozen=True)
class Difference:
    """Where two entries differ: what each says, as rows or plain values; None where it is empty.

    With one of them empty there is nothing to choose: the other's stands.
    """

    matter: Matter
    kept: Any
    gone: Any

    @property
    def is_choice(self) -> bool:
        """Whether somebody must say which stands."""
        return self.kept is not None and self.gone is not None

    @property
    def only(self) -> Side:
        """The side that has a value, where one is empty."""
        return Side.GONE if self.kept is None else Side.KEPT


def differences(kept: Patron, gone: Patron) -> list[Difference]:
    """Return where the two differ, in the order in which a page shows them.

    Addresses are no matter of choice when either is under non-disclosure: none stays.
    """
    return [each for each in _all_matters(kept, gone) if each.kept != each.gone]


def _all_matters(kept: Patron, gone: Patron) -> Iterator[Difference]:
    yield Difference(Matter.NAME, kept.full_name, gone.full_name)
    yield Difference(Matter.BIRTH_DATE, kept.birth_date, gone.birth_date)
    yield Difference(Matter.MAIN_CARD, _main_card(kept), _main_card(gone))
    for matter, kind in CONTACTS.items():
        if matter == Matter.ADDRESS and (kept.is_non_disclosed or gone.is_non_disclosed):
            continue
        yield Difference(matter, _first(kind, kept), _first(kind, gone))
    # Which of two PINs is told by the day when it was chosen; nobody can read them.
    yield Difference(Matter.PIN, _pin(kept), _pin(gone))
    yield Difference(Matter.LANGUAGE, kept.language, gone.language)
    yield Difference(Matter.CATEGORY, kept.category, gone.category)
    yield Difference(
        Matter.LIBRARY, (kept.library, kept.home_branch), (gone.library, gone.home_branch)
    )
    yield Difference(Matter.HISTORY, kept.history, gone.history)


def _main_card(patron: Patron) -> str | None:
    return patron.cards.filter(is_main=True).values_list("number", flat=True).first()


def _first(kind: ContactKind, patron: Patron) -> str | None:
    row = kind.objects.filter(patron=patron, valid_to=None).first()
    if isinstance(row, Address):
        parts = (row.care_of, row.street, f"{row.postal_code} {row.city}".strip())
        return ", ".join(part for part in parts if part)
    return row.value if row else None


def _pin(patron: Patron) -> ChosenPin | None:
    row = Pin.objects.filter(patron=patron).first()
    return ChosenPin(row.pk, row.set_at) if row else None


def merge_refusals(kept: Patron, gone: Patron) -> list[MergeRefusal]:
    """Return why the two entries cannot be made one; choices aside."""
    found = {
        MergeRefusal.SAME_ENTRY: kept.pk == gone.pk,
        MergeRefusal.GONE_ALREADY: any(
            each.merged_into_id or each.erased_at for each in (kept, gone)
        ),
        MergeRefusal.OTHER_KIND: kept.is_institution != gone.is_institution,
        MergeRefusal.IDENTITY_CODES_DIFFER: kept.pk != gone.pk and _both_have_codes(kept, gone),
        MergeRefusal.ANSWERS_FOR_OTHER: kept.pk != gone.pk and _one_answers(kept, gone),
    }
    return [reason for reason, is_so in found.items() if is_so]


def _both_have_codes(kept: Patron, gone: Patron) -> bool:
    # No two rows hold the same code, so two rows are two codes.
    return IdentityCode.objects.filter(patron__in=(kept, gone)).count() == 2


def _one_answers(kept: Patron, gone: Patron) -> bool:
    pair = (kept, gone)
    return (
        gone.pk == kept.responsible_adult_id
        or kept.pk == gone.responsible_adult_id
        or Guardianship.objects.filter(child__in=pair, guardian__in=pair).exists()
    )


def standing_merges(patron: Patron) -> QuerySet[PatronMerge]:
    """Return the merges into this patron that stand, the last first."""
    return (
        PatronMerge.objects.filter(kept=patron, undone_at=None)
        .select_related("gone", "by")
        .order_by("-pk")
    )


def unmerge_refusals(merge: PatronMerge, *, now: datetime) -> list[UnmergeRefusal]:
    """Return why the merge cannot be undone at the moment."""
    pair = (merge.kept_id, merge.gone_id)
    later = PatronMerge.objects.filter(pk__gt=merge.pk, undone_at=None).filter(
        Q(kept__in=pair) | Q(gone__in=pair)
    )
    is_erased = merge.kept.erased_at is not None or merge.gone.erased_at is not None
    found = {
        UnmergeRefusal.UNDONE_ALREADY: merge.undone_at is not None,
        UnmergeRefusal.TOO_LATE: merge.settled_at is not None or merge.undo_until < now,
        UnmergeRefusal.LATER_MERGE: later.exists(),
        UnmergeRefusal.ERASED: is_erased,
    }
    return [reason for reason, is_so in found.items() if is_so]
