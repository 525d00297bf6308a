"""What people type about the rules of use."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.forms.branches import AnyBranchField
from kimppa.circulation.forms.fees import cents
from kimppa.circulation.models import RuleSet
from kimppa.circulation.rules.policy import VALUES, Case, Rule, Unit
from kimppa.circulation.value_labels import GROUPS
from kimppa.organisations.models import Library
from kimppa.patrons.models import PatronCategory

DATE = {"type": "date"}


def date_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day, with the browser's own calendar."""
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"), **more
    )


class CaseForm(forms.Form):
    """Whom, what and where; empty is any."""

    category = forms.ModelChoiceField(
        PatronCategory.objects.all(),
        label=_("Patron category"),
        required=False,
        empty_label=_("any"),
    )
    item_type = forms.CharField(label=_("Item type"), max_length=100, required=False)
    shelving_location = forms.CharField(
        label=_("Shelving location"), max_length=200, required=False
    )
    library = forms.ModelChoiceField(
        Library.objects.all(), label=_("Library"), required=False, empty_label=_("any")
    )
    branch = AnyBranchField(label=_("Branch"), required=False, empty_label=_("any"))

    def case(self) -> Case:
        """Return the case that was chosen; a branch brings its library."""
        given = self.cleaned_data
        branch, library = given["branch"], given["library"]
        library = branch.library if branch else library
        return Case(
            category=given["category"].pk if given["category"] else None,
            item_type=given["item_type"],
            shelving_location=given["shelving_location"],
            library=library.pk if library else None,
            branch=branch.pk if branch else None,
        )


class RuleForm(CaseForm):
    """One cell of a draft."""

    name = forms.ChoiceField(
        label=_("What"), choices=[(group, list(names.items())) for group, names in GROUPS.items()]
    )
    value = forms.CharField(label=_("Value"), max_length=20, help_text=_("Sums in euros."))
    field_order = ("name", "value")

    def clean(self) -> dict[str, Any]:
        """Read the value in its unit."""
        given = super().clean() or {}
        if given.get("library") and given.get("branch"):
            raise ValidationError(_("Choose a library or a branch, not both."))
        text = str(given.get("value", "")).strip()
        if given.get("name") and text:
            given["number"] = self._number(given["name"], text)
        return given

    def _number(self, name: str, text: str) -> int:
        if VALUES[name].unit == Unit.CENTS:
            return cents(text)
        if not text.isdecimal() or len(text) > 6:
            raise ValidationError(_("Write a whole number."))
        return int(text)

    def rule(self) -> Rule:
        """Return the rule that was typed."""
        given, case = self.cleaned_data, self.case()
        return Rule(
            0,
            given["name"],
            given["number"],
            category=case.category,
            item_type=case.item_type,
            shelving_location=case.shelving_location,
            library=None if case.branch else case.library,
            branch=case.branch,
        )


class DraftForm(forms.Form):
    """A new draft, from a copy of other rules."""

    name = forms.CharField(label=_("Name"), max_length=200)
    copied_from = forms.ModelChoiceField(
        RuleSet.objects.all(), label=_("Copy of"), required=False, empty_label=_("empty")
    )


class PublishForm(forms.Form):
    """From when a draft holds, and who decided it."""

    valid_from = date_field(_("In force from"))
    decision = forms.CharField(
        label=_("Decision"), max_length=300, help_text=_("Who decided, and the §.")
    )
    decision_date = date_field(_("Date of the decision"), required=False)


class PairForm(forms.Form):
    """Two rule sets to compare."""

    old = forms.ModelChoiceField(RuleSet.objects.all(), label=_("Present rules"))
    new = forms.ModelChoiceField(RuleSet.objects.all(), label=_("Other rules"))


class SimulationForm(PairForm):
    """A trial of other rules on the loans of some days."""

    first = date_field(_("First day"))
    last = date_field(_("Last day"))

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            raise ValidationError(_("The last day is before the first."))
        return given
