"""Run a trial of other rules, keep what came of it, and stop it when asked."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from kimppa.circulation import past_loans
from kimppa.circulation.models import RuleSet, Simulation
from kimppa.circulation.queries.policy import policy_of
from kimppa.circulation.rules.simulation import Outcome, PastLoan, simulate
from kimppa.organisations.models import Library, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import PatronCategory

STEP = 2_000  # loans between two looks at whether to go on
COUNTED = ("blocked_patrons", "blocked_days", "loans_without_patron")


class Stopped(Exception):
    """Somebody asked for the trial to stop."""


@transaction.atomic
def begin_simulation(
    *,
    old: RuleSet,
    new: RuleSet,
    first: date,
    last: date,
    by: StaffAccount | None,
    now: datetime,
) -> Simulation:
    """Note that a trial begins and return it; ``run_simulation`` does the work."""
    made = Simulation.objects.create(
        old=old,
        new=new,
        first=first,
        last=last,
        by=by,
        began_at=now,
        heard_at=now,
        total=past_loans.count(first, last),
    )
    record_event(now=now, by=by, action="simulate rules", kind="simulation", object_id=made.pk)
    return made


def run_simulation(*, number: int, clock: Callable[[], datetime], today: date) -> Simulation:
    """Do the trial's work and keep its outcome; one that is done stays as it is."""
    trial = Simulation.objects.get(pk=number)
    if trial.state != Simulation.State.RUNNING:
        return trial
    policies = [policy_of(trial.old_id), policy_of(trial.new_id)]
    loans = _watched(trial, past_loans.from_database(trial.first, trial.last), clock)
    try:
        outcomes = simulate(loans, policies, today=today, closed=past_loans.Calendar())
    except Stopped:
        return Simulation.objects.get(pk=number)
    except Exception as error:  # whatever it was, the page must not wait for ever
        Simulation.objects.filter(pk=number, state=Simulation.State.RUNNING).update(
            state=Simulation.State.FAILED, trouble=type(error).__name__
        )
        raise
    Simulation.objects.filter(pk=number, state=Simulation.State.RUNNING).update(
        state=Simulation.State.DONE,
        outcome=[plain(outcome) for outcome in outcomes],
        done=outcomes[0].total.loans,
        heard_at=clock(),
    )
    return Simulation.objects.get(pk=number)


def _watched(
    trial: Simulation, loans: Iterator[PastLoan], clock: Callable[[], datetime]
) -> Iterator[PastLoan]:
    """Hand the loans on, say how far it is, and stop when the trial no longer runs."""
    done = 0
    while batch := list(islice(loans, STEP)):
        yield from batch
        done += len(batch)
        going_on = Simulation.objects.filter(pk=trial.pk, state=Simulation.State.RUNNING)
        if not going_on.update(done=done, heard_at=clock()):
            raise Stopped


def stop_simulation(*, simulation: Simulation, by: StaffAccount | None, now: datetime) -> None:
    """Ask a running trial to stop; one that is over stays as it is."""
    if Simulation.objects.filter(pk=simulation.pk, state=Simulation.State.RUNNING).update(
        state=Simulation.State.STOPPED
    ):
        record_event(
            now=now, by=by, action="stop simulation", kind="simulation", object_id=simulation.pk
        )


def plain(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome with codes in place of rows' numbers, ready for JSON."""
    libraries: dict[int | None, str] = dict(Library.objects.values_list("pk", "code"))
    categories: dict[int | None, str] = dict(PatronCategory.objects.values_list("pk", "code"))
    return {
        "total": asdict(outcome.total),
        "by_library": {libraries.get(k, ""): asdict(v) for k, v in outcome.by_library.items()},
        "by_category": {categories.get(k, ""): asdict(v) for k, v in outcome.by_category.items()},
        **{name: getattr(outcome, name) for name in COUNTED},
    }
