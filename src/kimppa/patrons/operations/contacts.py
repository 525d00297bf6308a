"""Addresses, e-mail addresses and telephone numbers, each with the days it holds."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Address, EmailAddress, Patron, PhoneNumber
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log

Contact = Address | EmailAddress | PhoneNumber
Kind = TypeVar("Kind", Address, EmailAddress, PhoneNumber)
# What two rows of a kind must share to say the same.
SAYS: dict[type[Contact], tuple[str, ...]] = {
    Address: ("care_of", "street", "postal_code", "city", "country"),
    EmailAddress: ("value",),
    PhoneNumber: ("value", "takes_messages"),
}


class ContactRefusal(StrEnum):
    """Why a contact detail was not kept."""

    NON_DISCLOSED = "non_disclosed"  # no address is kept of those under non-disclosure
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    EMPTY = "empty"


class ContactRefused(Refused[ContactRefusal]):
    """The contact detail was not kept; ``reasons`` says why."""


@transaction.atomic
def add_address(
    *,
    patron: Patron,
    street: str,
    now: datetime,
    by: StaffAccount | None,
    postal_code: str = "",
    city: str = "",
    care_of: str = "",
    country: str = "FI",
    branch: Branch | None = None,
) -> Address:
    """Keep a postal address that is used first from today on; return it.

    The earlier first one ends the day before. Raises ContactRefused for patrons under
    non-disclosure: the register holds no address of theirs (users.md 0.7).
    """
    (patron,) = lock_patrons(patron)
    if patron.is_non_disclosed:
        raise ContactRefused([ContactRefusal.NON_DISCLOSED])
    if not street.strip():
        raise ContactRefused([ContactRefusal.EMPTY])
    row = Address(
        patron=patron,
        street=street.strip(),
        postal_code=postal_code.strip(),
        city=city.strip(),
        care_of=care_of.strip(),
        country=country,
    )
    return _keep_first(row, now=now, by=by, branch=branch)


@transaction.atomic
def add_email(
    *,
    patron: Patron,
    value: str,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> EmailAddress:
    """Keep an e-mail address that is used first from today on; return it. Raises ContactRefused."""
    (patron,) = lock_patrons(patron)
    value = value.strip()
    try:
        validate_email(value)
    except ValidationError:
        raise ContactRefused([ContactRefusal.NOT_AN_EMAIL]) from None
    return _keep_first(EmailAddress(patron=patron, value=value), now=now, by=by, branch=branch)


@transaction.atomic
def add_phone(
    *,
    patron: Patron,
    value: str,
    now: datetime,
    by: StaffAccount | None,
    takes_messages: bool = True,
    branch: Branch | None = None,
) -> PhoneNumber:
    """Keep a telephone number that is used first from today on; return it.

    Finnish numbers become E.164 (0401234567 is +358401234567). Raises ContactRefused.
    """
    (patron,) = lock_patrons(patron)
    number = as_e164(value)
    if number is None:
        raise ContactRefused([ContactRefusal.NOT_A_PHONE])
    row = PhoneNumber(patron=patron, value=number, takes_messages=takes_messages)
    return _keep_first(row, now=now, by=by, branch=branch)


def as_e164(text: str) -> str | None:
    """Return a telephone number as E.164; None when it cannot be one.

    >>> as_e164("040 123 4567"), as_e164("+46 (0)70-1234567"), as_e164("0046701234567")
    ('+358401234567', '+46701234567', '+46701234567')
    >>> as_e164("ei ole")
    """
    digits = re.sub(r"[\s()./-]", "", re.sub(r"\(0\)", "", text))
    digits = re.sub(r"^00", "+", digits)
    digits = re.sub(r"^0", "+358", digits)
    return digits if re.fullmatch(r"\+[1-9][0-9]{5,14}", digits) else None


@transaction.atomic
def end_contact(
    *,
    contact: Contact,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> None:
    """End a contact detail today; one that began today is removed, as it was a slip.

    Of those that hold still, the newest is used first.
    """
    lock_patrons(contact.patron)
    contact.refresh_from_db()
    if contact.valid_to is not None:
        return
    _end(contact, timezone.localdate(now))
    others = type(contact).objects.filter(patron=contact.patron_id, valid_to=None)
    if contact.is_primary and (newest := others.order_by("-valid_from", "-pk").first()):
        newest.is_primary = True
        newest.save()
    log(
        "end contact",
        contact.patron_id,
        contact=type(contact).__name__,
        now=now,
        by=by,
        branch=branch,
    )


def _keep_first(
    row: Kind, *, now: datetime, by: StaffAccount | None, branch: Branch | None
) -> Kind:
    """Keep the row as the one used first; the same detail given twice is kept once."""
    kind, today = type(row), timezone.localdate(now)
    first = kind.objects.filter(patron=row.patron, is_primary=True, valid_to=None).first()
    if first is not None and _same(first, row):
        return first
    if first is not None:
        _end(first, today)
    row.is_primary, row.valid_from = True, today
    row.save()
    log("add contact", row.patron_id, contact=type(row).__name__, now=now, by=by, branch=branch)
    return row


def _same(one: Contact, other: Contact) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in SAYS[type(one)])


def _end(row: Contact, today: date) -> None:
    if row.valid_from >= today:
        row.delete()
        return
    row.valid_to = today - timedelta(days=1)
    row.save()
