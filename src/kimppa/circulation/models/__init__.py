"""Rows of circulation."""

from kimppa.circulation.models.fees import Block, Fee, LedgerEntry, Receipt
from kimppa.circulation.models.holds import Hold, HoldGroup, PullRequest, QueueArea, QueueAreaBranch
from kimppa.circulation.models.journal import Step
from kimppa.circulation.models.loans import ItemState, Loan
from kimppa.circulation.models.notices import MessageChoice, Notice
from kimppa.circulation.models.offline import OfflineLoan
from kimppa.circulation.models.policy import PolicyRule, RuleSet
from kimppa.circulation.models.simulations import Simulation
from kimppa.circulation.models.transits import Transit

__all__ = [
    "Block",
    "Fee",
    "Hold",
    "HoldGroup",
    "ItemState",
    "LedgerEntry",
    "Loan",
    "MessageChoice",
    "Notice",
    "OfflineLoan",
    "PolicyRule",
    "PullRequest",
    "QueueArea",
    "QueueAreaBranch",
    "Receipt",
    "RuleSet",
    "Simulation",
    "Step",
    "Transit",
]
