"""Whether something may be lent or renewed; every reason against it at once, with its figures.

Sources: users.md 1.2 (rules of use), 0.5 (only public-law fees block), 0.8 (any active card).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kimppa.circulation.rules.policy import Answer


class Problem(StrEnum):
    """Why something cannot be lent or renewed."""

    MERGED = "merged"
    ERASED = "erased"
    CARD_LOST = "card_lost"
    CARD_RETIRED = "card_retired"
    CARD_OF_ANOTHER = "card_of_another"
    CARD_NEEDED = "card_needed"
    NOTICE_IS_FOR_HOLDS = "notice_is_for_holds"
    FEES = "fees"
    BLOCK = "block"
    BAN = "ban"
    GUARDIAN_MISSING = "guardian_missing"
    RESPONSIBLE_ADULT_MISSING = "responsible_adult_missing"
    TOO_MANY_LOANS = "too_many_loans"
    NOT_FOR_LOAN = "not_for_loan"
    CATALOGUE_STATUS = "catalogue_status"
    WITHDRAWN = "withdrawn"
    LENT_TO_ANOTHER = "lent_to_another"
    ALREADY_THEIRS = "already_theirs"
    SET_ASIDE = "set_aside"
    MOVED_SINCE = "moved_since"
    LOAN_ENDED = "loan_ended"
    CLAIMED_RETURNED = "claimed_returned"
    TOO_MANY_RENEWALS = "too_many_renewals"
    RESERVED = "reserved"
    TOO_LATE = "too_late"
    UNKNOWN_CARD = "unknown_card"  # of a loan written down while the line was down
    UNKNOWN_ITEM = "unknown_item"


# What a person with the permission may let pass, giving a reason. All else is a matter of fact.
OVERRIDABLE = frozenset(
    {
        Problem.CARD_NEEDED,
        Problem.NOTICE_IS_FOR_HOLDS,
        Problem.FEES,
        Problem.BLOCK,
        Problem.GUARDIAN_MISSING,
        Problem.RESPONSIBLE_ADULT_MISSING,
        Problem.TOO_MANY_LOANS,
        Problem.NOT_FOR_LOAN,
        Problem.CATALOGUE_STATUS,
        Problem.SET_ASIDE,
        Problem.TOO_MANY_RENEWALS,
        Problem.RESERVED,
        Problem.TOO_LATE,
        Problem.CLAIMED_RETURNED,
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against lending, with what a page needs to say it in words.

    ``cents`` is what is owed and ``limit`` the cents, loans, renewals or days allowed; ``count``
    is how many there are; ``answer`` is the policy's, with the rule that won.
    """

    problem: Problem
    cents: int = 0
    count: int = 0
    limit: int = 0
    until: date | None = None
    words: str = ""  # what staff wrote of a block, or what the catalogue says of the item
    answer: Answer | None = None

    def __str__(self) -> str:
        return self.problem.value

    @property
    def can_be_overridden(self) -> bool:
        """Whether the permission to override helps."""
        return self.problem in OVERRIDABLE


class Authority(StrEnum):
    """By what right somebody else fetches for the patron (users.md D15); never who it is."""

    NOTICE = "notice"  # shows the pickup notice: for what is set aside for the patron
    POWER_OF_ATTORNEY = "power_of_attorney"  # and the patron's card


class Warn(StrEnum):
    """What the clerk should know of a loan that was made."""

    FOUND = "found"  # it was lost or missing
    WAS_IN_TRANSIT = "was_in_transit"
    WAS_IN_PROCESSING = "was_in_processing"
    OTHERS_WAIT = "others_wait"
    DETAILS_TO_CHECK = "details_to_check"
    CATALOGUE_STATUS = "catalogue_status"
    REPLACEMENT_FEE_PAID = "replacement_fee_paid"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A block or ban that is in force; ``branch`` is where, None for everywhere."""

    is_ban: bool
    branch: int | None
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Borrower:
    """What decides whether a patron may borrow today."""

    is_merged: bool = False
    is_erased: bool = False
    age_years: int | None = None
    has_guardian: bool = False
    is_institution: bool = False
    has_responsible_adult: bool = False
    owed_cents: int = 0  # fees that count, with what is accruing
    stops: Collection[Stopped] = ()
    open_loans: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """What decides whether an item may be lent."""

    status: str = ""  # of its state row; empty on its own shelf
    catalogue_status: str = ""
    is_lent: bool = False
    is_lent_to_them: bool = False
    is_set_aside_for_another: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy's answers that lending asks for."""

    loan_allowed: Answer
    max_loans: Answer
    block_limit_cents: Answer
    guardian_needed_below_years: Answer


@dataclass(frozen=True, slots=True)
class Renewing:
    """What decides whether a loan may be renewed, besides the borrower."""

    has_ended: bool
    is_claimed: bool
    renewals: int
    days_late: int
    others_wait: bool


@dataclass(frozen=True, slots=True)
class RenewalTerms:
    """The policy's answers that renewing asks for."""

    renewals: Answer
    renewal_when_reserved: Answer
    renewal_max_days_late: Answer


NOT_LENDABLE = frozenset({"withdrawn", "not for loan", "on order", "in cataloguing"})
GONE = frozenset({"lost", "missing"})


@dataclass(frozen=True, slots=True)
class _Reasons:
    found: list[Reason] = field(default_factory=list)

    def add(self, holds: bool, reason: Reason) -> None:  # noqa: FBT001 - reads as a table
        if holds:
            self.found.append(reason)


