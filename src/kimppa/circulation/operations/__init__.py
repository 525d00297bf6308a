"""Verbs of circulation: one function, one transaction, one audit event."""

from kimppa.circulation.operations.checkouts import CheckedOut, CheckOutRefused, check_out
from kimppa.circulation.operations.claims import (
    ItemRefused,
    claim_returned,
    declare_lost,
    found,
    in_house_use,
    set_item_status,
    withdraw_claim,
)
from kimppa.circulation.operations.due_dates import (
    DueDatesMoved,
    move_due_dates,
    undo_move_due_dates,
)
from kimppa.circulation.operations.renewals import (
    NotRenewed,
    Renewed,
    RenewRefused,
    renew,
    renew_all,
)
from kimppa.circulation.operations.returns import CheckedIn, Message, Result, check_in
from kimppa.circulation.operations.transits import cancel_transit, receive_transit
from kimppa.circulation.operations.undoing import (
    UndoProblem,
    UndoRefused,
    forget_check_ins,
    undo_check_in,
)

__all__ = [
    "CheckOutRefused",
    "CheckedIn",
    "CheckedOut",
    "DueDatesMoved",
    "ItemRefused",
    "Message",
    "NotRenewed",
    "RenewRefused",
    "Renewed",
    "Result",
    "UndoProblem",
    "UndoRefused",
    "cancel_transit",
    "check_in",
    "check_out",
    "claim_returned",
    "declare_lost",
    "forget_check_ins",
    "found",
    "in_house_use",
    "move_due_dates",
    "receive_transit",
    "renew",
    "renew_all",
    "set_item_status",
    "undo_check_in",
    "undo_move_due_dates",
    "withdraw_claim",
]
