"""What people type about patrons."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.forms.branches import AnyBranchField
from kimppa.patrons.models import Card, Consent, Patron, PatronCategory
from kimppa.patrons.operations import normalise_identity_code
from kimppa.patrons.queries import Difference, patron_by_card
from kimppa.patrons.rules.identity_codes import InvalidIdentityCode
from kimppa.patrons.rules.merging import Side
from kimppa.patrons.rules.pins import is_pin

DAY_FORMATS = ["%d.%m.%Y", "%Y-%m-%d"]
LONGEST_QUERY = 200


class StaffForm(forms.Form):
    """Fields dressed for staff pages; what is typed is never offered again by the browser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            else:
                widget.attrs.setdefault("class", "form-control")
                widget.attrs.setdefault("autocomplete", "off")


class DayField(forms.DateField):
    """A day as staff type it: 1.3.2026."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("day.month.year"))
        super().__init__(
            input_formats=DAY_FORMATS,
            widget=forms.DateInput(format="%-d.%-m.%Y", attrs={"inputmode": "numeric"}),
            **kwargs,
        )


class CardOfPatronField(forms.CharField):
    """A card number; its clean value is the patron who carries the card."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def clean(self, value: Any) -> Patron | None:
        """Return the patron; an ended card tells nobody."""
        number = super().clean(value)
        if not number:
            return None
        found = patron_by_card(number)
        if found is None or found[1].status != Card.Status.ACTIVE:
            raise ValidationError(_("Nobody has this card, or it is no longer in use."))
        return found[0]


class SearchForm(StaffForm):
    """Card number, parts of the name, birth date."""

    q = forms.CharField(
        required=False, max_length=LONGEST_QUERY, label=_("Card number, name or birth date")
    )


class UnrepeatedInput(forms.TextInput):
    """A field whose text is never sent back to the page."""

    def format_value(self, value: Any) -> str | None:
        """Return nothing: a page that is shown again holds no identity code."""
        return None


class IdentityForm(StaffForm):
    """An identity code, which goes to the vault."""

    identity_code = forms.CharField(max_length=20, label=_("Identity code"), widget=UnrepeatedInput)

    def clean_identity_code(self) -> str:
        """Return the code in its one spelling."""
        return _normalised(self.cleaned_data["identity_code"])


def _normalised(typed: str) -> str:
    try:
        return normalise_identity_code(typed) if typed else ""
    except InvalidIdentityCode:
        raise ValidationError(_("This is not an identity code. Check it.")) from None


class CheckForm(StaffForm):
    """Who somebody is, asked before the registration form opens."""

    identity_code = forms.CharField(
        required=False, max_length=20, label=_("Identity code"), widget=UnrepeatedInput
    )
    surname = forms.CharField(required=False, max_length=200, label=_("Surname"))
    birth_date = DayField(required=False, label=_("Date of birth"))

    def clean_identity_code(self) -> str:
        """Return the code in its one spelling."""
        return _normalised(self.cleaned_data["identity_code"])

    def clean(self) -> dict[str, Any]:
        """Ask for a code, or for a name and a birth date."""
        given = super().clean() or {}
        is_by_date = given.get("surname") and given.get("birth_date")
        if not self.errors and not given.get("identity_code") and not is_by_date:
            raise ValidationError(
                _("Give the identity code, or the surname and the date of birth.")
            )
        return given


def _language() -> forms.ChoiceField:
    return forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))


def _categories() -> "forms.ModelChoiceField[PatronCategory]":
    rows = PatronCategory.objects.filter(is_retired=False)
    return forms.ModelChoiceField(rows, label=_("Patron category"), empty_label=None)


class RegistrationForm(StaffForm):
    """A new patron; the sealed code comes from the check before."""

    sealed_code = forms.CharField(required=False, widget=forms.HiddenInput)
    category = _categories()
    surname = forms.CharField(max_length=200, label=_("Surname or name of the institution"))
    given_names = forms.CharField(required=False, max_length=200, label=_("Given names"))
    birth_date = DayField(required=False, label=_("Date of birth"))
    language = _language()
    card = forms.CharField(required=False, max_length=64, label=_("Card number"))
    street = forms.CharField(required=False, max_length=300, label=_("Street address"))
    postal_code = forms.CharField(required=False, max_length=16, label=_("Postal code"))
    city = forms.CharField(required=False, max_length=100, label=_("City"))
    email = forms.CharField(required=False, max_length=254, label=_("E-mail address"))
    phone = forms.CharField(required=False, max_length=32, label=_("Telephone number"))
    guardian = CardOfPatronField(required=False, label=_("Guardian's card number"))
    consent_date = DayField(required=False, label=_("Day of the guardian's consent"))
    responsible_adult = CardOfPatronField(
        required=False, label=_("Responsible adult's card number (institutions)")
    )
    non_disclosure_until = DayField(
        required=False,
        label=_("Non-disclosure until"),
        help_text=_("Leave the address empty: the branch's stands in its place."),
    )
    rules_version = forms.CharField(max_length=64, label=_("Agrees to the rules of use"))


