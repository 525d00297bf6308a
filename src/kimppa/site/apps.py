"""The site room as Django knows it."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Base pages, settings and commands."""

    name = "kimppa.site"
    label = "site"
