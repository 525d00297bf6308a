"""What can be changed on a patron's page: who may, what is typed, and which operation does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.forms import patrons as forms
from kimppa.circulation.models import Block
from kimppa.circulation.operations import blocks, cards
from kimppa.circulation.operations import patrons as operations
from kimppa.circulation.queries.patrons import rules_name
from kimppa.organisations.rules import Permission
from kimppa.patrons import operations as register
from kimppa.patrons.models import (
    Address,
    Card,
    Consent,
    EmailAddress,
    Patron,
    PhoneNumber,
)

P = Permission

Doing = dict[str, Any]
Handler = Callable[[Patron, dict[str, Any], Doing], object]


@dataclass(frozen=True)
class Action:
    """One change on a patron's page: who may, what is typed, what is done, what is said then."""

    permission: Permission
    form: type[forms.StaffForm] | None
    handler: Handler
    done: Promise


def _row(rows: Any, given: dict[str, Any]) -> Any:
    """Return the row of this patron that the form names; Http404 for another's."""
    found_row = rows.filter(pk=int(given["row"]) if given["row"].isdecimal() else 0).first()
    if found_row is None:
        raise Http404
    return found_row


def _details(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    changes = {name: value for name, value in given.items() if name != "row"}
    register.change_details(patron=patron, changes=changes, **doing)


def _address(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    parts = {name: given[name] for name in ("care_of", "street", "postal_code", "city")}
    register.add_address(patron=patron, **parts, **doing)


def _email(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    register.add_email(patron=patron, value=given["value"], **doing)


def _end_contact(kind: Any) -> Handler:
    def end(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
        row = _row(kind.objects.filter(patron=patron), given)
        register.end_contact(contact=row, **doing)

    return end


def _end_card(status: Card.Status) -> Handler:
    return lambda patron, given, doing: register.end_card(
        card=_row(patron.cards, given), status=status, **doing
    )


def _consent(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    register.give_consent(
        patron=patron,
        kind=Consent.Kind(given["kind"]),
        given_by=given["given_by"],
        **doing,
    )


def _set_pin(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    register.set_pin(patron=patron, pin=given["pin"], **doing)


def _ban(patron: Patron, given: dict[str, Any], doing: Doing) -> None:
    parts = {name: given[name] for name in ("reason", "until", "was_heard")}
    blocks.set_ban(patron=patron, **parts, **doing)


def _lift(kind: Block.Kind) -> Handler:
    return lambda patron, given, doing: blocks.lift_block(
        block=_row(patron.blocks.filter(kind=kind), given), **doing
    )


ACTIONS: dict[str, Action] = {
    "details": Action(P.EDIT_PATRON, forms.DetailsForm, _details, _("Details changed.")),
    "address": Action(
        P.EDIT_PATRON,
        forms.AddressForm,
        _address,
        _("Address changed."),
    ),
    "email": Action(P.EDIT_PATRON, forms.EmailForm, _email, _("E-mail address changed.")),
    "phone": Action(
        P.EDIT_PATRON,
        forms.PhoneForm,
        lambda p, g, d: register.add_phone(
            patron=p, value=g["value"], takes_messages=g["takes_messages"], **d
        ),
        _("Telephone number changed."),
    ),
    "end-address": Action(P.EDIT_PATRON, None, _end_contact(Address), _("Address removed.")),
    "end-email": Action(P.EDIT_PATRON, None, _end_contact(EmailAddress), _("E-mail removed.")),
    "end-phone": Action(P.EDIT_PATRON, None, _end_contact(PhoneNumber), _("Number removed.")),
    "card": Action(
        P.EDIT_PATRON,
        forms.CardForm,
        lambda p, g, d: cards.give_card(
            patron=p, number=g["number"], replaces_lost=g["replaces_lost"], **d
        ),
        _("Card added."),
    ),
    "lose-card": Action(P.EDIT_PATRON, None, _end_card(Card.Status.LOST), _("Card reported lost.")),
    "retire-card": Action(P.EDIT_PATRON, None, _end_card(Card.Status.RETIRED), _("Card retired.")),
    "restore-card": Action(
        P.EDIT_PATRON,
        None,
        lambda p, g, d: register.restore_card(card=_row(p.cards, g), **d),
        _("The card is in use again."),
    ),
    "main-card": Action(
        P.EDIT_PATRON,
        None,
        lambda p, g, d: register.choose_main_card(card=_row(p.cards, g), **d),
        _("Main card chosen."),
    ),
    "pin": Action(P.EDIT_PATRON, forms.PinForm, _set_pin, _("PIN changed.")),
    "note": Action(
        P.EDIT_PATRON,
        forms.NoteForm,
        lambda p, g, d: register.add_note(patron=p, text=g["text"], is_public=g["is_public"], **d),
        _("Note added."),
    ),
    "remove-note": Action(
        P.EDIT_PATRON,
        None,
        lambda p, g, d: register.remove_note(note=_row(p.notes, g), **d),
        _("Note removed."),
    ),
    "consent": Action(P.EDIT_PATRON, forms.ConsentForm, _consent, _("Consent recorded.")),
    "withdraw-consent": Action(
        P.EDIT_PATRON,
        None,
        lambda p, g, d: register.withdraw_consent(consent=_row(p.consents, g), **d),
        _("Consent withdrawn."),
    ),
    "history": Action(
        P.EDIT_PATRON,
        forms.HistoryForm,
        lambda p, g, d: operations.set_history(patron=p, history=Patron.History(g["history"]), **d),
        _("Choice of history recorded."),
    ),
    "block": Action(
        P.SET_BLOCK,
        forms.BlockForm,
        lambda p, g, d: blocks.set_block(patron=p, reason=g["reason"], until=g["until"], **d),
        _("Borrowing is stopped."),
    ),
    "lift-block": Action(
        P.SET_BLOCK, None, _lift(Block.Kind.BORROWING), _("The patron may borrow again.")
    ),
    "ban": Action(P.SET_BAN, forms.BanForm, _ban, _("The ban holds from now on.")),
    "lift-ban": Action(P.SET_BAN, None, _lift(Block.Kind.BAN), _("The ban was lifted.")),
    "guardian": Action(
        P.EDIT_PATRON,
        forms.GuardianForm,
        lambda p, g, d: register.add_guardian(
            child=p,
            guardian=g["guardian"],
            consent_date=g["consent_date"],
            beside=g["beside"],
            rules_version=rules_name(timezone.localdate()),
            **d,
        ),
        _("Guardian linked."),
    ),
    "end-guardian": Action(
        P.EDIT_PATRON,
        None,
        lambda p, g, d: register.end_guardianship(link=_row(p.guardianships, g), **d),
        _("The guardian's link has ended."),
    ),
    "responsible": Action(
        P.EDIT_PATRON,
        forms.ResponsibleForm,
        lambda p, g, d: register.change_responsible_adult(institution=p, adult=g["adult"], **d),
        _("Responsible adult changed."),
    ),
    "identity": Action(
        P.REGISTER_PATRON,
        forms.IdentityForm,
        lambda p, g, d: register.store_identity_code(patron=p, code=g["identity_code"], **d),
        _("The identity code is in the vault."),
    ),
    "non-disclosure": Action(
        P.EDIT_PATRON,
        forms.NonDisclosureForm,
        lambda p, g, d: register.set_non_disclosure(patron=p, until=g["until"], **d),
        _("Non-disclosure recorded; the register holds no address."),
    ),
    "lift-non-disclosure": Action(
        P.VIEW_NON_DISCLOSED,
        None,
        lambda p, g, d: register.lift_non_disclosure(patron=p, **d),
        _("Non-disclosure lifted."),
    ),
}
