"""Cards and what they cost by the rules of use."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kimppa.circulation.models import Fee
from kimppa.circulation.operations.fees import charge
from kimppa.circulation.queries.placing import who_and_where
from kimppa.circulation.queries.policy import policy_on
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Card, Patron
from kimppa.patrons.operations import Registration, add_card, lock_patrons, register_patron
from kimppa.patrons.rules.ages import Ages


@transaction.atomic
def register(
    *, given: Registration, ages: Ages, now: datetime, by: StaffAccount | None, branch: Branch
) -> Patron:
    """Register a patron; charge the first card where the rules do not give it free.

    Raises RegistrationRefused.
    """
    patron = register_patron(given=given, ages=ages, now=now, by=by, branch=branch)
    is_free = policy_on(timezone.localdate(now))[
        "first_card_free", who_and_where(patron.category_id, branch)
    ]
    if given.card and not is_free:
        _charge(patron, now=now, by=by, branch=branch)
    return patron


@transaction.atomic
def give_card(
    *,
    patron: Patron,
    number: str,
    replaces_lost: bool,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch,
) -> Card:
    """Give the patron one more card; in place of a lost one it costs what the rules say.

    The same card twice is given, and charged, once. Raises CardRefused.
    """
    (patron,) = lock_patrons(patron)
    known = set(patron.cards.values_list("pk", flat=True))
    card = add_card(
        patron=patron, number=number, library=branch.library, now=now, by=by, branch=branch
    )
    if replaces_lost and card.pk not in known:
        _charge(patron, now=now, by=by, branch=branch)
    return card


def _charge(patron: Patron, *, now: datetime, by: StaffAccount | None, branch: Branch) -> None:
    cents = policy_on(timezone.localdate(now))[
        "new_card_cents", who_and_where(patron.category_id, branch)
    ]
    if cents:
        charge(
            patron=patron,
            kind=Fee.Kind.NEW_CARD,
            cents=cents,
            library=branch.library,
            branch=branch,
            by=by,
            now=now,
        )
