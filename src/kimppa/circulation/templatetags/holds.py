"""Words and fragments about holds in templates."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from kimppa.circulation.hold_labels import ASKED_BECAUSE, place_words
from kimppa.circulation.models import Hold
from kimppa.circulation.queries.hold_pages import Row, cancelled_lately
from kimppa.circulation.queries.hold_pages import patron_holds as holds_of
from kimppa.circulation.rules.queues import Reason
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission
from kimppa.patrons.models import Patron

register = template.Library()
TONES = {
    Hold.State.READY: ("check-circle", "success"),
    Hold.State.IN_TRANSIT: ("truck", "warning"),
    Hold.State.CANCELLED: ("x-circle", "danger"),
    Hold.State.EXPIRED: ("x-circle", "danger"),
}


@register.filter
def place_reason(reason: Reason) -> str:
    """Return why a hold stands where it stands."""
    return place_words(reason)


@register.filter
def asked_because(reason: str) -> str:
    """Return why this branch is asked to fetch an item."""
    return str(ASKED_BECAUSE.get(reason, ""))


@register.filter
def hold_keys(rows: Iterable[Row]) -> str:
    """Return the holds' keys in one field: a form carries a thousand fields at most."""
    return ",".join(str(row.hold.key) for row in rows)


@register.inclusion_tag("circulation/_hold_state.html")
def hold_state(hold: Hold) -> dict[str, Any]:
    """Show the hold's state with colour, icon and word; frozen ones say so."""
    icon, tone = TONES.get(Hold.State(hold.state), ("clock", "neutral"))
    is_frozen = (
        hold.state == Hold.State.WAITING
        and hold.not_before_date is not None
        and hold.not_before_date > timezone.localdate()
    )
    return {"hold": hold, "icon_name": icon, "tone": tone, "is_frozen": is_frozen}


@register.inclusion_tag("circulation/_patron_holds.html", takes_context=True)
def patron_holds(context: Context, patron: Patron) -> dict[str, Any]:
    """Show the patron's holds, for the patron's page; those cancelled lately can be restored."""
    request = context["request"]
    place = getattr(request, "place", None)
    may_place = place is not None and may(
        request.user, Permission.PLACE_HOLD, branch=place.branch, on=timezone.localdate()
    )
    return patron_holds_context(patron) | {
        "request": request,
        "csrf_token": context.get("csrf_token", ""),
        "may_place": may_place,
    }


def patron_holds_context(patron: Patron) -> dict[str, Any]:
    """Return what the fragment of a patron's holds shows."""
    now, day = timezone.now(), timezone.localdate()
    cancelled = cancelled_lately(now, day, patron=patron)
    return {
        "patron": patron,
        "rows": holds_of(patron, now, day),
        "cancelled": [row for row in cancelled if row.can_be_restored],
        "too_late": [row for row in cancelled if not row.can_be_restored],
    }
