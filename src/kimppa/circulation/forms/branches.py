"""Any branch of any library, named so that two of one name are told apart."""

from typing import TYPE_CHECKING, Any

from django import forms

from kimppa.organisations.models import Branch

if TYPE_CHECKING:
    Choice = forms.ModelChoiceField[Branch]
else:  # Django's fields take no parameters when they run
    Choice = forms.ModelChoiceField


class AnyBranchField(Choice):
    """A branch, offered with its library's name and in the order of libraries."""

    def __init__(self, **kwargs: Any) -> None:
        rows = Branch.objects.select_related("library").order_by("library__name", "name")
        super().__init__(rows, **kwargs)

    def label_from_instance(self, obj: Branch) -> str:
        """Return the library and the branch."""
        return f"{obj.library.name}: {obj.name}"
