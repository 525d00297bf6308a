"""Questions about patrons: who has this card, who is called so, how somebody is reached."""

from kimppa.patrons.queries.families import (
    children_of,
    dependents_come_of_age,
    guardians_of,
    institutions_of,
)
from kimppa.patrons.queries.finding import (
    Hit,
    find_by_identity_code,
    looks_like_identity_code,
    namesakes,
    patron_by_card,
    patron_by_key,
    search,
    standing,
)
from kimppa.patrons.queries.reaching import (
    Reach,
    ShownAddress,
    address_of,
    email_of,
    phone_of,
    reach,
)

__all__ = [
    "Hit",
    "Reach",
    "ShownAddress",
    "address_of",
    "children_of",
    "dependents_come_of_age",
    "email_of",
    "find_by_identity_code",
    "guardians_of",
    "institutions_of",
    "looks_like_identity_code",
    "namesakes",
    "patron_by_card",
    "patron_by_key",
    "phone_of",
    "reach",
    "search",
    "standing",
]
