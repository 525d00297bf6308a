"""Questions about units: who may do what where, when a branch is open, which desk this is."""

from datetime import date
from ipaddress import ip_address, ip_network

from django.db.models import Q

from kimppa.organisations.models import (
    Branch,
    BusStop,
    Desk,
    ExceptionalDay,
    HoursKind,
    Library,
    OpeningHours,
    RoleGrant,
    StaffAccount,
)
from kimppa.organisations.rules import (
    PERMISSIONS,
    Grant,
    Permission,
    Role,
    Span,
    Stop,
    Timetable,
    WeeklySpan,
    is_allowed,
)


def may(
    account: StaffAccount,
    permission: Permission,
    *,
    branch: Branch | None = None,
    library: Library | None = None,
    on: date,
) -> bool:
    """Return whether the account has the permission in the branch, or in the whole library.

    With neither given: in the whole consortium. One query per account object and day.
    """
    if branch is not None:
        return is_allowed(
            permission, grants_of(account, on=on), library=branch.library_id, branch=branch.pk
        )
    return is_allowed(
        permission, grants_of(account, on=on), library=library.pk if library else None
    )


def may_somewhere(account: StaffAccount, permission: Permission, *, on: date) -> bool:
    """Return whether the account has the permission in some unit at least."""
    return any(permission in PERMISSIONS[grant.role] for grant in grants_of(account, on=on))


def grants_of(account: StaffAccount, *, on: date) -> list[Grant]:
    """Return the grants that hold on the day; none for an account that has been ended.

    Kept on the account object, which lives for one request.
    """
    cached: dict[date, list[Grant]] = account.__dict__.setdefault("_grants_by_day", {})
    if on not in cached:
        cached[on] = [] if account.has_left(on) else _read_grants(account, on)
    return cached[on]


def _read_grants(account: StaffAccount, on: date) -> list[Grant]:
    rows = RoleGrant.objects.filter(account=account).filter(
        Q(ends_date=None) | Q(ends_date__gte=on)
    )
    return [
        Grant(Role(role), library, branch)
        for role, library, branch in rows.values_list("role", "library_id", "branch_id")
    ]


def branches_of(account: StaffAccount, *, on: date) -> list[Branch]:
    """Return the branches where the account has any role, with their libraries."""
    branches = Branch.objects.select_related("library").order_by("library__name", "name")
    return [branch for branch in branches if works_in(account, branch, on=on)]


def works_in(account: StaffAccount, branch: Branch, *, on: date) -> bool:
    """Return whether the account has any role in the branch."""
    grants = grants_of(account, on=on)
    return any(grant.covers(library=branch.library_id, branch=branch.pk) for grant in grants)


def closed_days(branch: Branch, first: date, last: date) -> set[date]:
    """Return the days between two dates, both included, when nobody can come in.

    Self-service hours keep a day open; days for which no hours are recorded count as open.
    """
    return timetable(branch, first, last).closed_days(first, last)


def hours_on(branch: Branch, day: date) -> tuple[Span, ...]:
    """Return when the branch is open on the day, earliest first; empty also when not recorded."""
    return timetable(branch, day, day).spans(day)


def timetable(branch: Branch, first: date, last: date) -> Timetable:
    """Return what is recorded of a branch's hours between two dates."""
    regular: list[WeeklySpan | Stop] = [
        WeeklySpan(row.weekday, Span(row.opens, row.closes, row.kind), row.valid_from, row.valid_to)
        for row in OpeningHours.objects.filter(branch=branch)
    ]
    if branch.kind == Branch.Kind.BUS:
        regular += [
            Stop(
                stop.first_date,
                stop.cycle_days,
                Span(stop.opens, stop.closes, HoursKind.STAFFED.value),
                stop.last_date,
            )
            for stop in BusStop.objects.filter(bus=branch)
        ]
    return Timetable(tuple(regular), _exceptions(branch, first, last))


def _exceptions(branch: Branch, first: date, last: date) -> dict[date, tuple[Span, ...]]:
    """Return the exceptional days; what a branch says of a day stands before what all say."""
    rows = ExceptionalDay.objects.filter(
        Q(branch=branch) | Q(branch=None), date__range=(first, last)
    )
    found: dict[date, tuple[Span, ...]] = {}
    own_days = {row.date for row in rows if row.branch_id}
    for row in rows:
        if row.branch_id is None and row.date in own_days:
            continue
        span = (Span(row.opens, row.closes, row.kind),) if row.opens and row.closes else ()
        found[row.date] = found.get(row.date, ()) + span
    return found


def is_in_network(address: str, network: str) -> bool:
    """Return whether an IP address belongs to a network in CIDR; an empty network is any.

    >>> is_in_network("10.1.2.3", "10.1.0.0/16"), is_in_network("10.2.2.3", "10.1.0.0/16")
    (True, False)
    >>> is_in_network("unix:", "10.1.0.0/16")
    False
    """
    try:
        return not network or ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def desk_at(address: str) -> Desk | None:
    """Return the desk whose network this address belongs to, the narrowest network first."""
    desks = [
        desk
        for desk in Desk.objects.exclude(network="").select_related("branch__library")
        if is_in_network(address, desk.network)
    ]
    return max(
        desks, key=lambda desk: ip_network(desk.network, strict=False).prefixlen, default=None
    )
