"""Lend an item: every reason against it at once, or the loan and which rules made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Hold, ItemState, Loan
from kimppa.circulation.operations import holds
from kimppa.circulation.operations.settling import forgive_replacement
from kimppa.circulation.operations.standing import (
    Standing,
    locked_borrower,
    locked_item,
    standing_of,
)
from kimppa.circulation.queries.facts import Facts, facts
from kimppa.circulation.queries.loans import (
    borrower,
    lending_case,
    lending_terms,
    loan_period,
    others_wait,
    own_open_hold,
)
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.queries.policy import kept_policy
from kimppa.circulation.rules.due import due_date
from kimppa.circulation.rules.loans import (
    GONE,
    Authority,
    Copy,
    Problem,
    Reason,
    Warn,
    authority_problems,
    borrower_problems,
    card_problems,
    catalogue_words,
    copy_problems,
    loan_count_problems,
    that_stand,
)
from kimppa.circulation.rules.policy import Answer, Case, Policy
from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Card, Patron

NOON = time(12)
LOST_SIGHT_OF = (ItemState.Status.LOST, ItemState.Status.MISSING)


class CheckOutRefused(Refused[Reason]):
    """Not lent, with all the reasons; nothing was changed."""


@dataclass(frozen=True)
class CheckedOut:
    """A loan that was made, when it falls due and which rules said so.

    ``hold`` is the patron's own hold that it filled. ``overridden`` are the reasons that were let
    pass. ``is_repeat`` says that the loan was there already and nothing was changed.
    ``open_loans`` is how many the patron has with it, ``is_last`` that the rules allow no more.
    """

    loan: Loan
    due_date: date
    answers: Mapping[str, Answer]
    hold: Hold | None = None
    warnings: Sequence[Warn] = ()
    overridden: Sequence[Reason] = ()
    is_repeat: bool = False
    open_loans: int = 0
    is_last: bool = False


@dataclass
class _Lending:
    """One check-out while it is being decided, with the item and the patron locked."""

    standing: Standing
    facts: Facts
    patron: Patron
    branch: Branch
    by: StaffAccount | None
    now: datetime
    began_at: datetime
    policy: Policy
    kind: str
    authority: Authority | None

    @property
    def day(self) -> date:
        return timezone.localdate(self.began_at)

    @property
    def case(self) -> Case:
        return lending_case(self.patron.category_id, self.standing.item, self.branch)


@transaction.atomic
def check_out(
    *,
    item: Item,
    patron: Patron,
    branch: Branch,
    by: StaffAccount | None,
    now: datetime,
    card: Card | None = None,
    kind: str = Loan.Kind.LOAN,
    override: str | None = None,
    on_date: date | None = None,
    authority: Authority | None = None,
) -> CheckedOut:
    """Lend the item to the patron at the branch and return the loan.

    ``override`` is the reason given by someone whose permission the caller has checked; it lets
    pass what ``rules.loans.OVERRIDABLE`` names. ``on_date`` is the day of a loan made while the
    line was down. ``authority`` is by what right somebody else fetches it for the patron; the
    log keeps it, and never who it was. The same loan again on the same day changes nothing.
    Raises CheckOutRefused.
    """
    began_at = now if on_date is None else timezone.make_aware(datetime.combine(on_date, NOON))
    locked, owner = locked_item(item.pk), locked_borrower(patron.pk)
    known = facts(
        locked,
        timezone.localdate(began_at),
        patron=owner.pk,
        card=card.pk if card else None,
        branch=branch,
    )
    lending = _Lending(
        standing=standing_of(locked, known),
        facts=known,
        patron=owner,
        branch=branch,
        by=by,
        now=now,
        began_at=began_at,
        policy=kept_policy(known.rule_set, known.published_at),
        kind=kind,
        authority=authority,
    )
    if _is_repeat(lending):
        return _same_again(lending)
    found = _problems(lending)
    if on_date is not None:
        found += _moved_since(lending)
    if that_stand(found, overridden=bool(override)):
        raise CheckOutRefused(found)
    return _lend(lending, found, override or "")


def _is_repeat(lending: _Lending) -> bool:
    loan = lending.standing.loan
    return (
        loan is not None
        and loan.patron_id == lending.patron.pk
        and timezone.localdate(loan.began_at) == lending.day
    )


def _same_again(lending: _Lending) -> CheckedOut:
    loan = lending.standing.loan
    assert loan is not None  # noqa: S101 - _is_repeat has seen it
    _attach(loan, lending)
    return CheckedOut(loan, loan.due_date, {}, is_repeat=True)


def _problems(lending: _Lending) -> list[Reason]:
    """Return everything that speaks against it; the patron's own reasons first."""
    case, patron = lending.case, lending.patron
    terms = lending_terms(lending.policy, case)
    who = borrower(
        patron,
        lending.policy,
        lending.branch,
        lending.day,
        young=terms.guardian_needed_below_years.value,
        facts=lending.facts,
    )
    found = borrower_problems(who, terms, lending.branch.pk)
    if (status := lending.facts.card_status) is not None:
        found += card_problems(status, is_theirs=lending.facts.card_patron == patron.pk)
    copy = _copy(lending)
    found += authority_problems(
        lending.authority,
        has_card=lending.facts.card_status is not None,
        is_their_hold=lending.facts.is_set_aside and not copy.is_set_aside_for_another,
    )
    found += loan_count_problems(who, terms)
    return found + copy_problems(copy, terms)


