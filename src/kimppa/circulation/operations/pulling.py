"""Ask branches to fetch what stands on their shelves for somebody who waits, and hear answers."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Hold, ItemState, PullRequest
from kimppa.circulation.operations.claims import set_item_status
from kimppa.circulation.operations.returns import CheckedIn, check_in
from kimppa.circulation.operations.standing import locked_standing
from kimppa.circulation.queries.holds import circumstances
from kimppa.circulation.queries.policy import policy_on
from kimppa.circulation.queries.pulling import (
    loads,
    outdated,
    pull_list,
    unanswered_queues,
    wanted_on_shelves,
)
from kimppa.circulation.rules.pulling import LOOKS, share_out
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event

State = PullRequest.State


@transaction.atomic
def ask_branches(*, now: datetime, by: StaffAccount | None = None) -> int:
    """Ask branches for what their shelves have and queues want; return how many items are new.

    What is asked for already stays with its branch, unless nobody needs it any more. Two at once
    do no harm: no hold and no item is asked for twice.
    """
    day = timezone.localdate(now)
    outdated(day).update(state=State.WITHDRAWN, answered_at=now)
    given = circumstances(day, policy_on(day))
    shelves = {
        record: [each for each in shelf if not given.is_closed(each.branch)]
        for record, shelf in wanted_on_shelves(now).items()
    }
    queues = unanswered_queues(day, shelves)
    pulls = share_out(queues, shelves, given, loads(now))
    made = PullRequest.objects.bulk_create(
        (
            PullRequest(
                hold_id=pull.hold,
                item_id=pull.item,
                branch_id=pull.branch,
                asked_at=now,
                reason=pull.why.value,
            )
            for pull in pulls
        ),
        batch_size=2000,
        ignore_conflicts=True,
    )
    if made:
        record_event(
            now=now,
            by=by,
            action="ask branches",
            kind="pull requests",
            object_id="",
            details={"items": len(made)},
        )
    return len(made)


@transaction.atomic
def take_list(*, branch: Branch, requests: Iterable[int], by: StaffAccount, now: datetime) -> int:
    """Take what is listed in hand, so that the next list leaves it out; return how many."""
    listed = pull_list(branch, timezone.localdate(now)).filter(taken_at=None, pk__in=requests)
    taken = PullRequest.objects.filter(pk__in=list(listed.values_list("pk", flat=True)))
    count = taken.filter(state=State.ASKED, taken_at=None).update(taken_at=now, taken_by=by)
    if count:
        _log("take pull list", branch, by, now, {"items": count})
    return count


@transaction.atomic
def give_back_list(*, branch: Branch, taken_by: int, by: StaffAccount, now: datetime) -> int:
    """Put what an account has in hand and has not answered back on the list; return how many."""
    taken = PullRequest.objects.filter(branch=branch, state=State.ASKED, taken_by=taken_by)
    count = taken.update(taken_at=None, taken_by=None)
    if count:
        _log("give back pull list", branch, by, now, {"items": count})
    return count


@transaction.atomic
def found(
    *, request: PullRequest, branch: Branch, by: StaffAccount | None, now: datetime
) -> CheckedIn:
    """Check the item in at the branch: it goes to whose turn it is, who need not be the same.

    Can be undone as a check-in. A request that was answered already stays as it was.
    """
    locked_standing(request.item_id)
    PullRequest.objects.filter(pk=request.pk, state=State.ASKED).update(
        state=State.FOUND, answered_at=now
    )
    return check_in(item=request.item, branch=branch, by=by, now=now)


@transaction.atomic
def not_found(
    *, request: PullRequest, branch: Branch, by: StaffAccount | None, now: datetime
) -> PullRequest:
    """Note that the item did not stand where it should; the next list has it once more.

    After so many looks in vain the branch is not asked again, and another one is.
    """
    request = PullRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if request.state != State.ASKED:
        return request
    request.looks += 1
    request.taken_at = request.taken_by = None
    if request.looks >= LOOKS:
        request.state, request.answered_at = State.NOT_FOUND, now
    request.save()
    _log("not on shelf", branch, by, now, {"item": request.item_id, "looks": request.looks})
    return request


@transaction.atomic
def missing(
    *, request: PullRequest, branch: Branch, by: StaffAccount | None, now: datetime
) -> PullRequest:
    """Mark the item as missing; whoever waits for it is served by another, if there is one."""
    set_item_status(
        item=request.item, status=ItemState.Status.MISSING, branch=branch, by=by, now=now
    )
    request = PullRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if request.state == State.ASKED:
        request.state, request.answered_at = State.MISSING, now
        request.save(update_fields=["state", "answered_at"])
    return request


@transaction.atomic
def ask_again(
    *, request: PullRequest, branch: Branch, by: StaffAccount | None, now: datetime
) -> PullRequest:
    """Take back *not on the shelf*: the item is on the list again as it was.

    Nothing happens when the hold or the item has been asked for again meanwhile.
    """
    hold = Hold.objects.select_for_update(no_key=True).get(pk=request.hold_id)
    request = PullRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if not request.looks or hold.state != Hold.State.WAITING:
        return request
    others = PullRequest.objects.filter(state=State.ASKED).exclude(pk=request.pk)
    if (others.filter(hold=hold) | others.filter(item=request.item_id)).exists():
        return request
    request.looks -= 1
    request.state, request.answered_at = State.ASKED, None
    request.save()
    _log("ask again", branch, by, now, {"item": request.item_id})
    return request


def _log(
    action: str, branch: Branch, by: StaffAccount | None, now: datetime, details: dict[str, object]
) -> None:
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind="pull list",
        object_id=branch.pk,
        details=details,
    )
