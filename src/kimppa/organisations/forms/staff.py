"""What the coordinator types about staff accounts and their roles."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.forms.units import style
from kimppa.organisations.models import Branch, Library, RoleGrant, StaffAccount
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission, Role

EVERYWHERE = "everywhere"


class RoleForm(forms.Form):
    """A role, where, and until when."""

    role = forms.ChoiceField(label=_("role"), choices=RoleGrant.Role.choices)
    unit = forms.ChoiceField(label=_("where"))
    ends_date = forms.DateField(
        label=_("until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("the last day, for somebody who comes for a while"),
    )

    def __init__(self, *args: Any, manager: StaffAccount, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.units = _units(manager, today)
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(code, label) for code, (label, _unit) in self.units.items()]
        style(self)

    def clean_ends_date(self) -> date | None:
        """A role ends in days to come."""
        ends: date | None = self.cleaned_data["ends_date"]
        if ends and ends < self.today:
            raise ValidationError(_("This day has gone by."))
        return ends

    @property
    def grant(self) -> dict[str, Any]:
        """Role, unit and end of a valid form, as the operation takes them."""
        unit = self.units[self.cleaned_data["unit"]][1]
        return {
            "role": Role(self.cleaned_data["role"]),
            "library": unit if isinstance(unit, Library) else None,
            "branch": unit if isinstance(unit, Branch) else None,
            "ends_date": self.cleaned_data["ends_date"],
        }


def _units(manager: StaffAccount, today: date) -> dict[str, tuple[Any, Library | Branch | None]]:
    """Return the units whose staff the manager manages, by the code that the form sends."""
    units: dict[str, tuple[Any, Library | Branch | None]] = {}
    if may(manager, Permission.MANAGE_STAFF, on=today):
        units[EVERYWHERE] = (_("everywhere"), None)
    for library in Library.objects.prefetch_related("branches"):
        if may(manager, Permission.MANAGE_STAFF, library=library, on=today):
            units[f"library-{library.pk}"] = (library.name, library)
        for branch in library.branches.all():
            if may(manager, Permission.MANAGE_STAFF, branch=branch, on=today):
                units[f"branch-{branch.pk}"] = (f"{library.name}: {branch.name}", branch)
    return units


class AccountForm(RoleForm):
    """A new account with its first role."""

    username = forms.CharField(
        label=_("user name"), max_length=150, validators=[UnicodeUsernameValidator()]
    )
    first_name = forms.CharField(label=_("first name"), max_length=150)
    last_name = forms.CharField(label=_("last name"), max_length=150)
    field_order = ("first_name", "last_name", "username", "role", "unit", "ends_date")

    def clean_username(self) -> str:
        """A user name stands once, whatever its capitals."""
        username: str = self.cleaned_data["username"]
        if StaffAccount.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Another account has this user name."))
        return username


class LastDayForm(forms.Form):
    """The last day of an account."""

    last_day = forms.DateField(
        label=_("last day"),
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
