"""The staff pages' navigation in templates."""

from django import template
from django.http import HttpRequest

from kimppa.site.navigation import ShownLink, links_for

register = template.Library()


@register.simple_tag
def navigation(request: HttpRequest) -> list[ShownLink]:
    """Return the links that the account may use where it works."""
    return links_for(request)
