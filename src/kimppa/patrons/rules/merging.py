"""What two entries of one person may disagree about, and why they cannot be made one or parted."""

from enum import StrEnum


class Side(StrEnum):
    """Whose value stands after a merge."""

    KEPT = "kept"
    GONE = "gone"


class Matter(StrEnum):
    """What is chosen one by one where the two entries differ (users.md D6)."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    MAIN_CARD = "main_card"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    PIN = "pin"
    LANGUAGE = "language"
    CATEGORY = "category"
    LIBRARY = "library"
    HISTORY = "history"


class MergeRefusal(StrEnum):
    """Why two entries cannot be made one."""

    SAME_ENTRY = "same_entry"
    GONE_ALREADY = "gone_already"  # one of them is merged into another or erased
    OTHER_KIND = "other_kind"  # a person and an institution
    IDENTITY_CODES_DIFFER = "identity_codes_differ"  # two codes are two persons
    ANSWERS_FOR_OTHER = "answers_for_other"  # one is the other's guardian or responsible adult
    NOT_CHOSEN = "not_chosen"  # they differ, and nobody said which value stands


class UnmergeRefusal(StrEnum):
    """Why a merge cannot be undone."""

    UNDONE_ALREADY = "undone_already"
    TOO_LATE = "too_late"
    LATER_MERGE = "later_merge"  # one made since stands on it: undo that one first
    ERASED = "erased"
