"""Items in people's hands, and items that are neither there nor on their shelf."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models import Item
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Patron


class LoanQuerySet(models.QuerySet["Loan"]):
    """Adjectives of loans."""

    def open(self) -> "LoanQuerySet":
        """Those whose item has not come back."""
        return self.filter(ended_at=None)


class Loan(models.Model):
    """One item lent to one patron."""

    class Kind(models.TextChoices):
        """How it was lent."""

        LOAN = "loan", _("loan")
        IN_HOUSE = "in_house", _("in-library use")

    class Ending(models.TextChoices):
        """How it ended."""

        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")
        WRITTEN_OFF = "written_off", _("written off")

    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="loans", verbose_name=_("item")
    )
    # Empty once the loan has ended and the patron does not want history kept.
    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, null=True, related_name="loans", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.LOAN)
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("checked out at")
    )
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    began_at = models.DateTimeField(_("checked out"))
    due_date = models.DateField(_("due date"))
    renewals = models.PositiveSmallIntegerField(_("renewals"), default=0)
    renewed_at = models.DateTimeField(_("renewed"), null=True)
    claimed_returned_at = models.DateTimeField(_("claims returned"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ending = models.CharField(_("ending"), max_length=12, choices=Ending.choices, blank=True)
    ended_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ended at")
    )
    # For statistics, which outlive the link to the patron.
    category_code = models.CharField(_("patron category"), max_length=64)
    # {"loan_days": [28, "rule 17: …"], …}: which rule said what, and why.
    terms = models.JSONField(_("terms"), default=dict)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(ended_at=None), name="loan_open_once_per_item"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) & Q(ending="") | ~Q(ended_at=None) & ~Q(ending=""),
                name="loan_ended_somehow",
            ),
            models.CheckConstraint(
                condition=~Q(ended_at=None) | ~Q(patron=None), name="loan_open_has_patron"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["patron", "due_date"],
                condition=Q(ended_at=None),
                name="loan_open_of_patron",
            ),
            models.Index(
                fields=["due_date"], condition=Q(ended_at=None), name="loan_open_by_due_date"
            ),
            models.Index(fields=["began_at"], name="loan_by_beginning"),
        ]

    def __str__(self) -> str:
        return f"loan {self.pk}"


class ItemState(models.Model):
    """Where an item is and how, if not simply on the shelf of its home branch."""

    class Status(models.TextChoices):
        """What stands in the way of lending it."""

        ON_SHELF = "on_shelf", _("on the shelf")  # of another branch than its own
        HOLD_SHELF = "hold_shelf", _("waiting for pickup")
        IN_TRANSIT = "in_transit", _("in transit")
        PROCESSING = "processing", _("being processed")
        CLAIMED = "claimed", _("claims returned")
        MISSING = "missing", _("missing")
        LOST = "lost", _("lost")
        WITHDRAWN = "withdrawn", _("withdrawn")

    item = models.OneToOneField(
        Item,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="state",
        verbose_name=_("item"),
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("is at")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("state of an item")
        verbose_name_plural = _("states of items")
        indexes: ClassVar = [
            models.Index(fields=["branch", "status"], name="item_state_by_branch"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}: {self.status}"
