"""Where a simulation's loans come from: a CSV file, or the loans of the database."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from kimppa.circulation.models import Loan
from kimppa.circulation.rules.policy import Case
from kimppa.circulation.rules.simulation import PastLoan
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import Branch, Library
from kimppa.organisations.queries import closed_days, midnight
from kimppa.patrons.models import PatronCategory

COLUMNS = ("began", "returned", "renewals", "category", "item_type", "library", "branch")
OPTIONAL = ("shelving_location", "patron")


def from_csv(path: Path) -> Iterator[PastLoan]:
    """Iterate over the loans of a CSV file with the columns named above; dates are YYYY-MM-DD.

    Codes that the database does not know count as *any other*. Raises CannotRun with the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if missing := set(COLUMNS) - set(reader.fieldnames or ()):
                raise CannotRun(f"{path} has no column {', '.join(sorted(missing))}.")
            case = _cases()
            for row in reader:
                yield _past_loan(row, case, f"{path}, line {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from error


def _past_loan(
    row: Mapping[str, str | None], case: Callable[[Mapping[str, str]], Case], where: str
) -> PastLoan:
    given = {key: value or "" for key, value in row.items() if key}
    try:
        return PastLoan(
            began=date.fromisoformat(given["began"][:10]),
            returned=date.fromisoformat(given["returned"][:10]) if given["returned"] else None,
            renewals=int(given["renewals"] or 0),
            case=case(given),
            patron=given.get("patron", ""),
        )
    except ValueError as error:
        raise CannotRun(f"{where}: {error}. Dates are written 2026-03-01.") from error


def _cases() -> Callable[[Mapping[str, str]], Case]:
    """Return what makes a case of a row's codes, asking the database once."""
    categories = dict(PatronCategory.objects.values_list("code", "pk"))
    libraries = dict(Library.objects.values_list("code", "pk"))
    branches = {
        (library, code): pk
        for library, code, pk in Branch.objects.values_list("library__code", "code", "pk")
    }

    def case(row: Mapping[str, str]) -> Case:
        return Case(
            category=categories.get(row["category"]),
            item_type=row["item_type"],
            shelving_location=row.get("shelving_location", ""),
            library=libraries.get(row["library"]),
            branch=branches.get((row["library"], row["branch"])),
        )

    return case


def _between(first: date, last: date) -> QuerySet[Loan]:
    return Loan.objects.filter(
        kind=Loan.Kind.LOAN,
        began_at__gte=midnight(first),
        began_at__lt=midnight(last + timedelta(1)),
    )


def count(first: date, last: date) -> int:
    """Return how many loans began between the days."""
    return _between(first, last).count()


def from_database(first: date, last: date) -> Iterator[PastLoan]:
    """Iterate over the loans that began between the days; most have no patron any more."""
    categories = dict(PatronCategory.objects.values_list("code", "pk"))
    rows = _between(first, last).values_list(
        "began_at",
        "ended_at",
        "renewals",
        "category_code",
        "item__item_type",
        "item__shelving_location",
        "branch__library",
        "branch",
        "patron",
    )
    for (
        began,
        ended,
        renewals,
        category,
        item_type,
        location,
        library,
        branch,
        patron,
    ) in rows.iterator(chunk_size=5_000):
        yield PastLoan(
            began=timezone.localdate(began),
            returned=timezone.localdate(ended) if ended else None,
            renewals=renewals,
            case=Case(categories.get(category), item_type, location, library, branch),
            patron=str(patron or ""),
        )


class Calendar:
    """The days on which branches are closed, each branch's month asked for once."""

    def __init__(self) -> None:
        self._branches = Branch.objects.in_bulk()
        self._month = cache(self._asked)

    def __call__(self, branch: int | None, first: date, last: date) -> Collection[date]:
        if branch is None:
            return ()
        shut: set[date] = set()
        day = first.replace(day=1)
        while day <= last:
            shut |= {one for one in self._month(branch, day) if first <= one <= last}
            day = (day + timedelta(31)).replace(day=1)
        return shut

    def _asked(self, branch: int, first: date) -> frozenset[date]:
        last = (first + timedelta(31)).replace(day=1) - timedelta(1)
        return frozenset(closed_days(self._branches[branch], first, last))
