"""What people type and choose above the list of records."""

from django.http import QueryDict

from kimppa.catalogue.choice import ListChoice
from kimppa.catalogue.labels import SORT_LABELS

LONGEST_QUERY = 200
DEEPEST_PAGE = 40_000


def list_choice(query: QueryDict) -> ListChoice:
    """Return the choice that the address names; strange values fall back to the usual."""
    page = query.get("page", "")
    sort = query.get("sort", "")
    return ListChoice(
        q=" ".join(query.get("q", "").replace("\0", "").split())[:LONGEST_QUERY],
        library=query.get("library", "").replace("\0", ""),
        material=query.get("material", "").replace("\0", ""),
        sort=sort if sort in SORT_LABELS else "title",
        page=min(max(int(page[:9]), 1), DEEPEST_PAGE) if page.isdecimal() else 1,
    )
