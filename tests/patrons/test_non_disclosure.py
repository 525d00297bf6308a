"""Story D7 of users.md, clause by clause, where no page is needed; pages: tests/circulation."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from circulation.people import make_patron
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import Address
from kimppa.patrons.operations import ContactRefusal, ContactRefused
from kimppa.patrons.operations.disclosure import ReasonNeeded

SRC = Path(__file__).parents[2] / "src" / "kimppa"
pytestmark = pytest.mark.django_db
UNTIL = date(2027, 3, 1)


def hide(patron, doing, until=UNTIL):
    return operations.set_non_disclosure(patron=patron, until=until, **doing)


@pytest.fixture
def hidden(doing, branch):
    """A patron who had an address and then came under non-disclosure."""
    branch.street, branch.postal_code, branch.city = "Kirjastokatu 1", "62100", "Koskela"
    branch.save()
    patron = make_patron(home_branch=branch)
    earlier = {**doing, "now": doing["now"] - timedelta(days=100)}
    operations.add_address(patron=patron, street="Vanha Salakuja 1", city="Piilola", **earlier)
    operations.add_address(patron=patron, street="Salakuja 2", city="Piilola", **doing)
    operations.add_phone(patron=patron, value="040 1234567", **doing)
    return hide(patron, doing)


def everything_kept():
    """All text that the database holds, in every table."""
    texts = []
    for model in apps.get_models():
        fields = [f for f in model._meta.fields if isinstance(f, CharField | TextField | JSONField)]
        for row in model._default_manager.all():
            texts += [str(getattr(row, field.attname)) for field in fields]
    return "\n".join(texts)


def test_the_register_holds_no_address_of_theirs_not_even_an_earlier_one(hidden):
    assert not Address.objects.filter(patron=hidden).exists()
    assert "alakuja" not in everything_kept()


def test_no_address_can_be_given_to_the_register(hidden, doing):
    with pytest.raises(ContactRefused) as refused:
        operations.add_address(patron=hidden, street="Salakuja 2", **doing)

    assert refused.value.reasons == (ContactRefusal.NON_DISCLOSED,)


def test_the_librarys_own_address_stands_in_its_place(hidden, now):
    shown = queries.address_of(hidden, on=now.date())

    assert shown.lines == ("Koskela", "Kirjastokatu 1", "62100 Koskela")
    assert shown.is_branch


def test_without_a_home_branch_a_branch_of_the_library_stands_there(hidden, branch, now):
    hidden.home_branch = None

    assert queries.address_of(hidden, on=now.date()).lines[0] == branch.name


def test_telephone_and_e_mail_are_withheld_until_opened(hidden, now):
    shown = queries.reach(hidden, on=now.date())
    assert (shown.withheld, shown.phones, shown.emails) == (True, (), ())

    opened = queries.reach(hidden, on=now.date(), opened=True)
    assert [row.value for row in opened.phones] == ["+358401234567"]
    assert opened.address.is_branch


def test_opening_needs_a_reason_and_is_logged(hidden, doing, clerk, branch):
    with pytest.raises(ReasonNeeded):
        operations.open_non_disclosed(patron=hidden, reason="  ", **doing)
    assert not AuditEvent.objects.filter(action="open non disclosed").exists()

    operations.open_non_disclosed(patron=hidden, reason="kaukolaina saapui", **doing)

    event = AuditEvent.objects.get(action="open non disclosed")
    assert (event.reason, event.by, event.branch) == ("kaukolaina saapui", clerk, branch)


def test_a_letters_address_is_not_even_told_to_the_register(hidden, doing):
    with pytest.raises(ReasonNeeded):
        operations.record_letter(patron=hidden, reason="", **doing)
    operations.record_letter(patron=hidden, reason="lasku postitse", **doing)

    assert AuditEvent.objects.get(action="address letter").details == {}


def test_search_results_have_no_address_of_theirs(hidden, doing):
    Address.objects.create(  # as if some conversion had brought one
        patron=hidden, street="Salakuja 2", city="Piilola", valid_from=date(2020, 1, 1)
    )

    assert [hit.address for hit in queries.search("virtanen")] == [""]
    assert queries.address_of(hidden, on=date(2026, 3, 1)).is_branch


def test_a_day_gone_by_warns_and_discloses_nothing(hidden, now):
    after = UNTIL + timedelta(days=1)

    assert queries.disclosure_warning(hidden, on=now.date()) is None
    assert queries.disclosure_warning(hidden, on=UNTIL - timedelta(days=60)) == "ends_soon"
    assert queries.disclosure_warning(hidden, on=UNTIL) == "ends_soon"
    assert queries.disclosure_warning(hidden, on=after) == "over"
    assert queries.address_of(hidden, on=after).is_branch
    assert queries.reach(hidden, on=after).withheld


def test_lifting_it_is_logged_and_an_address_can_be_given_again(hidden, doing, now):
    patron = operations.lift_non_disclosure(patron=hidden, **doing)
    operations.add_address(patron=patron, street="Uusi tie 1", **doing)

    assert queries.address_of(patron, on=now.date()).lines == ("Uusi tie 1",)
    assert AuditEvent.objects.get(action="lift non disclosure").details == {"until": "2027-03-01"}


def test_setting_it_twice_is_logged_once(hidden, doing):
    hide(hidden, doing)

    assert AuditEvent.objects.filter(action="set non disclosure").count() == 1
    hide(hidden, doing, until=date(2028, 1, 1))
    assert AuditEvent.objects.filter(action="set non disclosure").count() == 2


def test_addresses_of_entries_merged_into_theirs_go_too(hidden, doing):
    gone = make_patron()
    operations.add_address(patron=gone, street="Salakuja 2", **doing)
    gone.merged_into = hidden
    gone.save()

    hide(hidden, doing)

    assert not Address.objects.exists()


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (1200, 1200)])
def test_counts_of_fewer_than_five_people_are_not_shown(count, shown):
    assert queries.shown_count(count) == shown


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([3], [None]),
        ([3, 6, 7], [None, None, 7]),
        ([3, 0, 7], [None, 0, None]),
        ([3, 4, 7], [None, None, 7]),
        ([5, 6], [5, 6]),
    ],
)
def test_a_count_held_back_cannot_be_reckoned_from_the_total(counts, shown):
    rows = [(str(number), count) for number, count in enumerate(counts)]

    assert [count for _, count in queries.shown_counts(rows)] == shown


# Whoever else shows an address asks patrons.queries.address_of, which answers with the branch's.
MAY_TOUCH_ADDRESSES = {
    "circulation/operations/training_people.py",  # writes invented ones, reads none
    "circulation/queries/patron_export.py",
    "circulation/views/patron_changes.py",
    "circulation/views/patrons.py",
}


def test_no_slip_invoice_or_page_of_another_room_reads_addresses_past_the_register():
    readers = {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        if path.relative_to(SRC).parts[0] != "patrons"
        and "migrations" not in path.parts
        and re.search(
            r"\baddress_set\b|\bAddress\.objects\b|^    Address,$|import Address\b",
            path.read_text(),
            re.M,
        )
    }
    assert readers - MAY_TOUCH_ADDRESSES == set()
