"""Records of the shared catalogue and the records they came from."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models.loads import Load
from kimppa.catalogue.storage import unpack, unpack_lines
from kimppa.marc.record import Record
from kimppa.organisations.models import Library


class BibliographicRecord(models.Model):
    """One described edition, kept whole as MARC with a few columns for lists."""

    cluster_id = models.CharField(_("record id"), max_length=32)
    title = models.CharField(_("title"), max_length=500)
    author = models.CharField(_("author"), max_length=300, blank=True)
    year = models.IntegerField(_("year"), null=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    material = models.CharField(_("material"), max_length=32)
    size = models.IntegerField(_("records merged"))
    base = models.CharField(_("base record"), max_length=300)
    title_key = models.CharField(_("title for sorting"), max_length=100)
    search_text = models.CharField(_("text for filtering"), max_length=400)
    load = models.ForeignKey(
        Load, on_delete=models.PROTECT, related_name="records", verbose_name=_("load")
    )
    packed_marc = models.BinaryField(_("MARC record, packed"))
    packed_provenance = models.BinaryField(_("provenance, packed"))

    class Meta:
        verbose_name = _("bibliographic record")
        verbose_name_plural = _("bibliographic records")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster_id"], name="record_id_once"),
            models.CheckConstraint(condition=Q(size__gte=0), name="record_size_not_negative"),
        ]
        indexes: ClassVar = [
            # Holds the filter's text too, so that a search reads this index and no record.
            models.Index(fields=["title_key", "search_text"], name="record_by_title"),
            models.Index(fields=["year", "title_key"], name="record_by_year"),
            models.Index(fields=["material", "title_key"], name="record_by_material"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the record's page."""
        return reverse("catalogue:record", args=[self.cluster_id])

    @property
    def marc(self) -> Record:
        """The MARC record."""
        return Record.from_flat(unpack(self.packed_marc))

    @property
    def provenance(self) -> list[list[str]]:
        """For each field of the MARC record, in order, its sources as ``LIBRARY:ID``."""
        return [line.split("\t") if line else [] for line in unpack_lines(self.packed_provenance)]


class Identifier(models.Model):
    """A number that names an edition everywhere."""

    class Kind(models.TextChoices):
        """Which numbering it belongs to."""

        ISBN = "isbn", _("ISBN")

    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.CASCADE,
        related_name="identifiers",
        verbose_name=_("bibliographic record"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=64)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["value", "kind", "record"], name="identifier_once_in_record"
            )
        ]

    def __str__(self) -> str:
        return self.value


class InputRecord(models.Model):
    """A record as one library's system gave it."""

    class Kind(models.TextChoices):
        """What the input describes."""

        BIBLIOGRAPHIC = "bibliographic", _("bibliographic")
        HOLDINGS = "holdings", _("holdings")
        AUTHORITY = "authority", _("authority")
        OTHER = "other", _("other")

    library = models.ForeignKey(
        Library,
        on_delete=models.PROTECT,
        db_index=False,  # the index below begins with it
        related_name="+",
        verbose_name=_("library"),
    )
    control_number = models.CharField(_("control number"), max_length=200)
    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.CASCADE,
        related_name="inputs",
        verbose_name=_("bibliographic record"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    file = models.CharField(_("file"), max_length=300)
    byte_offset = models.BigIntegerField(_("place in the file"))
    packed_marc = models.BinaryField(_("MARC record, packed"))

    class Meta:
        verbose_name = _("input record")
        verbose_name_plural = _("input records")
        ordering: ClassVar = ["library__code", "control_number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["control_number", "library"], name="input_once_in_library"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["library", "record"], name="input_by_library"),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        """The input's name in provenance: ``LIBRARY:ID``."""
        return f"{self.library.code}:{self.control_number}"

    @property
    def marc(self) -> Record:
        """The MARC record as read and repaired."""
        return Record.from_flat(unpack(self.packed_marc))