class DetailsForm(StaffForm):
    """The patron's own details."""

    surname = forms.CharField(max_length=200, label=_("Surname or name of the institution"))
    given_names = forms.CharField(required=False, max_length=200, label=_("Given names"))
    birth_date = DayField(required=False, label=_("Date of birth"))
    language = _language()
    category = _categories()
    home_branch = AnyBranchField(required=False, label=_("Home branch"))

    def __init__(self, *args: Any, patron: Patron, **kwargs: Any) -> None:
        initial = {name: getattr(patron, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = PatronCategory.objects.filter(is_institution=patron.is_institution)


class AddressForm(StaffForm):
    """A postal address."""

    care_of = forms.CharField(required=False, max_length=200, label=_("c/o"))
    street = forms.CharField(max_length=300, label=_("Street address"))
    postal_code = forms.CharField(required=False, max_length=16, label=_("Postal code"))
    city = forms.CharField(required=False, max_length=100, label=_("City"))


class EmailForm(StaffForm):
    """An e-mail address."""

    value = forms.CharField(max_length=254, label=_("E-mail address"))


class PhoneForm(StaffForm):
    """A telephone number."""

    value = forms.CharField(max_length=32, label=_("Telephone number"))
    takes_messages = forms.BooleanField(
        required=False, initial=True, label=_("takes text messages")
    )


class CardForm(StaffForm):
    """A card to be given."""

    number = forms.CharField(max_length=64, label=_("Card number"))
    replaces_lost = forms.BooleanField(
        required=False, label=_("in place of a lost card: the fee of the rules is charged")
    )

    def __init__(self, *args: Any, patron: Patron, **kwargs: Any) -> None:
        has_lost = patron.cards.filter(status=Card.Status.LOST).exists()
        super().__init__(*args, initial={"replaces_lost": has_lost}, **kwargs)


class PinForm(StaffForm):
    """A PIN that the patron has chosen, typed at the desk."""

    pin = forms.CharField(
        max_length=4,
        label=_("New PIN"),
        help_text=_("Four digits. In person, with proof of identity; never by phone or e-mail."),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_pin(self) -> str:
        """Return the four digits."""
        pin: str = self.cleaned_data["pin"]
        if not is_pin(pin):
            raise ValidationError(_("A PIN is four digits."))
        return pin


class NoteForm(StaffForm):
    """A note for staff."""

    text = forms.CharField(max_length=1000, label=_("Note"))
    is_public = forms.BooleanField(required=False, label=_("shown to the patron"))


class ConsentForm(StaffForm):
    """A consent that is given."""

    kind = forms.ChoiceField(choices=Consent.Kind.choices, label=_("Consent"))
    given_by = CardOfPatronField(required=False, label=_("Guardian's card, if a guardian gives it"))


class HistoryForm(StaffForm):
    """What becomes of returned loans."""

    history = forms.ChoiceField(choices=Patron.History.choices, label=_("Loan history"))


class GuardianForm(StaffForm):
    """A guardian who has consented."""

    guardian = CardOfPatronField(label=_("Guardian's card number"))
    consent_date = DayField(label=_("Day of the guardian's consent"))
    beside = forms.BooleanField(
        required=False, label=_("beside the earlier guardian, whose link stays")
    )


class ResponsibleForm(StaffForm):
    """Another adult who answers for an institution."""

    adult = CardOfPatronField(label=_("Responsible adult's card number (institutions)"))


class NonDisclosureForm(StaffForm):
    """Until when non-disclosure holds."""

    until = DayField(label=_("Non-disclosure until"))

    def clean_until(self) -> date:
        """Return the day, with room for lifetimes but not for slips."""
        until: date = self.cleaned_data["until"]
        if until.year > 2200:
            raise ValidationError(_("Check the year."))
        return until


class ReasonForm(StaffForm):
    """Why something personal is looked at or done."""

    reason = forms.CharField(
        max_length=300,
        label=_("Reason"),
        help_text=_("Kept in the log; without names."),
        widget=forms.TextInput(attrs={"list": "reasons"}),
    )


class BlockForm(StaffForm):
    """Why the patron may not borrow, and until when."""

    reason = forms.CharField(
        max_length=300, label=_("Reason"), help_text=_("The patron may read it.")
    )
    until = DayField(required=False, label=_("Last day"))


class BanForm(BlockForm):
    """Why the patron is banned from this branch, until when, and whether they were heard."""

    was_heard = forms.BooleanField(required=False, label=_("the patron has been heard"))


class LetterForm(ReasonForm):
    """An address for one envelope; it goes into no table and no log."""

    address = forms.CharField(
        max_length=600,
        label=_("Address for the envelope"),
        help_text=_("It is printed and then forgotten."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class MergeForm(StaffForm):
    """One choice for each matter in which two entries differ."""

    def __init__(self, *args: Any, found: list[Difference], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for difference in found:
            if difference.is_choice:
                self.fields[difference.matter] = forms.ChoiceField(
                    choices=[(side, side) for side in Side],
                    error_messages={"required": _("Choose which one stands.")},
                )
