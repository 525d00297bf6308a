"""What staff type about where they work."""

from typing import Any

from django import forms
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
    def chosen(self) -> tuple[Branch, Desk | None]:
        """The branch and desk of a valid form."""
        return self.places[self.cleaned_data["workplace"]]
