"""The invented people of a training copy: as many as there are patrons, and none of them.

Of a real patron only the category, the library, the home branch and a span of five birth years
are taken over. What people did and had is not carried along with them: each loan, hold, fee and
block goes to somebody who is chosen by its own number.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from kimppa.patrons.models import Address, Card, EmailAddress, Guardianship, Patron, PhoneNumber
from kimppa.patrons.queries import pseudonym
from kimppa.patrons.rules.ages import ADULT_YEARS, age_on, born_by
from kimppa.patrons.rules.finding import name_key

# Words of training in Finnish and Swedish: nobody is called so, and everybody sees it.
SURNAMES = (
    "Esimerkkilä",
    "Harjoitusmaa",
    "Kokeilunen",
    "Mallinen",
    "Näytelä",
    "Opetteli",
    "Testilä",
    "Treeninen",
    "Valelahti",
    "Varmuuskopio",
    "Exempelström",
    "Modellberg",
    "Provlund",
    "Påhittinen",
    "Träningsby",
    "Övningsgård",
)
GIVEN_NAMES = (
    "Aamu",
    "Halla",
    "Ilta",
    "Kaste",
    "Koivu",
    "Lumi",
    "Meri",
    "Pilvi",
    "Puro",
    "Ruska",
    "Routa",
    "Sade",
    "Suvi",
    "Tuisku",
    "Tuuli",
    "Vilja",
    "Dimma",
    "Gryning",
    "Hav",
    "Källa",
    "Moln",
    "Regn",
    "Snö",
    "Vind",
)
LANGUAGES = ("fi", "fi", "fi", "sv", "en")
SPAN = 5  # birth years that are told apart
CHILD_YEARS = 15
RULES_VERSION = "training"


class People:
    """Everybody in the copy, by numbers from 1 on; who is who stands nowhere."""

    def __init__(self, *, now: datetime) -> None:
        """Read which patrons there are."""
        self.now, self.today = now, timezone.localdate(now)
        found = Patron.objects.filter(merged_into=None, erased_at=None)
        wanted = ("pk", "category", "library", "home_branch", "birth_date", "is_institution")
        rows = list(found.values_list(*wanted).iterator())
        rows.sort(key=lambda row: pseudonym("patron", row[0]))
        self._rows = rows
        self._born = [None if row[5] else _born(row[4], row[0], self.today) for row in rows]
        self._adults = [
            number
            for number, born in enumerate(self._born, 1)
            if born and self._age(born) >= ADULT_YEARS
        ]

    def somebody(self, purpose: str, row: object) -> int:
        """Return whom something goes to: always the same person, of all equally likely."""
        return pseudonym(purpose, row) % len(self._rows) + 1

    def patrons(self) -> Iterator[Patron]:
        """Iterate over the persons and institutions."""
        hidden = self._non_disclosed()
        for number, (row, born) in enumerate(zip(self._rows, self._born, strict=True), 1):
            pk, category, library, branch, _, is_institution = row
            surname, given = _name(pk)
            if is_institution:
                surname, given = f"Harjoitusyhteisö {number}", ""
            yield Patron(
                pk=number,
                key=UUID(int=pseudonym("key", pk)),
                category_id=category,
                library_id=library,
                home_branch_id=branch,
                surname=surname,
                given_names=given,
                name_key=name_key(surname, given),
                birth_date=born,
                language=LANGUAGES[pseudonym("language", pk) % len(LANGUAGES)],
                is_institution=is_institution,
                responsible_adult_id=self._adult("institution", pk) if is_institution else None,
                non_disclosure_until=hidden.get(number),
                rules_version=RULES_VERSION,
                registered_at=timezone.make_aware(datetime.combine(self.today, time(12))),
                last_active_date=self.today,
            )

    def cards(self) -> Iterator[Card]:
        """Iterate over the cards: a main card for each, and the others there are for somebody."""
        for number, (pk, _, library, *_rest) in enumerate(self._rows, 1):
            yield self._card("main card", pk, patron=number, library=library, is_main=True)
        others = Card.objects.filter(is_main=False, status=Card.Status.ACTIVE)
        for pk, library, origin in others.values_list("pk", "library", "origin").iterator():
            somebody = self.somebody("whose card", pk)
            yield self._card("card", pk, patron=somebody, library=library, origin=origin)

    def _card(self, purpose: str, pk: int, *, patron: int, library: int, **more: object) -> Card:
        return Card(
            patron_id=patron,
            library_id=library,
            number=f"T{pseudonym(purpose, pk) % 10**15:015}",
            status=Card.Status.ACTIVE,
            issued_date=self.today,
            **more,
        )

    def addresses(self) -> Iterator[Address]:
        """Iterate over addresses in no street there is; none under non-disclosure."""
        hidden = self._non_disclosed()
        for number, (pk, *_rest) in enumerate(self._rows, 1):
            if number not in hidden:
                house = pseudonym("house", pk) % 99 + 1
                yield Address(
                    patron_id=number,
                    valid_from=self.today,
                    is_primary=True,
                    street=f"Harjoituskatu {house}",
                    postal_code="00000",
                    city="Mallila",
                )

    def emails(self) -> Iterator[EmailAddress]:
        """Iterate over e-mail addresses that reach nobody (RFC 2606)."""
        for number in range(1, len(self._rows) + 1):
            yield EmailAddress(
                patron_id=number,
                valid_from=self.today,
                is_primary=True,
                value=f"asiakas{number}@example.org",
            )

    def phones(self) -> Iterator[PhoneNumber]:
        """Iterate over telephone numbers that nobody can have: no area code begins with 00."""
        for number in range(1, len(self._rows) + 1):
            yield PhoneNumber(
                patron_id=number,
                valid_from=self.today,
                is_primary=True,
                value=f"+35800{number:07}",
            )

    def guardianships(self) -> Iterator[Guardianship]:
        """Iterate over a guardian for each child."""
        for number, (row, born) in enumerate(zip(self._rows, self._born, strict=True), 1):
            if born and self._age(born) < CHILD_YEARS and self._adults:
                yield Guardianship(
                    child_id=number,
                    guardian_id=self._adult("guardian", row[0]),
                    began_date=self.today,
                    consent_date=self.today,
                    rules_version=RULES_VERSION,
                )

    def _adult(self, purpose: str, row: object) -> int:
        return self._adults[pseudonym(purpose, row) % len(self._adults)]

    def _age(self, born: date) -> int:
        return age_on(born, self.today)

    def _non_disclosed(self) -> dict[int, date]:
        """Return whose address is withheld, as many as there are, and until when."""
        real = Patron.objects.exclude(non_disclosure_until=None).filter(
            merged_into=None, erased_at=None
        )
        until = self.today + timedelta(days=365)
        numbers = real.values_list("pk", flat=True)
        return {self.somebody("non-disclosure", pk): until for pk in numbers}


def _name(row: int) -> tuple[str, str]:
    number = pseudonym("name", row)
    surname = SURNAMES[number % len(SURNAMES)]
    return surname, GIVEN_NAMES[number // len(SURNAMES) % len(GIVEN_NAMES)]


def _born(real: date | None, row: int, today: date) -> date:
    """Return an invented birth date of the same five years, or earlier ones.

    Earlier, when it would lie ahead, or when who is of age would no longer be.
    """
    real = real or date(1970, 1, 1)
    latest = born_by(today, ADULT_YEARS) if age_on(real, today) >= ADULT_YEARS else today
    days = pseudonym("birth date", row) % (SPAN * 365)
    born = date(real.year // SPAN * SPAN, 1, 1) + timedelta(days=days)
    while born > latest:
        born -= timedelta(days=SPAN * 365)
    return born
