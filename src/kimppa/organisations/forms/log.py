"""What one looks for in the log."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import StaffAccount
from kimppa.organisations.queries import LogChoice

DAY = {"type": "date", "class": "form-control"}


class LogForm(forms.Form):
    """Staff member, action, object and days; each may be left empty."""

    who = forms.ModelChoiceField(
        StaffAccount.objects.order_by("last_name", "first_name", "username"),
        to_field_name="key",
        required=False,
        label=_("staff member"),
        empty_label=_("anybody"),
    )
    action = forms.ChoiceField(required=False, label=_("action"))
    kind = forms.ChoiceField(required=False, label=_("kind of object"))
    object = forms.CharField(
        required=False,
        max_length=64,
        label=_("object"),
        help_text=_("its number; a patron's page leads here with it"),
    )
    first = forms.DateField(
        required=False, label=_("from day"), widget=forms.DateInput(DAY, format="%Y-%m-%d")
    )
    last = forms.DateField(
        required=False, label=_("to day"), widget=forms.DateInput(DAY, format="%Y-%m-%d")
    )

    def __init__(
        self,
        *args: Any,
        actions: list[tuple[str, str]],
        kinds: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("action", actions), ("kind", kinds)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = [("", _("any")), *choices]
        for name, field in self.fields.items():
            is_choice = name in {"who", "action", "kind"}
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    @property
    def choice(self) -> LogChoice:
        """What a valid form asks for."""
        given = self.cleaned_data
        return LogChoice(
            account=given["who"],
            action=given["action"],
            kind=given["kind"],
            object_id=given["object"],
            first=given["first"],
            last=given["last"],
        )
