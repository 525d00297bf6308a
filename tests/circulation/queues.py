"""Makes the holds that tests of queues need: ``from circulation.queues import make_hold``."""

from datetime import timedelta

from circulation.people import WHEN, make_patron

from kimppa.circulation.models import Hold, QueueArea, QueueAreaBranch
from kimppa.circulation.rules.queues import rank_at

TODAY = WHEN.date()


def make_hold(record, branch, *, patron=None, days_ago=10, **fields):
    """A waiting hold, placed so many days ago."""
    placed_at = WHEN - timedelta(days=days_ago)
    return Hold.objects.create(
        **{
            "record": record,
            "patron": patron or make_patron(library=branch.library),
            "pickup_branch": branch,
            "placed_at": placed_at,
            "rank": rank_at(placed_at, None),
            **fields,
        }
    )


def make_queue(record, branch, length):
    """So many holds, one placed a day after the other, the last yesterday."""
    return [make_hold(record, branch, days_ago=length - number) for number in range(length)]


def make_area(*branches, item_type="", valid_from=TODAY - timedelta(days=100), valid_to=None):
    """Branches whose items of the type fill each other's holds only."""
    area = QueueArea.objects.create(
        name="Alue", item_type=item_type, valid_from=valid_from, valid_to=valid_to
    )
    for branch in branches:
        QueueAreaBranch.objects.create(area=area, branch=branch)
    return area
