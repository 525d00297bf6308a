"""Opening hours in templates: spans in words and as a bar of the day."""

from collections.abc import Iterable
from datetime import time

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kimppa.organisations.models import HoursKind
from kimppa.organisations.rules import Span

register = template.Library()
# The bar shows the day from six in the morning to midnight, a unit an hour.
FIRST, LAST = 6, 24


@register.filter
def hour(at: time) -> str:
    """Return a time as signs on doors have it: 9, 9.30."""
    return f"{at.hour}.{at.minute:02}" if at.minute else str(at.hour)


@register.filter
def kind_label(kind: str) -> str:
    """Return who is there."""
    return str(HoursKind(kind).label)


@register.simple_tag
def hours_bar(spans: Iterable[Span]) -> SafeString:
    """Return a picture of the spans; words stand beside it, so readers of screens pass it by."""
    boxes = format_html_join(
        "",
        '<rect class="hours-{}" x="{}" y="{}" width="{}" height="{}"></rect>',
        (_box(span) for span in spans),
    )
    return format_html(
        '<svg class="hours-bar" viewBox="{} 0 {} 2" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect class="hours-none" x="{}" y="0" width="{}" height="2"></rect>'
        "{}</svg>",
        FIRST,
        LAST - FIRST,
        FIRST,
        LAST - FIRST,
        boxes,
    )


def _box(span: Span) -> tuple[str, str, str, str, str]:
    """Return kind, x, y, width and height: self-service below, those who serve above it."""
    start = max(_hours(span.opens), FIRST)
    width = max(_hours(span.closes) - start, 0)
    y, height = (1, 1) if span.kind == HoursKind.SELF_SERVICE else (0, 1)
    return span.kind, f"{start:.2f}", str(y), f"{width:.2f}", str(height)


def _hours(at: time) -> float:
    return at.hour + at.minute / 60
