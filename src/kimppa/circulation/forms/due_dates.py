"""What is typed when a branch turns out to be closed: which due dates move, and to which day."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch

DATE = {"type": "date", "class": "form-control"}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(DATE, format="%Y-%m-%d"))


class DueDatesForm(forms.Form):
    """A branch or all of those the account looks after, the closed days, and the new due date."""

    branch = forms.ChoiceField(
        label=_("branch"), widget=forms.Select({"class": "form-select"}), required=False
    )
    first = _day(_("closed from"))
    last = _day(_("closed until"))
    to = _day(_("new due date"))

    def __init__(
        self, *args: Any, branches: list[Branch], has_all: bool, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.branches = {str(branch.pk): branch for branch in branches}
        self.today = today
        every = [("", _("every branch"))] if has_all else []
        named = [(key, f"{each.library.name}: {each.name}") for key, each in self.branches.items()]
        field = self.fields["branch"]
        field.required = not has_all
        field.choices = [*every, *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days follow each other, and the new due date is still to come."""
        given = super().clean() or {}
        first, last, to = (given.get(name) for name in ("first", "last", "to"))
        if first and last and first > last:
            self.add_error("last", ValidationError(_("It would end before it begins.")))
        elif last and to and to <= last:
            self.add_error("to", ValidationError(_("Choose a day after the closed ones.")))
        elif to and to < self.today + timedelta(days=1):
            self.add_error("to", ValidationError(_("Choose a day to come.")))
        return given

    @property
    def place(self) -> Branch | None:
        """The branch chosen in a valid form; None for every branch."""
        return self.branches.get(self.cleaned_data["branch"])