def _copy(lending: _Lending) -> Copy:
    standing = lending.standing
    loan = standing.loan
    return Copy(
        status=standing.status,
        catalogue_status=standing.item.status,
        is_lent=loan is not None,
        is_lent_to_them=loan is not None and loan.patron_id == lending.patron.pk,
        is_set_aside_for_another=_is_set_aside_for_another(lending),
    )


def _is_set_aside_for_another(lending: _Lending) -> bool:
    if not lending.facts.is_set_aside:
        return False
    held = Hold.objects.filter(
        item=lending.standing.item, state__in=[Hold.State.READY, Hold.State.IN_TRANSIT]
    )
    return held.exclude(patron=lending.patron).exists()


def _moved_since(lending: _Lending) -> list[Reason]:
    """Return a reason when the item was lent then or later: told too late, or told twice."""
    later = Loan.objects.filter(item=lending.standing.item, began_at__gte=lending.began_at)
    return [Reason(Problem.MOVED_SINCE)] if later.exists() else []


def _lend(lending: _Lending, passed: Sequence[Reason], override: str) -> CheckedOut:
    item = lending.standing.item
    known = lending.facts
    own = own_open_hold(lending.patron, item) if known.has_own_hold else None
    is_waited_for = known.has_queue and others_wait(item, own, lending.day, lending.policy)
    warnings = _warnings(lending, is_waited_for=is_waited_for)
    warnings += _take_from_where_it_was(lending, own)
    answer = loan_period(lending.policy, lending.case, others_wait=is_waited_for)
    days = answer.value if lending.kind == Loan.Kind.LOAN else 0
    loan = Loan.objects.create(
        item=item,
        patron=lending.patron,
        kind=lending.kind,
        branch=lending.branch,
        by=lending.by,
        began_at=lending.began_at,
        due_date=due_date(lending.day, days, known.timetable),
        category_code=lending.patron.category.code,
        terms={answer.name: as_terms(answer)},
    )
    _attach(loan, lending)
    if own is not None:
        own = holds.fill(hold=own, loan=loan, now=lending.now)
    _note_activity(lending.patron, lending.day)
    record_event(
        now=lending.now,
        by=lending.by,
        branch=lending.branch,
        action="check out",
        kind="loan",
        object_id=loan.pk,
        details={
            "item": item.pk,
            "due": loan.due_date.isoformat(),
            **({"authority": lending.authority.value} if lending.authority else {}),
            **({"overridden": [str(each) for each in passed]} if passed else {}),
        },
        reason=override if passed else "",
    )
    case = who_and_where(lending.patron.category_id, lending.branch)
    return CheckedOut(
        loan=loan,
        due_date=loan.due_date,
        answers={answer.name: answer},
        hold=own,
        warnings=warnings,
        overridden=passed,
        open_loans=known.open_loans + 1,
        is_last=0 < lending.policy["max_loans", case] <= known.open_loans + 1,
    )


def _warnings(lending: _Lending, *, is_waited_for: bool) -> list[Warn]:
    status = lending.standing.status
    expires = lending.patron.expires_date
    told = {
        Warn.FOUND: status in LOST_SIGHT_OF,
        Warn.WAS_IN_TRANSIT: status == ItemState.Status.IN_TRANSIT,
        Warn.WAS_IN_PROCESSING: status == ItemState.Status.PROCESSING,
        Warn.OTHERS_WAIT: is_waited_for,
        Warn.DETAILS_TO_CHECK: expires is not None and expires < lending.day,
        Warn.CATALOGUE_STATUS: bool(catalogue_words(lending.standing.item.status) & GONE),
    }
    return [warning for warning, is_so in told.items() if is_so]


def _take_from_where_it_was(lending: _Lending, own: Hold | None) -> list[Warn]:
    """End the item's way, put another's hold back to its queue, find what was lost."""
    standing = lending.standing
    if transit := standing.open_transit():
        transit.ended_at, transit.arrived_branch = lending.now, lending.branch
        transit.save(update_fields=["ended_at", "arrived_branch"])
    if lending.facts.is_set_aside and (own is None or own.item_id != standing.item.pk):
        holds.put_back(item=standing.item, now=lending.now)
    paid_cents = 0
    if standing.status == ItemState.Status.LOST:
        paid_cents = forgive_replacement(
            standing.item, by=lending.by, branch=lending.branch, now=lending.now
        ).paid_cents
    standing.leave()
    return [Warn.REPLACEMENT_FEE_PAID] if paid_cents else []


def _attach(loan: Loan, lending: _Lending) -> None:
    """Give the loan the rows at hand, so that a page need not ask for them again."""
    loan.item, loan.patron, loan.branch = lending.standing.item, lending.patron, lending.branch


def _note_activity(patron: Patron, day: date) -> None:
    if patron.last_active_date < day:
        patron.last_active_date = day
        patron.save(update_fields=["last_active_date"])


def as_terms(answer: Answer) -> list[object]:
    """Return the answer as a loan keeps it: the value, the rule's number and those it beat."""
    rule = answer.rule.number if answer.rule else None
    return [answer.value, rule, [beaten.number for beaten in answer.beaten]]
