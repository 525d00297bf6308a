"""Doing something only to see what it would come to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rehearsal(*, dry_run: bool) -> Iterator[None]:
    """Take back, when it is a dry run, all that is done inside; nothing waits for a commit either.

    The counts of a dry run are thus those of the work itself. What it touches is locked for
    others until it ends.
    """
    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
