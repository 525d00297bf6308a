"""Rows of the organisation: units, hours, staff and the audit log."""

from kimppa.organisations.models.audit import AuditEvent
from kimppa.organisations.models.hours import ExceptionalDay, HoursKind, OpeningHours
from kimppa.organisations.models.sign_in import RecoveryCode, SecondFactor, SignInAttempt
from kimppa.organisations.models.staff import RoleGrant, StaffAccount
from kimppa.organisations.models.units import (
    Branch,
    BusStop,
    Consortium,
    DataProtectionContact,
    Desk,
    Library,
)

__all__ = [
    "AuditEvent",
    "Branch",
    "BusStop",
    "Consortium",
    "DataProtectionContact",
    "Desk",
    "ExceptionalDay",
    "HoursKind",
    "Library",
    "OpeningHours",
    "RecoveryCode",
    "RoleGrant",
    "SecondFactor",
    "SignInAttempt",
    "StaffAccount",
]
