"""What patrons owe, what they paid, and what stops them from borrowing. All sums are cents."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models import Item
from kimppa.circulation.models.loans import Loan
from kimppa.organisations.models import Branch, Library, StaffAccount
from kimppa.patrons.models import Patron


class Fee(models.Model):
    """One charge; what is left of it is the sum of its ledger entries."""

    class Kind(models.TextChoices):
        """What it is for."""

        OVERDUE = "overdue", _("overdue fine")
        UNCOLLECTED = "uncollected", _("hold not fetched")
        LOST_ITEM = "lost_item", _("replacement of an item")
        NEW_CARD = "new_card", _("new card")
        INTERLIBRARY = "interlibrary", _("interlibrary loan")
        ADDRESS_CHECK = "address_check", _("address check")
        INVOICE = "invoice", _("handling of an invoice")
        OTHER = "other", _("other")

    class LegalKind(models.TextChoices):
        """Which law it rests on; only public-law charges may stop borrowing (users.md 0.5)."""

        PUBLIC = "public", _("public-law fee")
        PRIVATE = "private", _("private-law charge")

    key = models.UUIDField(_("key in addresses"), default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, null=True, related_name="fees", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    legal_kind = models.CharField(_("legal kind"), max_length=8, choices=LegalKind.choices)
    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="+", verbose_name=_("library")
    )
    loan = models.ForeignKey(
        Loan, on_delete=models.PROTECT, null=True, related_name="fees", verbose_name=_("loan")
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("item")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("made"))
    # Kept by operations beside the ledger, so that a block needs one sum; a test compares them.
    open_cents = models.IntegerField(_("left, in cents"))

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="fee_key_once"),
            models.CheckConstraint(condition=Q(open_cents__gte=0), name="fee_not_overpaid"),
            models.UniqueConstraint(
                fields=["loan", "kind"],
                condition=Q(kind="lost_item") & Q(open_cents__gt=0),
                name="fee_lost_item_once_per_loan",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["patron"], condition=Q(open_cents__gt=0), name="fee_open_of_patron"
            ),
        ]

    def __str__(self) -> str:
        return f"fee {self.pk}"


class Receipt(models.Model):
    """One payment at a till or on the web, over one fee or several; numbered by branch."""

    class Method(models.TextChoices):
        """How it was paid."""

        CASH = "cash", _("cash")
        CARD = "card", _("bank card")
        ONLINE = "online", _("online")

    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("branch")
    )
    number = models.PositiveIntegerField(_("number"))
    method = models.CharField(_("paid by"), max_length=8, choices=Method.choices)
    cents = models.IntegerField(_("sum, in cents"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    # Two presses of one button carry one key: the second finds the first's receipt.
    request_key = models.CharField(_("key of the request"), max_length=64)
    cancels = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="cancelled_by",
        verbose_name=_("cancels"),
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "number"], name="receipt_number_once"),
            models.UniqueConstraint(fields=["request_key"], name="receipt_request_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["branch", "at"], name="receipt_by_day")]

    def __str__(self) -> str:
        return f"{self.branch.code}-{self.number}"


class LedgerEntry(models.Model):
    """One change of what is left of a fee; charges stand above zero. Never edited."""

    class Kind(models.TextChoices):
        """What changed it."""

        CHARGE = "charge", _("charge")
        PAYMENT = "payment", _("payment")
        PAYMENT_CANCELLED = "payment_cancelled", _("payment cancelled")
        WAIVED = "waived", _("forgiven")
        WAIVER_CANCELLED = "waiver_cancelled", _("forgiving cancelled")

    fee = models.ForeignKey(
        Fee, on_delete=models.PROTECT, related_name="entries", verbose_name=_("fee")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    cents = models.IntegerField(_("cents"))
    receipt = models.ForeignKey(
        Receipt,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        verbose_name=_("receipt"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"))
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("branch")
    )
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(cents=0), name="ledger_entry_not_zero"),
            models.CheckConstraint(
                condition=~Q(kind="payment") | ~Q(receipt=None), name="payment_has_receipt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cents}"

    @property
    def paid_cents(self) -> int:
        """What it added to the till: above zero for a payment."""
        return -self.cents


class Block(models.Model):
    """A stop that staff set by hand: a borrowing block or a ban from premises."""

    class Kind(models.TextChoices):
        """What it stops."""

        BORROWING = "borrowing", _("borrowing block")
        BAN = "ban", _("ban from premises")

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("holds in this branch only"),
    )
    reason = models.CharField(_("reason"), max_length=300)
    began_at = models.DateTimeField(_("began"))
    until_date = models.DateField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("lifted"), null=True)
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        indexes: ClassVar = [
            models.Index(fields=["patron"], condition=Q(ended_at=None), name="block_of_patron"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
