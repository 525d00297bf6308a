"""A person or an institution enters the register."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, Library, StaffAccount
from kimppa.patrons.models import Consent, Patron, PatronCategory
from kimppa.patrons.operations import identity
from kimppa.patrons.operations.cards import CardRefusal, CardRefused, add_card
from kimppa.patrons.operations.contacts import (
    ContactRefusal,
    ContactRefused,
    add_address,
    add_email,
    add_phone,
)
from kimppa.patrons.operations.details import give_consent
from kimppa.patrons.operations.families import (
    FamilyRefusal,
    add_guardian,
    adult_refusals,
    guardian_refusals,
)
from kimppa.patrons.operations.identity import IdentityRefusal, IdentityRefused
from kimppa.patrons.operations.log import log
from kimppa.patrons.rules import identity_codes
from kimppa.patrons.rules.ages import Ages, age_on
from kimppa.patrons.rules.finding import name_key


class RegistrationRefusal(StrEnum):
    """Why somebody was not registered."""

    NO_NAME = "no_name"
    NO_BIRTH_DATE = "no_birth_date"
    BIRTH_DATE_AHEAD = "birth_date_ahead"
    BIRTH_DATE_DIFFERS = "birth_date_differs"  # from the one that the identity code tells
    TOO_YOUNG = "too_young"
    GUARDIAN_NEEDED = "guardian_needed"
    CONSENT_DATE_NEEDED = "consent_date_needed"
    RESPONSIBLE_ADULT_NEEDED = "responsible_adult_needed"
    RULES_VERSION_NEEDED = "rules_version_needed"


Reason = RegistrationRefusal | FamilyRefusal | CardRefusal | ContactRefusal | IdentityRefusal


class RegistrationRefused(Refused[Reason]):
    """Nobody was registered; ``reasons`` names all that stands in the way."""


@dataclass(frozen=True)
class Registration:
    """What the desk knows of who is to be registered.

    ``rules_version`` names the rules of use agreed to; ``consent_date`` is when the guardian
    agreed to a child's card. Institutions have a name only, and an adult who answers for them.
    """

    category: PatronCategory
    library: Library
    surname: str
    rules_version: str
    given_names: str = ""
    birth_date: date | None = None
    language: str = "fi"
    home_branch: Branch | None = None
    identity_code: str = ""
    card: str = ""
    guardian: Patron | None = None
    consent_date: date | None = None
    responsible_adult: Patron | None = None
    street: str = ""
    postal_code: str = ""
    city: str = ""
    email: str = ""
    phone: str = ""
    non_disclosure_until: date | None = None


def registration_refusals(given: Registration, *, ages: Ages, today: date) -> list[Reason]:
    """Return all that stands in the way and can be told before anything is written."""
    reasons: list[Reason] = []
    if not given.surname.strip():
        reasons.append(RegistrationRefusal.NO_NAME)
    if not given.rules_version.strip():
        reasons.append(RegistrationRefusal.RULES_VERSION_NEEDED)
    if given.non_disclosure_until is not None and given.street.strip():
        reasons.append(ContactRefusal.NON_DISCLOSED)
    if given.category.is_institution:
        return [*reasons, *_institution_refusals(given, today)]
    return [*reasons, *_person_refusals(given, ages, today)]


def _institution_refusals(given: Registration, today: date) -> Iterator[Reason]:
    if given.identity_code:
        yield IdentityRefusal.NOT_A_PERSON
    if given.responsible_adult is None:
        yield RegistrationRefusal.RESPONSIBLE_ADULT_NEEDED
    else:
        yield from adult_refusals(given.responsible_adult, today=today)


def _person_refusals(given: Registration, ages: Ages, today: date) -> Iterator[Reason]:
    born = given.birth_date
    if given.identity_code:
        try:
            code = identity.normalise_identity_code(given.identity_code)
        except identity_codes.InvalidIdentityCode:
            yield IdentityRefusal.INVALID
        else:
            if born not in (None, identity_codes.birth_date(code)):
                yield RegistrationRefusal.BIRTH_DATE_DIFFERS
            born = identity_codes.birth_date(code)
    if born is None:
        yield RegistrationRefusal.NO_BIRTH_DATE
    elif born > today:
        yield RegistrationRefusal.BIRTH_DATE_AHEAD
    else:
        yield from _age_refusals(given, age_on(born, today), ages, today)


def _age_refusals(given: Registration, age: int, ages: Ages, today: date) -> Iterator[Reason]:
    if age < ages.card_from:
        yield RegistrationRefusal.TOO_YOUNG
    is_needed = age < ages.guardian_needed_below
    if is_needed and given.guardian is None:
        yield RegistrationRefusal.GUARDIAN_NEEDED
    if (is_needed or given.guardian) and given.consent_date is None:
        yield RegistrationRefusal.CONSENT_DATE_NEEDED
    if given.guardian is not None:
        yield from guardian_refusals(
            guardian=given.guardian,
            child=None,
            consent_date=given.consent_date or today,
            today=today,
        )


@transaction.atomic
def register_patron(
    *,
    given: Registration,
    ages: Ages,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Patron:
    """Register a person or an institution with card, contact details and links; return the patron.

    Everything or nothing: raises RegistrationRefused with all reasons that are known at once.
    Of two desks that register the same identity code, the second is refused (KNOWN).
    """
    today = timezone.localdate(now)
    reasons = registration_refusals(given, ages=ages, today=today)
    if reasons:
        raise RegistrationRefused(reasons)
    patron = Patron.objects.create(
        category=given.category,
        is_institution=given.category.is_institution,
        library=given.library,
        home_branch=given.home_branch,
        surname=given.surname.strip(),
        given_names=given.given_names.strip(),
        name_key=name_key(given.surname, given.given_names),
        birth_date=_birth_date(given),
        language=given.language,
        responsible_adult=given.responsible_adult,
        non_disclosure_until=given.non_disclosure_until,
        rules_version=given.rules_version.strip(),
        registered_at=now,
        registered_by=by,
        last_active_date=today,
    )
    log(
        "register patron",
        patron.pk,
        now=now,
        by=by,
        branch=branch,
        category=given.category.code,
        library=given.library.code,
    )
    try:
        _add_the_rest(patron, given, now=now, by=by, branch=branch)
    except (CardRefused, ContactRefused, IdentityRefused) as refused:
        raise RegistrationRefused(refused.reasons) from None
    return patron


def _birth_date(given: Registration) -> date | None:
    if given.category.is_institution:
        return None
    if given.identity_code:
        return identity_codes.birth_date(identity.normalise_identity_code(given.identity_code))
    return given.birth_date


def _add_the_rest(
    patron: Patron,
    given: Registration,
    *,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None,
) -> None:
    if given.identity_code:
        identity.store_identity_code(
            patron=patron, code=given.identity_code, now=now, by=by, branch=branch
        )
    if given.card:
        add_card(
            patron=patron, number=given.card, library=given.library, now=now, by=by, branch=branch
        )
    if given.street.strip():
        add_address(
            patron=patron,
            street=given.street,
            postal_code=given.postal_code,
            city=given.city,
            now=now,
            by=by,
            branch=branch,
        )
    if given.email.strip():
        add_email(patron=patron, value=given.email, now=now, by=by, branch=branch)
    if given.phone.strip():
        add_phone(patron=patron, value=given.phone, now=now, by=by, branch=branch)
    if given.guardian is not None and given.consent_date is not None:
        add_guardian(
            child=patron,
            guardian=given.guardian,
            consent_date=given.consent_date,
            rules_version=given.rules_version.strip(),
            now=now,
            by=by,
            branch=branch,
        )
        give_consent(
            patron=patron,
            kind=Consent.Kind.CARD_FOR_CHILD,
            given_by=given.guardian,
            text_version=given.rules_version.strip(),
            now=now,
            by=by,
            branch=branch,
        )
