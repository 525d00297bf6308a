"""The rules of use as rows: versions with dates, and one value per cell of the matrix."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch, Library
from kimppa.patrons.models import PatronCategory


class RuleSet(models.Model):
    """One version of the rules of use; what is published is never changed again."""

    name = models.CharField(_("name"), max_length=200)
    valid_from = models.DateField(_("in force from"), null=True, blank=True)
    decision = models.CharField(_("decision that set it"), max_length=300, blank=True)
    decision_date = models.DateField(_("date of the decision"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        ordering: ClassVar = ["-valid_from", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], name="rule_set_name_once"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=~Q(published_at=None), name="rule_set_date_once"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | ~Q(valid_from=None), name="rule_set_has_date"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyRule(models.Model):
    """One value, for whom, what and where it holds; an empty column means any."""

    rule_set = models.ForeignKey(
        RuleSet, on_delete=models.CASCADE, related_name="rules", verbose_name=_("rule set")
    )
    name = models.CharField(_("what it sets"), max_length=64)  # a name of rules.policy.VALUES
    value = models.IntegerField(_("value"))  # in the unit that rules.policy.VALUES names
    category = models.ForeignKey(
        PatronCategory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("patron category"),
    )
    item_type = models.CharField(_("item type"), max_length=100, blank=True)
    shelving_location = models.CharField(_("shelving location"), max_length=200, blank=True)
    library = models.ForeignKey(
        Library,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("library"),
    )
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("branch"),
    )

    class Meta:
        verbose_name = _("policy rule")
        verbose_name_plural = _("policy rules")
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "rule_set",
                "name",
                "item_type",
                "shelving_location",
                Coalesce("category", 0),
                Coalesce("library", 0),
                Coalesce("branch", 0),
                name="policy_rule_once",
            ),
            models.CheckConstraint(
                condition=Q(library=None) | Q(branch=None), name="policy_rule_one_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
