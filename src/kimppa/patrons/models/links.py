"""What ties persons to each other: guardians, consents, merges."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models.people import Patron


class Guardianship(models.Model):
    """A child and the adult who answers for it."""

    class Ending(models.TextChoices):
        """Why a guardianship ended."""

        NEW_GUARDIAN = "new_guardian", _("another guardian took over")
        AGE = "age", _("the child came of the age in the rules")
        REQUEST = "request", _("on request")

    child = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="guardianships", verbose_name=_("child")
    )
    guardian = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="dependents", verbose_name=_("guardian")
    )
    began_date = models.DateField(_("began"))
    ended_date = models.DateField(_("ended"), null=True, blank=True)
    ended_because = models.CharField(
        _("why it ended"), max_length=12, choices=Ending.choices, blank=True
    )
    consent_date = models.DateField(_("consent given"))
    rules_version = models.CharField(_("rules agreed to"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(child=F("guardian")), name="guardian_is_another_person"
            ),
            models.UniqueConstraint(
                fields=["child", "guardian"],
                condition=Q(ended_date=None),
                name="guardianship_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_date=None, ended_because="")
                | ~Q(ended_date=None) & ~Q(ended_because=""),
                name="guardianship_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"guardianship {self.pk}"


class Consent(models.Model):
    """What a patron, or a guardian for a child, has agreed to, and until when."""

    class Kind(models.TextChoices):
        """What was agreed to."""

        CARD_FOR_CHILD = "card_for_child", _("card for a child")
        SELF_SERVICE = "self_service", _("use of self-service libraries")
        MESSAGES = "messages", _("messages by e-mail or text")
        GUARDIAN_SEES_LOANS = "guardian_sees_loans", _("guardian sees the loans")

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="consents", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=32, choices=Kind.choices)
    given_by = models.ForeignKey(
        Patron, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("given by")
    )
    given_at = models.DateTimeField(_("given"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("branch")
    )
    text_version = models.CharField(_("version of the text"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patron", "kind"], condition=Q(withdrawn_at=None), name="consent_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class PatronMerge(models.Model):
    """Two entries of one person made one; holds what is needed to part them again."""

    kept = models.ForeignKey(
        Patron, on_delete=models.PROTECT, related_name="merges", verbose_name=_("kept")
    )
    gone = models.ForeignKey(
        Patron, on_delete=models.PROTECT, related_name="+", verbose_name=_("merged into it")
    )
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("branch")
    )
    # Numbers of the rows that moved, by table, and the kept patron's values that gave way.
    # Both are emptied when the merge can no longer be undone.
    moved = models.JSONField(_("what moved"), default=dict)
    replaced = models.JSONField(_("values before"), default=dict)
    undo_until = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    settled_at = models.DateTimeField(_("can no longer be undone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge of patrons")
        verbose_name_plural = _("merges of patrons")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two_patrons"),
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at=None), name="patron_merged_away_once"
            ),
        ]

    def __str__(self) -> str:
        return f"merge of patrons {self.pk}"
