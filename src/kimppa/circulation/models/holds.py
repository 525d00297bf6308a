"""Who waits for what, in which order, and which branches fill whose holds."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.organisations.models import Branch, StaffAccount
from kimppa.patrons.models import Patron


class QueueArea(models.Model):
    """Branches whose items of some types fill each other's holds: one queue."""

    name = models.CharField(_("name"), max_length=200)
    item_type = models.CharField(_("item type"), max_length=100, blank=True)  # empty: any
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("queue area")
        verbose_name_plural = _("queue areas")

    def __str__(self) -> str:
        return self.name


class QueueAreaBranch(models.Model):
    """A branch that belongs to a queue area."""

    area = models.ForeignKey(
        QueueArea, on_delete=models.CASCADE, related_name="members", verbose_name=_("queue area")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, related_name="+", verbose_name=_("branch")
    )

    class Meta:
        verbose_name = _("branch of a queue area")
        verbose_name_plural = _("branches of queue areas")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area", "branch"], name="queue_area_branch_once")
        ]

    def __str__(self) -> str:
        return f"{self.branch} in {self.area}"


class HoldGroup(models.Model):
    """Several copies of one record for one purpose, such as a reading circle."""

    name = models.CharField(_("name"), max_length=200)
    # Empty once the holds are over, as with each of them.
    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("patron")
    )
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("group of holds")
        verbose_name_plural = _("groups of holds")

    def __str__(self) -> str:
        return f"group of holds {self.pk}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Adjectives of holds."""

    def open(self) -> "HoldQuerySet":
        """Those not over yet."""
        return self.filter(state__in=Hold.OPEN)

    def waiting(self) -> "HoldQuerySet":
        """Those in a queue, in the queue's order."""
        return self.filter(state=Hold.State.WAITING).order_by("rank", "pk")


class Hold(models.Model):
    """A place in the queue for a record, or for one item of it."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("waiting")
        IN_TRANSIT = "in_transit", _("on its way")
        READY = "ready", _("available for pickup")
        FILLED = "filled", _("fetched")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("not fetched")

    OPEN: ClassVar = (State.WAITING, State.IN_TRANSIT, State.READY)

    key = models.UUIDField(_("key in addresses"), default=uuid.uuid4, editable=False)
    record = models.ForeignKey(
        BibliographicRecord,
        on_delete=models.PROTECT,
        related_name="holds",
        verbose_name=_("record"),
    )
    wanted_item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("this very item"),
    )
    # Empty once the hold is over and the patron does not want history kept.
    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, null=True, related_name="holds", verbose_name=_("patron")
    )
    group = models.ForeignKey(
        HoldGroup,
        on_delete=models.PROTECT,
        null=True,
        related_name="holds",
        verbose_name=_("group"),
    )
    pickup_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("pickup branch")
    )
    placed_at = models.DateTimeField(_("placed"))
    placed_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("placed by"),
    )
    # The queue's order: microseconds of the moment of placing, so that a hold that comes back
    # stands where it stood; staff who move a hold give it a rank between its neighbours.
    rank = models.BigIntegerField(_("place in the queue"))
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.WAITING
    )
    not_before_date = models.DateField(_("frozen until"), null=True)
    wanted_by_date = models.DateField(_("not needed after"), null=True)
    item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("item set aside"),
    )
    shelf_code = models.CharField(_("hold shelf code"), max_length=16, blank=True)
    ready_at = models.DateTimeField(_("available since"), null=True)
    last_pickup_date = models.DateField(_("last pickup day"), null=True)
    ended_at = models.DateTimeField(_("over since"), null=True)
    # Who ended it (empty: the patron, or the passing of time) and from which state, so that it
    # can be restored for a day.
    ended_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_from = models.CharField(_("state before the end"), max_length=12, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="hold_key_once"),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=["in_transit", "ready"]),
                name="hold_one_per_item_set_aside",
            ),
            models.UniqueConstraint(
                fields=["pickup_branch", "shelf_code"],
                condition=Q(state="ready"),
                name="hold_shelf_code_once_in_branch",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_transit", "ready"]) | ~Q(item=None),
                name="hold_set_aside_has_item",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "in_transit", "ready"]) | ~Q(patron=None),
                name="hold_open_has_patron",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["record", "rank"], condition=Q(state="waiting"), name="hold_queue_of_record"
            ),
            models.Index(
                fields=["patron"],
                condition=Q(state__in=["waiting", "in_transit", "ready"]),
                name="hold_open_of_patron",
            ),
            models.Index(
                fields=["pickup_branch", "last_pickup_date"],
                condition=Q(state="ready"),
                name="hold_shelf_of_branch",
            ),
            models.Index(
                fields=["ended_at"], condition=Q(state="cancelled"), name="hold_cancelled_lately"
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class PullRequest(models.Model):
    """A branch is asked to fetch one item from its shelf for a hold."""

    class State(models.TextChoices):
        """What came of it."""

        ASKED = "asked", _("to be fetched")
        FOUND = "found", _("found")
        NOT_FOUND = "not_found", _("not on the shelf")
        MISSING = "missing", _("missing")
        WITHDRAWN = "withdrawn", _("no longer needed")

    hold = models.ForeignKey(
        Hold, on_delete=models.CASCADE, related_name="pull_requests", verbose_name=_("hold")
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", verbose_name=_("branch")
    )
    asked_at = models.DateTimeField(_("asked"))
    # Why this branch and no other: a value of rules.pulling.Why.
    reason = models.CharField(_("why this branch"), max_length=16)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    # Somebody walks along the shelves with the list in hand: the next list leaves it out.
    taken_at = models.DateTimeField(_("in hand since"), null=True)
    taken_by = models.ForeignKey(
        StaffAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("in hand of"),
    )
    looks = models.PositiveSmallIntegerField(_("times looked for in vain"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("pull request")
        verbose_name_plural = _("pull requests")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hold"], condition=Q(state="asked"), name="pull_asked_once_per_hold"
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="asked"), name="pull_asked_once_per_item"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["branch"], condition=Q(state="asked"), name="pull_list_of_branch"),
            models.Index(
                fields=["item", "answered_at"],
                condition=Q(state="not_found"),
                name="pull_not_found_lately",
            ),
            models.Index(fields=["asked_at"], name="pull_by_day"),
        ]

    def __str__(self) -> str:
        return f"pull request {self.pk}"
