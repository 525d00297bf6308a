"""The log's words and details in templates."""

from django import template

from kimppa.organisations.labels import log_label

register = template.Library()
register.filter("log_label", log_label)


@register.filter
def log_details(details: dict[str, object]) -> str:
    """Return what a line says besides, as ``name: value`` parted by commas."""
    return ", ".join(f"{name}: {value}" for name, value in details.items() if value is not None)
