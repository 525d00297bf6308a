"""The patrons room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatronsConfig(AppConfig):
    """Persons, cards, guardians, consents, identity codes; their merge and unmerge."""

    name = "kimppa.patrons"
    verbose_name = _("patrons")
