"""Messages to patrons: each is told once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.patrons.models import Patron


class NoticeKind(models.TextChoices):
    """What a patron is told."""

    DUE_SOON = "due_soon", _("due date comes near")
    OVERDUE = "overdue", _("overdue")
    HOLD_READY = "hold_ready", _("hold available for pickup")
    LAST_PICKUP_DAY = "last_pickup_day", _("last pickup day")
    FEE = "fee", _("fee")
    INVOICE = "invoice", _("invoice")


class Channel(models.TextChoices):
    """How it is told."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")
    PRINT = "print", _("on paper")
    NONE = "none", _("not at all")


class MessageChoice(models.Model):
    """How a patron wants one kind of notice."""

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="message_choices", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=NoticeKind.choices)
    channel = models.CharField(
        _("how"), max_length=8, choices=Channel.choices, blank=True
    )  # empty: the first way that works
    lead_days = models.PositiveSmallIntegerField(_("days before"), default=2)

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patron", "kind"], name="message_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.channel}"


class Notice(models.Model):
    """One message; what it is about has one name, so that it is made and sent once."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("could not be sent")
        UNCERTAIN = "uncertain", _("not known whether it was sent")

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="notices", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=NoticeKind.choices)
    channel = models.CharField(_("how"), max_length=8, choices=Channel.choices)
    subject_key = models.CharField(_("what it is about"), max_length=100)  # "loan 17 2026-03-01"
    language = models.CharField(_("language"), max_length=8)
    facts = models.JSONField(_("what it tells"), default=dict)  # numbers of rows, dates, cents
    made_at = models.DateTimeField(_("made"))
    send_after = models.DateTimeField(_("not before"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default="waiting")
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    claimed_at = models.DateTimeField(_("taken by a worker"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    trouble = models.CharField(_("trouble"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patron", "kind", "subject_key"], name="notice_told_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["send_after"],
                condition=Q(state__in=["waiting", "sending"]),
                name="notice_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"
