"""What is scanned and chosen at the desk."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.forms.fees import CentsField
from kimppa.circulation.operations.offline import Written
from kimppa.circulation.rules.loans import Authority
from kimppa.organisations.access import MODE_LABELS
from kimppa.organisations.rules import Mode

LONGEST = 100
CARD = 64
REASON = 300
MOST_AT_ONCE = 200
MOST_WRITTEN = 2000
DROPPED_DAYS = 31  # a book drop that nobody emptied for longer is a mistake in the date


class ScanForm(forms.Form):
    """The one field of a page of the desk."""

    scan = forms.CharField(max_length=LONGEST)


class ReasonForm(forms.Form):
    """Why a rule is let pass."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON)


class ManyForm(forms.Form):
    """Barcodes, one a line."""

    barcodes = forms.CharField(
        label=_("Barcodes, one on each line"),
        max_length=MOST_AT_ONCE * LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "class": "form-control", "autocomplete": "off"}),
    )

    def clean_barcodes(self) -> list[str]:
        """Return the barcodes in their order, each once."""
        lines = (line.strip()[:LONGEST] for line in self.cleaned_data["barcodes"].splitlines())
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > MOST_AT_ONCE:
            raise ValidationError(
                _("At most %(most)s at once. Divide them into several lists."),
                params={"most": MOST_AT_ONCE},
            )
        return found


class FetcherForm(forms.Form):
    """What somebody who fetches for another showed."""

    shown = forms.ChoiceField(
        label=_("Shown"),
        choices=[
            (Authority.NOTICE, _("the pickup notice")),
            (Authority.POWER_OF_ATTORNEY, _("a power of attorney")),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class ReturnSettings(forms.Form):
    """How the session checks in: at the desk, from the book drop, or as use in the library."""

    mode = forms.ChoiceField(
        label=_("What is scanned"),
        choices=[
            (each, MODE_LABELS[each]) for each in (Mode.CHECK_IN, Mode.BOOK_DROP, Mode.IN_HOUSE)
        ],
        widget=forms.RadioSelect,
    )
    dropped = forms.DateField(
        label=_("Returned on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    prints = forms.BooleanField(label=_("Print slips at once"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the day when the book drop is emptied."""
        given = super().clean() or {}
        dropped: date | None = given.get("dropped")
        today = timezone.localdate()
        if given.get("mode") != Mode.BOOK_DROP or "dropped" in self.errors:
            return given
        if dropped is None:
            self.add_error("dropped", _("Give the day on which they were returned."))
        elif not today - timedelta(DROPPED_DAYS) <= dropped <= today:
            self.add_error("dropped", _("Give a day of the last month, today at the latest."))
        return given


class LostForm(forms.Form):
    """What the replacement of a lost item costs; empty: nothing is charged."""

    sum = CentsField(
        label=_("Replacement, euros"),
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
    )


def written_rows(sent: Any, *, now: datetime) -> list[Written]:
    """Return what a browser wrote down; ValueError when it is not in that form.

    ``sent`` is ``[{"key": uuid, "card": text, "barcode": text, "at": ISO 8601}, …]``; a moment
    that lies ahead of ``now`` is the fault of the workstation's clock and becomes ``now``.
    """
    if not isinstance(sent, list) or len(sent) > MOST_WRITTEN:
        raise ValueError(sent)
    return [_written(each, now) for each in sent]


def _written(one: Any, now: datetime) -> Written:
    if not isinstance(one, dict):
        raise ValueError(one)  # noqa: TRY004 - whatever is wrong is one error
    card, barcode, at = (one.get(name) for name in ("card", "barcode", "at"))
    if not (isinstance(card, str) and isinstance(barcode, str) and isinstance(at, str)):
        raise ValueError(one)  # noqa: TRY004
    barcode = barcode.strip()
    if not barcode or len(barcode) > LONGEST or len(card) > CARD or "\0" in barcode + card:
        raise ValueError(one)
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(at)
    return Written(UUID(str(one.get("key"))), card.strip(), barcode, min(moment, now))
