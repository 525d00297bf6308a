"""What people type about money."""

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.models import Fee, Receipt

AMOUNT = re.compile(r"^\s*€?\s*(\d{1,3}(?:[ \u00a0]?\d{3})*|\d+)(?:[.,](\d{1,2}))?\s*€?\s*$")
MOST_EUROS = 100_000
REASON = 300


def cents(text: str) -> int:
    """Return the amount in cents; ValidationError when it is none.

    >>> cents("3,5"), cents("1 234,50 €"), cents("7")
    (350, 123450, 700)
    """
    found = AMOUNT.match(text)
    if not found or int(re.sub(r"\D", "", found[1])) > MOST_EUROS:
        raise ValidationError(_("Write a sum in euros, such as 3,50."))
    whole = re.sub(r"\D", "", found[1])
    return int(Decimal(f"{whole}.{found[2] or 0}") * 100)


class CentsField(forms.CharField):
    """A sum that people type in euros and programs read in cents."""

    def to_python(self, value: Any) -> Any:
        """Return cents; an empty field stays empty."""
        text = super().to_python(value)
        return cents(text) if text else None


class PaymentForm(forms.Form):
    """Which fees are paid, how much and how; ``fee`` fields carry the fees' keys."""

    method = forms.ChoiceField(
        label=_("Paid by"),
        choices=[
            (value, capfirst(label)) for value, label in Receipt.Method.choices if value != "online"
        ],
        widget=forms.RadioSelect,
        initial=Receipt.Method.CASH,
    )
    amount = CentsField(
        label=_("Sum"),
        required=False,
        help_text=_("Empty: all that is chosen. Less pays the oldest first."),
    )
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("request_key", uuid.uuid4().hex)


class ReasonForm(forms.Form):
    """Why something is forgiven or cancelled."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON, help_text=_("No names and no identity codes.")
    )


class WaiveForm(ReasonForm):
    """How much of a fee is forgiven, and why."""

    amount = CentsField(label=_("Sum"), required=False, help_text=_("Empty: all that is left."))


class ChargeForm(forms.Form):
    """A charge that staff make by hand; ``prices`` are the cents that the rules name by kind."""

    kind = forms.ChoiceField(
        label=_("For what"), choices=[(v, capfirst(label)) for v, label in Fee.Kind.choices]
    )
    amount = CentsField(
        label=_("Sum"), required=False, help_text=_("Empty: what the rules of use say.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=REASON, required=False)

    def __init__(self, *args: Any, prices: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prices = prices

    def clean_amount(self) -> int:
        """Return what was typed, else what the rules say; refuse a charge of nothing."""
        amount: int | None = self.cleaned_data["amount"]
        if amount is None:
            amount = self.prices.get(self.cleaned_data.get("kind", ""), 0)
        if amount <= 0:
            raise ValidationError(_("Write a sum in euros, such as 3,50."))
        return amount


class DayForm(forms.Form):
    """Which day a list is of."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
