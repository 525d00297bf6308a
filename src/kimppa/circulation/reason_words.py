"""Reasons, warnings and messages of lending in the reader's words, with amounts and limits."""

from collections.abc import Callable, Mapping

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.circulation.operations.policy import RuleProblem
from kimppa.circulation.operations.returns import Message
from kimppa.circulation.operations.undoing import UndoProblem
from kimppa.circulation.rules.loans import Problem, Reason, Warn
from kimppa.circulation.templatetags.money import euros

PLAIN: Mapping[Problem, Promise] = {
    Problem.MERGED: gettext_lazy("This entry was merged into another. Scan the card again."),
    Problem.ERASED: gettext_lazy("This patron's data was erased."),
    Problem.CARD_LOST: gettext_lazy("The card is reported lost. Ask for another card or for ID."),
    Problem.CARD_RETIRED: gettext_lazy("The card is retired. Another card of the patron works."),
    Problem.CARD_OF_ANOTHER: gettext_lazy("The card belongs to somebody else."),
    Problem.RESPONSIBLE_ADULT_MISSING: gettext_lazy(
        "The institution has no responsible adult. Name one on its page."
    ),
    Problem.NOT_FOR_LOAN: gettext_lazy("By the rules this item is not lent."),
    Problem.WITHDRAWN: gettext_lazy("The item has been withdrawn."),
    Problem.LENT_TO_ANOTHER: gettext_lazy("Somebody else has it. Check it in first."),
    Problem.ALREADY_THEIRS: gettext_lazy("The patron has it already. Renew it instead."),
    Problem.SET_ASIDE: gettext_lazy("It is set aside for somebody else's hold."),
    Problem.MOVED_SINCE: gettext_lazy("It has been lent or returned since then."),
    Problem.LOAN_ENDED: gettext_lazy("The loan has ended."),
    Problem.CLAIMED_RETURNED: gettext_lazy("The patron says that it was returned."),
    Problem.RESERVED: gettext_lazy("Others wait for it."),
    Problem.UNKNOWN_CARD: gettext_lazy("Nobody has this card."),
    Problem.UNKNOWN_ITEM: gettext_lazy("No item has this barcode."),
}
WORDED: Mapping[Problem, Callable[[Reason], str]] = {
    Problem.FEES: lambda one: (
        _("Fees: %(sum)s counts towards the limit of %(limit)s.")
        % {"sum": euros(one.cents), "limit": euros(one.limit)}
    ),
    Problem.BLOCK: lambda one: _with_end(_("Borrowing block: %(why)s") % {"why": one.words}, one),
    Problem.BAN: lambda one: _with_end(_("Ban from premises: %(why)s") % {"why": one.words}, one),
    Problem.GUARDIAN_MISSING: lambda one: (
        _("Below the age of %(limit)s a guardian is needed; none is recorded.") % _counts(one)
    ),
    Problem.TOO_MANY_LOANS: lambda one: (
        _("%(count)s loans; at most %(limit)s are allowed.") % _counts(one)
    ),
    Problem.CATALOGUE_STATUS: lambda one: _("The catalogue says: %(why)s.") % {"why": one.words},
    Problem.TOO_MANY_RENEWALS: lambda one: (
        _("Renewed %(count)s times; %(limit)s are allowed.") % _counts(one)
    ),
    Problem.TOO_LATE: lambda one: (
        _("%(count)s days late; it can be renewed up to %(limit)s days after the due date.")
        % _counts(one)
    ),
}
WARNINGS: Mapping[Warn, Promise] = {
    Warn.FOUND: gettext_lazy("It was lost or missing; now it is found."),
    Warn.WAS_IN_TRANSIT: gettext_lazy("It was on its way; the transit has ended here."),
    Warn.WAS_IN_PROCESSING: gettext_lazy("It was being processed."),
    Warn.OTHERS_WAIT: gettext_lazy("Others wait for it."),
    Warn.DETAILS_TO_CHECK: gettext_lazy("Check the patron's contact details."),
    Warn.CATALOGUE_STATUS: gettext_lazy("The catalogue had it as lost or missing."),
    Warn.REPLACEMENT_FEE_PAID: gettext_lazy(
        "Its replacement was paid. Give the money back or call the till's manager."
    ),
}
MESSAGES: Mapping[Message, Promise] = {
    Message.NOT_LENT: gettext_lazy("Nobody had it on loan."),
    Message.OVERDUE_FEE: gettext_lazy("It was late; a fee was charged."),
    Message.CLAIM_SETTLED: gettext_lazy("The patron had said that it was returned."),
    Message.FOUND: gettext_lazy("It was lost or missing; now it is found."),
    Message.REPLACEMENT_CANCELLED: gettext_lazy("The fee for its replacement was cancelled."),
    Message.REPLACEMENT_PAID: gettext_lazy(
        "Its replacement was paid. Give the money back or call the till's manager."
    ),
    Message.RETURN_TO_LENDER_ONLY: gettext_lazy("It should be returned only where it was lent."),
    Message.WITHDRAWN: gettext_lazy("The item has been withdrawn."),
    Message.ARRIVED: gettext_lazy("It has arrived."),
    Message.SENT_ON: gettext_lazy("It was on its way elsewhere; send it on."),
}
UNDO_PROBLEMS: Mapping[UndoProblem, Promise] = {
    UndoProblem.TOO_LATE: gettext_lazy("More than a day has passed."),
    UndoProblem.ITEM_MOVED_ON: gettext_lazy("The item has moved on since."),
    UndoProblem.HOLD_MOVED_ON: gettext_lazy("The hold has moved on since."),
    UndoProblem.FEE_SETTLED: gettext_lazy("The fee has been paid or forgiven."),
    UndoProblem.PATRON_GONE: gettext_lazy("The patron is no longer in the register."),
}
RULE_PROBLEMS: Mapping[RuleProblem, Promise] = {
    RuleProblem.IS_PUBLISHED: gettext_lazy(
        "These rules are published and are not changed any more."
    ),
    RuleProblem.NAME_TAKEN: gettext_lazy("Other rules have that name."),
    RuleProblem.DATE_TAKEN: gettext_lazy("Other rules begin on that day."),
    RuleProblem.NO_DATE: gettext_lazy("Write the day from which they hold."),
    RuleProblem.NO_DECISION: gettext_lazy("Write which decision set them."),
    RuleProblem.NO_RULES: gettext_lazy("The draft is empty."),
    RuleProblem.IN_THE_PAST: gettext_lazy(
        "That day is past: loans were made under other rules then."
    ),
    RuleProblem.UNKNOWN_NAME: gettext_lazy("Nothing has that name."),
    RuleProblem.BELOW_ZERO: gettext_lazy("The value is below zero."),
    RuleProblem.NOT_YES_OR_NO: gettext_lazy("Write 1 for yes or 0 for no."),
    RuleProblem.TWO_PLACES: gettext_lazy("Choose a library or a branch, not both."),
}


def reason_words(reason: Reason) -> str:
    """Return the reason as a clerk says it."""
    worded = WORDED.get(reason.problem)
    return worded(reason) if worded else str(PLAIN[reason.problem])


def _counts(reason: Reason) -> dict[str, str]:
    return {"count": number_format(reason.count), "limit": number_format(reason.limit)}


def _with_end(words: str, reason: Reason) -> str:
    if reason.until is None:
        return words
    until = date_format(reason.until, "j.n.Y")
    return f"{words} ({_('until %(day)s') % {'day': until}})"
