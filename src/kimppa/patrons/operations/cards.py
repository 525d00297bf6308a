"""Cards: given, ended, brought back, and which of them is the main one."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kimppa.common.errors import Refused
from kimppa.organisations.models import Branch, Library, StaffAccount
from kimppa.patrons.models import Card, Patron
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.log import log
from kimppa.patrons.rules.finding import card_number


class CardRefusal(StrEnum):
    """Why a card was not given or changed."""

    NO_NUMBER = "no_number"
    TAKEN = "taken"  # the number is somebody's already, or was
    NOT_ACTIVE = "not_active"


class CardRefused(Refused[CardRefusal]):
    """The card was not given or changed; ``reasons`` says why."""


@transaction.atomic
def add_card(
    *,
    patron: Patron,
    number: str,
    library: Library,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
    origin: str = "",
) -> Card:
    """Give the patron a card and return it; the first active one becomes the main card.

    ``origin`` names the system that an old card came from. The same card given again to the same
    patron is returned as it is. Raises CardRefused when the number is empty or another's.
    """
    (patron,) = lock_patrons(patron)
    number = card_number(number)
    if not number:
        raise CardRefused([CardRefusal.NO_NUMBER])
    card, is_new = Card.objects.get_or_create(
        number=number,
        defaults={
            "patron": patron,
            "library": library,
            "origin": origin,
            "is_main": not patron.cards.filter(is_main=True).exists(),
            "issued_date": timezone.localdate(now),
        },
    )
    if card.patron_id != patron.pk or card.status != Card.Status.ACTIVE:
        raise CardRefused([CardRefusal.TAKEN])
    if is_new:
        log(
            "add card",
            card.patron_id,
            card=card.pk,
            now=now,
            by=by,
            branch=branch,
            library=library.code,
        )
    return card


@transaction.atomic
def end_card(
    *,
    card: Card,
    status: Card.Status,
    now: datetime,
    by: StaffAccount | None,
    branch: Branch | None = None,
) -> Card:
    """Retire a card or report it lost; from that moment it opens nothing. Return it.

    If it was the main card, the newest of the active ones takes its place. Ending an ended card
    changes only whether it is retired or lost.
    """
    lock_patrons(card.patron)
    card.refresh_from_db()
    was_main, before = card.is_main, card.status
    if before == status:
        return card
    card.status, card.is_main = status, False
    card.ended_at = card.ended_at or now
    card.save()
    if was_main:
        choose_another_main(card.patron)
    log(
        "end card",
        card.patron_id,
        card=card.pk,
        now=now,
        by=by,
        branch=branch,
        before=before,
        after=status,
    )
    return card


@transaction.atomic
def restore_card(
    *, card: Card, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Card:
    """Make an ended card active again, as when a lost one was found; return it."""
    lock_patrons(card.patron)
    card.refresh_from_db()
    before = card.status
    if before == Card.Status.ACTIVE:
        return card
    card.status, card.ended_at = Card.Status.ACTIVE, None
    card.is_main = not card.patron.cards.filter(is_main=True).exists()
    card.save()
    log(
        "restore card",
        card.patron_id,
        card=card.pk,
        now=now,
        by=by,
        branch=branch,
        before=before,
        after=card.status,
    )
    return card


@transaction.atomic
def choose_main_card(
    *, card: Card, now: datetime, by: StaffAccount | None, branch: Branch | None = None
) -> Card:
    """Make an active card the patron's main one and return it; raises CardRefused for others."""
    lock_patrons(card.patron)
    card.refresh_from_db()
    if card.status != Card.Status.ACTIVE:
        raise CardRefused([CardRefusal.NOT_ACTIVE])
    if not card.is_main:
        Card.objects.filter(patron=card.patron_id, is_main=True).update(is_main=False)
        card.is_main = True
        card.save()
        log("choose main card", card.patron_id, card=card.pk, now=now, by=by, branch=branch)
    return card


def choose_another_main(patron: Patron) -> None:
    """Make the newest active card the main one, if there is any; called under the lock."""
    others = patron.cards.filter(status=Card.Status.ACTIVE).order_by("-issued_date", "-pk")
    if newest := others.first():
        newest.is_main = True
        newest.save()
