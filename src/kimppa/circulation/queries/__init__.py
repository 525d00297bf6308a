"""Questions about circulation: the rules in force, what a patron has, what waits where."""

from kimppa.circulation.queries.fees import (
    FeeStanding,
    Till,
    fee_standing,
    late_terms,
    loan_case,
    loan_overdue_cents,
    open_fees,
    till,
)
from kimppa.circulation.queries.policy import policy_of, policy_on, rule_set_in_force

__all__ = [
    "FeeStanding",
    "Till",
    "fee_standing",
    "late_terms",
    "loan_case",
    "loan_overdue_cents",
    "open_fees",
    "policy_of",
    "policy_on",
    "rule_set_in_force",
    "till",
]
