"""Words and links for codes in the catalogue's pages."""

from collections.abc import Mapping

from django import template

from kimppa.catalogue.labels import Label, material_label, status_labels
from kimppa.marc.record import Field

register = template.Library()
register.filter("material_label", material_label)
register.filter("status_labels", status_labels)


@register.filter
def of(mapping: Mapping[object, object], key: object) -> object:
    """Return what the mapping holds for the key."""
    return mapping.get(key)


@register.inclusion_tag("catalogue/_label.html")
def label(value: Label, *, badge: bool = False) -> dict[str, object]:
    """Show a label: icon and word, as a badge when it is a state."""
    return {"label": value, "badge": badge}


@register.inclusion_tag("catalogue/_marc_field.html")
def marc_field(field: Field) -> dict[str, object]:
    """Show a MARC field's indicators and subfields."""
    return {"field": field, "indicators": field.indicators.replace(" ", "_")}
