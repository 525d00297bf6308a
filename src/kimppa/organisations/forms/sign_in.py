"""User name and password, and the code of the second factor."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.operations import sign_in
from kimppa.organisations.rules.sign_in import WINDOW

LOCKED = "locked"
LOCKED_TEXT = _(
    "Too many tries. Wait %(minutes)s minutes and try again, or ask the coordinator to unlock the "
    "account. Nothing was changed."
)
MINUTES = {"minutes": int(WINDOW.total_seconds() // 60)}


class SignInForm(AuthenticationForm):
    """User name and password, behind the count of tries."""

    # One answer for an unknown name, a wrong password and an ended account.
    error_messages = {  # noqa: RUF012 - as Django's form has it
        "invalid_login": _("The user name or the password is not right. Check both and try again."),
        "inactive": _("The user name or the password is not right. Check both and try again."),
        LOCKED: LOCKED_TEXT,
    }

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        """Look at the password only while tries are left."""
        username = self.cleaned_data.get("username")
        if username is None or not self.cleaned_data.get("password"):
            return self.cleaned_data
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if not sign_in.begin_attempt(username=username, address=address, now=self.now):
            raise ValidationError(self.error_messages[LOCKED], code=LOCKED, params=MINUTES)
        try:
            return super().clean()
        except ValidationError:
            sign_in.fail_attempt(username=username, now=self.now)
            raise


class CodeForm(forms.Form):
    """Six digits from the application, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "autocomplete": "one-time-code",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )
