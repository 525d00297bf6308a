"""How a patron is reached, with the days each detail holds."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kimppa.patrons.models.people import Patron


class ContactDetail(models.Model):
    """What every kind of contact detail has."""

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="%(class)s_set", verbose_name=_("patron")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_primary = models.BooleanField(_("used first"), default=False)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-is_primary", "-valid_from", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patron"],
                condition=Q(is_primary=True, valid_to=None),
                name="%(class)s_one_primary",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="%(class)s_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class Address(ContactDetail):
    """A postal address; a patron under non-disclosure has none here."""

    care_of = models.CharField(_("c/o"), max_length=200, blank=True)
    street = models.CharField(_("street address"), max_length=300)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FI")

    class Meta(ContactDetail.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")


class EmailAddress(ContactDetail):
    """An e-mail address."""

    value = models.EmailField(_("e-mail address"))

    class Meta(ContactDetail.Meta):
        verbose_name = _("e-mail address")
        verbose_name_plural = _("e-mail addresses")


class PhoneNumber(ContactDetail):
    """A telephone number as E.164 where it can be read as one; text messages go to it if it may."""

    value = models.CharField(_("telephone number"), max_length=32)
    takes_messages = models.BooleanField(_("takes text messages"), default=True)

    class Meta(ContactDetail.Meta):
        verbose_name = _("telephone number")
        verbose_name_plural = _("telephone numbers")
