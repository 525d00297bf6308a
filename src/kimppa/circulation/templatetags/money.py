"""Sums in templates."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language

MINUS = "\N{MINUS SIGN}"
register = template.Library()


@register.filter
def euros(cents: int) -> str:
    """Return cents as euros in the reader's way: ``3,05 €``, in English ``€3.05``."""
    sign = MINUS if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    number = number_format(f"{whole}.{part:02}", decimal_pos=2, force_grouping=True)
    if (get_language() or "fi").startswith("en"):
        return f"{sign}€{number}"
    return f"{sign}{number}\u00a0€"
