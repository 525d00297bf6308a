"""The writing of the log, and the only way in which old lines of it go."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from kimppa.organisations.models import AuditEvent, Branch, StaffAccount


def record_event(
    *,
    now: datetime,
    by: StaffAccount | None,
    action: str,
    kind: str,
    object_id: object,
    details: Mapping[str, object] | None = None,
    branch: Branch | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write one line of the log and return it; nothing and nobody changes it afterwards.

    ``details`` holds codes, counts, states, dates and cents before and after, never a person's
    name, contact detail or identity code. A line names a patron or an item, never both: else
    the log would keep the loan history of those who asked for none. Called within the
    transaction of what it tells of.
    """
    return AuditEvent.objects.create(
        at=now,
        by=by,
        branch=branch,
        reason=reason,
        action=action,
        object_kind=kind,
        object_id=str(object_id),
        details=dict(details or {}),
    )


def record_read(
    *,
    now: datetime,
    by: StaffAccount,
    kind: str,
    object_id: object,
    branch: Branch | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write that personal data was looked at, by whom, where and why; return the line."""
    return record_event(
        now=now, by=by, action="read", kind=kind, object_id=object_id, branch=branch, reason=reason
    )


@transaction.atomic
def forget_log(*, before: datetime, now: datetime, by: StaffAccount | None) -> int:
    """Delete lines older than ``before`` and return how many; the log tells that it was done."""
    with _lines_may_go():
        count, _ = AuditEvent.objects.filter(at__lt=before).delete()
    if count:
        details = {"before": before.isoformat(), "lines": count}
        record_event(now=now, by=by, action="forget log", kind="log", object_id="", details=details)
    return count


@contextmanager
def _lines_may_go() -> Iterator[None]:
    """Lift what keeps lines from being deleted, in this transaction only."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('kimppa.forget_log', 'yes', true)")
            yield
            cursor.execute("SELECT set_config('kimppa.forget_log', '', true)")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_event_not_deleted'")
        (trigger,) = cursor.fetchone()
        cursor.execute("DROP TRIGGER audit_event_not_deleted")
        yield
        cursor.execute(trigger)
