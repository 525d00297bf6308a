"""What signing in leaves behind: tries, and the second factor of those who chose one."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models.staff import StaffAccount


class SignInAttempt(models.Model):
    """A try to sign in that has not succeeded, by a user name or from an address.

    Neither stands here, only a keyed digest of it; rows go when the time they count for is over.
    """

    digest = models.CharField(_("digest"), max_length=64)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("sign-in attempt")
        verbose_name_plural = _("sign-in attempts")
        indexes: ClassVar = [models.Index(fields=["digest", "at"], name="sign_in_attempt_count")]

    def __str__(self) -> str:
        return f"sign-in attempt {self.pk}"


class SecondFactor(models.Model):
    """An application that shows codes by time (RFC 6238), asked for besides the password."""

    account = models.OneToOneField(
        StaffAccount,
        on_delete=models.CASCADE,
        related_name="second_factor",
        verbose_name=_("account"),
    )
    secret = models.CharField(_("secret, encrypted"), max_length=300)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    # A code is taken once: only later steps of 30 seconds than this are.
    last_step = models.BigIntegerField(_("last step used"), default=0)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return f"second factor of account {self.account_id}"


class RecoveryCode(models.Model):
    """A code that stands in once for a lost application; only its digest is kept."""

    factor = models.ForeignKey(
        SecondFactor,
        on_delete=models.CASCADE,
        related_name="recovery_codes",
        verbose_name=_("second factor"),
    )
    digest = models.CharField(_("digest"), max_length=64)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
