"""What stands on shelves while somebody waits for it, and what branches are asked to fetch."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Hold, ItemState, Loan, PullRequest
from kimppa.circulation.queries.holds import AS_WAITING
from kimppa.circulation.queries.placing import GONE_WORDS
from kimppa.circulation.rules.holds import Copy, Waiting
from kimppa.circulation.rules.loans import catalogue_words
from kimppa.circulation.rules.pulling import LOAD_DAYS, NOT_FOUND_DAYS, OnShelf, by_record
from kimppa.organisations.models import Branch

ASKED = PullRequest.State.ASKED
# The columns of Item that make a Copy, in its order.
AS_COPY = ("pk", "branch_id", "item_type", "shelving_location", "library_id")


def is_awake(day: date, prefix: str = "") -> Q:
    """Return the condition that a hold is neither frozen nor past the day it was wanted by."""
    before, after = f"{prefix}not_before_date", f"{prefix}wanted_by_date"
    return (Q(**{before: None}) | Q(**{f"{before}__lte": day})) & (
        Q(**{after: None}) | Q(**{f"{after}__gte": day})
    )


def unanswered_queues(day: date, records: Collection[int]) -> dict[int, list[Waiting]]:
    """Return the waiting holds of these records for which no branch is asked yet, by record."""
    # Looked up here: to a database whose statistics lag behind, joining looks cheap and is not.
    asked = set(PullRequest.objects.filter(state=ASKED).values_list("hold", flat=True))
    rows = (
        Hold.objects.filter(is_awake(day), state=Hold.State.WAITING)
        .order_by("record", "rank", "pk")
        .values_list("record_id", *AS_WAITING)
    )
    return by_record(
        (record, Waiting(*row))
        for record, *row in rows.iterator(chunk_size=5000)
        if record in records and row[0] not in asked
    )


def wanted_on_shelves(now: datetime) -> dict[int, list[OnShelf]]:
    """Return by record what stands on a shelf and has a queue.

    Two million items are not looked at one by one: the queues lead to their records' items.
    """
    records = Hold.objects.filter(state=Hold.State.WAITING).order_by().values("record").distinct()
    lately = now - timedelta(days=NOT_FOUND_DAYS)
    in_vain = Q(state=PullRequest.State.NOT_FOUND, answered_at__gte=lately)
    left_out = set(
        PullRequest.objects.filter(Q(state=ASKED) | in_vain).values_list("item", flat=True)
    )
    rows = (
        Item.objects.filter(
            Q(state=None) | Q(state__status=ItemState.Status.ON_SHELF),
            ~Exists(Loan.objects.filter(item=OuterRef("pk"), ended_at=None)),
            record__in=records,
        )
        .order_by("pk")
        .values_list("record_id", "status", "state__branch_id", *AS_COPY)
    )
    found: dict[int, list[OnShelf]] = defaultdict(list)
    for record, status, away, *row in rows.iterator(chunk_size=5000):
        copy = Copy(*row)
        branch = away or copy.home
        if copy.number in left_out or catalogue_words(status) & GONE_WORDS:
            continue
        if branch is not None:
            found[record].append(OnShelf(copy, branch))
    return found


def loads(now: datetime) -> dict[int, int]:
    """Return how many items each branch was asked for in the last days."""
    since = now - timedelta(days=LOAD_DAYS)
    rows = PullRequest.objects.filter(asked_at__gte=since).order_by().values_list("branch")
    return dict(rows.annotate(asked=Count("pk")))


def outdated(day: date) -> QuerySet[PullRequest]:
    """Return what branches are still asked for though nobody needs it, or it is no longer there."""
    loans = Loan.objects.filter(item=OuterRef("item"), ended_at=None)
    moved = ItemState.objects.filter(item=OuterRef("item")).exclude(
        status=ItemState.Status.ON_SHELF
    )
    return PullRequest.objects.filter(state=ASKED).filter(
        ~Q(hold__state=Hold.State.WAITING)
        | ~is_awake(day, "hold__")
        | Exists(loans)
        | Exists(moved)
    )


def pull_list(branch: Branch, day: date) -> QuerySet[PullRequest]:
    """Return what the branch is asked to fetch, as one walks along the shelves."""
    over = outdated(day).values("pk")
    return (
        PullRequest.objects.filter(branch=branch, state=ASKED)
        .exclude(pk__in=over)
        .select_related("item__record", "hold__pickup_branch", "taken_by")
        .defer("item__raw", "item__record__packed_marc", "item__record__packed_provenance")
        .order_by("item__shelving_location", "item__call_number", "item__record__title_key", "pk")
    )


def last_asked_at() -> datetime | None:
    """Return when branches were last asked for something new."""
    rows = PullRequest.objects.order_by("-asked_at").values_list("asked_at", flat=True)
    return rows.first()
