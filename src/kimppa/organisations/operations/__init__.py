"""Verbs that change units, hours, staff accounts and sign-ins, and the writing of the log."""

from kimppa.organisations.operations.log import forget_log, record_event, record_read
from kimppa.organisations.operations.units import (
    ensure_branch,
    ensure_consortium,
    ensure_library,
    remove_unused,
)

__all__ = [
    "ensure_branch",
    "ensure_consortium",
    "ensure_library",
    "forget_log",
    "record_event",
    "record_read",
    "remove_unused",
]
