"""The log's words and details in templates."""

from django import template

from kimppa.organisations.labels import action_label, kind_label

register = template.Library()
register.filter("action_label", action_label)
register.filter("object_label", kind_label)


@register.filter
def log_details(details: dict[str, object]) -> str:
    """Return what a line says besides, as ``name: value``; a pair is a value before and after.

    >>> log_details({"name": ["Kylä", "Keskusta"], "week": {"mon": ["10:00-18:00", "7:00-9:00"]}})
    'name: Kylä → Keskusta; week: mon 10:00-18:00, 7:00-9:00'
    """
    told = ((name, value) for name, value in details.items() if value is not None)
    return "; ".join(f"{name}: {_pair(value) or _told(value)}" for name, value in told)


def _pair(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:
        return " \N{RIGHTWARDS ARROW} ".join(map(_told, value))
    return ""


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_told, value)) or "\N{EN DASH}"
    return "\N{EN DASH}" if value is None or value == "" else str(value)
