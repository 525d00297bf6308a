"""Say which branches' items fill each other's holds, for which type of item and from when."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import QueueArea, QueueAreaBranch
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event


class AreaProblem(StrEnum):
    """Why a queue area cannot be set so."""

    NO_BRANCHES = "no_branches"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    BEGINS_IN_THE_PAST = "begins_in_the_past"
    ENDS_IN_THE_PAST = "ends_in_the_past"


class AreaRefused(Refused[AreaProblem]):
    """The queue areas were left as they are, for these reasons."""


@transaction.atomic
def add_queue_area(
    *,
    name: str,
    branches: Collection[Branch],
    item_type: str,
    valid_from: date,
    valid_to: date | None,
    by: StaffAccount | None,
    now: datetime,
    decision: str = "",
) -> QueueArea:
    """Let the branches' items of the type (empty: any) fill each other's holds in those days.

    No place in a queue is lost: holds stay as they are, and which items may go to them follows
    from the areas of the day. Raises AreaRefused.
    """
    problems = []
    if not branches:
        problems.append(AreaProblem.NO_BRANCHES)
    if valid_from < timezone.localdate(now):
        problems.append(AreaProblem.BEGINS_IN_THE_PAST)
    if valid_to and valid_to < valid_from:
        problems.append(AreaProblem.ENDS_BEFORE_IT_BEGINS)
    if problems:
        raise AreaRefused(problems)
    area = QueueArea.objects.create(
        name=name, item_type=item_type, valid_from=valid_from, valid_to=valid_to
    )
    QueueAreaBranch.objects.bulk_create(
        QueueAreaBranch(area=area, branch=branch) for branch in branches
    )
    details = {
        "branches": sorted(f"{branch.library.code}/{branch.code}" for branch in branches),
        "item_type": item_type,
        "from": valid_from.isoformat(),
        "to": valid_to.isoformat() if valid_to else None,
    }
    _log("add queue area", area, by, now, details, decision)
    return area


@transaction.atomic
def end_queue_area(
    *, area: QueueArea, last_date: date | None, by: StaffAccount | None, now: datetime
) -> QueueArea:
    """Set the last day of the area; None: until further notice. Raises AreaRefused.

    An area that would end before it begins never comes into force; it stays on record.
    """
    area = QueueArea.objects.select_for_update().get(pk=area.pk)
    if last_date == area.valid_to:
        return area
    today = timezone.localdate(now)
    is_over = area.valid_to is not None and area.valid_to < today
    if is_over or (last_date is not None and last_date < today and area.valid_from <= today):
        raise AreaRefused([AreaProblem.ENDS_IN_THE_PAST])
    before, area.valid_to = area.valid_to, last_date
    area.save(update_fields=["valid_to"])
    details = {
        "from": before.isoformat() if before else None,
        "to": last_date.isoformat() if last_date else None,
    }
    _log("end queue area", area, by, now, details)
    return area


def _log(
    action: str,
    area: QueueArea,
    by: StaffAccount | None,
    now: datetime,
    details: Mapping[str, object],
    decision: str = "",
) -> None:
    record_event(
        now=now,
        by=by,
        action=action,
        kind="queue area",
        object_id=area.pk,
        details=details,
        reason=decision,
    )
