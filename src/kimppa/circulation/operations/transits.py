"""Items on their way: arriving, and called off."""

from datetime import datetime

from django.db import transaction

from kimppa.circulation.models import Transit
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.remembering import CheckedIn
from kimppa.circulation.operations.returns import check_in
from kimppa.circulation.operations.standing import locked_standing
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event


def receive_transit(
    *, transit: Transit, branch: Branch, by: StaffAccount | None, now: datetime
) -> CheckedIn:
    """Take in an item that the van brought to the branch, meant for it or not.

    The same as a check-in: hold shelf, shelf, or on to where it was meant for.
    """
    return check_in(item=transit.item, branch=branch, by=by, now=now)


@transaction.atomic
def cancel_transit(
    *, transit: Transit, branch: Branch, by: StaffAccount | None, now: datetime
) -> Transit:
    """Call a transit off: the item stays at the branch it was to leave; its hold waits again.

    A transit that is over already is left as it is.
    """
    standing = locked_standing(transit.item_id)
    transit = Transit.objects.select_related("from_branch").get(pk=transit.pk)
    if transit.ended_at:
        return transit
    holds.put_back(item=standing.item, now=now)
    transit.ended_at = now
    transit.save(update_fields=["ended_at"])
    standing.rest(transit.from_branch, now)
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="cancel transit",
        kind="item",
        object_id=standing.item.pk,
        details={"transit": transit.pk},
    )
    return transit
