"""When a branch is open, week after week, and on which days it is not so."""

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models.units import Branch


class HoursKind(models.TextChoices):
    """Who is there (users.md 0.10)."""

    STAFFED = "staffed", _("staff serve")
    PRESENT = "present", _("staff present")
    SELF_SERVICE = "self_service", _("self-service hours")


class OpeningHours(models.Model):
    """One span of one weekday, for as long as it holds."""

    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, related_name="hours", verbose_name=_("branch")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"))  # 0 is Monday
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    kind = models.CharField(
        _("kind"), max_length=12, choices=HoursKind.choices, default=HoursKind.STAFFED
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering: ClassVar = ["branch", "weekday", "opens"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="hours_close_later"),
        ]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.weekday} {self.opens}-{self.closes}"


class ExceptionalDay(models.Model):
    """A date on which the week's hours do not hold: closed, or open at other times."""

    branch = models.ForeignKey(
        Branch,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="exceptional_days",
        verbose_name=_("branch"),
    )  # empty: every branch
    date = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True)  # empty: closed
    closes = models.TimeField(_("closes"), null=True, blank=True)
    kind = models.CharField(
        _("kind"), max_length=12, choices=HoursKind.choices, default=HoursKind.STAFFED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exceptional day")
        verbose_name_plural = _("exceptional days")
        ordering: ClassVar = ["date"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Coalesce("branch", 0),
                "date",
                Coalesce("opens", Value(time.min)),
                name="exceptional_day_once",
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(closes__gt=F("opens")),
                name="exceptional_day_closes_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.date}"
