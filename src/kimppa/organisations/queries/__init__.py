"""Questions about units, hours, staff and the log."""

from kimppa.organisations.queries.hours import (
    closed_days,
    hours_on,
    timetable,
    timetable_columns,
    timetable_of,
)
from kimppa.organisations.queries.log import (
    LogChoice,
    count_log_before,
    log_lines,
    log_words,
    midnight,
)
from kimppa.organisations.queries.places import desk_at, is_in_network
from kimppa.organisations.queries.roles import (
    branches_of,
    branches_with,
    grants_of,
    may,
    may_somewhere,
    works_in,
)

__all__ = [
    "LogChoice",
    "branches_of",
    "branches_with",
    "closed_days",
    "count_log_before",
    "desk_at",
    "grants_of",
    "hours_on",
    "is_in_network",
    "log_lines",
    "log_words",
    "may",
    "may_somewhere",
    "midnight",
    "timetable",
    "timetable_columns",
    "timetable_of",
    "works_in",
]
