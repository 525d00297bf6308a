"""Persons and institutions that borrow, the kinds of them, and what staff noted."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch, Library, StaffAccount


class PatronCategory(models.Model):
    """A kind of patron that rules tell apart: adults, children, institutions."""

    code = models.CharField(_("code"), max_length=64)
    name_fi = models.CharField(_("name in Finnish"), max_length=200)
    name_sv = models.CharField(_("name in Swedish"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    is_institution = models.BooleanField(_("is an institution"), default=False)
    is_retired = models.BooleanField(_("no longer given"), default=False)

    class Meta:
        verbose_name = _("patron category")
        verbose_name_plural = _("patron categories")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="patron_category_code_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language, else in Finnish."""
        return getattr(self, f"name_{(get_language() or 'fi')[:2]}", "") or self.name_fi


class PatronQuerySet(models.QuerySet["Patron"]):
    """Adjectives of patrons."""

    def present(self) -> "PatronQuerySet":
        """Those that stand in the register: neither merged into another nor erased."""
        return self.filter(merged_into=None, erased_at=None)


class Patron(models.Model):
    """One person or institution; however many cards it carries."""

    class History(models.TextChoices):
        """What becomes of loans that were returned."""

        OFF = "off", _("not kept")  # nothing was chosen: not kept
        ALWAYS = "always", _("kept")
        NEVER = "never", _("never kept")

    key = models.UUIDField(_("key in addresses"), default=uuid.uuid4, editable=False)
    category = models.ForeignKey(
        PatronCategory, on_delete=models.PROTECT, related_name="+", verbose_name=_("category")
    )
    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="+", verbose_name=_("library")
    )
    home_branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("home branch"),
    )
    surname = models.CharField(_("surname or name of the institution"), max_length=200)
    given_names = models.CharField(_("given names"), max_length=200, blank=True)
    # Folded for finding: a space before each word, lower case, marks off except å ä ö.
    name_key = models.CharField(_("name for finding"), max_length=400, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="fi")
    history = models.CharField(
        _("loan history"), max_length=8, choices=History.choices, default=History.OFF
    )
    # As the category is; here too, so that the database can ask for the responsible adult.
    is_institution = models.BooleanField(_("is an institution"), default=False)
    responsible_adult = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="institutions",
        db_index=False,
        verbose_name=_("responsible adult"),
    )
    # In force until staff lift it: a date gone by only asks them to check (users.md D7).
    non_disclosure_until = models.DateField(_("non-disclosure until"), null=True, blank=True)
    rules_version = models.CharField(_("rules agreed to"), max_length=64, blank=True)
    registered_at = models.DateTimeField(_("registered"))
    registered_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("registered by"),
    )
    last_active_date = models.DateField(_("last active"))
    expires_date = models.DateField(_("details to be checked by"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        db_index=False,
        verbose_name=_("merged into"),
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = PatronQuerySet.as_manager()

    class Meta:
        verbose_name = _("patron")
        verbose_name_plural = _("patrons")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="patron_key_once"),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="patron_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(is_institution=False) | ~Q(responsible_adult=None) | ~Q(erased_at=None),
                name="institution_has_responsible_adult",
            ),
            models.CheckConstraint(
                condition=~Q(responsible_adult=F("id")), name="responsible_adult_is_another"
            ),
        ]
        indexes: ClassVar = [
            # Searched from end to end for parts of names: far less to read than the rows.
            models.Index(fields=["name_key"], name="patron_by_name"),
            # Empty for nearly everybody: an index of all rows would be no help.
            models.Index(
                fields=["responsible_adult"],
                condition=~Q(responsible_adult=None),
                name="patron_by_responsible_adult",
            ),
            models.Index(
                fields=["merged_into"], condition=~Q(merged_into=None), name="patron_by_merged_into"
            ),
            models.Index(fields=["birth_date"], name="patron_by_birth_date"),
            models.Index(fields=["last_active_date"], name="patron_by_last_active"),
        ]

    def __str__(self) -> str:
        return f"patron {self.key}"  # never the name: what is printed ends up in logs

    @property
    def is_non_disclosed(self) -> bool:
        """Whether nobody may be told where the patron lives (turvakielto)."""
        return self.non_disclosure_until is not None

    @property
    def full_name(self) -> str:
        """The name as staff say it: surname first."""
        return f"{self.surname}, {self.given_names}" if self.given_names else self.surname


class PatronNote(models.Model):
    """What staff should know when the patron comes; shown to the patron only where it says so."""

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="notes", verbose_name=_("patron")
    )
    text = models.TextField(_("text"))
    is_public = models.BooleanField(_("shown to the patron"), default=False)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    expires_date = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"note {self.pk}"
