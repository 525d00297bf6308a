"""What the values of the policy are called on pages, in groups, and their units."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.rules.policy import Unit

GROUPS: Mapping[Promise, Mapping[str, Promise]] = {
    _("Loans"): {
        "loan_allowed": _("May be lent"),
        "loan_days": _("Loan period"),
        "loan_days_when_reserved": _("Loan period while others wait"),
        "renewals": _("Renewals"),
        "renewal_when_reserved": _("May be renewed while others wait"),
        "renewal_max_days_late": _("Latest renewal after the due date"),
        "max_loans": _("Loans at a time"),
        "return_to_lender_only": _("Returned only where it was lent"),
    },
    _("Holds"): {
        "hold_allowed": _("May be reserved"),
        "max_holds": _("Holds at a time"),
        "pickup_days": _("Pickup time"),
        "pickup_open_days_only": _("Pickup time counts open days only"),
        "cancel_undo_hours": _("Cancelled holds can be restored for"),
    },
    _("Fees"): {
        "overdue_cents_per_day": _("Late fee a day"),
        "overdue_grace_days": _("Late days that cost nothing"),
        "overdue_max_cents": _("Highest late fee of a loan"),
        "uncollected_cents": _("Hold not fetched"),
        "interlibrary_cents": _("Interlibrary loan"),
        "new_card_cents": _("New card"),
        "first_card_free": _("First card free"),
    },
    _("Blocks"): {
        "block_limit_cents": _("Fees above this block borrowing"),
        "block_counts_overdue": _("Late fees count"),
        "block_counts_uncollected": _("Fees for holds not fetched count"),
        "block_counts_interlibrary": _("Fees for interlibrary loans count"),
        "ban_max_days": _("Longest ban from premises"),
    },
    _("Notices"): {
        "overdue_notice_days": _("First overdue notice"),
        "second_overdue_notice_days": _("Second overdue notice"),
        "invoice_after_days": _("Notice of an invoice"),
    },
    _("Persons"): {
        "card_from_years": _("Own card from the age of"),
        "guardian_needed_below_years": _("Guardian's consent below the age of"),
        "guardian_liable_below_years": _("Guardian answers below the age of"),
        "self_service_from_years": _("Self-service without consent from the age of"),
        "merge_undo_days": _("A merge of patrons can be undone for"),
        "purge_after_years": _("Unused patrons are removed after"),
    },
}
LABELS: Mapping[str, Promise] = {
    name: label for names in GROUPS.values() for name, label in names.items()
}
UNITS: Mapping[Unit, Promise] = {
    Unit.DAYS: _("days"),
    Unit.CENTS: _("euros"),
    Unit.COUNT: _("count"),
    Unit.HOURS: _("hours"),
    Unit.YEARS: _("years"),
    Unit.YES_NO: _("1 yes, 0 no"),
}
# Where nothing or "no limit" is what zero means.
ZERO: Mapping[str, Promise] = {
    "loan_days_when_reserved": _("as usual"),
    "renewal_max_days_late": _("no limit"),
    "max_loans": _("no limit"),
    "max_holds": _("no limit"),
    "overdue_max_cents": _("no limit"),
    "block_limit_cents": _("fees never block"),
    "overdue_notice_days": _("none"),
    "second_overdue_notice_days": _("none"),
    "invoice_after_days": _("none"),
}
