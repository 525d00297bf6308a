"""A copy for training holds what there is to practise on, and nobody who lives."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta

import pytest
from circulation.people import make_child, make_item, make_patron
from circulation.queues import make_hold
from django.apps import apps
from django.db import models

from kimppa.circulation.models import Block, Fee
from kimppa.circulation.operations import check_out, fees, training_copy
from kimppa.circulation.operations.training_people import People
from kimppa.organisations.models import StaffAccount
from kimppa.patrons import operations as register
from kimppa.patrons.models import Consent, Patron
from kimppa.site.cli import run

pytestmark = pytest.mark.django_db

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.UUIDField)
# Texts of copied tables: what each holds was looked at; a new one must be too.
CHANGED_TEXTS = {
    "circulation.holdgroup.name",
    "circulation.hold.key",
    "circulation.fee.key",
    "circulation.fee.reason",
    "circulation.receipt.request_key",
    "circulation.ledgerentry.reason",
    "circulation.block.reason",
}
KEPT_TEXTS = {
    "organisations.consortium.code name",
    "organisations.library.code name",
    "organisations.branch.code name kind street postal_code city",
    "organisations.desk.name network",
    "organisations.busstop.name",
    "organisations.openinghours.kind",
    "organisations.exceptionalday.kind reason",
    "patrons.patroncategory.code name_fi name_sv name_en",
    "circulation.ruleset.name decision",
    "circulation.policyrule.name item_type shelving_location",
    "circulation.queuearea.name item_type",
    "catalogue.bibliographicrecord.cluster_id title author language material base title_key",
    "catalogue.bibliographicrecord.search_text packed_marc packed_provenance",
    "catalogue.identifier.kind value",
    "catalogue.inputrecord.control_number kind file packed_marc",
    "catalogue.item.control_number barcode duplicate_barcode shelving_location call_number",
    "catalogue.item.item_type status source raw",
    "catalogue.redirect.control_number",
    "catalogue.load.digest state counts made_libraries made_branches",
    "circulation.itemstate.status",
    "circulation.transit.reason",
    "circulation.loan.kind ending category_code terms",
    "circulation.hold.state shelf_code ended_from",
    "circulation.pullrequest.reason state",
    "circulation.fee.kind legal_kind",
    "circulation.receipt.method",
    "circulation.ledgerentry.kind",
    "circulation.block.kind",
}
REAL = (
    "Virtanen",
    "Eeva Maria",
    "Kotikuja",
    "eeva@posti.example",
    "+358401234567",
    "285A123123",
    "VANHA-7",
    "1980-05-17",
    "Hakee äidin varaukset",
    "Rikkoi ikkunan",
    "Käpyläisen piiri",
    "aino",
    "131052-308T",
    "Salminen",
    "Käpylän koulu",
)


@pytest.fixture
def people(branch, clerk, item, now):
    """A patron with a bit of everything, one in hiding, an institution and a child."""
    doing = {"now": now, "by": clerk, "branch": branch}
    patron = make_patron("Virtanen", "Eeva Maria", library=branch.library, card="285A123123")
    register.add_card(patron=patron, number="VANHA-7", library=branch.library, **doing)
    register.add_address(
        patron=patron, street="Kotikuja 1", postal_code="62100", city="Lapua", **doing
    )
    register.add_email(patron=patron, value="eeva@posti.example", **doing)
    register.add_phone(patron=patron, value="040 123 4567", **doing)
    register.add_note(patron=patron, text="Hakee äidin varaukset", **doing)
    register.give_consent(patron=patron, kind=Consent.Kind.SELF_SERVICE, **doing)
    register.set_pin(patron=patron, pin="0417", **doing)
    register.store_identity_code(patron=patron, code="131052-308T", **doing)
    make_child(patron)
    hidden = make_patron("Salminen", library=branch.library)
    register.set_non_disclosure(patron=hidden, until=date(2027, 1, 1), **doing)
    make_patron("Käpylän koulu", "", is_institution=True, responsible_adult=patron, birth_date=None)
    for each in (item, make_item(branch)):
        check_out(item=each, patron=patron, **doing)
    hold = make_hold(make_item(branch).record, branch, patron=patron)
    hold.group = hold._meta.get_field("group").related_model.objects.create(
        name="Käpyläisen piiri", patron=patron, made_at=now
    )
    hold.save()
    charged = {"library": branch.library, **doing}
    fee = fees.charge(patron=patron, kind=Fee.Kind.OTHER, cents=340, reason="Virtanen", **charged)
    Block.objects.create(patron=patron, kind="ban", reason="Rikkoi ikkunan", began_at=now)
    return fee


@pytest.fixture
def copy(tmp_path, people):
    path = tmp_path / "training.sqlite3"
    assert run(["training-copy", "--to", f"sqlite:///{path}"]) == 0
    return path


def cells(path):
    """Every value of every table, but for what Django keeps of itself."""
    with closing(sqlite3.connect(path)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if not name.startswith(("django_", "auth_", "sqlite_")):
                for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608
                    yield from (f"{name}: {value}" for value in row)


def asked(path, sql):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_nothing_of_a_real_person_is_in_the_copy(copy, people):
    text = "\n".join(cells(copy))
    fee = people
    keys = [*Patron.objects.values_list("key", flat=True), fee.key]

    assert [word for word in (*REAL, *(key.hex for key in keys)) if word in text] == []
    assert "Joki muistaa" in text  # the catalogue is there
    for table in ("organisations_staffaccount", "organisations_auditevent", "patrons_pin"):
        assert asked(copy, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


def test_there_are_as_many_people_loans_holds_and_cents_as_before(copy):
    counts = {
        "patrons_patron": Patron.objects.count(),
        "circulation_loan WHERE ended_at IS NULL AND patron_id IS NOT NULL": 2,
        "circulation_hold WHERE state = 'waiting'": 1,
        "circulation_fee WHERE open_cents = 340": 1,
        "patrons_patron WHERE is_institution AND responsible_adult_id IS NOT NULL": 1,
        "patrons_patron WHERE non_disclosure_until IS NOT NULL": 1,
        "patrons_guardianship": 1,
    }

    found = {name: asked(copy, f"SELECT count(*) FROM {name}")[0][0] for name in counts}  # noqa: S608
    assert found == counts


def test_nobody_under_non_disclosure_has_an_address_there_either(copy):
    hidden = "SELECT id FROM patrons_patron WHERE non_disclosure_until IS NOT NULL"

    assert asked(copy, f"SELECT * FROM patrons_address WHERE patron_id IN ({hidden})") == []  # noqa: S608


def test_loans_made_together_no_longer_stand_together(copy):
    began = asked(copy, "SELECT DISTINCT began_at FROM circulation_loan")

    assert len(began) == 2


def test_the_same_patron_is_always_the_same_invented_one(copy, tmp_path):
    again = tmp_path / "again.sqlite3"
    assert run(["training-copy", "--to", f"sqlite:///{again}"]) == 0
    who = """
        SELECT p.key, surname, given_names, birth_date, number FROM patrons_patron p
        JOIN patrons_card ON patron_id = p.id ORDER BY number
    """

    assert asked(copy, who) == asked(again, who)


def test_the_copy_holds_water(copy):
    done = subprocess.run(
        [sys.executable, "-c", "from kimppa.site.cli import main; main()", "verify", "--json"],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path), "KIMPPA_DATABASE_URL": f"sqlite:///{copy}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout).values()) == {0}


def test_only_an_empty_database_is_filled(copy, capsys):
    before = list(cells(copy))

    assert run(["training-copy", "--to", f"sqlite:///{copy}"]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert list(cells(copy)) == before


def test_no_password_is_taken_from_the_command_line(people, capsys):
    assert run(["training-copy", "--to", "postgresql://kimppa:salainen@localhost/koulutus"]) == 2
    assert "PGPASSWORD" in capsys.readouterr().err


def test_a_dry_run_counts_and_writes_nothing(people, tmp_path, capsys):
    path = tmp_path / "none.sqlite3"

    assert run(["training-copy", "--to", f"sqlite:///{path}", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patrons.patron"] == Patron.objects.count()
    assert not path.exists()


def test_what_fails_leaves_the_other_database_empty(people, tmp_path, monkeypatch):
    path = tmp_path / "half.sqlite3"
    monkeypatch.setitem(training_copy.CHANGED, Block, None)  # the last table of all

    with pytest.raises(TypeError):
        run(["training-copy", "--to", f"sqlite:///{path}"])

    assert asked(path, "SELECT count(*) FROM patrons_patron") == [(0,)]


def test_a_new_table_must_be_thought_about(db, now):
    listed = [
        *training_copy.AS_IT_IS,
        *training_copy.LEFT_OUT,
        *training_copy.CHANGED,
        *training_copy.invented(People(now=now)),
    ]
    of_kimppa = {each for each in apps.get_models() if each.__module__.startswith("kimppa.")}

    assert len(listed) == len(set(listed))
    assert set(listed) == of_kimppa


def test_what_is_copied_as_it_is_names_no_patron_and_no_staff():
    for model in training_copy.AS_IT_IS:
        related = {field.related_model for field in model._meta.concrete_fields}
        assert not related & {Patron, StaffAccount}, model


def test_a_new_text_in_a_copied_table_must_be_looked_at():
    kept = {
        f"{table}.{name}"
        for table, names in (entry.rsplit(".", 1) for entry in KEPT_TEXTS)
        for name in names.split()
    }
    copied = [*training_copy.AS_IT_IS, *training_copy.CHANGED]
    texts = {
        f"{model._meta.label_lower}.{field.name}"
        for model in copied
        for field in model._meta.concrete_fields
        if isinstance(field, TEXTS)
    }

    assert texts == kept | CHANGED_TEXTS


def test_who_is_of_age_stays_so_and_nobody_is_born_tomorrow(branch, now):
    today = now.date()
    for days in range(0, 366 * 30, 700):
        make_patron(library=branch.library, birth_date=today - timedelta(days=days))
    real = sum(1 for each in Patron.objects.all() if (today - each.birth_date).days >= 18 * 366)

    born = [each.birth_date for each in People(now=now).patrons()]

    assert all(each <= today for each in born)
    assert sum(1 for each in born if (today - each).days >= 18 * 365) >= real
