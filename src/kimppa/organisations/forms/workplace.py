"""What staff type about where they work."""

from itertools import groupby
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import Branch, Desk


class WorkplaceForm(forms.Form):
    """The branch, or a desk of it, where the account works from now on."""

    workplace = forms.ChoiceField(label=_("Where do you work now?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: dict[str, tuple[Branch, Desk | None]] = {}
        for branch in branches:
            self.places[f"{branch.pk}"] = (branch, None)
            for desk in branch.desks.all():
                self.places[f"{branch.pk}-{desk.pk}"] = (branch, desk)
        field = self.fields["workplace"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            (code, str(desk or branch)) for code, (branch, desk) in self.places.items()
        ]

    @property
    def by_library(self) -> list[tuple[str, list[BoundWidget]]]:
        """The choices under their libraries' names: many a library has a main library."""
        rows = zip(
            (branch for branch, _desk in self.places.values()), self["workplace"], strict=True
        )
        grouped = groupby(rows, key=lambda row: row[0].library)
        return [(library.name, [radio for _branch, radio in group]) for library, group in grouped]

    @property
    def chosen(self) -> tuple[Branch, Desk | None]:
        """The branch and desk of a valid form."""
        return self.places[self.cleaned_data["workplace"]]
