"""The log's words and details in templates."""

from django import template

from kimppa.organisations.labels import log_label

register = template.Library()
register.filter("log_label", log_label)


@register.filter
def log_details(details: dict[str, object]) -> str:
    """Return what a line says besides, as ``name: value`` parted by commas.

    A pair is a value before and after.

    >>> log_details({"name": ["Kylä", "Keskusta"], "week": {"0": ["10:00-18:00"]}, "to": None})
    'name: Kylä → Keskusta; week: 0: 10:00-18:00'
    """
    return "; ".join(
        f"{name}: {_told(value)}" for name, value in details.items() if value is not None
    )


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return (" \N{RIGHTWARDS ARROW} " if len(value) == 2 else ", ").join(map(_told, value))
    return "\N{EN DASH}" if value is None or value == "" else str(value)
