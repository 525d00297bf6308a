"""Verbs that make and remove libraries and branches as the catalogue brings them."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import ProtectedError

from kimppa.organisations.models import Branch, Consortium, Library

DEFAULT_CONSORTIUM = "kimppa"


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
