"""The circulation room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CirculationConfig(AppConfig):
    """Policy matrix, loans, holds, transits, fees, blocks, notices and the desk."""

    name = "kimppa.circulation"
    verbose_name = _("circulation")
