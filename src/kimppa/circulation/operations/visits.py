"""A visit at the desk in somebody's stead: that it was so is on record, who it was is not."""

from datetime import datetime
from enum import StrEnum

from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron


class Shown(StrEnum):
    """What the person who fetches for another showed (users.md 1.2, D15)."""

    NOTICE = "notice"
    POWER_OF_ATTORNEY = "power_of_attorney"


def note_fetcher(
    *, patron: Patron, shown: Shown, branch: Branch, by: StaffAccount | None, now: datetime
) -> None:
    """Put on record that somebody else fetches for the patron today; no name is kept."""
    record_event(
        now=now,
        by=by,
        branch=branch,
        action="fetched for another",
        kind="patron",
        object_id=patron.pk,
        details={"shown": shown.value},
    )
