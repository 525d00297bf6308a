"""Contact details and PINs that a merge takes over from the entry that goes, and their way back.

Rows of the kind change places, so that nothing is lost: the kept entry's own rest with the other
one until the merge is undone or settled.
"""

from datetime import date, datetime
from typing import Any

from kimppa.patrons.models import Patron, Pin
from kimppa.patrons.queries.merging import ContactKind

Swap = dict[str, Any]  # as it stands in PatronMerge.replaced


def swap_contacts(kind: ContactKind, *, kept: Patron, gone: Patron) -> Swap:
    """Let the two entries' rows of the kind change places; return what gives them back."""
    own = list(kind.objects.filter(patron=kept).values_list("pk", flat=True))
    theirs = list(kind.objects.filter(patron=gone))
    before = {str(row.pk): [row.is_primary, _text(row.valid_to)] for row in theirs}
    _exchange(kind, to_kept=[row.pk for row in theirs], to_gone=own, kept=kept, gone=gone)
    return {"to_gone": own, "to_kept": before}


def swap_contacts_back(kind: ContactKind, swap: Swap, *, kept: Patron, gone: Patron) -> None:
    """Give each entry its rows of the kind back, those that went as they were.

    What was given to the kept entry since then stays with it and is used first.
    """
    before: dict[str, list[Any]] = swap["to_kept"]
    back = list(kind.objects.filter(patron=kept, pk__in=map(int, before)))
    since = kind.objects.filter(patron=kept, is_primary=True, valid_to=None).exclude(
        pk__in=[row.pk for row in back]
    )
    own = kind.objects.filter(patron=gone, pk__in=swap["to_gone"])
    if since.exists():
        own.update(is_primary=False)
    numbers = list(own.values_list("pk", flat=True))
    _exchange(kind, to_kept=numbers, to_gone=[row.pk for row in back], kept=kept, gone=gone)
    for row in back:
        is_primary, valid_to = before[str(row.pk)]
        row.patron, row.is_primary, row.valid_to = gone, is_primary, _date(valid_to)
        row.save()


def _exchange(
    kind: ContactKind, *, to_kept: list[int], to_gone: list[int], kept: Patron, gone: Patron
) -> None:
    # One primary to a patron at every moment: on the way nobody's is.
    moving = kind.objects.filter(pk__in=[*to_kept, *to_gone])
    primary = list(moving.filter(is_primary=True).values_list("pk", flat=True))
    moving.update(is_primary=False)
    kind.objects.filter(pk__in=to_kept).update(patron=kept)
    kind.objects.filter(pk__in=to_gone).update(patron=gone)
    kind.objects.filter(pk__in=primary).update(is_primary=True)


def take_pin(*, kept: Patron, gone: Patron) -> Swap:
    """Give the kept entry the other's PIN; return what it had."""
    theirs = Pin.objects.get(patron=gone)
    own = Pin.objects.filter(patron=kept).first()
    before = own and {"hash": own.hash, "set_at": own.set_at.isoformat()}
    Pin.objects.update_or_create(
        patron=kept,
        defaults={
            "hash": theirs.hash,
            "set_at": theirs.set_at,
            "failures": theirs.failures,
            "locked_until": theirs.locked_until,
        },
    )
    return {"before": before}


def give_pin_back(swap: Swap, *, kept: Patron, gone: Patron) -> None:
    """Give the kept entry its own PIN back, unless another was chosen since."""
    theirs = Pin.objects.filter(patron=gone).first()
    now_kept = Pin.objects.filter(patron=kept).first()
    if now_kept is None or theirs is None or now_kept.hash != theirs.hash:
        return
    if swap["before"] is None:
        now_kept.delete()
        return
    now_kept.hash = swap["before"]["hash"]
    now_kept.set_at = datetime.fromisoformat(swap["before"]["set_at"])
    now_kept.failures, now_kept.locked_until = 0, None
    now_kept.save()


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
