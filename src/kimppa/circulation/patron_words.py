"""Refusals about patrons in words, with what to do."""

from collections.abc import Iterable
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.operations.blocks import BlockProblem
from kimppa.circulation.queries.patrons import EraseObstacle
from kimppa.patrons.operations import (
    CardRefusal,
    ContactRefusal,
    DetailsRefusal,
    EraseRefusal,
    FamilyRefusal,
    IdentityRefusal,
    RegistrationRefusal,
)
from kimppa.patrons.rules.merging import Matter, MergeRefusal, UnmergeRefusal

_WORDS: list[tuple[StrEnum, Promise]] = [
    (BlockProblem.NO_REASON, _("Write why.")),
    (BlockProblem.IN_THE_PAST, _("The last day has gone by.")),
    (BlockProblem.BAN_NEEDS_LAST_DAY, _("A ban has a last day. Give it.")),
    (BlockProblem.BAN_TOO_LONG, _("The rules of use allow no ban as long as that.")),
    (BlockProblem.NOT_HEARD, _("The patron is heard before a ban. Hear them, then mark it here.")),
    (CardRefusal.NO_NUMBER, _("Give the card number.")),
    (CardRefusal.TAKEN, _("This card number has been given already. Take another card.")),
    (CardRefusal.NOT_ACTIVE, _("Only a card in use can be the main card.")),
    (
        ContactRefusal.NON_DISCLOSED,
        _("Under non-disclosure the register holds no address: leave it empty."),
    ),
    (ContactRefusal.NOT_AN_EMAIL, _("This is not an e-mail address.")),
    (ContactRefusal.NOT_A_PHONE, _("This is not a telephone number.")),
    (ContactRefusal.EMPTY, _("Give the street address.")),
    (DetailsRefusal.NO_NAME, _("Give the name.")),
    (DetailsRefusal.OTHER_KIND, _("A person cannot become an institution, or an institution one.")),
    (FamilyRefusal.SAME_PERSON, _("Nobody is their own guardian.")),
    (FamilyRefusal.NOT_AN_ADULT, _("Who answers for another must be an adult.")),
    (FamilyRefusal.NOT_A_PERSON, _("Only a person answers for another.")),
    (FamilyRefusal.CHILD_IS_ADULT, _("An adult has no guardian.")),
    (FamilyRefusal.CONSENT_AHEAD, _("The day of the consent has not come yet.")),
    (IdentityRefusal.INVALID, _("This is not an identity code. Check it.")),
    (IdentityRefusal.KNOWN, _("The patron exists already.")),
    (IdentityRefusal.NOT_A_PERSON, _("An institution has no identity code.")),
    (RegistrationRefusal.NO_NAME, _("Give the name.")),
    (RegistrationRefusal.NO_BIRTH_DATE, _("Give the date of birth.")),
    (RegistrationRefusal.BIRTH_DATE_AHEAD, _("The date of birth has not come yet.")),
    (
        RegistrationRefusal.BIRTH_DATE_DIFFERS,
        _("The date of birth is another than the identity code tells."),
    ),
    (RegistrationRefusal.TOO_YOUNG, _("The rules of use give no card at this age.")),
    (
        RegistrationRefusal.GUARDIAN_NEEDED,
        _("At this age a guardian is needed: read the guardian's card."),
    ),
    (RegistrationRefusal.CONSENT_DATE_NEEDED, _("Give the day on which the guardian consented.")),
    (
        RegistrationRefusal.RESPONSIBLE_ADULT_NEEDED,
        _("An institution needs an adult who answers for it: read that person's card."),
    ),
    (RegistrationRefusal.RULES_VERSION_NEEDED, _("Name the rules of use that were agreed to.")),
    (EraseRefusal.ANSWERS_FOR_CHILD, _("The person is a child's guardian. End that link first.")),
    (
        EraseRefusal.ANSWERS_FOR_INSTITUTION,
        _("The person answers for an institution. Name another adult for it first."),
    ),
    (EraseRefusal.MERGED_AWAY, _("This entry has been merged into another. Erase that one.")),
    (EraseObstacle.OPEN_LOANS, _("Something is on loan.")),
    (EraseObstacle.OPEN_HOLDS, _("There are holds. Cancel them first.")),
    (EraseObstacle.OPEN_FEES, _("Something is unpaid.")),
    (MergeRefusal.SAME_ENTRY, _("Both cards belong to the same entry already.")),
    (MergeRefusal.GONE_ALREADY, _("One of the entries has been merged or erased already.")),
    (MergeRefusal.OTHER_KIND, _("One is a person, the other an institution.")),
    (
        MergeRefusal.IDENTITY_CODES_DIFFER,
        _("Both have an identity code, and the codes differ: they are two persons."),
    ),
    (MergeRefusal.ANSWERS_FOR_OTHER, _("One answers for the other: they are two persons.")),
    (MergeRefusal.NOT_CHOSEN, _("Choose which value stands in every row.")),
    (UnmergeRefusal.UNDONE_ALREADY, _("The merge has been undone already.")),
    (UnmergeRefusal.TOO_LATE, _("The time for undoing this merge is over.")),
    (UnmergeRefusal.LATER_MERGE, _("A later merge stands on this one. Undo that one first.")),
    (UnmergeRefusal.ERASED, _("The data has been erased.")),
]
# Two enums may use the same text for a reason, so the enum is part of the key.
WORDS = {(type(reason), reason): text for reason, text in _WORDS}
MATTERS: dict[Matter, Promise] = {
    Matter.NAME: _("Name"),
    Matter.BIRTH_DATE: _("Date of birth"),
    Matter.MAIN_CARD: _("Main card"),
    Matter.ADDRESS: _("Address"),
    Matter.PHONE: _("Telephone number"),
    Matter.EMAIL: _("E-mail address"),
    Matter.PIN: _("PIN"),
    Matter.LANGUAGE: _("Language"),
    Matter.CATEGORY: _("Patron category"),
    Matter.LIBRARY: _("Library and home branch"),
    Matter.HISTORY: _("Loan history"),
}


def words(reasons: Iterable[StrEnum]) -> list[str]:
    """Return the reasons in words, each once."""
    return list(dict.fromkeys(str(WORDS[type(reason), reason]) for reason in reasons))
