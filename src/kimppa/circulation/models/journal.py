"""What hands slip on, remembered so that it can be taken back."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch, StaffAccount


class Step(models.Model):
    """One operation that can be undone: which rows it changed, and how they were before.

    ``before`` holds numbers of rows, states, dates and cents; never a name or a contact detail.
    """

    class Kind(models.TextChoices):
        """Which operation it was."""

        CHECK_IN = "check_in", _("check-in")
        FEE = "fee", _("fee")
        WAIVE = "waive", _("fee forgiven")
        DUE_DATES = "due_dates", _("due dates moved")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    object_id = models.BigIntegerField(_("number of its main row"))
    before = models.JSONField(_("how it was before"), default=dict)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("branch")
    )
    undo_until = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        verbose_name = _("step that can be undone")
        verbose_name_plural = _("steps that can be undone")
        indexes: ClassVar = [models.Index(fields=["kind", "object_id"], name="step_by_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
