"""All that is known of a patron, for themselves (GDPR article 15; users.md P11)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kimppa.circulation.models import Hold, Loan
from kimppa.patrons.models import Address, EmailAddress, IdentityCode, Patron, PhoneNumber
from kimppa.patrons.queries import address_of

KINDS: dict[type, str] = {Address: "address", EmailAddress: "email", PhoneNumber: "phone"}


def export_of(patron: Patron, *, on: date) -> dict[str, Any]:
    """Return sections of rows, by names that stay the same in every release.

    Never in it: the identity code (only whether there is one) and the PIN; under
    non-disclosure also no address, telephone number or e-mail address.
    """
    return {
        "details": [_details(patron)],
        "contacts": _contacts(patron, on),
        "cards": [
            {
                "number": card.number,
                "library": card.library.name,
                "origin": card.origin,
                "status": card.status,
                "issued": card.issued_date,
                "ended": card.ended_at,
            }
            for card in patron.cards.select_related("library")
        ],
        "guardians": [_link(link, link.guardian) for link in patron.guardianships.all()],
        "dependents": [_link(link, link.child) for link in patron.dependents.all()],
        "consents": list(
            patron.consents.values("kind", "given_at", "withdrawn_at", "text_version")
        ),
        "notes": list(patron.notes.values("text", "is_public", "at", "expires_date")),
        "loans": [_loan(loan) for loan in patron.loans.select_related("item__record", "branch")],
        "holds": [_hold(hold) for hold in patron.holds.select_related("record", "pickup_branch")],
        "fees": list(patron.fees.values("kind", "legal_kind", "reason", "made_at", "open_cents")),
        "blocks": list(
            patron.blocks.values("kind", "reason", "began_at", "until_date", "ended_at")
        ),
        "message_choices": list(patron.message_choices.values("kind", "channel", "lead_days")),
        "messages": list(patron.notices.values("kind", "channel", "made_at", "sent_at", "state")),
    }


def _details(patron: Patron) -> Mapping[str, Any]:
    return {
        "surname": patron.surname,
        "given_names": patron.given_names,
        "birth_date": patron.birth_date,
        "category": patron.category.label,
        "library": patron.library.name,
        "home_branch": patron.home_branch.name if patron.home_branch else "",
        "language": patron.language,
        "history": patron.history,
        "rules_version": patron.rules_version,
        "registered": patron.registered_at,
        "last_active": patron.last_active_date,
        "non_disclosure_until": patron.non_disclosure_until,
        "identity_code_kept": IdentityCode.objects.filter(patron=patron).exists(),
        "pin_chosen": hasattr(patron, "pin"),
    }


def _contacts(patron: Patron, on: date) -> list[dict[str, Any]]:
    if patron.is_non_disclosed:
        shown = address_of(patron, on=on)
        return [
            {
                "kind": "address",
                "value": ", ".join(shown.lines) if shown else "",
            }
        ]
    rows: list[Address | EmailAddress | PhoneNumber] = [
        *patron.address_set.all(),
        *patron.emailaddress_set.all(),
        *patron.phonenumber_set.all(),
    ]
    return [
        {
            "kind": KINDS[type(row)],
            "value": _address(row) if isinstance(row, Address) else row.value,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row in rows
    ]


def _address(row: Address) -> str:
    parts = (row.care_of, row.street, f"{row.postal_code} {row.city}".strip(), row.country)
    return ", ".join(part for part in parts if part)


def _link(link: Any, other: Patron) -> dict[str, Any]:
    return {
        "name": other.full_name,
        "began": link.began_date,
        "ended": link.ended_date,
        "consent_date": link.consent_date,
    }


def _loan(loan: Loan) -> dict[str, Any]:
    return {
        "title": loan.item.record.title if loan.item.record else "",
        "barcode": loan.item.barcode,
        "branch": loan.branch.name,
        "began": loan.began_at,
        "due": loan.due_date,
        "ended": loan.ended_at,
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "title": hold.record.title,
        "pickup_branch": hold.pickup_branch.name,
        "placed": hold.placed_at,
        "state": hold.state,
        "ended": hold.ended_at,
    }
