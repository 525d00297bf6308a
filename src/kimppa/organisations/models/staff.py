"""Staff accounts and what each may do where."""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models.units import Branch, Library


class StaffAccount(AbstractUser):
    """A staff member's account; patrons have none here."""

    key = models.UUIDField(_("key in addresses"), default=uuid.uuid4, editable=False)
    home_branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("home branch"),
    )

    # The last day of work; whoever has left is never deleted, for the log names them.
    ends_date = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("staff account")
        verbose_name_plural = _("staff accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="staff_account_key_once")
        ]

    def has_left(self, today: date) -> bool:
        """Return whether the account may not be used any more."""
        return not self.is_active or (self.ends_date is not None and self.ends_date < today)


class RoleGrant(models.Model):
    """A role that an account has: everywhere, in one library or in one branch."""

    class Role(models.TextChoices):
        """What kind of work it is; organisations.rules says what each may do."""

        COORDINATOR = "coordinator", _("regional coordinator")
        BRANCH_MANAGER = "branch_manager", _("branch manager")
        DESK = "desk", _("desk")
        CATALOGUER = "cataloguer", _("cataloguer")
        TRANSPORT = "transport", _("transport")
        AKE = "ake", _("regional developer")
        CHAT = "chat", _("chat")
        PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
        READ_ONLY = "read_only", _("read only")

    account = models.ForeignKey(
        StaffAccount, on_delete=models.CASCADE, related_name="grants", verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    library = models.ForeignKey(
        Library,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("library"),
    )
    branch = models.ForeignKey(
        Branch,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("branch"),
    )
    granted_at = models.DateTimeField(_("granted"))
    granted_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("granted by"),
    )
    # Confirmed yearly (users.md X1).
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ends_date = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("role of an account")
        verbose_name_plural = _("roles of accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "account",
                "role",
                Coalesce("library", 0),
                Coalesce("branch", 0),
                name="role_granted_once",
            ),
            models.CheckConstraint(
                condition=models.Q(library=None) | models.Q(branch=None), name="role_in_one_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of account {self.account_id}"
