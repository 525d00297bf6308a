from datetime import date, timedelta

import pytest
from circulation.people import (
    make_branch,
    make_category,
    make_item,
    make_library,
    make_rules,
    make_staff,
)
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.models import Loan, RuleSet, Simulation
from kimppa.circulation.operations.simulations import (
    begin_simulation,
    run_simulation,
    stop_simulation,
)
from kimppa.organisations.models import RoleGrant

TODAY = timezone.localdate()


@pytest.fixture
def coordinator(db, client):
    account = make_staff("koordinaattori", role=RoleGrant.Role.COORDINATOR)
    client.force_login(account)
    return client


@pytest.fixture
def reader(client, branch):
    client.force_login(make_staff("lukija", branch=branch, role=RoleGrant.Role.READ_ONLY))
    return client


def text_of(answer):
    return answer.content.decode()


def address(name, *args):
    return reverse(f"circulation:{name}", args=args)


def test_a_draft_is_made_filled_and_published(coordinator, branch):
    answer = coordinator.post(address("draft_rules"), {"name": "Säännöt 2027"})
    draft = RuleSet.objects.get()
    assert answer.url == address("rule_set", draft.pk)
    coordinator.post(
        address("change_rule", draft.pk),
        {"name": "overdue_cents_per_day", "value": "0,20", "item_type": "DVD"},
    )
    text = text_of(coordinator.get(answer.url))
    assert "0,20\u00a0€" in text
    assert "DVD" in text
    coordinator.post(
        address("publish_rules", draft.pk),
        {"valid_from": (TODAY + timedelta(30)).isoformat(), "decision": "Johtoryhmä § 3"},
    )
    assert "Johtoryhmä § 3" in text_of(coordinator.get(answer.url))
    assert RuleSet.objects.get().published_at


def test_a_draft_can_be_a_copy(coordinator, branch):
    old = make_rules(loan_days=21, cells=[{"name": "renewals", "value": 0, "branch": branch}])
    coordinator.post(address("draft_rules"), {"name": "Uudet", "copied_from": old.pk})
    assert RuleSet.objects.get(name="Uudet").rules.count() == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "loan_days", "value": "neljä"}, "kokonaisluku"),
        ({"name": "overdue_cents_per_day", "value": "x"}, "3,50"),
        ({"name": "hold_allowed", "value": "7"}, "1 (kyllä)"),
        ({"name": "nothing", "value": "7"}, "nothing"),
    ],
)
def test_a_value_that_makes_no_sense_is_told(coordinator, given, said):
    draft = RuleSet.objects.create(name="Luonnos")
    answer = coordinator.post(address("change_rule", draft.pk), given)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not draft.rules.exists()


def test_a_cell_is_taken_out_of_a_draft(coordinator):
    draft = RuleSet.objects.create(name="Luonnos")
    row = draft.rules.create(name="loan_days", value=21)
    coordinator.post(address("change_rule", draft.pk), {"remove": row.pk})
    assert not draft.rules.exists()


def test_published_rules_are_not_changed_on_the_page(coordinator):
    rules = make_rules(loan_days=21)
    given = {"name": "loan_days", "value": "14"}
    answer = coordinator.post(address("change_rule", rules.pk), given, follow=True)
    assert "enää muuteta" in text_of(answer)
    assert rules.rules.get().value == 21


def test_the_page_says_which_rule_wins_and_over_which(reader, branch):
    child = make_category("child", name_fi="Lapsi")
    make_rules(loan_days=28, cells=[{"name": "loan_days", "value": 14, "category": child}])
    text = text_of(reader.get(address("which_rule"), {"category": child.pk}))
    assert "14 päivää" in text
    assert "Lapsi" in text
    assert "28 päivää" in text


def test_two_versions_are_shown_side_by_side(reader):
    old = make_rules(name="Vanhat", loan_days=28, renewals=5)
    new = make_rules(name="Uudet", valid_from=date(2030, 1, 1), loan_days=21, renewals=5)
    text = text_of(reader.get(address("compare_rules"), {"old": old.pk, "new": new.pk}))
    assert "28 päivää" in text
    assert "21 päivää" in text
    assert "Uusinnat" not in text


def test_readers_do_not_edit(reader):
    draft = RuleSet.objects.create(name="Luonnos")
    for name, args in (("draft_rules", ()), ("change_rule", (draft.pk,))):
        answer = reader.post(address(name, *args), {"name": "loan_days", "value": "1"})
        assert answer.status_code in {403, 404}
    assert not draft.rules.exists()


def test_rules_are_given_as_a_file(reader):
    rules = make_rules(loan_days=21)
    assert "loan_days = 21" in text_of(reader.get(address("rules_toml", rules.pk)))


@pytest.fixture
def trial(branch, patron, now):
    old = make_rules(name="Vanhat", overdue_cents_per_day=10)
    new = make_rules(name="Uudet", valid_from=date(2030, 1, 1), overdue_cents_per_day=20)
    Loan.objects.create(
        item=make_item(branch),
        patron=patron,
        branch=branch,
        began_at=now,
        due_date=now.date(),
        ended_at=now + timedelta(days=38),
        ending="returned",
        category_code="adult",
    )
    first, last = now.date(), now.date() + timedelta(1)
    return begin_simulation(old=old, new=new, first=first, last=last, by=None, now=now)


def run(trial, now):
    return run_simulation(number=trial.pk, clock=lambda: now, today=now.date() + timedelta(90))


def test_a_simulation_shows_what_came_of_it(coordinator, trial, now):
    assert "0 / 1 lainaa" in text_of(coordinator.get(address("simulation", trial.pk)))
    run(trial, now)
    text = text_of(coordinator.get(address("simulation", trial.pk)))
    assert "1,00\u00a0€" in text
    assert "2,00\u00a0€" in text
    assert "+1,00\u00a0€" in text
    assert "Koskela" in text


def test_a_stopped_simulation_stays_stopped(coordinator, trial, now):
    stop_simulation(simulation=trial, by=None, now=now)
    assert run(trial, now).state == "stopped"
    assert "pysäytettiin" in text_of(coordinator.get(address("simulation", trial.pk)))


def test_a_simulation_that_nobody_hears_of_is_told(coordinator, trial):
    text = text_of(coordinator.get(address("simulation", trial.pk)))
    assert "kahteen minuuttiin" in text


def test_a_simulation_run_twice_is_done_once(trial, now):
    first = run(trial, now)
    assert run(trial, now).outcome == first.outcome
    assert Simulation.objects.get().done == 1


def test_days_in_the_wrong_order_are_refused(coordinator, trial):
    answer = coordinator.post(
        address("simulations"),
        {"old": trial.old_id, "new": trial.new_id, "first": "2026-02-01", "last": "2026-01-01"},
    )
    assert answer.status_code == 422
    assert Simulation.objects.count() == 1


def test_branches_of_one_name_are_told_apart_by_their_library(coordinator):
    for code in ("Rantala", "Alajoki"):
        make_branch("Pääkirjasto", library=make_library(code))

    page = text_of(coordinator.get(address("which_rule")))

    assert page.index("Alajoki: Pääkirjasto") < page.index("Rantala: Pääkirjasto")
