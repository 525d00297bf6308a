"""Two entries of one person become one, and two again if that was a mistake (users.md D6).

The entry that goes keeps its own row untouched. What moves is remembered by row number, what the
kept entry gave up by value, until the merge can no longer be undone; then both are forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import (
    Card,
    Consent,
    Guardianship,
    IdentityCode,
    Patron,
    PatronMerge,
    PatronNote,
)
from kimppa.patrons.operations.cards import choose_another_main
from kimppa.patrons.operations.disclosure import remove_addresses
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.operations.moving import RowMover, Rows
from kimppa.patrons.operations.swapping import (
    give_pin_back,
    swap_contacts,
    swap_contacts_back,
    take_pin,
)
from kimppa.patrons.queries.merging import (
    COLUMNS,
    CONTACTS,
    differences,
    merge_refusals,
    unmerge_refusals,
)
from kimppa.patrons.rules.finding import name_key
from kimppa.patrons.rules.merging import Matter, MergeRefusal, Side, UnmergeRefusal

OPEN_LINK = Q(ended_date=None)
OWN_ROWS: tuple[RowMover, ...] = (
    Rows("patrons.Card", Card.objects.all()),
    Rows("patrons.IdentityCode", IdentityCode.objects.all()),
    Rows("patrons.PatronNote", PatronNote.objects.all()),
    Rows(
        "patrons.Consent",
        Consent.objects.all(),
        once_by=("kind",),
        once_where=Q(withdrawn_at=None),
    ),
    Rows(
        "patrons.Guardianship.child",
        Guardianship.objects.all(),
        "child",
        once_by=("guardian_id",),
        once_where=OPEN_LINK,
    ),
    Rows(
        "patrons.Guardianship.guardian",
        Guardianship.objects.all(),
        "guardian",
        once_by=("child_id",),
        once_where=OPEN_LINK,
    ),
    Rows("patrons.Patron.responsible_adult", Patron.objects.all(), "responsible_adult"),
)
DATES = frozenset({"birth_date", "last_active_date", "non_disclosure_until"})


class MergeRefused(Refused[MergeRefusal]):
    """The two entries stay two; nothing was changed."""


class UnmergeRefused(Refused[UnmergeRefusal]):
    """The merge stands; nothing was changed."""


@dataclass(frozen=True)
class Merging:
    """A merge as the desk asks for it: which entry stays, and whose value where they differ.

    ``movers`` move the rows of rooms above. ``undo_days`` comes from the rules of use.
    """

    kept: Patron
    gone: Patron
    choices: Mapping[Matter, Side]
    undo_days: int
    movers: Sequence[RowMover] = ()


@transaction.atomic
def merge_patrons(
    *, asked: Merging, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> PatronMerge:
    """Make two entries of one person one and return what undoes it.

    Cards, notes, consents, guardianships and what the movers move goes to the kept entry; where
    the two differ the choice stands. Non-disclosure of either stands for both, and no address
    stays then. Raises MergeRefused.
    """
    if asked.kept.pk == asked.gone.pk:
        raise MergeRefused([MergeRefusal.SAME_ENTRY])
    kept, gone = lock_patrons(asked.kept, asked.gone)
    if reasons := merge_refusals(kept, gone):
        raise MergeRefused(reasons)
    sides = _sides(kept, gone, asked.choices)
    cards = {"kept": _main_card(kept), "gone": _main_card(gone)}
    Card.objects.filter(pk=cards["gone"]).update(is_main=False)
    moved = {mover.name: mover.move(gone, kept) for mover in (*OWN_ROWS, *asked.movers)}
    _set_main_card(kept, cards, sides.get(Matter.MAIN_CARD, Side.KEPT))
    replaced = {
        "cards": cards,
        "contacts": {
            matter: swap_contacts(kind, kept=kept, gone=gone)
            for matter, kind in CONTACTS.items()
            if sides.get(matter) == Side.GONE
        },
        "columns": _take_columns(kept, gone, sides),
    }
    if sides.get(Matter.PIN) == Side.GONE:
        replaced["pin"] = take_pin(kept=kept, gone=gone)
    kept.save()
    gone.merged_into = kept
    gone.save()
    if kept.is_non_disclosed:
        remove_addresses(kept)
    merge = PatronMerge.objects.create(
        kept=kept,
        gone=gone,
        at=now,
        by=by,
        branch=branch,
        moved=moved,
        replaced=replaced,
        undo_until=now + timedelta(days=asked.undo_days),
    )
    counts = {name: len(numbers) for name, numbers in moved.items() if numbers}
    taken = sorted(matter for matter, side in sides.items() if side == Side.GONE)
    log(
        "merge patrons",
        kept.pk,
        now=now,
        by=by,
        branch=branch,
        gone=gone.pk,
        moved=counts,
        taken_over=taken,
    )
    return merge


def _sides(kept: Patron, gone: Patron, choices: Mapping[Matter, Side]) -> dict[Matter, Side]:
    """Return whose value stands in each matter in which they differ; raises MergeRefused."""
    sides = {}
    for difference in differences(kept, gone):
        side = choices.get(difference.matter) if difference.is_choice else difference.only
        if side is None:
            raise MergeRefused([MergeRefusal.NOT_CHOSEN])
        sides[difference.matter] = side
    return sides


def _main_card(patron: Patron) -> int:
    """Return the number of the main card's row; 0 when there is none."""
    return patron.cards.filter(is_main=True).values_list("pk", flat=True).first() or 0


