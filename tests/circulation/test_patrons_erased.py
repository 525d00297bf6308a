"""Stories P11 and X3: a person's data goes on request, and by the retention rule."""

import json
from datetime import date, timedelta

import pytest
from circulation.people import (
    make_category,
    make_child,
    make_library,
    make_patron,
    make_rules,
    policy,
)
from circulation.queues import make_hold
from django.apps import apps
from django.core.management import call_command
from django.db.models import CharField, DateField, JSONField, TextField

from kimppa.circulation.models import Block, Fee, Hold, Loan, Notice
from kimppa.circulation.operations import fees
from kimppa.circulation.operations.patrons import (
    EraseRefused,
    end_guardianships,
    erase_patron,
    merge_patrons,
    purge_unused,
)
from kimppa.circulation.queries.patrons import EraseObstacle, purge_preview, purgeable
from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations as register
from kimppa.patrons import queries as found
from kimppa.patrons.models import Guardianship, Patron, PatronMerge
from kimppa.patrons.operations import EraseRefusal
from kimppa.patrons.rules.merging import Matter, Side

pytestmark = pytest.mark.django_db
OLD = date(2021, 2, 28)  # five years and a day before ``now``


@pytest.fixture
def doing(now, clerk, branch):
    return {"now": now, "by": clerk, "branch": branch}


@pytest.fixture
def person(doing):
    patron = make_patron("Salainen", "Siiri", card="SALA-1", birth_date=date(1971, 7, 17))
    register.add_address(patron=patron, street="Salakuja 7", city="Piilola", **doing)
    register.add_email(patron=patron, value="siiri@salainen.example", **doing)
    register.add_phone(patron=patron, value="0407777777", **doing)
    register.set_pin(patron=patron, pin="7171", **doing)
    register.add_note(patron=patron, text="Salainen huomautus", **doing)
    register.store_identity_code(patron=patron, code="131052-308T", **doing)
    return patron


def everything_kept():
    kinds = CharField | TextField | JSONField | DateField
    for model in apps.get_models():
        fields = [field for field in model._meta.fields if isinstance(field, kinds)]
        for row in model._default_manager.all():
            yield from (str(getattr(row, field.attname)) for field in fields)


def erase(patron, doing):
    erase_patron(patron=patron, reason="pyyntö", **doing)


def test_nothing_of_an_erased_person_is_left_in_any_table(
    person, doing, lend, bring, item, branch, now
):
    lend(item, person)
    step = bring(item).step
    Block.objects.create(patron=person, kind="ban", reason="Salainen", began_at=now)
    Notice.objects.create(
        patron=person,
        kind="fee",
        channel="email",
        subject_key="Salainen",
        language="fi",
        made_at=now,
        send_after=now,
    )
    Hold.objects.filter(pk=make_hold(item.record, branch, patron=person).pk).update(
        state=Hold.State.CANCELLED
    )
    other = make_patron("Salainen", "Siri", card="SALA-2", birth_date=date(1971, 7, 17))
    merge_patrons(
        kept=person, gone=other, choices=dict.fromkeys(Matter, Side.GONE), policy=policy(), **doing
    )
    erase(person, doing)

    text = "\n".join(everything_kept())
    for personal in ("Salainen", "alakuja", "Siiri", "Siri", "SALA", "1971-07-17", "7777777"):
        assert personal not in text, personal
    assert found.patron_by_key(person.key) is None
    assert found.find_by_identity_code("131052-308T") is None
    assert Loan.objects.get().patron is None
    assert Hold.objects.get().patron is None
    step.refresh_from_db()
    assert "patron" not in step.before
    assert Patron.objects.filter(erased_at=now).count() == 2
    assert PatronMerge.objects.get().settled_at == now


def test_who_has_loans_holds_or_fees_is_not_erased_and_every_reason_is_told(
    person, doing, lend, item, branch, now
):
    make_child(person)
    lend(item, person)
    make_hold(item.record, branch, patron=person)
    fees.charge(
        patron=person,
        kind=Fee.Kind.OTHER,
        cents=5,
        library=branch.library,
        branch=branch,
        by=None,
        now=now,
    )

    with pytest.raises(EraseRefused) as refused:
        erase(person, doing)

    assert set(refused.value.reasons) == {*EraseObstacle, EraseRefusal.ANSWERS_FOR_CHILD}
    assert Patron.objects.get(pk=person.pk).surname == "Salainen"


def test_obstacles_of_lending_alone_leave_everything_as_it_was(person, doing, lend, item):
    lend(item, person)
    with pytest.raises(EraseRefused):
        erase(person, doing)

    assert found.patron_by_card("SALA-1")[0] == person
    assert found.find_by_identity_code("131052-308T") == person


def test_who_answers_for_an_institution_is_not_erased(person, doing):
    make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=person,
    )
    with pytest.raises(EraseRefused) as refused:
        erase(person, doing)
    assert refused.value.reasons == (EraseRefusal.ANSWERS_FOR_INSTITUTION,)


def test_erasing_twice_is_logged_once(person, doing):
    erase(person, doing)
    erase(person, doing)

    assert AuditEvent.objects.filter(action="erase patron").count() == 1