def borrower_problems(borrower: Borrower, terms: Terms, branch: int) -> list[Reason]:
    """Return what stops this patron from borrowing and renewing at the branch."""
    young = terms.guardian_needed_below_years
    limit = terms.block_limit_cents
    reasons = _Reasons()
    reasons.add(borrower.is_merged, Reason(Problem.MERGED))
    reasons.add(borrower.is_erased, Reason(Problem.ERASED))
    reasons.add(
        0 < limit.value < borrower.owed_cents,
        Reason(Problem.FEES, cents=borrower.owed_cents, limit=limit.value, answer=limit),
    )
    for stop in borrower.stops:
        problem = Problem.BAN if stop.is_ban else Problem.BLOCK
        reasons.add(
            stop.branch in (None, branch), Reason(problem, until=stop.until, words=stop.reason)
        )
    reasons.add(
        borrower.age_years is not None
        and borrower.age_years < young.value
        and not borrower.has_guardian,
        Reason(Problem.GUARDIAN_MISSING, limit=young.value, answer=young),
    )
    reasons.add(
        borrower.is_institution and not borrower.has_responsible_adult,
        Reason(Problem.RESPONSIBLE_ADULT_MISSING),
    )
    return reasons.found


def card_problems(status: str, *, is_theirs: bool) -> list[Reason]:
    """Return what speaks against the card that was shown; ``status`` as in patrons' cards."""
    if not is_theirs:
        return [Reason(Problem.CARD_OF_ANOTHER)]
    by_status = {"lost": Problem.CARD_LOST, "retired": Problem.CARD_RETIRED}
    return [Reason(by_status[status])] if status in by_status else []


def authority_problems(
    authority: Authority | None, *, has_card: bool, is_their_hold: bool
) -> list[Reason]:
    """Return what speaks against somebody else fetching this (users.md 1.2, Identification)."""
    if authority == Authority.NOTICE and not is_their_hold:
        return [Reason(Problem.NOTICE_IS_FOR_HOLDS)]
    if authority == Authority.POWER_OF_ATTORNEY and not has_card:
        return [Reason(Problem.CARD_NEEDED)]
    return []


def copy_problems(copy: Copy, terms: Terms) -> list[Reason]:
    """Return what stops this item from being lent to them."""
    reasons = _Reasons()
    reasons.add(copy.is_lent_to_them, Reason(Problem.ALREADY_THEIRS))
    reasons.add(copy.is_lent and not copy.is_lent_to_them, Reason(Problem.LENT_TO_ANOTHER))
    reasons.add(copy.is_set_aside_for_another, Reason(Problem.SET_ASIDE))
    reasons.add(copy.status == "withdrawn", Reason(Problem.WITHDRAWN))
    reasons.add(
        not terms.loan_allowed.value, Reason(Problem.NOT_FOR_LOAN, answer=terms.loan_allowed)
    )
    words = catalogue_words(copy.catalogue_status) & NOT_LENDABLE
    reasons.add(bool(words), Reason(Problem.CATALOGUE_STATUS, words=", ".join(sorted(words))))
    return reasons.found


def loan_count_problems(borrower: Borrower, terms: Terms) -> list[Reason]:
    """Return the limit of loans if it is reached; zero means none."""
    limit = terms.max_loans
    if not 0 < limit.value <= borrower.open_loans:
        return []
    return [
        Reason(Problem.TOO_MANY_LOANS, count=borrower.open_loans, limit=limit.value, answer=limit)
    ]


def renewal_problems(loan: Renewing, terms: RenewalTerms) -> list[Reason]:
    """Return what stops this loan from being renewed, whoever has it."""
    late = terms.renewal_max_days_late
    reasons = _Reasons()
    reasons.add(loan.has_ended, Reason(Problem.LOAN_ENDED))
    reasons.add(loan.is_claimed, Reason(Problem.CLAIMED_RETURNED))
    reasons.add(
        loan.renewals >= terms.renewals.value,
        Reason(
            Problem.TOO_MANY_RENEWALS,
            count=loan.renewals,
            limit=terms.renewals.value,
            answer=terms.renewals,
        ),
    )
    reasons.add(
        loan.others_wait and not terms.renewal_when_reserved.value,
        Reason(Problem.RESERVED, answer=terms.renewal_when_reserved),
    )
    reasons.add(
        0 < late.value < loan.days_late,
        Reason(Problem.TOO_LATE, count=loan.days_late, limit=late.value, answer=late),
    )
    return reasons.found


def that_stand(reasons: Iterable[Reason], *, overridden: bool) -> list[Reason]:
    """Return the reasons that still stop it when a person with the permission overrides."""
    return [each for each in reasons if not (overridden and each.can_be_overridden)]


def catalogue_words(status: str) -> frozenset[str]:
    """Return what the catalogue says of an item, as plain words.

    >>> sorted(catalogue_words("not_for_loan (2), Lost"))
    ['lost', 'not for loan']
    """
    words = (each.partition("(")[0].strip() for each in status.split(","))
    return frozenset(word.casefold().replace("_", " ") for word in words if word)


def age_on(day: date, birth_date: date | None) -> int | None:
    """Return the full years on the day; None when the birth date is not known.

    >>> age_on(date(2026, 3, 1), date(2011, 3, 2))
    14
    """
    if birth_date is None:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)
