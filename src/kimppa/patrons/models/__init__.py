"""Rows of the patron register."""

from kimppa.patrons.models.cards import Card, Pin
from kimppa.patrons.models.contacts import Address, EmailAddress, PhoneNumber
from kimppa.patrons.models.links import Consent, Guardianship, PatronMerge
from kimppa.patrons.models.people import Patron, PatronCategory, PatronNote
from kimppa.patrons.models.vault import IdentityCode

__all__ = [
    "Address",
    "Card",
    "Consent",
    "EmailAddress",
    "Guardianship",
    "IdentityCode",
    "Patron",
    "PatronCategory",
    "PatronMerge",
    "PatronNote",
    "PhoneNumber",
    "Pin",
]
