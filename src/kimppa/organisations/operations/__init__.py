"""Verbs that change units, hours, staff accounts and sign-ins, and the writing of the log."""

from kimppa.organisations.operations.hours import (
    remove_exceptional_day,
    set_exceptional_day,
    set_hours,
)
from kimppa.organisations.operations.log import forget_log, record_event, record_read
from kimppa.organisations.operations.rehearsing import rehearsal
from kimppa.organisations.operations.staff import (
    confirm_roles,
    create_account,
    end_account,
    end_role,
    grant_role,
    note_password_change,
    password_link,
    reopen_account,
    set_password,
)
from kimppa.organisations.operations.units import (
    ensure_branch,
    ensure_consortium,
    ensure_library,
    remove_unit,
    remove_unused,
    save_unit,
)

__all__ = [
    "confirm_roles",
    "create_account",
    "end_account",
    "end_role",
    "ensure_branch",
    "ensure_consortium",
    "ensure_library",
    "forget_log",
    "grant_role",
    "note_password_change",
    "password_link",
    "record_event",
    "record_read",
    "rehearsal",
    "remove_exceptional_day",
    "remove_unit",
    "remove_unused",
    "reopen_account",
    "save_unit",
    "set_exceptional_day",
    "set_hours",
    "set_password",
]
