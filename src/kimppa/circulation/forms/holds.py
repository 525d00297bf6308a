"""What people type about holds."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.circulation.queries.placing import pickup_branches
from kimppa.circulation.rules.placing import MOST_COPIES
from kimppa.organisations.models import Branch

if TYPE_CHECKING:
    ItemChoice = forms.ModelChoiceField[Item]
else:  # Django's fields take no parameters when they run
    ItemChoice = forms.ModelChoiceField

REASON = 300
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def branch_choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the pickup branches by library, as a select offers them."""
    grouped = groupby(pickup_branches(), key=lambda branch: branch.library.name)
    return [(name, [(branch.pk, branch.name) for branch in group]) for name, group in grouped]


class BranchField(forms.TypedChoiceField):
    """A pickup branch, offered by library."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Pickup location"), choices=branch_choices, coerce=_branch, **kwargs
        )


def _branch(value: str) -> Branch:
    return Branch.objects.select_related("library").get(pk=int(value))


class CopyField(ItemChoice):
    """A copy of the record, offered by branch and call number."""

    def label_from_instance(self, obj: Item) -> str:
        """Return where the copy stands."""
        branch = obj.branch.name if obj.branch else ""
        return " · ".join(part for part in (branch, obj.call_number, obj.barcode) if part)


class PlaceHoldForm(forms.Form):
    """Who wants it, where, how many and when."""

    card = forms.CharField(label=_("Card number"), max_length=64)
    pickup_branch = BranchField()
    wanted_item = CopyField(
        label=_("Copy"), queryset=Item.objects.none(), required=False, empty_label=_("any copy")
    )
    copies = forms.IntegerField(
        label=_("Copies"), min_value=1, max_value=MOST_COPIES, initial=1, required=False
    )
    group_name = forms.CharField(
        label=_("Reading circle or class"),
        max_length=200,
        required=False,
        help_text=_("For several copies: they wait for each other on the hold shelf."),
    )
    not_before_date = forms.DateField(label=_("Not before"), widget=DATE, required=False)
    wanted_by_date = forms.DateField(label=_("Not needed after"), widget=DATE, required=False)
    override = forms.CharField(
        label=_("Reason for an exception"), max_length=REASON, required=False
    )

    def __init__(self, *args: Any, record: BibliographicRecord, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["wanted_item"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = Item.objects.filter(record=record).select_related("branch").defer("raw")

    def clean(self) -> dict[str, Any]:
        """See that several copies have a name, and that one copy is one copy."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["copies"] = cleaned.get("copies") or 1
        if cleaned["copies"] > 1 and not cleaned.get("group_name"):
            self.add_error("group_name", _("Write what the copies are for."))
        if cleaned["copies"] > 1 and cleaned.get("wanted_item"):
            self.add_error("copies", _("Of a particular copy there is one."))
        return cleaned


class FreezeForm(forms.Form):
    """Until when a hold lets others pass."""

    until = forms.DateField(label=_("Frozen until"), widget=DATE)


class PickupForm(forms.Form):
    """Where a hold is picked up instead."""

    pickup_branch = BranchField()


class MoveForm(forms.Form):
    """Where chosen holds go in their queue, and why."""

    position = forms.IntegerField(label=_("To place"), min_value=1, max_value=100_000)
    reason = forms.CharField(label=_("Reason"), max_length=REASON)


class ScanForm(forms.Form):
    """A barcode from the scanner."""

    barcode = forms.CharField(label=_("Barcode"), max_length=100)


class FindForm(forms.Form):
    """Whose queue to show: a barcode of an item, or a record's id."""

    find = forms.CharField(label=_("Item barcode or record id"), max_length=100)


class BranchesField(forms.TypedMultipleChoiceField):
    """Branches, offered by library."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Branches"),
            choices=branch_choices,
            coerce=_branch,
            widget=forms.SelectMultiple(attrs={"size": 8}),
            **kwargs,
        )


class QueueAreaForm(forms.Form):
    """Which branches, for what and in which days."""

    name = forms.CharField(label=_("Name"), max_length=200)
    branches = BranchesField()
    item_type = forms.CharField(
        label=_("Item type"),
        max_length=100,
        required=False,
        help_text=_("Empty: all that no other area names by its type."),
    )
    valid_from = forms.DateField(label=_("From"), widget=DATE)
    valid_to = forms.DateField(label=_("To"), widget=DATE, required=False)
    decision = forms.CharField(label=_("Decision"), max_length=REASON, required=False)


class QueueAreaEndForm(forms.Form):
    """The last day of a queue area."""

    last_date = forms.DateField(label=_("Last day"), widget=DATE, required=False)
