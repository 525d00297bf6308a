"""How this room writes the audit log: the patron by number, never by name."""

from datetime import datetime

from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event

KIND = "patron"


def log(
    action: str,
    patron: int,
    *,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None,
    reason: str = "",
    **details: object,
) -> None:
    """Write one line about the patron of this number; details hold numbers, codes and dates."""
    record_event(
        now=now,
        by=by,
        branch=branch,
        action=action,
        kind=KIND,
        object_id=patron,
        details=details,
        reason=reason,
    )
