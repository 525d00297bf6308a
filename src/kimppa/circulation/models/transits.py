"""Items on their way from one branch to another."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models import Item
from kimppa.circulation.models.holds import Hold
from kimppa.organisations.models import Branch


class Transit(models.Model):
    """One item sent; open until it arrives or is called off."""

    class Reason(models.TextChoices):
        """Why it travels."""

        HOLD = "hold", _("for a hold")
        HOME = "home", _("to its home branch")

    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="transits", verbose_name=_("item")
    )
    from_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("from")
    )
    to_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("to")
    )
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    hold = models.ForeignKey(
        Hold, on_delete=models.PROTECT, null=True, related_name="transits", verbose_name=_("hold")
    )
    sent_at = models.DateTimeField(_("sent"))
    ended_at = models.DateTimeField(_("arrived or called off"), null=True)
    arrived_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("arrived at")
    )

    class Meta:
        verbose_name = _("transit")
        verbose_name_plural = _("transits")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(ended_at=None), name="transit_open_once_per_item"
            ),
            models.CheckConstraint(
                condition=~Q(from_branch=F("to_branch")), name="transit_between_two_branches"
            ),
            models.CheckConstraint(
                condition=Q(reason="home") | ~Q(hold=None), name="transit_for_hold_names_it"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["to_branch", "sent_at"],
                condition=Q(ended_at=None),
                name="transit_open_by_branch",
            ),
        ]

    def __str__(self) -> str:
        return f"transit {self.pk}"
