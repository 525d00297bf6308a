"""Loans that a desk wrote down while the line was down, until each is lent or solved."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.models.loans import Loan
from kimppa.organisations.models import Branch, StaffAccount


class OfflineLoan(models.Model):
    """One check-out written down without the line; its card number goes once it is solved."""

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending", _("uploaded")
        LENT = "lent", _("lent")
        REFUSED = "refused", _("to be solved")
        DISCARDED = "discarded", _("discarded")

    SOLVED: ClassVar = (State.LENT, State.DISCARDED)

    key = models.UUIDField(_("key made by the browser"), unique=True, editable=False)
    card_number = models.CharField(_("card number"), max_length=64, blank=True)
    barcode = models.CharField(_("barcode"), max_length=100)
    lent_at = models.DateTimeField(_("lent"))
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("branch")
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.PENDING
    )
    # Why it was refused, as rules.loans.Reason has it; emptied with the card number.
    problems = models.JSONField(_("problems"), default=list, blank=True)
    loan = models.ForeignKey(
        Loan, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("loan")
    )
    solved_at = models.DateTimeField(_("solved"), null=True)
    solved_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("solved by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("offline loan")
        verbose_name_plural = _("offline loans")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=("lent", "discarded")) | Q(card_number="", problems=[]),
                name="offline_loan_solved_keeps_no_card",
            ),
            models.CheckConstraint(
                condition=Q(state="lent") & ~Q(loan=None) | ~Q(state="lent") & Q(loan=None),
                name="offline_loan_lent_has_loan",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["branch", "lent_at"],
                condition=Q(solved_at=None),
                name="offline_loan_unsolved",
            ),
        ]

    def __str__(self) -> str:
        return f"offline loan {self.pk}"
