"""What must never be true of lending, counted: all is right when every count is zero."""

from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Receipt, Transit
from kimppa.organisations.models import AuditEvent

Status = ItemState.Status
SET_ASIDE = {Hold.State.READY: Status.HOLD_SHELF, Hold.State.IN_TRANSIT: Status.IN_TRANSIT}


def broken(*, since: datetime | None = None) -> dict[str, int]:
    """Return how many rows break each rule, by the rule's name.

    The log is looked at for what was made ``since`` then; what was brought over from an older
    system has no events of its own. Meant for a register at rest: rows are counted one rule
    after another.
    """
    counts = {name: rows.count() for name, rows in _rules().items()}
    if since is not None:
        counts |= {name: rows.count() for name, rows in _log_rules(since).items()}
    return counts


def _rules() -> dict[str, QuerySet[Any]]:
    open_loans, set_aside = Loan.objects.open(), Hold.objects.filter(state__in=list(SET_ASIDE))
    transits = Transit.objects.filter(ended_at=None)
    on_their_way = ItemState.objects.filter(status=Status.IN_TRANSIT)
    elsewhere = ItemState.objects.exclude(status=Status.CLAIMED)
    gone = Q(patron__merged_into__isnull=False)
    return {
        "items with two open loans": _twice(open_loans),
        "items set aside for two holds": _twice(set_aside),
        "lent items that are somewhere else too": open_loans.filter(_same_item(elsewhere)),
        "lent items that are set aside": open_loans.filter(_same_item(set_aside)),
        "holds whose item is not where they say": set_aside.exclude(_where_it_should_be()),
        "items on their way without a transit": on_their_way.filter(~_same_item(transits)),
        "transits without an item on its way": transits.filter(~_same_item(on_their_way)),
        "fees whose ledger does not balance": _unbalanced(Fee.objects.all(), F("open_cents")),
        "receipts that are not their entries' sum": _unbalanced(
            Receipt.objects.all(), -1 * F("cents")
        ),
        "loans of patrons merged away": open_loans.filter(gone),
        "holds of patrons merged away": Hold.objects.open().filter(gone),
        "fees of patrons merged away": Fee.objects.filter(gone, open_cents__gt=0),
    }


def _log_rules(since: datetime) -> dict[str, QuerySet[Any]]:
    receipts = Receipt.objects.filter(cancels=None, at__gte=since)
    return {
        "loans without their event": _unsaid(
            Loan.objects.filter(began_at__gte=since, kind=Loan.Kind.LOAN), "check out", "loan"
        ),
        "holds without their event": _unsaid(
            Hold.objects.filter(placed_at__gte=since, group=None), "place hold", "hold"
        ),
        "fees without their event": _unsaid(
            Fee.objects.filter(made_at__gte=since), "charge", "fee"
        ),
        "payments without their event": _unsaid(receipts, "take payment", "receipt"),
    }


def _twice(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the items that stand in more than one of the rows."""
    found: QuerySet[Any] = rows.order_by().values("item").annotate(n=Count("pk"))
    return found.filter(n__gt=1)


def _same_item(rows: QuerySet[Any]) -> Exists:
    return Exists(rows.filter(item=OuterRef("item")))


def _where_it_should_be() -> Q:
    """Return that an item that is set aside has the state its hold says."""
    agreed = Q(pk__in=[])
    for state, status in SET_ASIDE.items():
        there = ItemState.objects.filter(item=OuterRef("item"), status=status)
        agreed |= Q(Exists(there), state=state)
    return agreed


def _unbalanced(rows: QuerySet[Any], kept: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(entered=Coalesce(Sum("entries__cents"), 0))
    return found.exclude(entered=kept)


def _unsaid(rows: QuerySet[Any], action: str, kind: str) -> QuerySet[Any]:
    """Return the rows that no event of the log tells of."""
    number = Cast(OuterRef("pk"), CharField())
    told = AuditEvent.objects.filter(action=action, object_kind=kind, object_id=number)
    return rows.filter(~Exists(told))
