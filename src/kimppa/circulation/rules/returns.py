"""What a check-in says: where the item goes, and what the clerk should know besides."""

from enum import StrEnum


class Result(StrEnum):
    """Where the clerk puts the item: the big word on the page (users.md D2)."""

    SHELF = "shelf"
    HOLD_SHELF = "hold_shelf"
    TRANSIT = "transit"
    PROCESSING = "processing"


class Message(StrEnum):
    """What the clerk should know besides."""

    NOT_LENT = "not_lent"  # nobody had it
    OVERDUE_FEE = "overdue_fee"
    CLAIM_SETTLED = "claim_settled"  # its patron had said that it was returned
    FOUND = "found"  # it was lost or missing
    REPLACEMENT_CANCELLED = "replacement_cancelled"
    REPLACEMENT_PAID = "replacement_paid"  # money to give back
    RETURN_TO_LENDER_ONLY = "return_to_lender_only"  # should have been returned where it was lent
    WITHDRAWN = "withdrawn"
    ARRIVED = "arrived"  # a transit ended here
    SENT_ON = "sent_on"  # a transit passed through here
