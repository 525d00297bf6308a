"""The catalogue room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """Records, items and where each record came from."""

    name = "kimppa.catalogue"
    verbose_name = _("catalogue")