def _set_main_card(kept: Patron, cards: Mapping[str, int], side: Side) -> None:
    if side == Side.GONE and cards["gone"]:
        Card.objects.filter(patron=kept).update(is_main=False)
        Card.objects.filter(pk=cards["gone"]).update(is_main=True)


def _take_columns(kept: Patron, gone: Patron, sides: Mapping[Matter, Side]) -> dict[str, list[Any]]:
    """Set the columns that the kept entry takes over; return [before, after] of each."""
    new: dict[str, Any] = {
        column: getattr(gone, column)
        for matter, columns in COLUMNS.items()
        if sides.get(matter) == Side.GONE
        for column in columns
    }
    new["last_active_date"] = max(kept.last_active_date, gone.last_active_date)
    days = [each.non_disclosure_until for each in (kept, gone) if each.is_non_disclosed]
    new["non_disclosure_until"] = max((day for day in days if day), default=None)
    changed = {}
    for column, value in new.items():
        before = getattr(kept, column)
        if before != value or column == "non_disclosure_until":
            changed[column] = [_plain(before), _plain(value)]
            setattr(kept, column, value)
    kept.name_key = name_key(kept.surname, kept.given_names)
    return changed


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@transaction.atomic
def unmerge_patrons(
    *,
    merge: PatronMerge,
    movers: Sequence[RowMover],
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> PatronMerge:
    """Make the two entries two again, each with its own rows, and return the merge, undone.

    Rows that ended since go back too. What was changed or added since then belongs to the entry
    that was there: the kept one. Addresses that non-disclosure removed are not in the register
    any more. Raises UnmergeRefused.
    """
    kept, gone = lock_patrons(merge.kept, merge.gone)
    merge = PatronMerge.objects.select_for_update().get(pk=merge.pk)
    merge.kept, merge.gone = kept, gone
    if reasons := unmerge_refusals(merge, now=now):
        raise UnmergeRefused(reasons)
    for mover in (*OWN_ROWS, *movers):
        mover.give_back(merge.moved.get(mover.name, []), gone, kept)
    _part_cards(kept, gone, merge.replaced["cards"])
    for matter, swap in merge.replaced["contacts"].items():
        swap_contacts_back(CONTACTS[Matter(matter)], swap, kept=kept, gone=gone)
    if "pin" in merge.replaced:
        give_pin_back(merge.replaced["pin"], kept=kept, gone=gone)
    _give_columns_back(kept, gone, merge.replaced["columns"])
    gone.merged_into = None
    gone.save()
    kept.save()
    for each in (kept, gone):
        if each.is_non_disclosed:
            remove_addresses(each)
    merge.undone_at = now
    merge.moved, merge.replaced = {}, {}
    merge.save()
    log("unmerge patrons", kept.pk, now=now, by=by, branch=branch, gone=gone.pk)
    return merge


def _part_cards(kept: Patron, gone: Patron, before: Mapping[str, int]) -> None:
    """Make each entry's earlier main card its main one, or else the newest that is active."""
    for patron, number in ((kept, before["kept"]), (gone, before["gone"])):
        earlier = Card.objects.filter(pk=number, patron=patron, status=Card.Status.ACTIVE)
        if earlier.exists():
            Card.objects.filter(patron=patron).exclude(pk=number).update(is_main=False)
            earlier.update(is_main=True)
        elif not patron.cards.filter(is_main=True).exists():
            choose_another_main(patron)


def _give_columns_back(kept: Patron, gone: Patron, columns: Mapping[str, list[Any]]) -> None:
    """Set the kept entry's columns as they were, except those that somebody changed since.

    Non-disclosure that was set or moved since then holds for both: the safe side.
    """
    for column, (before, after) in columns.items():
        if _plain(getattr(kept, column)) == after:
            is_day = column in DATES and before is not None
            setattr(kept, column, date.fromisoformat(before) if is_day else before)
        elif column == "non_disclosure_until" and kept.is_non_disclosed:
            gone.non_disclosure_until = kept.non_disclosure_until
    kept.name_key = name_key(kept.surname, kept.given_names)
