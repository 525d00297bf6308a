"""How lines of the program's log look: an error tells where and of what kind, not what it said."""

import logging
import traceback

from django.conf import settings


class WithoutData(logging.Formatter):
    """Leaves out the messages of exceptions, for databases and parsers quote data in them."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's own name
        """Return the calls that led to the error and its kind, causes first."""
        if settings.DEBUG:  # a developer's own machine
            return super().formatException(ei)  # type: ignore[arg-type]
        error = ei[1]  # type: ignore[index]
        return "\n".join(_told(error))


def _told(error: BaseException | None) -> list[str]:
    """Return the lines about an error, after those about what caused it."""
    if error is None:
        return []
    before = _told(error.__cause__ or error.__context__)
    calls = [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return [*before, *calls, f"{kind} (its message may hold personal data and is left out)"]
