"""Values of the policy in templates."""

from django import template
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kimppa.circulation.rules.policy import VALUES, Unit
from kimppa.circulation.templatetags.money import euros
from kimppa.circulation.value_labels import LABELS, ZERO

register = template.Library()


@register.filter
def rule_value(value: int, name: str) -> str | Promise:
    """Return the value of what is called ``name`` with its unit, in words."""
    if value == 0 and name in ZERO:
        return ZERO[name]
    unit = VALUES[name].unit
    if unit == Unit.CENTS:
        return euros(value)
    if unit == Unit.YES_NO:
        return _("yes") if value else _("no")
    counted = {
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", value),
        Unit.HOURS: ngettext("%(n)s hour", "%(n)s hours", value),
        Unit.YEARS: ngettext("%(n)s year", "%(n)s years", value),
    }
    return counted.get(unit, "%(n)s") % {"n": number_format(value)}


@register.filter
def rule_label(name: str) -> Promise:
    """Return what the value is called."""
    return LABELS[name]
