"""Find patrons by card, name, birth date, and (for registering only) by identity code."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch

from kimppa.patrons import vault
from kimppa.patrons.models import Address, Card, IdentityCode, Patron
from kimppa.patrons.models.people import PatronQuerySet
from kimppa.patrons.rules.finding import card_number, name_words
from kimppa.patrons.rules.identity_codes import HYPHENS

MOST_HITS = 50
# Whatever begins like an identity code; such a text is never searched for.
IDENTITY_CODE = re.compile(rf"(?<!\d)\d{{6}}\s*[-+A-FU-Y{HYPHENS}]\s*\d{{3}}", re.IGNORECASE)
BIRTH_DATE = re.compile(
    r"(?<!\d)(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))(?!\d)"
)


@dataclass(frozen=True)
class Hit:
    """A patron found; the address tells namesakes apart and is empty under non-disclosure."""

    patron: Patron
    card: str
    address: str


def standing(patron: Patron) -> Patron:
    """Return the entry that stands for this patron, after whatever merges there were."""
    while patron.merged_into is not None:
        patron = patron.merged_into
    return patron


def patron_by_key(key: UUID) -> Patron | None:
    """Return the patron whose page this key addresses, also an earlier one's since merged.

    None for keys that nobody has and for those whose data has been erased.
    """
    found = Patron.objects.select_related("category", "library", "home_branch").filter(key=key)
    return _present(found.first())


def patron_by_card(number: str) -> tuple[Patron, Card] | None:
    """Return the patron who carries the card, and the card; None when nobody does.

    Any card is found, whichever library gave it; look at ``card.status``: only an active card
    may be used.
    """
    wanted = card_number(number)
    if not wanted:
        return None
    cards = Card.objects.select_related("library", "patron__category", "patron__library")
    card = cards.filter(number=wanted).first()
    patron = _present(card.patron) if card else None
    return (patron, card) if card and patron else None


def _present(patron: Patron | None) -> Patron | None:
    patron = standing(patron) if patron else None
    return patron if patron and patron.erased_at is None else None


def find_by_identity_code(code: str) -> Patron | None:
    """Return the patron whose normalised identity code this is; the code is not kept anywhere."""
    found = (
        IdentityCode.objects.filter(lookup_hash=vault.lookup_hash(code))
        .select_related("patron")
        .first()
    )
    return _present(found.patron) if found else None


def looks_like_identity_code(text: str) -> bool:
    """Return whether somebody typed an identity code where names and cards are searched for."""
    return IDENTITY_CODE.search(text) is not None


def search(text: str, *, limit: int = MOST_HITS) -> list[Hit]:
    """Return patrons by card number, or by parts of the name and the birth date, by name.

    A whole card number finds its patron only. Words match the beginnings of names in any order;
    a date (17.5.1980 or 1980-05-17) is a birth date. Identity codes find nothing.
    """
    by_card = patron_by_card(text)
    if by_card:
        patrons = Patron.objects.filter(pk=by_card[0].pk)
    elif looks_like_identity_code(text):
        return []
    else:
        born, rest = _birth_date(text)
        words = name_words(rest)
        if not words and born is None:
            return []
        patrons = Patron.objects.present()
        if born is not None:
            patrons = patrons.filter(birth_date=born)
        if words:
            patrons = patrons.filter(pk__in=_called(words).values("pk"))
    return _hits(patrons, limit)


def _called(words: list[str]) -> PatronQuerySet:
    """Return those whose names have words that begin so; reads the index of names only."""
    called = Patron.objects.all()
    for word in words:
        called = called.filter(name_key__contains=f" {word}")
    return called


def namesakes(*, surname: str, birth_date: date, limit: int = MOST_HITS) -> list[Hit]:
    """Return who may be the same person: born on the day, those of the same surname first."""
    hits = _hits(Patron.objects.present().filter(birth_date=birth_date), limit)
    words = set(name_words(surname))
    return sorted(hits, key=lambda hit: not words & set(name_words(hit.patron.surname)))


def _birth_date(text: str) -> tuple[date | None, str]:
    """Return the date in the text and the text without it."""
    match = BIRTH_DATE.search(text)
    if match is None:
        return None, text
    try:
        if match["iso"]:
            found = date.fromisoformat(match["iso"])
        else:
            found = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None, text
    return found, text[: match.start()] + " " + text[match.end() :]


def _hits(patrons: PatronQuerySet, limit: int) -> list[Hit]:
    found = (
        patrons.select_related("category", "library")
        .prefetch_related(
            Prefetch("cards", Card.objects.filter(status=Card.Status.ACTIVE)),
            Prefetch("address_set", Address.objects.filter(valid_to=None)),
        )
        .order_by("name_key", "pk")[:limit]
    )
    return [Hit(patron, _card(patron), _address(patron)) for patron in found]


def _card(patron: Patron) -> str:
    return next((card.number for card in patron.cards.all()), "")


def _address(patron: Patron) -> str:
    addresses = [] if patron.is_non_disclosed else list(patron.address_set.all())
    return f"{addresses[0].street}, {addresses[0].city}".strip(", ") if addresses else ""


def count_readable_codes() -> int:
    """Read every code of the vault with the keys in use; return how many there are.

    Raises VaultLocked at the first that no key opens.
    """
    codes = IdentityCode.objects.values_list("ciphertext", flat=True)
    return sum(1 for each in codes.iterator() if vault.decrypted(each))
