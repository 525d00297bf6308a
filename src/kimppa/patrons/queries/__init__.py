"""Questions about patrons: who has this card, who is called so, how somebody is reached."""

from kimppa.patrons.queries.families import (
    came_of_age,
    children_of,
    dependents_come_of_age,
    guardians_of,
    institutions_of,
)
from kimppa.patrons.queries.finding import (
    MOST_HITS,
    Hit,
    count_readable_codes,
    find_by_identity_code,
    looks_like_identity_code,
    namesakes,
    patron_by_card,
    patron_by_key,
    search,
    standing,
)
from kimppa.patrons.queries.merging import (
    Difference,
    differences,
    merge_refusals,
    standing_merges,
    unmerge_refusals,
)
from kimppa.patrons.queries.pseudonyms import pseudonym
from kimppa.patrons.queries.reaching import (
    DisclosureWarning,
    Reach,
    ShownAddress,
    address_of,
    disclosure_warning,
    email_of,
    phone_of,
    reach,
    shown_count,
)

__all__ = [
    "MOST_HITS",
    "Difference",
    "DisclosureWarning",
    "Hit",
    "Reach",
    "ShownAddress",
    "address_of",
    "came_of_age",
    "children_of",
    "count_readable_codes",
    "dependents_come_of_age",
    "differences",
    "disclosure_warning",
    "email_of",
    "find_by_identity_code",
    "guardians_of",
    "institutions_of",
    "looks_like_identity_code",
    "merge_refusals",
    "namesakes",
    "patron_by_card",
    "patron_by_key",
    "phone_of",
    "pseudonym",
    "reach",
    "search",
    "shown_count",
    "standing",
    "standing_merges",
    "unmerge_refusals",
]
