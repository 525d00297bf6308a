"""What each role may do, and where a grant of it holds."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What kind of work an account does in a unit."""

    COORDINATOR = "coordinator"
    BRANCH_MANAGER = "branch_manager"
    DESK = "desk"
    CATALOGUER = "cataloguer"
    TRANSPORT = "transport"
    AKE = "ake"
    CHAT = "chat"
    PRIVACY_OFFICER = "privacy_officer"
    READ_ONLY = "read_only"


class Permission(StrEnum):
    """One thing that pages and operations ask leave for."""

    VIEW_PATRON = "view_patron"
    EDIT_PATRON = "edit_patron"
    REGISTER_PATRON = "register_patron"
    VIEW_NON_DISCLOSED = "view_non_disclosed"  # an address under non-disclosure, with a reason
    VIEW_IDENTITY_CODE = "view_identity_code"
    MERGE_PATRONS = "merge_patrons"
    EXPORT_PATRON = "export_patron"
    ERASE_PATRON = "erase_patron"
    RUN_RETENTION = "run_retention"
    CHECK_OUT = "check_out"  # and renew
    CHECK_IN = "check_in"
    OVERRIDE = "override"  # a rule of the matrix, with a reason
    SET_ITEM_STATE = "set_item_state"  # missing, damaged, withdrawn
    VIEW_HOLDS = "view_holds"  # queues and shelves, without names
    PULL_ITEMS = "pull_items"
    PLACE_HOLD = "place_hold"  # and change, cancel, restore
    REORDER_HOLDS = "reorder_holds"
    TAKE_PAYMENT = "take_payment"
    WAIVE_FEE = "waive_fee"
    CANCEL_PAYMENT = "cancel_payment"
    VIEW_TILL = "view_till"
    SET_BLOCK = "set_block"  # stop a patron from borrowing, and lift it
    SET_BAN = "set_ban"  # from premises, after a hearing
    GRANT_SELF_SERVICE = "grant_self_service"
    VIEW_SELF_SERVICE_LOG = "view_self_service_log"  # who was in, with a reason
    VIEW_RULES = "view_rules"
    EDIT_RULES = "edit_rules"
    MANAGE_HOURS = "manage_hours"
    MANAGE_UNITS = "manage_units"
    MANAGE_STAFF = "manage_staff"
    VIEW_LOG = "view_log"


P = Permission
EVERYONE = {P.VIEW_RULES}
DESK = EVERYONE | {
    P.VIEW_PATRON,
    P.EDIT_PATRON,
    P.REGISTER_PATRON,
    P.MERGE_PATRONS,
    P.CHECK_OUT,
    P.CHECK_IN,
    P.SET_ITEM_STATE,
    P.VIEW_HOLDS,
    P.PULL_ITEMS,
    P.PLACE_HOLD,
    P.TAKE_PAYMENT,
    P.WAIVE_FEE,
    P.VIEW_TILL,
    P.SET_BLOCK,
    P.GRANT_SELF_SERVICE,
}
MANAGER = DESK | {
    P.VIEW_NON_DISCLOSED,
    P.VIEW_IDENTITY_CODE,
    P.EXPORT_PATRON,
    P.OVERRIDE,
    P.REORDER_HOLDS,
    P.CANCEL_PAYMENT,
    P.SET_BAN,
    P.VIEW_SELF_SERVICE_LOG,
    P.MANAGE_HOURS,
}
# The coordinator runs the system; what is most personal is for those who need it in their work.
COORDINATOR = set(P) - {P.VIEW_NON_DISCLOSED, P.VIEW_IDENTITY_CODE, P.VIEW_SELF_SERVICE_LOG}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(COORDINATOR),
    Role.BRANCH_MANAGER: frozenset(MANAGER),
    Role.DESK: frozenset(DESK),
    Role.CATALOGUER: frozenset(EVERYONE | {P.SET_ITEM_STATE, P.VIEW_HOLDS}),
    Role.TRANSPORT: frozenset(EVERYONE | {P.CHECK_IN, P.PULL_ITEMS}),
    Role.AKE: frozenset(EVERYONE),
    Role.CHAT: frozenset(EVERYONE),
    Role.PRIVACY_OFFICER: frozenset(
        EVERYONE
        | {
            P.VIEW_PATRON,
            P.VIEW_NON_DISCLOSED,
            P.VIEW_IDENTITY_CODE,
            P.EXPORT_PATRON,
            P.ERASE_PATRON,
            P.RUN_RETENTION,
            P.VIEW_SELF_SERVICE_LOG,
            P.VIEW_LOG,
        }
    ),
    Role.READ_ONLY: frozenset(EVERYONE | {P.VIEW_PATRON, P.VIEW_HOLDS}),
}


@dataclass(frozen=True)
class Grant:
    """A role in one branch, in one library and its branches, or (both empty) everywhere."""

    role: Role
    library: int | None = None
    branch: int | None = None

    def covers(self, *, library: int | None, branch: int | None) -> bool:
        """Return whether it holds in the branch, or in the whole library when no branch is given.

        With neither given, whether it holds everywhere.
        """
        if self.branch is not None:
            return self.branch == branch
        return self.library is None or self.library == library


def is_allowed(
    permission: Permission,
    grants: Collection[Grant],
    *,
    library: int | None = None,
    branch: int | None = None,
) -> bool:
    """Return whether one of the grants gives the permission in the unit.

    A branch is given together with its library.

    >>> desk = [Grant(Role.DESK, library=1)]
    >>> is_allowed(Permission.CHECK_OUT, desk, library=1, branch=11)
    True
    >>> is_allowed(Permission.CHECK_OUT, desk, library=2, branch=21)
    False
    >>> is_allowed(Permission.CHECK_OUT, desk)
    False
    """
    return any(
        permission in PERMISSIONS[grant.role] and grant.covers(library=library, branch=branch)
        for grant in grants
    )


class Mode(StrEnum):
    """What a scan does on the page that is open; shown beside the branch on every page."""

    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    BOOK_DROP = "book_drop"  # check-in as of the day when the box was emptied
    IN_HOUSE = "in_house"  # use in the library is counted, nothing is lent
    RENEW = "renew"
    OTHER = "other"
