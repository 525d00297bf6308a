"""Clear the hold shelf: what nobody fetched goes to the next in the queue, or home."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Hold
from kimppa.circulation.operations.hold_endings import expire_hold
from kimppa.circulation.operations.holds import start_pickup_time
from kimppa.circulation.operations.returns import CheckedIn, check_in
from kimppa.circulation.operations.standing import locked_standing
from kimppa.circulation.queries.policy import policy_on
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event


class StillWaits(Exception):
    """The item is not to be cleared: its hold, ``hold``, may still be fetched."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(str(hold))


@transaction.atomic
def clear_item(*, item: Item, branch: Branch, by: StaffAccount | None, now: datetime) -> CheckedIn:
    """Take an item off the hold shelf of the branch and say where it goes next.

    A hold whose last pickup day has gone by ends here, with what the rules say that it costs,
    also when the night's work has not ended it. Raises StillWaits. Can be undone as a check-in.
    """
    locked_standing(item.pk)
    held = Hold.objects.filter(item=item, state=Hold.State.READY, pickup_branch=branch).first()
    if held and not expire_hold(hold=held.pk, now=now, policy=policy_on(timezone.localdate(now))):
        raise StillWaits(held)
    return check_in(item=item, branch=branch, by=by, now=now)


@transaction.atomic
def hand_out_now(
    *, hold: Hold, branch: Branch, by: StaffAccount | None, now: datetime
) -> list[Hold]:
    """Let the copies of a group that are there be fetched without waiting for the rest.

    Returns the holds whose pickup time began now.
    """
    if hold.group is None:
        return []
    hold.group.__class__.objects.select_for_update(no_key=True).get(pk=hold.group.pk)
    ready = list(
        Hold.objects.filter(group=hold.group, state=Hold.State.READY, last_pickup_date=None)
        .select_related("pickup_branch", "patron", "item")
        .order_by("pk")
    )
    if ready:
        start_pickup_time(ready, now, policy_on(timezone.localdate(now)))
        record_event(
            now=now,
            by=by,
            branch=branch,
            action="hand out group",
            kind="hold",
            object_id=ready[0].pk,
            details={"holds": [each.pk for each in ready]},
        )
    return ready
