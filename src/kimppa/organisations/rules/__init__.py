"""Decisions of the organisation: who may do what where, and when a branch is open."""

from kimppa.organisations.rules.hours import (
    Span,
    Stop,
    Timetable,
    WeeklySpan,
    days_between,
    read_spans,
    typed,
)
from kimppa.organisations.rules.permissions import (
    PERMISSIONS,
    Grant,
    Mode,
    Permission,
    Role,
    is_allowed,
)

__all__ = [
    "PERMISSIONS",
    "Grant",
    "Mode",
    "Permission",
    "Role",
    "Span",
    "Stop",
    "Timetable",
    "WeeklySpan",
    "days_between",
    "is_allowed",
    "read_spans",
    "typed",
]
