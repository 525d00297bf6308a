"""Trials of other rules on past loans, and what came of them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.models.policy import RuleSet
from kimppa.organisations.models import StaffAccount


class Simulation(models.Model):
    """One trial of two rule sets on the loans of some days; goes on when the page is closed."""

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")

    old = models.ForeignKey(
        RuleSet, on_delete=models.CASCADE, related_name="+", verbose_name=_("present rules")
    )
    new = models.ForeignKey(
        RuleSet, on_delete=models.CASCADE, related_name="+", verbose_name=_("other rules")
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    began_at = models.DateTimeField(_("began"))
    heard_at = models.DateTimeField(_("last heard of"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RUNNING)
    done = models.PositiveIntegerField(_("loans done"), default=0)
    total = models.PositiveIntegerField(_("loans in all"), default=0)
    outcome = models.JSONField(_("outcome"), default=list)
    trouble = models.CharField(_("trouble"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"simulation {self.pk}"
