"""Stops that staff set by hand and lift again: borrowing blocks, and bans from a branch."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Block
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.queries.policy import policy_on
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron
from kimppa.patrons.operations import lock_patrons


class BlockProblem(StrEnum):
    """Why a block or ban was not set."""

    NO_REASON = "no_reason"
    IN_THE_PAST = "in_the_past"
    BAN_NEEDS_LAST_DAY = "ban_needs_last_day"
    BAN_TOO_LONG = "ban_too_long"
    NOT_HEARD = "not_heard"


class BlockRefused(Refused[BlockProblem]):
    """Nothing was set; ``reasons`` says why."""


@transaction.atomic
def set_block(
    *,
    patron: Patron,
    reason: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch,
    until: date | None = None,
) -> Block:
    """Stop the patron from borrowing in every library, until the last day if one is given.

    The same block twice is one. Raises BlockRefused.
    """
    problems = _problems(reason, until, timezone.localdate(now))
    if problems:
        raise BlockRefused(problems)
    return _set(patron, Block.Kind.BORROWING, None, reason, until, now=now, by=by, at=branch)


@transaction.atomic
def set_ban(
    *,
    patron: Patron,
    reason: str,
    until: date | None,
    was_heard: bool,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch,
) -> Block:
    """Ban the patron from the premises of the branch for disturbance, through the last day.

    The patron must have been heard first, and the rules say for how many days at most
    (``ban_max_days``; rules of use of Eepos 2023: 30). The same ban twice is one. Raises
    BlockRefused.
    """
    today = timezone.localdate(now)
    longest = policy_on(today)["ban_max_days", who_and_where(patron.category_id, branch)]
    problems = _problems(reason, until, today)
    if until is None:
        problems.append(BlockProblem.BAN_NEEDS_LAST_DAY)
    elif longest and until >= today + timedelta(days=longest):
        problems.append(BlockProblem.BAN_TOO_LONG)
    if not was_heard:
        problems.append(BlockProblem.NOT_HEARD)
    if problems:
        raise BlockRefused(problems)
    return _set(patron, Block.Kind.BAN, branch, reason, until, now=now, by=by, at=branch)


@transaction.atomic
def lift_block(
    *, block: Block, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Block:
    """End a block or ban today; one that has ended stays as it is."""
    block = Block.objects.select_for_update().get(pk=block.pk)
    if block.ended_at is None:
        block.ended_at = now
        block.save()
        _log("lift block", block, now=now, by=by, at=branch)
    return block


def _problems(reason: str, until: date | None, today: date) -> list[BlockProblem]:
    problems = [] if reason.strip() else [BlockProblem.NO_REASON]
    if until is not None and until < today:
        problems.append(BlockProblem.IN_THE_PAST)
    return problems


def _set(
    patron: Patron,
    kind: Block.Kind,
    where: Branch | None,
    reason: str,
    until: date | None,
    *,
    now: datetime,
    by: StaffAccount | None,
    at: Branch,
) -> Block:
    (patron,) = lock_patrons(patron)
    block, is_new = Block.objects.get_or_create(
        patron=patron,
        kind=kind,
        branch=where,
        reason=reason.strip(),
        until_date=until,
        ended_at=None,
        defaults={"began_at": now, "by": by},
    )
    if is_new:
        _log("set block", block, now=now, by=by, at=at)
    return block


def _log(
    action: str, block: Block, *, now: datetime, by: StaffAccount | None, at: Branch | None
) -> None:
    record_event(
        now=now,
        by=by,
        branch=at,
        action=action,
        kind="patron",
        object_id=block.patron_id,
        details={
            "block": block.pk,
            "kind": block.kind,
            "until": block.until_date.isoformat() if block.until_date else None,
        },
    )
