"""The vault of personal identity codes, apart from everything else about a patron."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kimppa.patrons.models.people import Patron


class IdentityCode(models.Model):
    """A personal identity code: found by a keyed hash, read only with its own permission."""

    patron = models.OneToOneField(
        Patron, on_delete=models.CASCADE, related_name="identity_code", verbose_name=_("patron")
    )
    lookup_hash = models.CharField(_("keyed hash"), max_length=64)
    ciphertext = models.BinaryField(_("encrypted code"))
    stored_at = models.DateTimeField(_("stored"))

    class Meta:
        verbose_name = _("identity code")
        verbose_name_plural = _("identity codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lookup_hash"], name="identity_code_once")
        ]

    def __str__(self) -> str:
        return f"identity code of patron {self.patron_id}"
