"""What circulation keeps of a patron when entries are merged, parted, emptied of history or erased.

The register's own rows are the room below's; here loans, holds, fees, blocks and notices follow
in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Block, Fee, Hold, HoldGroup, Loan, MessageChoice, Notice, Step
from kimppa.circulation.operations.undoing import without_patron
from kimppa.circulation.queries.patrons import (
    EraseObstacle,
    age_rules,
    erase_obstacles,
    merge_undo_days,
    purgeable,
)
from kimppa.circulation.rules.policy import Policy
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons import operations as register
from kimppa.patrons.models import Patron, PatronMerge
from kimppa.patrons.operations import Merging, RowMover, Rows
from kimppa.patrons.rules.merging import Matter, Side

AT_ONCE = 200


class EraseRefused(Refused[EraseObstacle | register.EraseRefusal]):
    """The patron's data stays; nothing was changed."""


@dataclass(frozen=True)
class _Loans(Rows):
    """Loans; what remembers who brought one back, so that it can be undone, goes with them."""

    def give_back(self, numbers: Sequence[int], gone: Patron, kept: Patron) -> None:
        """Give the loans back, and let an undone check-in of theirs lead to the right entry."""
        super().give_back(numbers, gone, kept)
        steps = Step.objects.filter(kind=Step.Kind.CHECK_IN, before__patron=kept.pk)
        for step in steps:
            if step.before.get("loan") in numbers:
                step.before["patron"] = gone.pk
                step.save(update_fields=["before"])


MOVERS: tuple[RowMover, ...] = (
    _Loans("circulation.Loan", Loan.objects.all()),
    Rows("circulation.Hold", Hold.objects.all()),
    Rows("circulation.HoldGroup", HoldGroup.objects.all()),
    Rows("circulation.Fee", Fee.objects.all()),
    Rows("circulation.Block", Block.objects.all()),
    Rows("circulation.MessageChoice", MessageChoice.objects.all(), once_by=("kind",)),
    Rows("circulation.Notice", Notice.objects.all(), once_by=("kind", "subject_key")),
)


def merge_patrons(
    *,
    kept: Patron,
    gone: Patron,
    choices: Mapping[Matter, Side],
    policy: Policy,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> PatronMerge:
    """Make two entries of one person one, with loans, holds, fees, blocks and messages.

    Holds keep their places. Past loans follow as they are; if the history chosen is not kept,
    they are forgotten when the merge can no longer be undone. Raises patrons' MergeRefused.
    """
    asked = Merging(
        kept=kept,
        gone=gone,
        choices=choices,
        undo_days=merge_undo_days(policy, kept),
        movers=MOVERS,
    )
    return register.merge_patrons(asked=asked, now=now, by=by, branch=branch)


def unmerge_patrons(
    *,
    merge: PatronMerge,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> PatronMerge:
    """Part the entries again; each row goes back to whose it was. Raises UnmergeRefused."""
    return register.unmerge_patrons(merge=merge, movers=MOVERS, now=now, by=by, branch=branch)


@transaction.atomic
def set_history(
    *,
    patron: Patron,
    history: Patron.History,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Keep the patron's choice; unless history is kept from now on, forget what there is.

    That cannot be undone.
    """
    patron = register.set_history(patron=patron, history=history, now=now, by=by, branch=branch)
    if history != Patron.History.ALWAYS:
        forget_past(patron)
    return patron


def forget_past(patron: Patron) -> int:
    """Part ended loans and holds from the patron, whose row is locked; return how many."""
    loans = Loan.objects.filter(patron=patron).exclude(ended_at=None).update(patron=None)
    ended = Hold.objects.filter(patron=patron).exclude(state__in=Hold.OPEN)
    return loans + ended.update(patron=None, group=None)


@transaction.atomic
def erase_patron(
    *,
    patron: Patron,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
    reason: str = "",
) -> None:
    """Erase all that is known of the person; loans and fees stay for statistics, nobody's.

    Raises EraseRefused while anything is on loan, on hold or unpaid, or while the person answers
    for a child or an institution.
    """
    (patron,) = register.lock_patrons(patron)
    obstacles = erase_obstacles(patron)
    try:
        entries = register.erase_patron(patron=patron, now=now, by=by, branch=branch, reason=reason)
    except register.EraseRefused as refused:
        raise EraseRefused([*obstacles, *refused.reasons]) from None
    if obstacles:
        raise EraseRefused(obstacles)
    for entry in entries:
        _empty(entry)


def _empty(entry: Patron) -> None:
    """Part everything here from the entry; what is about nobody else goes."""
    forget_past(entry)
    Fee.objects.filter(patron=entry).update(patron=None)
    HoldGroup.objects.filter(patron=entry).update(patron=None, name="")
    for kind in (Block, MessageChoice, Notice):
        kind.objects.filter(patron=entry).delete()
    for step in Step.objects.filter(kind=Step.Kind.CHECK_IN, before__patron=entry.pk):
        step.before = without_patron(step.before)
        step.save(update_fields=["before"])


def purge_unused(*, policy: Policy, now: datetime, by: StaffAccount | None) -> int:
    """Erase those whom the retention rule no longer keeps; return how many.

    A transaction for each few hundred: stopped half-way, those done are done, and the next run
    goes on. Somebody who came back since the preview is kept.
    """
    today = timezone.localdate(now)
    numbers = list(purgeable(policy, on=today).values_list("pk", flat=True).order_by("pk"))
    erased = 0
    for start in range(0, len(numbers), AT_ONCE):
        with transaction.atomic():
            erased += _purge(numbers[start : start + AT_ONCE], policy=policy, now=now, by=by)
    if erased:
        record_event(
            now=now,
            by=by,
            action="purge patrons",
            kind="register",
            object_id="",
            details={"erased": erased},
        )
    return erased


def _purge(numbers: list[int], *, policy: Policy, now: datetime, by: StaffAccount | None) -> int:
    register.lock_patrons(*Patron.objects.filter(pk__in=numbers))
    still = purgeable(policy, on=timezone.localdate(now)).filter(pk__in=numbers).order_by("pk")
    patrons = list(still)
    for patron in patrons:
        erase_patron(patron=patron, now=now, by=by, reason="retention")
    return len(patrons)


def settle_merges(*, now: datetime) -> int:
    """Make merges whose time to be undone is over final; return how many.

    Now the history that was not chosen is forgotten, and with the emptied entry what rested there.
    """
    with transaction.atomic():
        merges = register.settle_merges(now=now)
        for merge in merges:
            _empty(merge.gone)
            (kept,) = register.lock_patrons(merge.kept)
            if kept.history != Patron.History.ALWAYS:
                forget_past(kept)
    return len(merges)


def end_guardianships(*, policy: Policy, now: datetime) -> int:
    """End the links of children who have come of the age in the rules; return how many."""
    return register.end_guardianships_by_age(
        now=now, guardian_needed_below=age_rules(policy).guardian_needed_below
    )
