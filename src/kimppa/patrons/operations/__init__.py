"""Verbs of the patron register."""

from kimppa.patrons.operations.cards import (
    CardRefusal,
    CardRefused,
    add_card,
    choose_main_card,
    end_card,
    restore_card,
)
from kimppa.patrons.operations.contacts import (
    ContactRefusal,
    ContactRefused,
    add_address,
    add_email,
    add_phone,
    end_contact,
)
from kimppa.patrons.operations.details import (
    DetailsRefusal,
    DetailsRefused,
    add_note,
    change_details,
    ensure_category,
    give_consent,
    remove_note,
    set_history,
    touch_last_active,
    withdraw_consent,
)
from kimppa.patrons.operations.disclosure import (
    lift_non_disclosure,
    open_non_disclosed,
    record_letter,
    set_non_disclosure,
)
from kimppa.patrons.operations.families import (
    FamilyRefusal,
    FamilyRefused,
    add_guardian,
    change_responsible_adult,
    end_guardianship,
    end_guardianships_by_age,
)
from kimppa.patrons.operations.identity import (
    IdentityRefusal,
    IdentityRefused,
    normalise_identity_code,
    read_identity_code,
    rotate_vault,
    store_identity_code,
)
from kimppa.patrons.operations.locks import lock_patrons
from kimppa.patrons.operations.pins import check_pin, set_pin
from kimppa.patrons.operations.registering import (
    Registration,
    RegistrationRefusal,
    RegistrationRefused,
    register_patron,
)

__all__ = [
    "CardRefusal",
    "CardRefused",
    "ContactRefusal",
    "ContactRefused",
    "DetailsRefusal",
    "DetailsRefused",
    "FamilyRefusal",
    "FamilyRefused",
    "IdentityRefusal",
    "IdentityRefused",
    "Registration",
    "RegistrationRefusal",
    "RegistrationRefused",
    "add_address",
    "add_card",
    "add_email",
    "add_guardian",
    "add_note",
    "add_phone",
    "change_details",
    "change_responsible_adult",
    "check_pin",
    "choose_main_card",
    "end_card",
    "end_contact",
    "end_guardianship",
    "end_guardianships_by_age",
    "ensure_category",
    "give_consent",
    "lift_non_disclosure",
    "lock_patrons",
    "normalise_identity_code",
    "open_non_disclosed",
    "read_identity_code",
    "record_letter",
    "register_patron",
    "remove_note",
    "restore_card",
    "rotate_vault",
    "set_history",
    "set_non_disclosure",
    "set_pin",
    "store_identity_code",
    "touch_last_active",
    "withdraw_consent",
]
