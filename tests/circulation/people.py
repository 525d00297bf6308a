"""Makes the invented people, places, items and rules that tests of lending need.

``from circulation.people import make_patron``; every function needs the database. What a test
does not say is chosen here, and each thing made twice gets a number of its own.
"""

from datetime import UTC, date, datetime, time
from itertools import count

from kimppa.catalogue.models import BibliographicRecord, Item, Load
from kimppa.circulation import queries
from kimppa.circulation.models import PolicyRule, RuleSet
from kimppa.organisations.models import Branch, OpeningHours, RoleGrant, StaffAccount
from kimppa.organisations.operations import ensure_branch, ensure_library
from kimppa.patrons.models import Card, Guardianship, Patron, PatronCategory
from kimppa.patrons.rules.finding import name_key

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)  # a Sunday, the same as the fixture ``now``
_numbers = count(1)


def make_library(code="Koskela"):
    """The library of this code, made when it is not there yet."""
    return ensure_library(code=code)[0]


def make_branch(code="Koskela", *, library=None, kind=Branch.Kind.BRANCH, open_weekdays=range(7)):
    """A branch, open from 9 to 19 on the weekdays given (0 is Monday)."""
    branch, is_new = ensure_branch(library=library or make_library(code), code=code)
    if is_new:
        branch.kind = kind
        branch.save()
        for weekday in open_weekdays:
            OpeningHours.objects.create(
                branch=branch,
                weekday=weekday,
                opens=time(9),
                closes=time(19),
                valid_from=date(2000, 1, 1),
            )
    return branch


def make_staff(username="aino", *, branch=None, role=RoleGrant.Role.DESK):
    """A staff account with one role in the branch's library; without a branch, everywhere."""
    account = StaffAccount.objects.create_user(username=username, home_branch=branch)
    RoleGrant.objects.create(
        account=account, role=role, library=branch and branch.library, granted_at=WHEN
    )
    return account


def make_category(code="adult", **fields):
    """The patron category of this code, made when it is not there yet."""
    names = {"name_fi": "Aikuinen", "name_sv": "Vuxen", "name_en": "Adult"}
    return PatronCategory.objects.get_or_create(code=code, defaults=names | fields)[0]


def make_patron(
    surname="Virtanen", given_names="Eeva", *, library=None, category=None, card="", **fields
):
    """A patron with one active main card; ``card=None`` for one without."""
    library = library or make_library()
    patron = Patron.objects.create(
        **{
            "surname": surname,
            "given_names": given_names,
            "name_key": name_key(surname, given_names),
            "birth_date": date(1980, 5, 17),
            "category": category or make_category(),
            "library": library,
            "registered_at": WHEN,
            "last_active_date": WHEN.date(),
            **fields,
        }
    )
    if card is not None:
        make_card(patron, card)
    return patron


def make_card(patron, number="", **fields):
    """A card of the patron, the main one if it is the first."""
    if fields.get("status", Card.Status.ACTIVE) != Card.Status.ACTIVE:
        fields.setdefault("ended_at", WHEN)
    return Card.objects.create(
        **{
            "patron": patron,
            "number": number or f"A{next(_numbers):07d}",
            "library": patron.library,
            "is_main": not patron.cards.exists(),
            "issued_date": WHEN.date(),
            **fields,
        }
    )


def make_child(guardian=None, *, born=date(2018, 6, 1), **fields):
    """A patron too young for a card of their own; with a guardian if one is given."""
    child = make_patron(given_names="Onni", birth_date=born, **fields)
    if guardian:
        Guardianship.objects.create(
            child=child, guardian=guardian, began_date=WHEN.date(), consent_date=WHEN.date()
        )
    return child


def make_record(title="Joki muistaa", **fields):
    """A bibliographic record without MARC, of a load of its own kind."""
    number = next(_numbers)
    load, _ = Load.objects.get_or_create(digest="tests", defaults={"started_at": WHEN})
    return BibliographicRecord.objects.create(
        **{
            "cluster_id": f"K{number:012x}",
            "title": title,
            "material": "book",
            "size": 1,
            "base": "Koskela:1",
            "title_key": title.lower(),
            "search_text": title.lower(),
            "load": load,
            "packed_marc": b"",
            "packed_provenance": b"",
            **fields,
        }
    )


def make_item(branch, *, record=None, **fields):
    """An item of the branch, on its shelf."""
    number = next(_numbers)
    return Item.objects.create(
        **{
            "record": record or make_record(),
            "library": branch.library,
            "branch": branch,
            "control_number": str(number),
            "barcode": f"B{number:06d}",
            "shelving_location": "Aikuiset",
            "item_type": "KIRJA",
            "source": "952",
            **fields,
        }
    )


def make_rules(*, name="Säännöt", valid_from=date(2000, 1, 1), cells=(), **values):
    """A published rule set: ``make_rules(loan_days=28, cells=[{"name": …, "value": …, …}])``."""
    number = next(_numbers)
    rules = RuleSet.objects.create(
        name=f"{name} {number}",
        valid_from=valid_from,
        # Numbers of rows come again in the next test; the moment tells the two rule sets apart.
        published_at=WHEN.replace(microsecond=number),
    )
    common = [{"name": key, "value": value} for key, value in values.items()]
    for cell in [*common, *cells]:
        PolicyRule.objects.create(rule_set=rules, **cell)
    return rules


def policy():
    """The policy in force at ``WHEN``."""
    return queries.policy_on(WHEN.date())
