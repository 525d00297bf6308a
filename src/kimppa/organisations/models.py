"""Consortium, libraries, branches, staff accounts and the log of what was done."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Consortium(models.Model):
    """The alliance of libraries that shares one catalogue."""

    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("consortium")
        verbose_name_plural = _("consortia")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="consortium_code_once")
        ]

    def __str__(self) -> str:
        return self.name


class Library(models.Model):
    """A municipality's library; its code is the library name used in conversions."""

    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="libraries", verbose_name=_("consortium")
    )
    code = models.CharField(_("code"), max_length=200)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("libraries")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="library_code_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="library_has_code"),
        ]

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """A door people walk in by: main library, branch library or mobile library."""

    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="branches", verbose_name=_("library")
    )
    code = models.CharField(_("code"), max_length=200)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering: ClassVar = ["library__name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["library", "code"], name="branch_code_once_in_library"),
            models.CheckConstraint(condition=~models.Q(code=""), name="branch_has_code"),
        ]

    def __str__(self) -> str:
        return self.name


class StaffAccount(AbstractUser):
    """A staff member's account; patrons have none here."""

    home_branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("home branch"),
    )

    class Meta:
        verbose_name = _("staff account")
        verbose_name_plural = _("staff accounts")


class AuditEvent(models.Model):
    """One line of the log: when, who, what was done and to what; no personal data of patrons."""

    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    action = models.CharField(_("action"), max_length=64)
    object_kind = models.CharField(_("kind of object"), max_length=64)
    object_id = models.CharField(_("object"), max_length=64)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_event_by_time"),
            models.Index(fields=["object_kind", "object_id"], name="audit_event_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"
