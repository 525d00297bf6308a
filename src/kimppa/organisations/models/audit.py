"""The log of what was done and of whose data was read."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models.staff import StaffAccount
from kimppa.organisations.models.units import Branch


class AuditEvent(models.Model):
    """One line of the log: when, who, what was done and to what; no personal data of patrons."""

    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("where"),
    )
    action = models.CharField(_("action"), max_length=64)
    object_kind = models.CharField(_("kind of object"), max_length=64)
    object_id = models.CharField(_("object"), max_length=64)
    # Codes, counts, states, dates and cents before and after; no name, contact detail or code.
    details = models.JSONField(_("details"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_event_by_time"),
            models.Index(fields=["action", "at"], name="audit_event_by_action"),
            models.Index(fields=["object_kind", "object_id"], name="audit_event_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"
