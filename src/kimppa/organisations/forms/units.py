"""What the coordinator types about libraries, branches, desks, bus stops and hours."""

from datetime import date, time
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from kimppa.organisations.models import (
    Branch,
    BusStop,
    DataProtectionContact,
    Desk,
    HoursKind,
    Library,
)
from kimppa.organisations.rules import Span, read_spans

DATE = {"type": "date"}
TIME = {"type": "time"}


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class _Styled(ModelForm):
    """Fields that look like the rest of the pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style(self)


def style(form: forms.BaseForm) -> None:
    """Give every field of the form the looks of the pages."""
    for field in form.fields.values():
        is_choice = isinstance(field.widget, forms.Select)
        field.widget.attrs.setdefault("class", "form-select" if is_choice else "form-control")


class LibraryForm(_Styled):
    """A municipality's library."""

    class Meta:
        model = Library
        fields: ClassVar = ["code", "name"]
        help_texts: ClassVar = {
            "code": _("the name that conversions and files know; it stands in every import")
        }


class DataProtectionForm(_Styled):
    """Whom a library's patrons ask about their data."""

    class Meta:
        model = DataProtectionContact
        fields: ClassVar = ["name", "email", "phone"]
        help_texts: ClassVar = {"name": _("an office, not a person: it stands on a public page")}


class BranchForm(_Styled):
    """A branch and its address, which letters and slips show."""

    class Meta:
        model = Branch
        fields: ClassVar = ["code", "name", "kind", "street", "postal_code", "city"]
        help_texts: ClassVar = {
            "code": _("the name that conversions and files know; it stands in every import")
        }

    def clean_code(self) -> str:
        """A code stands once in a library."""
        code: str = self.cleaned_data["code"]
        others = Branch.objects.filter(library=self.instance.library_id, code=code)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another branch of this library has this code."))
        return code


class DeskForm(_Styled):
    """A desk and the network it stands in."""

    class Meta:
        model = Desk
        fields: ClassVar = ["name", "network"]
        help_texts: ClassVar = {
            "network": _("such as 10.1.2.0/24; a workstation outside it is warned. Empty: any")
        }

    def clean_name(self) -> str:
        """A name stands once in a branch."""
        name: str = self.cleaned_data["name"]
        others = Desk.objects.filter(branch=self.instance.branch_id, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another desk of this branch has this name."))
        return name

    def clean_network(self) -> str:
        """A network in CIDR, or nothing."""
        network: str = self.cleaned_data["network"].strip()
        try:
            return str(ip_network(network, strict=False)) if network else ""
        except ValueError:
            raise ValidationError(_("This is no network. Write it as 10.1.2.0/24.")) from None


class BusStopForm(_Styled):
    """A stop and its cycle."""

    class Meta:
        model = BusStop
        fields: ClassVar = ["name", "first_date", "cycle_days", "opens", "closes", "last_date"]
        widgets: ClassVar = {
            "first_date": forms.DateInput(DATE, format="%Y-%m-%d"),
            "last_date": forms.DateInput(DATE, format="%Y-%m-%d"),
            "opens": forms.TimeInput(TIME, format="%H:%M"),
            "closes": forms.TimeInput(TIME, format="%H:%M"),
        }
        help_texts: ClassVar = {"cycle_days": _("7 every week, 14 every second, 21 every third")}

    def clean(self) -> dict[str, Any]:
        """The bus leaves after it has come, and comes again some day."""
        given = super().clean() or self.cleaned_data
        opens, closes = given.get("opens"), given.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("The end must be later than the beginning."))
        if given.get("cycle_days") == 0:
            self.add_error("cycle_days", _("At least one day."))
        return given


class SpansField(forms.CharField):
    """Hours as one says them: 10-18, or 9.30-12, 13-17; nothing is closed."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"class": "form-control", "placeholder": "", "autocomplete": "off"}
        super().__init__(
            required=False, max_length=100, widget=forms.TextInput(attributes), **kwargs
        )

    def clean(self, value: str) -> list[tuple[time, time]]:
        """Return the spans."""
        try:
            return read_spans(super().clean(value))
        except ValueError:
            raise ValidationError(_("Write the hours as 10-18, or 9.30-12, 13-17.")) from None


class WeekForm(forms.Form):
    """A week's hours of each kind, from one day on, perhaps to another."""

    valid_from = forms.DateField(
        label=_("from"), widget=forms.DateInput(DATE | {"class": "form-control"}, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(
        label=_("to"),
        required=False,
        widget=forms.DateInput(DATE | {"class": "form-control"}, format="%Y-%m-%d"),
        help_text=_("a season's last day; the present hours go on after it. Empty: until changed"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, day in WEEKDAYS.items():
            for kind in HoursKind:
                label = f"{day}, {kind.label}"
                self.fields[cell(weekday, kind)] = SpansField(label=label)

    def clean(self) -> dict[str, Any]:
        """A season ends after it has begun."""
        given = super().clean() or self.cleaned_data
        first, last = given.get("valid_from"), given.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The end must be later than the beginning."))
        return given

    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return each weekday with its fields."""
        return [
            (str(day), [self[cell(weekday, kind)] for kind in HoursKind])
            for weekday, day in WEEKDAYS.items()
        ]

    @property
    def week(self) -> dict[int, list[Span]]:
        """The spans of a valid form by weekday."""
        return {
            weekday: [
                Span(opens, closes, kind.value)
                for kind in HoursKind
                for opens, closes in self.cleaned_data[cell(weekday, kind)]
            ]
            for weekday in WEEKDAYS
        }


def cell(weekday: int, kind: HoursKind) -> str:
    """Return the name of the field for a weekday's hours of a kind."""
    return f"{kind.value}_{weekday}"


class ExceptionalDayForm(forms.Form):
    """One day, the hours of each kind on it, and why."""

    day = forms.DateField(label=_("date"), widget=forms.DateInput(DATE, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("reason"), max_length=200, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for kind in HoursKind:
            self.fields[kind.value] = SpansField(label=kind.label)
        style(self)

    def clean_day(self) -> date:
        """What was open yesterday is not changed any more."""
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise ValidationError(_("This day has gone by."))
        return day

    @property
    def spans(self) -> list[Span]:
        """The hours of a valid form; none is closed."""
        return [
            Span(opens, closes, kind.value)
            for kind in HoursKind
            for opens, closes in self.cleaned_data[kind.value]
        ]
