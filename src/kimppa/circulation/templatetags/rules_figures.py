"""Figures of a simulation in templates."""

from collections.abc import Mapping

from django import template
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.templatetags.money import MINUS, euros

register = template.Library()

FIGURES: Mapping[str, Promise] = {
    "loans": _("Loans"),
    "refused": _("Loans that would be refused"),
    "late": _("Late loans"),
    "fee_cents": _("Late fees"),
    "fees": _("Loans with a late fee"),
    "blocked_patrons": _("Patrons blocked"),
    "blocked_days": _("Days of blocks"),
}


@register.filter
def figure_label(name: str) -> Promise:
    """Return what a figure is called."""
    return FIGURES[name]


@register.filter
def figure(value: int, name: str) -> str:
    """Return a figure: a sum of money or a count."""
    if name == "fee_cents":
        return euros(value)
    return number_format(value, force_grouping=True).replace("-", MINUS)


@register.filter
def change(value: int, name: str) -> str:
    """Return a change with its sign."""
    return ("+" if value > 0 else "") + figure(value, name)
