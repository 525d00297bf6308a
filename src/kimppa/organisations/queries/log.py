"""Lines of the log by who, what, to what and when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from kimppa.organisations.models import AuditEvent, StaffAccount
from kimppa.organisations.queries.roles import branches_with, may
from kimppa.organisations.rules import Permission


@dataclass(frozen=True)
class LogChoice:
    """What to look for; empty means any. Dates are days of the library's own time."""

    account: StaffAccount | None = None
    action: str = ""
    kind: str = ""
    object_id: str = ""
    first: date | None = None
    last: date | None = None


def log_lines(choice: LogChoice, *, reader: StaffAccount, on: date) -> QuerySet[AuditEvent]:
    """Return the lines that the choice leaves and that the reader may see, newest first.

    Who may read the log of some units only sees what was done in their branches.
    """
    lines = AuditEvent.objects.select_related("by", "branch").order_by("-at", "-pk")
    if not may(reader, Permission.VIEW_LOG, on=on):
        lines = lines.filter(branch__in=branches_with(reader, Permission.VIEW_LOG, on=on))
    return lines.filter(_wanted(choice))


def _wanted(choice: LogChoice) -> Q:
    wanted = Q()
    if choice.account:
        wanted &= Q(by=choice.account)
    if choice.action:
        wanted &= Q(action=choice.action)
    if choice.kind:
        wanted &= Q(object_kind=choice.kind)
    if choice.object_id:
        wanted &= Q(object_id=choice.object_id)
    if choice.first:
        wanted &= Q(at__gte=midnight(choice.first))
    if choice.last:
        wanted &= Q(at__lt=midnight(choice.last + timedelta(days=1)))
    return wanted


def midnight(day: date) -> datetime:
    """Return the moment at which the day begins where the libraries are."""
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def log_words() -> tuple[list[str], list[str]]:
    """Return the actions and the kinds of objects that the log knows."""
    return _values_of("action"), _values_of("object_kind")


def _values_of(column: str) -> list[str]:
    """Return a column's values, each found by its index: DISTINCT would read every line."""
    found: list[str] = []
    while True:
        lines = AuditEvent.objects.all()
        if found:
            lines = lines.filter(**{f"{column}__gt": found[-1]})
        value = lines.aggregate(value=Min(column))["value"]
        if value is None:
            return found
        found.append(value)


def count_log_before(moment: datetime) -> int:
    """Return how many lines are older."""
    return AuditEvent.objects.filter(at__lt=moment).count()
