"""What the pages of the desk share: who is served, what was just said, the pile for later."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from kimppa.catalogue.models import Item
from kimppa.circulation.queries import desk as questions
from kimppa.organisations.access import StaffRequest, keep_last_patron
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Mode
from kimppa.patrons.models import Card, Patron
from kimppa.patrons.queries import patron_by_key

SALT = "kimppa.circulation.desk"
VISIT, LATER = "desk_visit", "desk_later"
MOST_LATER = 50
ICONS = {
    "success": "check-circle",
    "warning": "exclamation-triangle",
    "danger": "x-circle",
    "neutral": "info-circle",
}
SOUNDS = {"success": "ok", "warning": "attention", "danger": "stop", "neutral": "attention"}


@dataclass(frozen=True)
class Said:
    """What came of a scan: a word to be read from a step away, and what there is besides."""

    word: str
    tone: str = "success"
    lines: Sequence[str] = ()
    item: Item | None = None
    scan: str = ""  # what was scanned, when it is no item
    due: Any = None
    icon: str = ""
    sound: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def icon_name(self) -> str:
        """The icon beside the word."""
        return self.icon or ICONS[self.tone]

    @property
    def sound_name(self) -> str:
        """The sound that goes with it; never the only sign."""
        return self.sound or SOUNDS[self.tone]


@dataclass(frozen=True)
class Visit:
    """A patron who is served: by which card, and what somebody who fetches for them showed."""

    patron: Patron
    card: Card | None = None
    shown: str = ""

    @property
    def token(self) -> str:
        """What the page's forms carry, so that each tab serves the patron that it shows."""
        kept = [str(self.patron.key), self.card.pk if self.card else None, self.shown]
        return signing.dumps(kept, salt=SALT)


def visit_of(token: str) -> Visit | None:
    """Return the visit that a form names; None for none, one too old, or a patron who is gone."""
    if not token:
        return None
    try:
        key, card, shown = signing.loads(
            token, salt=SALT, max_age=settings.SESSION_IDLE_MINUTES * 60
        )
    except signing.BadSignature:
        return None
    patron = patron_by_key(UUID(key))
    if patron is None:
        return None
    held = Card.objects.select_related("library").filter(pk=card).first() if card else None
    return Visit(patron, held, shown)


def kept_visit(request: StaffRequest) -> Visit | None:
    """Return the visit that was open when the page was left."""
    return visit_of(request.session.get(VISIT, ""))


def open_visit(request: StaffRequest, patron: Patron, card: Card | None) -> Visit:
    """Begin to serve the patron; that they were looked at is on record."""
    now = timezone.now()
    record_read(
        now=now,
        by=request.user,
        branch=request.place.branch,
        kind="patron",
        object_id=patron.pk,
        reason="desk",
    )
    keep_last_patron(request, patron.key, now=now)
    return keep_visit(request, Visit(patron, card))


def keep_visit(request: StaffRequest, visit: Visit) -> Visit:
    """Remember the visit for the next page of the desk."""
    request.session[VISIT] = visit.token
    return visit


def end_visit(request: StaffRequest) -> None:
    """Forget whom the desk serves; the last patron can still be called back (D11)."""
    request.session.pop(VISIT, None)


def lay_aside(request: StaffRequest, barcode: str, *, now: datetime) -> None:
    """Put a barcode that nobody knows on the pile for later; it stays until the session ends."""
    pile = [each for each in request.session.get(LATER, []) if each["barcode"] != barcode]
    at = timezone.localtime(now).strftime("%H.%M")
    request.session[LATER] = [{"barcode": barcode, "at": at}, *pile][:MOST_LATER]


def take_from_pile(request: StaffRequest, barcode: str) -> None:
    """Take a barcode from the pile for later."""
    pile = request.session.get(LATER, [])
    kept = [each for each in pile if each["barcode"] != barcode]
    if len(kept) != len(pile):
        request.session[LATER] = kept


def unknown(request: StaffRequest, text: str) -> Said:
    """Say that nothing carries the barcode, and lay it aside."""
    lay_aside(request, text, now=timezone.now())
    lines = [_("It stays on the list below. Put the item aside and scan the next.")]
    if questions.is_shared_barcode(text):
        lines.insert(0, _("Items of several libraries came with this barcode: give it a new one."))
    return Said(_("Unknown barcode"), "danger", lines, scan=text)


def at(request: StaffRequest, mode: Mode) -> None:
    """Show on the page what a scan does now."""
    request.place = replace(request.place, mode=mode)


def answer(
    request: StaffRequest, name: str, context: dict[str, Any], *, refused: bool = False
) -> HttpResponse:
    """Render the page of the desk, or for htmx only its changing part; 422 when it was refused."""
    context |= {"later": request.session.get(LATER, []), "today": timezone.localdate()}
    is_fragment = bool(request.htmx) and request.method == "POST"  # type: ignore[attr-defined]
    template = f"circulation/desk/_{name}.html" if is_fragment else f"circulation/desk/{name}.html"
    context["is_fragment"] = is_fragment
    return render(request, template, context, status=422 if refused else 200)


def wants_news(request: StaffRequest) -> bool:
    """Return whether the page that asks can take in what one more row changes on it."""
    return bool(request.htmx) and "adds" in request.POST  # type: ignore[attr-defined]


def news(request: StaffRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Render only what a scan changed on the page of the desk, for ``wants_news``."""
    context |= {"later": request.session.get(LATER, []), "today": timezone.localdate()}
    response = render(request, f"circulation/desk/_{name}_news.html", context)
    response["HX-Retarget"] = "#desk-news"
    return response
