"""Words for what the rules of holds say: refusals, reasons for places, who is asked and why."""

from collections.abc import Iterable, Mapping

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kimppa.circulation.operations.hold_requests import AnyReason
from kimppa.circulation.reason_words import reason_words
from kimppa.circulation.rules.loans import Reason as LoanReason
from kimppa.circulation.rules.placing import HoldProblem
from kimppa.circulation.rules.pulling import WhyHere
from kimppa.circulation.rules.queues import Reason, Why

PLAIN: Mapping[str, Promise] = {
    HoldProblem.NOT_ALLOWED: gettext_lazy("The rules do not let this patron reserve such items."),
    HoldProblem.HAS_LOAN: gettext_lazy("The patron has this on loan."),
    HoldProblem.HAS_HOLD: gettext_lazy("The patron already has a hold on this."),
    HoldProblem.NO_ITEM: gettext_lazy("No item can come to that pickup location."),
    HoldProblem.NO_PICKUP_THERE: gettext_lazy("Nothing can be picked up there."),
    HoldProblem.DATE_PAST: gettext_lazy("The date must lie ahead."),
    HoldProblem.DATES_CROSS: gettext_lazy("The hold would end before it begins."),
    HoldProblem.NOT_WAITING: gettext_lazy(
        "The hold no longer waits in the queue. Look at it again."
    ),
    HoldProblem.NO_REASON: gettext_lazy("Write a reason."),
    HoldProblem.NOT_CANCELLED: gettext_lazy("The hold has not been cancelled."),
    HoldProblem.PATRON_GONE: gettext_lazy("The patron is no longer in the register."),
}
ASKED_BECAUSE: Mapping[str, Promise] = {
    WhyHere.PICKED_UP_HERE: gettext_lazy("picked up here"),
    WhyHere.ONLY_HERE: gettext_lazy("no other branch has one on its shelf"),
    WhyHere.FEWEST_ASKED: gettext_lazy("this branch has been asked least lately"),
}


def refusal_words(reason: AnyReason) -> str:
    """Return one reason against a hold in words, with its figures and what to do."""
    if isinstance(reason, LoanReason):
        return reason_words(reason)
    if reason.problem in PLAIN:
        return str(PLAIN[reason.problem])
    words = {
        HoldProblem.TOO_MANY_HOLDS: _("The patron has %(count)d holds; %(limit)d are allowed."),
        HoldProblem.TOO_FEW_ITEMS: _("%(count)d copies were asked for; there are %(limit)d."),
        HoldProblem.TOO_LATE: _(
            "More than %(limit)d hours have passed. Place the hold anew at the end of the queue,"
            " or print the list."
        ),
    }
    return words[reason.problem] % {"count": reason.count, "limit": reason.limit}


def refusals(reasons: Iterable[AnyReason]) -> list[str]:
    """Return all the reasons in words."""
    return [refusal_words(reason) for reason in reasons]


def place_words(reason: Reason) -> str:
    """Return one reason for a place in words."""
    count, day = reason.count, date_format(reason.day, "SHORT_DATE_FORMAT") if reason.day else ""
    values = {"count": count, "day": day}
    plain = {
        Why.BY_TIME: _("in the order of placing"),
        Why.FROZEN: _("frozen until %(day)s"),
        Why.NO_LONGER_WANTED: _("not needed after %(day)s"),
        Why.THIS_ITEM: _("waits for one copy"),
        Why.NO_ITEM: _("no item can come to the pickup location"),
    }
    if reason.why in plain:
        return plain[reason.why] % values
    counted = {
        Why.AHEAD: ngettext(
            "staff moved it before %(count)d earlier hold",
            "staff moved it before %(count)d earlier holds",
            count,
        ),
        Why.BEHIND: ngettext(
            "staff moved %(count)d later hold before it",
            "staff moved %(count)d later holds before it",
            count,
        ),
        Why.OTHER_QUEUE: ngettext(
            "%(count)d hold before it waits for other libraries' items",
            "%(count)d holds before it wait for other libraries' items",
            count,
        ),
    }
    return counted[reason.why] % values
