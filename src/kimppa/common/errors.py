"""Errors whose message tells the reader what happened, what is safe and what to do next."""

from collections.abc import Iterable
from typing import Generic, TypeVar

Reason = TypeVar("Reason")


class CannotRun(Exception):
    """The command could not do its work at all; its message names the remedy. Exit code 2."""


class Refused(Exception, Generic[Reason]):
    """An operation that was not done, with all its reasons at once; nothing was changed."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(", ".join(str(reason) for reason in self.reasons))
