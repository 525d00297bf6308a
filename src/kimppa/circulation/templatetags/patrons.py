"""Words for the sections and fields of a patron's exported data."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

SECTIONS: dict[str, Promise] = {
    "details": gettext_lazy("Details"),
    "contacts": gettext_lazy("Contact details"),
    "cards": gettext_lazy("Library cards"),
    "guardians": gettext_lazy("Guardians"),
    "dependents": gettext_lazy("Children"),
    "consents": gettext_lazy("Consents"),
    "notes": gettext_lazy("Notes"),
    "loans": gettext_lazy("Loans"),
    "holds": gettext_lazy("Holds"),
    "fees": gettext_lazy("Fees"),
    "blocks": gettext_lazy("Blocks and bans"),
    "message_choices": gettext_lazy("Choices of messages"),
    "messages": gettext_lazy("Messages"),
}
FIELDS: dict[str, Promise] = {
    "surname": gettext_lazy("Surname or name of the institution"),
    "given_names": gettext_lazy("Given names"),
    "birth_date": gettext_lazy("Date of birth"),
    "category": gettext_lazy("Patron category"),
    "library": gettext_lazy("Library"),
    "home_branch": gettext_lazy("Home branch"),
    "language": gettext_lazy("Language"),
    "history": gettext_lazy("Loan history"),
    "rules_version": gettext_lazy("Agrees to the rules of use"),
    "registered": gettext_lazy("Registered"),
    "last_active": gettext_lazy("Last active"),
    "non_disclosure_until": gettext_lazy("Non-disclosure until"),
    "identity_code_kept": gettext_lazy("Identity code is in the vault"),
    "pin_chosen": gettext_lazy("A PIN has been chosen"),
    "kind": gettext_lazy("Kind"),
    "value": gettext_lazy("Value"),
    "valid_from": gettext_lazy("Since"),
    "valid_to": gettext_lazy("Until"),
    "number": gettext_lazy("Number"),
    "origin": gettext_lazy("Came from"),
    "status": gettext_lazy("State"),
    "state": gettext_lazy("State"),
    "issued": gettext_lazy("Given"),
    "began": gettext_lazy("Began"),
    "began_at": gettext_lazy("Began"),
    "ended": gettext_lazy("Ended"),
    "ended_at": gettext_lazy("Ended"),
    "name": gettext_lazy("Name"),
    "consent_date": gettext_lazy("Consent given"),
    "given_at": gettext_lazy("Given"),
    "withdrawn_at": gettext_lazy("Withdrawn"),
    "text_version": gettext_lazy("Version of the text"),
    "text": gettext_lazy("Note"),
    "is_public": gettext_lazy("Shown to the patron"),
    "at": gettext_lazy("When"),
    "expires_date": gettext_lazy("Until"),
    "until_date": gettext_lazy("Until"),
    "title": gettext_lazy("Title"),
    "barcode": gettext_lazy("Barcode"),
    "branch": gettext_lazy("Branch"),
    "due": gettext_lazy("Due"),
    "pickup_branch": gettext_lazy("Pickup branch"),
    "placed": gettext_lazy("Placed"),
    "legal_kind": gettext_lazy("Legal kind"),
    "reason": gettext_lazy("Reason"),
    "made_at": gettext_lazy("Made"),
    "sent_at": gettext_lazy("Sent"),
    "open_cents": gettext_lazy("Unpaid, cents"),
    "channel": gettext_lazy("How"),
    "lead_days": gettext_lazy("Days before"),
}


@register.filter
def section_label(name: str) -> Promise:
    """Return what a section of the data is called."""
    return SECTIONS[name]


@register.filter
def field_label(name: str) -> Promise:
    """Return what a field of the data is called."""
    return FIELDS[name]


@register.filter
def shown(value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return str(value)