def test_paid_fees_stay_for_the_books_as_nobodys(person, doing, branch, now):
    fee = fees.charge(
        patron=person,
        kind=Fee.Kind.OTHER,
        cents=5,
        library=branch.library,
        branch=branch,
        by=None,
        now=now,
    )
    fees.waive(fee=fee, reason="x", by=None, branch=branch, now=now)
    erase(person, doing)

    assert Fee.objects.get().patron is None


def candidates(now):
    return list(purgeable(policy(), on=now.date()).order_by("pk"))


def test_five_years_unused_with_nothing_open_are_purged(
    doing, now, lend, bring, item, branch, clerk
):
    unused = make_patron(last_active_date=OLD)
    make_patron(last_active_date=OLD + timedelta(days=2))
    borrower, guardian, adult, debtor, waiting = (
        make_patron(last_active_date=OLD) for _ in range(5)
    )
    lend(item, borrower)
    make_child(guardian)
    make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=adult,
    )
    fees.charge(
        patron=debtor,
        kind=Fee.Kind.OTHER,
        cents=5,
        library=branch.library,
        branch=branch,
        by=None,
        now=now,
    )
    make_hold(item.record, branch, patron=waiting)
    Patron.objects.filter(pk=borrower.pk).update(last_active_date=OLD)
    Guardianship.objects.exclude(guardian=guardian).delete()

    assert candidates(now) == [unused]
    assert purge_preview(policy(), on=now.date()) == [("Koskela", 1)]

    assert purge_unused(policy=policy(), now=now, by=clerk) == 1
    assert purge_unused(policy=policy(), now=now, by=clerk) == 0

    unused.refresh_from_db()
    assert (unused.surname, unused.erased_at) == ("", now)
    event = AuditEvent.objects.get(action="purge patrons")
    assert event.details == {"erased": 1}


def test_the_years_come_from_the_rules_and_may_differ_by_category_and_library(now):
    young, other = make_category("young"), make_library("Rantala")
    make_rules(
        purge_after_years=5,
        cells=[
            {"name": "purge_after_years", "value": 2, "category": young},
            {"name": "purge_after_years", "value": 0, "library": other},
        ],
    )
    three_years = date(2023, 2, 1)
    in_common = [make_patron(last_active_date=OLD) for _ in range(3)]
    make_patron(last_active_date=three_years)
    soon = make_patron(category=young, last_active_date=three_years)
    make_patron(library=other, last_active_date=date(1990, 1, 1))

    assert candidates(now) == [*in_common, soon]


def test_an_empty_register_has_nobody_to_purge(now, db):
    assert candidates(now) == []


def run(*arguments, capsys):
    code = 0
    try:
        call_command("purge_patrons", *arguments)
    except SystemExit as leaving:
        code = leaving.code
    return code, capsys.readouterr().out


def test_the_command_counts_only_until_it_is_confirmed(capsys, db):
    for _ in range(3):
        make_patron(last_active_date=OLD)
    for name, count in (("Rantala", 6), ("Kaukola", 7)):
        for _ in range(count):
            make_patron(library=make_library(name), last_active_date=OLD)

    code, out = run("--dry-run", "--json", capsys=capsys)
    told = json.loads(out)
    assert (code, told["erased"]) == (0, 0)
    assert told["would_erase"] == 16
    # Fewer than five people of one library are not told of, nor can they be reckoned.
    assert told["by_library"] == {"Kaukola": 7, "Koskela": None, "Rantala": None}
    assert Patron.objects.filter(erased_at=None).count() == 16

    assert "--confirm" in run(capsys=capsys)[1]
    assert Patron.objects.filter(erased_at=None).count() == 16

    code, out = run("--confirm", "--json", capsys=capsys)
    assert (code, json.loads(out)["erased"]) == (0, 16)
    assert Patron.objects.filter(erased_at=None).count() == 0


def test_no_name_is_in_what_the_command_says(capsys, person):
    Patron.objects.update(last_active_date=OLD)
    for arguments in ((), ("--confirm",)):
        assert "Salainen" not in run(*arguments, capsys=capsys)[1]


def test_the_night_ends_links_of_those_of_age_and_settles_merges(capsys, doing, now):
    guardian = make_patron()
    make_child(guardian, born=date(2011, 1, 1))
    make_child(guardian, born=date(2020, 1, 1))
    make_rules(guardian_needed_below_years=15, merge_undo_days=0)
    other = make_patron()
    merge_patrons(
        kept=guardian,
        gone=other,
        choices=dict.fromkeys(Matter, Side.KEPT),
        policy=policy(),
        **doing,
    )
    assert end_guardianships(policy=policy(), now=now) == 1
    would = run_tend(capsys, "--dry-run")

    assert run_tend(capsys) == would == {"guardianships_ended": 0, "merges_settled": 1}
    assert run_tend(capsys) == {"guardianships_ended": 0, "merges_settled": 0}


def run_tend(capsys, *arguments):
    call_command("tend_patrons", "--json", *arguments)
    return json.loads(capsys.readouterr().out)
