"""Each bringing of a match result into the catalogue."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LoadQuerySet(models.QuerySet["Load"]):
    """Loads by their state."""

    def standing(self) -> "LoadQuerySet":
        """Loads whose rows are in the catalogue."""
        return self.filter(state=Load.State.LOADED)


class Load(models.Model):
    """One bringing of a match result into the catalogue."""

    class State(models.TextChoices):
        """Whether what it brought is in the catalogue."""

        LOADED = "loaded", _("loaded")
        UNDONE = "undone", _("undone")

    digest = models.CharField(_("fingerprint of the folder"), max_length=64)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.LOADED)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    counts = models.JSONField(_("counts"), default=dict)
    made_libraries = models.JSONField(_("libraries it made"), default=list)
    made_branches = models.JSONField(_("branches it made"), default=list)

    objects = LoadQuerySet.as_manager()

    class Meta:
        verbose_name = _("load")
        verbose_name_plural = _("loads")
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            # Also what makes the second of two simultaneous loads wait and then be refused.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="loaded"), name="load_one_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.state}"
