"""Words for the sections and fields of a patron's exported data."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.db.models import TextChoices
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from kimppa.circulation.models import Block, Fee, Hold, Notice
from kimppa.circulation.models.notices import Channel, NoticeKind
from kimppa.circulation.templatetags.money import euros
from kimppa.patrons.models import Card, Consent, Patron

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
    "open_cents": gettext_lazy("Unpaid"),
    "channel": gettext_lazy("How"),
    "lead_days": gettext_lazy("Days before"),
}

CONTACTS: dict[str, Promise] = {
    "address": gettext_lazy("Address"),
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Telephone number"),
}
CHOICES: dict[tuple[str, str], type[TextChoices]] = {
    ("details", "history"): Patron.History,
    ("cards", "status"): Card.Status,
    ("consents", "kind"): Consent.Kind,
    ("holds", "state"): Hold.State,
    ("fees", "kind"): Fee.Kind,
    ("fees", "legal_kind"): Fee.LegalKind,
    ("blocks", "kind"): Block.Kind,
    ("message_choices", "kind"): NoticeKind,
    ("message_choices", "channel"): Channel,
    ("messages", "kind"): NoticeKind,
    ("messages", "channel"): Channel,
    ("messages", "state"): Notice.State,
}


@register.filter
def language_label(code: str) -> str:
    """Return what a language is called; the code itself where nobody knows it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def section_label(name: str) -> Promise:
    """Return what a section of the data is called."""
    return SECTIONS[name]


@register.filter
def told(row: Mapping[str, Any], section: str) -> list[tuple[Promise, str]]:
    """Return the fields of a row that say something, each with its label and value in words."""
    return [
        (FIELDS[name], _in_words(section, name, value))
        for name, value in row.items()
        if value is not None and value != ""
    ]


def _in_words(section: str, name: str, value: Any) -> str:
    if choices := CHOICES.get((section, name)):
        return str(choices(value).label)
    if section == "contacts" and name == "kind":
        return str(CONTACTS[value])
    if name == "open_cents":
        return euros(value)
    return language_label(value) if name == "language" else shown(value)


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
