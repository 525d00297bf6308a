"""Verbs that make, change and remove libraries, branches, desks and bus stops."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.forms.models import model_to_dict

from kimppa.organisations.models import (
    Branch,
    BusStop,
    Consortium,
    DataProtectionContact,
    Desk,
    Library,
    StaffAccount,
)
from kimppa.organisations.operations.log import record_event

DEFAULT_CONSORTIUM = "kimppa"
Unit = Library | Branch | Desk | BusStop | DataProtectionContact


def ensure_consortium() -> Consortium:
    """Return the consortium, made with a plain name when there is none yet."""
    consortium = Consortium.objects.order_by("pk").first()
    if consortium:
        return consortium
    return Consortium.objects.create(code=DEFAULT_CONSORTIUM, name="Kimppa")


def ensure_library(*, code: str) -> tuple[Library, bool]:
    """Return the library with this code and whether it was made now."""
    library = Library.objects.filter(code=code).first()
    if library:
        return library, False
    return Library.objects.create(consortium=ensure_consortium(), code=code, name=code), True


def ensure_branch(*, library: Library, code: str) -> tuple[Branch, bool]:
    """Return the library's branch with this code and whether it was made now."""
    return Branch.objects.get_or_create(library=library, code=code, defaults={"name": code})


@transaction.atomic
def remove_unused(*, libraries: Iterable[int], branches: Iterable[int]) -> None:
    """Remove those of the given libraries and branches that nothing refers to any more."""
    for rows in (Branch.objects.filter(pk__in=branches), Library.objects.filter(pk__in=libraries)):
        for row in rows:
            try:
                row.delete()
            except ProtectedError:
                continue


@transaction.atomic
def save_unit(*, unit: Unit, now: datetime, by: StaffAccount) -> bool:
    """Keep a unit that a form made or changed; return whether that changed anything."""
    rows = type(unit).objects.select_for_update()
    known = rows.filter(pk=unit.pk).first() if unit.pk else None
    before = _values(known) if known else {}
    after = _values(unit)
    changed = [name for name, value in after.items() if before.get(name) != value]
    if known and not changed:
        return False
    unit.save()
    details = {name: [before.get(name), after[name]] for name in changed}
    _log("change" if known else "add", unit, details, now=now, by=by)
    return True


@transaction.atomic
def remove_unit(*, unit: Desk | BusStop, now: datetime, by: StaffAccount) -> None:
    """Remove a desk or a bus stop; what was done there stays in the log under its branch."""
    _log("remove", unit, _values(unit), now=now, by=by)
    unit.delete()


def _values(unit: Unit) -> dict[str, object]:
    """Return a row's columns as the log can keep them."""
    values = model_to_dict(unit)
    return {
        name: value if value is None or isinstance(value, int) else str(value)
        for name, value in values.items()
        if name != "id"
    }


def _log(
    verb: str,
    unit: Unit,
    details: Mapping[str, object],
    *,
    now: datetime,
    by: StaffAccount,
) -> None:
    kind = type(unit).__name__.lower()
    branch = unit if isinstance(unit, Branch) else getattr(unit, "branch", None)
    record_event(
        now=now,
        by=by,
        branch=branch or getattr(unit, "bus", None),
        action=f"{verb} unit",
        kind=kind,
        object_id=unit.pk,
        details=details,
    )
