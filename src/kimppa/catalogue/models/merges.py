"""What was merged, and where old record ids lead."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models.loads import Load
from kimppa.catalogue.models.records import BibliographicRecord, InputRecord
from kimppa.organisations.models import Library


class Redirect(models.Model):
    """Where an old record id of a library leads now."""

    library = models.ForeignKey(
        Library,
        on_delete=models.PROTECT,
        db_index=False,  # asked only together with the number, in the constraint below
        related_name="+",
        verbose_name=_("library"),
    )
    control_number = models.CharField(_("control number"), max_length=200)
    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.CASCADE,
        related_name="redirects",
        verbose_name=_("bibliographic record"),
    )

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["control_number", "library"], name="redirect_once_in_library"
            )
        ]

    def __str__(self) -> str:
        return self.control_number


class MergeEvent(models.Model):
    """The merging of two or more records into one."""

    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.CASCADE,
        related_name="merge_events",
        verbose_name=_("bibliographic record"),
    )
    load = models.ForeignKey(
        Load,
        on_delete=models.PROTECT,
        related_name="merge_events",
        verbose_name=_("load"),
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("merge event")
        verbose_name_plural = _("merge events")
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return str(self.pk)


class MergeInput(models.Model):
    """One record that took part in a merge event."""

    event = models.ForeignKey(
        MergeEvent,
        on_delete=models.CASCADE,
        db_index=False,  # the constraint below begins with it
        related_name="inputs",
        verbose_name=_("merge event"),
    )
    input_record = models.ForeignKey(
        InputRecord,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("input record"),
    )
    is_base = models.BooleanField(_("gave the leader and description"))

    class Meta:
        verbose_name = _("merge input")
        verbose_name_plural = _("merge inputs")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "input_record"], name="merge_input_once_in_event"
            ),
            models.UniqueConstraint(
                fields=["event"], condition=Q(is_base=True), name="merge_event_one_base"
            ),
        ]

    def __str__(self) -> str:
        return str(self.input_record_id)
