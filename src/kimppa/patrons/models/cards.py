"""Library cards, many to a person, and the PIN."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Library
from kimppa.patrons.models.people import Patron


class Card(models.Model):
    """A card number; any card that is active works in every library."""

    class Status(models.TextChoices):
        """Whether it may be used."""

        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")
        LOST = "lost", _("lost")

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="cards", verbose_name=_("patron")
    )
    number = models.CharField(_("number"), max_length=64)
    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="+", verbose_name=_("issuing library")
    )
    origin = models.CharField(_("system it came from"), max_length=64, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.ACTIVE
    )
    is_main = models.BooleanField(_("main card"), default=False)
    issued_date = models.DateField(_("issued"))
    ended_at = models.DateTimeField(_("retired or reported lost"), null=True, blank=True)

    class Meta:
        verbose_name = _("library card")
        verbose_name_plural = _("library cards")
        ordering: ClassVar = ["-is_main", "-issued_date"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="card_number_once"),
            models.UniqueConstraint(
                fields=["patron"], condition=Q(is_main=True), name="card_one_main_per_patron"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="card_has_number"),
            models.CheckConstraint(
                condition=Q(is_main=False) | Q(status="active"), name="card_main_is_active"
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_at=None)
                | ~Q(status="active") & ~Q(ended_at=None),
                name="card_ended_when_not_active",
            ),
        ]

    def __str__(self) -> str:
        return f"card {self.pk}"


class Pin(models.Model):
    """The four digits, hashed; nobody can read them back."""

    patron = models.OneToOneField(
        Patron, on_delete=models.CASCADE, related_name="pin", verbose_name=_("patron")
    )
    hash = models.CharField(_("hash"), max_length=200)
    set_at = models.DateTimeField(_("set"))
    failures = models.PositiveSmallIntegerField(_("wrong tries in a row"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")

    def __str__(self) -> str:
        return f"PIN of patron {self.patron_id}"
