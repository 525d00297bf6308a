"""The organisations room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationsConfig(AppConfig):
    """Consortium, libraries, branches, staff and the audit log."""

    name = "kimppa.organisations"
    verbose_name = _("organisations")
