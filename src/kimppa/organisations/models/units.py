"""The consortium, its libraries and their branches, desks and bus stops."""

from typing import ClassVar

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


class DataProtectionContact(models.Model):
    """Whom a library's patrons ask about their data: an office, on a public page."""

    library = models.OneToOneField(
        Library,
        on_delete=models.CASCADE,
        related_name="data_protection",
        verbose_name=_("library"),
    )
    name = models.CharField(_("office"), max_length=200)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("data protection contact")
        verbose_name_plural = _("data protection contacts")

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """A door people walk in by: main library, branch library or mobile library."""

    class Kind(models.TextChoices):
        """What it is."""

        MAIN = "main", _("main library")
        BRANCH = "branch", _("branch library")
        BUS = "bus", _("mobile library")
        INSTITUTION = "institution", _("institution")
        DEPOT = "depot", _("depot")

    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="branches", verbose_name=_("library")
    )
    code = models.CharField(_("code"), max_length=200)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.BRANCH)
    # The branch's own address, which also stands in for that of patrons under non-disclosure.
    street = models.CharField(_("street address"), max_length=300, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)

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


class Desk(models.Model):
    """A workstation where staff serve; its network tells when a screen says the wrong branch."""

    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, related_name="desks", verbose_name=_("branch")
    )
    name = models.CharField(_("name"), max_length=200)
    network = models.CharField(_("network"), max_length=64, blank=True)  # CIDR; empty: any

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering: ClassVar = ["branch__name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "name"], name="desk_name_once_in_branch")
        ]

    def __str__(self) -> str:
        return f"{self.branch.name}: {self.name}"


class BusStop(models.Model):
    """A stop of a mobile library: every so many weeks, on one weekday, at one time."""

    bus = models.ForeignKey(
        Branch, on_delete=models.CASCADE, related_name="stops", verbose_name=_("mobile library")
    )
    name = models.CharField(_("name"), max_length=200)
    first_date = models.DateField(_("first visit"))
    cycle_days = models.PositiveSmallIntegerField(_("days between visits"), default=14)
    opens = models.TimeField(_("comes"))
    closes = models.TimeField(_("leaves"))
    last_date = models.DateField(_("last visit"), null=True, blank=True)

    class Meta:
        verbose_name = _("bus stop")
        verbose_name_plural = _("bus stops")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(cycle_days__gt=0), name="bus_stop_cycle_above_zero"
            ),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")), name="bus_stop_leaves_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name
