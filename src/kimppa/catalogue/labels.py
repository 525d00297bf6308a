"""Words shown to people for codes in the data: materials, item statuses, orders of the list."""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Label(NamedTuple):
    """A word with an icon; ``tone`` is a colour's meaning: success, warning, danger or neutral."""

    text: "_StrPromise | str"
    icon: str
    tone: str = "neutral"


MATERIALS = {
    "book": Label(_("Book"), "book"),
    "serial": Label(_("Periodical"), "journal"),
    "article": Label(_("Article"), "file-text"),
    "score": Label(_("Sheet music"), "music-note-list"),
    "music": Label(_("Music recording"), "disc"),
    "speech": Label(_("Audiobook or speech"), "mic"),
    "film": Label(_("Film"), "film"),
    "map": Label(_("Map"), "map"),
    "file": Label(_("Electronic resource"), "file-earmark"),
    "picture": Label(_("Picture"), "image"),
    "object": Label(_("Object or game"), "boxes"),
    "kit": Label(_("Kit"), "boxes"),
}
OTHER_MATERIAL = Label(_("Other material"), "collection-play")

STATUSES = {
    "available": Label(_("Available"), "check-circle", "success"),
    "checked out": Label(_("Checked out"), "clock", "warning"),
    "on hold shelf": Label(_("Waiting for pickup"), "clock", "warning"),
    "in transit": Label(_("In transit"), "truck", "warning"),
    "in cataloguing": Label(_("In cataloguing"), "info-circle", "warning"),
    "on order": Label(_("On order"), "info-circle", "warning"),
    "lost": Label(_("Lost"), "x-circle", "danger"),
    "missing": Label(_("Lost"), "x-circle", "danger"),
    "damaged": Label(_("Damaged"), "exclamation-triangle", "danger"),
    "withdrawn": Label(_("Withdrawn"), "x-circle", "danger"),
    "not for loan": Label(_("Not for loan"), "info-circle", "warning"),
}
NO_STATUS = Label(_("No status given"), "question-circle")

SORT_LABELS = {
    "title": pgettext_lazy("order of the list", "Title"),
    "newest": pgettext_lazy("order of the list", "Newest first"),
    "oldest": pgettext_lazy("order of the list", "Oldest first"),
}


def material_label(code: str) -> Label:
    """Return the material's word and icon."""
    return MATERIALS.get(code, OTHER_MATERIAL)


def status_labels(status: str) -> list[Label]:
    """Return a label for each of the statuses, which stand parted by commas; unknown ones as given.

    A library's own code in brackets, as in ``lost (2)``, is left out.
    """
    words = [word.partition("(")[0].strip() for word in status.split(",")]
    known = [word.casefold().replace("_", " ") for word in words if word]
    if not known:
        return [NO_STATUS]
    return [STATUSES.get(name, Label(name, "info-circle")) for name in known]
