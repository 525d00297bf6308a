"""Copies on the shelves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models.records import BibliographicRecord
from kimppa.organisations.models import Branch, Library


class Item(models.Model):
    """One copy; its barcode is its own in the whole consortium."""

    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.CASCADE,
        related_name="items",
        verbose_name=_("bibliographic record"),
    )
    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="+", verbose_name=_("library")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("branch")
    )
    control_number = models.CharField(_("control number"), max_length=200)
    barcode = models.CharField(_("barcode"), max_length=100, blank=True)
    duplicate_barcode = models.CharField(
        _("barcode that another item has"), max_length=100, blank=True
    )
    shelving_location = models.CharField(_("shelving location"), max_length=200, blank=True)
    call_number = models.CharField(_("call number"), max_length=200, blank=True)
    item_type = models.CharField(_("item type"), max_length=100, blank=True)
    status = models.CharField(_("status"), max_length=100, blank=True)
    source = models.CharField(_("field or file it came from"), max_length=16)
    raw = models.TextField(_("as given"), blank=True)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["barcode"], condition=~Q(barcode=""), name="item_barcode_once"
            ),
            models.CheckConstraint(
                condition=Q(barcode="") | Q(duplicate_barcode=""), name="item_one_barcode"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["duplicate_barcode"],
                condition=~Q(duplicate_barcode=""),
                name="item_by_duplicate_barcode",
            ),
        ]

    def __str__(self) -> str:
        return self.barcode or self.duplicate_barcode or self.call_number
