"""What the rules of use and circulation know of patrons: ages, what keeps them, what would move."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kimppa.circulation.models import Fee, Hold, Loan
from kimppa.circulation.queries.policy import rule_set_in_force
from kimppa.circulation.rules.policy import Case, Policy
from kimppa.patrons.models import Guardianship, Patron, PatronCategory, PatronMerge
from kimppa.patrons.queries import dependents_come_of_age
from kimppa.patrons.rules.ages import Ages, born_by


def age_rules(
    policy: Policy, *, category: PatronCategory | None = None, library: int | None = None
) -> Ages:
    """Return the ages that the rules of use ask for."""
    case = Case(category=category.pk if category else None, library=library)
    return Ages(
        card_from=policy["card_from_years", case],
        guardian_needed_below=policy["guardian_needed_below_years", case],
    )


def merge_undo_days(policy: Policy, patron: Patron) -> int:
    """Return for how many days a merge into the patron can be undone."""
    return policy["merge_undo_days", Case(category=patron.category_id, library=patron.library_id)]


class EraseObstacle(StrEnum):
    """Why a patron's data cannot go yet."""

    OPEN_LOANS = "open_loans"
    OPEN_HOLDS = "open_holds"
    OPEN_FEES = "open_fees"


def erase_obstacles(patron: Patron) -> list[EraseObstacle]:
    """Return what of circulation stands in the way of erasing the patron's data."""
    found = {
        EraseObstacle.OPEN_LOANS: Loan.objects.open().filter(patron=patron).exists(),
        EraseObstacle.OPEN_HOLDS: Hold.objects.open().filter(patron=patron).exists(),
        EraseObstacle.OPEN_FEES: Fee.objects.filter(patron=patron, open_cents__gt=0).exists(),
    }
    return [reason for reason, is_so in found.items() if is_so]


def purgeable(policy: Policy, *, on: date) -> QuerySet[Patron]:
    """Return those whom the retention rule no longer keeps (users.md 1.9, X3).

    Unused for the years in the rules, with nothing on loan, on hold or unpaid, and answering for
    no child and no institution. Years of 0 keep for ever.
    """
    unused = Q(pk__in=[])
    for part in _unused(policy, on):
        unused |= part
    own = OuterRef("pk")
    return (
        Patron.objects.present()
        .filter(
            unused,
            ~Exists(Loan.objects.open().filter(patron=own)),
            ~Exists(Hold.objects.open().filter(patron=own)),
            ~Exists(Fee.objects.filter(patron=own, open_cents__gt=0)),
            ~Exists(Guardianship.objects.filter(guardian=own, ended_date=None)),
        )
        .exclude(
            pk__in=Patron.objects.present()
            .exclude(responsible_adult=None)
            .values("responsible_adult")
        )
    )


def _unused(policy: Policy, on: date) -> Iterator[Q]:
    """Iterate over the conditions: one for each number of years that the rules name."""
    pairs = Patron.objects.present().values_list("category", "library").distinct().order_by()
    by_years: dict[int, list[tuple[int, int]]] = {}
    for category, library in pairs:
        years = policy["purge_after_years", Case(category=category, library=library)]
        by_years.setdefault(years, []).append((category, library))
    common = max(by_years, key=lambda years: len(by_years[years]), default=0)
    others = Q(pk__in=[])
    for years, cells in by_years.items():
        if years == common:
            continue
        here = Q(pk__in=[])
        for category, library in cells:
            here |= Q(category=category, library=library)
        others |= here
        if years:
            yield here & Q(last_active_date__lt=born_by(on, years))
    if common:
        yield ~others & Q(last_active_date__lt=born_by(on, common))


def purge_preview(policy: Policy, *, on: date) -> list[tuple[str, int]]:
    """Return how many would be erased in each library, by its name; counts only."""
    rows = purgeable(policy, on=on).values_list("library__name").annotate(n=Count("pk"))
    return sorted(rows.order_by())


def what_they_have(patron: Patron) -> Counter[str]:
    """Return how many rows of each kind the patron has, as a merge's preview lists them."""
    loans, holds = Loan.objects.filter(patron=patron), Hold.objects.filter(patron=patron)
    fees = Fee.objects.filter(patron=patron, open_cents__gt=0)
    return Counter(
        cards=patron.cards.count(),
        open_loans=loans.filter(ended_at=None).count(),
        past_loans=loans.exclude(ended_at=None).count(),
        holds=holds.filter(state__in=Hold.OPEN).count(),
        fees=fees.count(),
        fee_cents=sum(fees.values_list("open_cents", flat=True)),
        blocks=patron.blocks.filter(ended_at=None).count(),
        messages=patron.notices.count(),
        message_choices=patron.message_choices.count(),
        guardians=patron.guardianships.filter(ended_date=None).count(),
        dependents=patron.dependents.filter(ended_date=None).count(),
        institutions=Patron.objects.present().filter(responsible_adult=patron).count(),
        notes=patron.notes.count(),
        consents=patron.consents.filter(withdrawn_at=None).count(),
    )


def due_guardianships(policy: Policy, *, now: datetime) -> int:
    """Return how many guardianships the night would end."""
    limit = age_rules(policy).guardian_needed_below
    return dependents_come_of_age(on=timezone.localdate(now), guardian_needed_below=limit).count()


def due_merges(*, now: datetime) -> int:
    """Return how many merges the night would make final."""
    return PatronMerge.objects.filter(undone_at=None, settled_at=None, undo_until__lt=now).count()


def rules_name(day: date) -> str:
    """Return the name of the rules of use in force on the day; empty where none are."""
    found = rule_set_in_force(day)
    return found.name if found else ""
