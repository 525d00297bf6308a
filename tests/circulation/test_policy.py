import csv
import json
from datetime import date, timedelta

import pytest
from circulation.people import WHEN, make_branch, make_category, make_item, make_rules
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from kimppa.circulation import queries, rule_files
from kimppa.circulation.models import Loan, RuleSet
from kimppa.circulation.operations.policy import (
    RuleProblem,
    RulesRefused,
    draft_rule_set,
    publish,
    remove_value,
    set_value,
)
from kimppa.circulation.rules.policy import VALUES, Case, Policy, Rule
from kimppa.circulation.rules.simulation import PastLoan, simulate
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import AuditEvent
from kimppa.site.cli import run

TODAY = WHEN.date()
HERE = Case(category=1, item_type="DVD", shelving_location="Lapset", library=3, branch=4)
# From the least to the most particular; each wins over all before it.
LADDER = [
    Rule(1, "loan_days", 1),
    Rule(2, "loan_days", 2, item_type="DVD"),
    Rule(3, "loan_days", 3, shelving_location="Lapset"),
    Rule(4, "loan_days", 4, category=1),
    Rule(5, "loan_days", 5, category=1, item_type="DVD"),
    Rule(6, "loan_days", 6, library=3),
    Rule(7, "loan_days", 7, library=3, item_type="DVD"),
    Rule(8, "loan_days", 8, branch=4),
    Rule(9, "loan_days", 9, branch=4, category=1, shelving_location="Lapset", item_type="DVD"),
]


@pytest.mark.parametrize("top", range(1, len(LADDER) + 1))
def test_the_most_particular_rule_wins(top):
    answer = Policy(reversed(LADDER[:top])).answer("loan_days", HERE)
    assert answer.value == top
    assert answer.rule.number == top
    assert {rule.number for rule in answer.beaten} == set(range(1, top))


@pytest.mark.parametrize(
    "other",
    [
        Rule(10, "loan_days", 99, category=2),
        Rule(10, "loan_days", 99, item_type="CD"),
        Rule(10, "loan_days", 99, shelving_location="Aikuiset"),
        Rule(10, "loan_days", 99, library=8),
        Rule(10, "loan_days", 99, branch=8),
        Rule(10, "renewals", 99),
    ],
)
def test_a_rule_for_something_else_does_not_hold(other):
    assert Policy([*LADDER, other])["loan_days", HERE] == 9


def test_where_no_rule_says_anything_the_default_holds_and_says_so():
    answer = Policy([]).answer("loan_days", HERE)
    assert (answer.value, answer.rule) == (28, None)


scopes = st.fixed_dictionaries(
    {
        "category": st.sampled_from([None, 1, 2]),
        "item_type": st.sampled_from(["", "DVD", "CD"]),
        "shelving_location": st.sampled_from(["", "Lapset"]),
    },
    optional={"library": st.sampled_from([3, 5])},
)


@given(st.lists(scopes, unique_by=lambda s: tuple(sorted(s.items(), key=str))), st.randoms())
def test_the_order_of_rows_decides_nothing(found, chance):
    rules = [Rule(n, "loan_days", n, **scope) for n, scope in enumerate(found)]
    shuffled = chance.sample(rules, len(rules))
    assert Policy(rules).answer("loan_days", HERE) == Policy(shuffled).answer("loan_days", HERE)


def put_in_force(rule_set, day, **more):
    given = {"decision": "Johtoryhmä 1.2.2026 § 3", "decision_date": date(2026, 2, 1)}
    return publish(
        rule_set=rule_set, valid_from=day, by=None, now=WHEN, today=TODAY, **given | more
    )


def draft(name, *rules):
    return draft_rule_set(name=name, rules=rules, by=None, now=WHEN)


def test_rules_hold_from_their_day_on(db):
    put_in_force(draft("One", Rule(0, "loan_days", 28)), date(2020, 1, 1))
    put_in_force(draft("Two", Rule(0, "loan_days", 21)), date(2026, 6, 1))

    assert queries.policy_on(date(2026, 5, 31))["loan_days", Case()] == 28
    assert queries.policy_on(date(2026, 6, 1))["loan_days", Case()] == 21


def test_what_is_published_is_never_changed(db):
    rule_set = put_in_force(draft("One", Rule(0, "loan_days", 28)), date(2020, 1, 1))
    for change in (
        lambda: set_value(rule_set=rule_set, rule=Rule(0, "renewals", 2), by=None, now=WHEN),
        lambda: remove_value(rule_set=rule_set, number=1, by=None, now=WHEN),
        lambda: put_in_force(rule_set, date(2027, 1, 1)),
    ):
        with pytest.raises(RulesRefused) as refused:
            change()
        assert refused.value.reasons == (RuleProblem.IS_PUBLISHED,)


def test_a_rule_set_needs_a_decision_rules_and_a_day_to_come(db):
    put_in_force(draft("One", Rule(0, "loan_days", 28)), date(2020, 1, 1))
    with pytest.raises(RulesRefused) as refused:
        put_in_force(draft("Two"), TODAY - timedelta(1), decision=" ")
    assert set(refused.value.reasons) == {
        RuleProblem.NO_DECISION,
        RuleProblem.NO_RULES,
        RuleProblem.IN_THE_PAST,
    }


def test_two_rule_sets_do_not_begin_on_one_day(db):
    put_in_force(draft("One", Rule(0, "loan_days", 28)), date(2026, 9, 1))
    with pytest.raises(RulesRefused) as refused:
        put_in_force(draft("Two", Rule(0, "loan_days", 21)), date(2026, 9, 1))
    assert refused.value.reasons == (RuleProblem.DATE_TAKEN,)


def test_setting_a_cell_twice_keeps_one_and_both_are_on_record(db):
    rule_set = draft("One")
    for days in (14, 21):
        set_value(
            rule_set=rule_set, rule=Rule(0, "loan_days", days, item_type="DVD"), by=None, now=WHEN
        )
    assert rule_set.rules.get().value == 21
    logged = [
        event.details for event in AuditEvent.objects.filter(action="set rule").order_by("pk")
    ]
    assert [(one["before"], one["after"]) for one in logged] == [(None, 14), (14, 21)]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Rule(0, "nothing", 1), RuleProblem.UNKNOWN_NAME),
        (Rule(0, "loan_days", -1), RuleProblem.BELOW_ZERO),
        (Rule(0, "hold_allowed", 2), RuleProblem.NOT_YES_OR_NO),
        (Rule(0, "loan_days", 1, library=1, branch=1), RuleProblem.TWO_PLACES),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(db, rule, problem):
    with pytest.raises(RulesRefused) as refused:
        draft("One", rule)
    assert refused.value.reasons == (problem,)
    assert not RuleSet.objects.exists()


def test_a_file_of_rules_comes_back_as_it_went(db):
    branch = make_branch("Koskela")
    rules = [
        Rule(0, "loan_days", 28),
        Rule(0, "loan_days", 14, item_type='DV"D', category=make_category("child").pk),
        Rule(0, "renewals", 0, branch=branch.pk),
        Rule(0, "overdue_cents_per_day", 0, library=branch.library.pk, shelving_location="Lapset"),
    ]
    text = rule_files.write("Säännöt", rules)
    assert rule_files.read(text) == ("Säännöt", rules)
    assert 'branch = "Koskela/Koskela"' in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "not TOML"),
        ("[common]\nloan_days = 1", "no name"),
        ('name = "x"\n[common]\nloan_day = 1', "loan_day"),
        ('name = "x"\n[common]\nloan_days = "14"', "whole number (days)"),
        ('name = "x"\n[[rules]]\nlibrary = "Nowhere"\nloan_days = 1', "[[rules]] number 1"),
        ('name = "x"\n[other]\n', "other"),
    ],
)
def test_a_file_with_a_mistake_says_what_and_where(db, text, said):
    with pytest.raises(CannotRun) as error:
        rule_files.read(text)
    assert said in str(error.value)


def test_a_simulation_compares_fees_and_blocks():
    loans = [
        PastLoan(date(2026, 1, 1), date(2026, 2, 10), 0, Case(), "a"),  # 40 days
        PastLoan(date(2026, 1, 1), date(2026, 2, 12), 0, Case(), "a"),
        PastLoan(date(2026, 1, 1), date(2026, 1, 20), 0, Case(), "b"),
    ]
    old = Policy([Rule(1, "overdue_cents_per_day", 10), Rule(2, "block_limit_cents", 500)])
    new = Policy([Rule(1, "overdue_cents_per_day", 20), Rule(2, "block_limit_cents", 500)])
    before, after = simulate(loans, [old, new], today=date(2026, 3, 1))

    assert (before.total.fee_cents, after.total.fee_cents) == (260, 520)
    assert (before.blocked_patrons, after.blocked_patrons) == (0, 1)
    assert after.blocked_days == 28  # from the second return until the first fee is paid


def test_renewals_count_as_far_as_the_rules_allow():
    loan = PastLoan(date(2026, 1, 1), date(2026, 2, 20), 3, Case())
    none = Policy([Rule(1, "renewals", 0), Rule(2, "overdue_cents_per_day", 10)])
    one = Policy([Rule(1, "renewals", 1), Rule(2, "overdue_cents_per_day", 10)])
    late = [outcome.total.late for outcome in simulate([loan], [none, one], today=TODAY)]
    assert late == [1, 0]


@pytest.fixture
def past(branch, patron):
    make_rules(name="Old", overdue_cents_per_day=10)
    make_rules(name="New", valid_from=date(2027, 1, 1), overdue_cents_per_day=20)
    Loan.objects.create(
        item=make_item(branch),
        patron=patron,
        branch=branch,
        began_at=WHEN,
        due_date=TODAY,
        ended_at=WHEN + timedelta(days=38),
        ending="returned",
        category_code="adult",
    )
    return [one.name for one in RuleSet.objects.order_by("valid_from")]


def test_the_command_simulates_the_databases_loans(past, capsys, tmp_path):
    options = {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "json": True}
    call_command("policy", "simulate", *past, csv=tmp_path / "out.csv", **options)
    old, new = json.loads(capsys.readouterr().out)

    assert (old["total"]["fee_cents"], new["total"]["fee_cents"]) == (100, 200)
    assert old["by_library"]["Koskela"]["loans"] == 1
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = {(r["part"], r["code"], r["figure"]): r for r in csv.DictReader(stream)}
    assert rows["by_category", "adult", "fee_cents"]["new"] == "200"


def test_the_command_simulates_a_file_of_loans(past, capsys, tmp_path):
    path = tmp_path / "loans.csv"
    path.write_text(
        "began,returned,renewals,category,item_type,library,branch,patron\n"
        "2026-01-01,2026-02-08,0,adult,KIRJA,Koskela,Koskela,x\n"
        "2026-01-01,,2,other,KIRJA,Nowhere,Nowhere,\n"
    )
    call_command("policy", "simulate", *past, loans=path, json=True)
    old, _ = json.loads(capsys.readouterr().out)
    assert old["total"]["loans"] == 2
    assert old["loans_without_patron"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("began,returned\n", "no column"),
        ("", "no column"),
        ("began,returned,renewals,category,item_type,library,branch\n1.3.2026,,,,,,\n", "line 2"),
    ],
)
def test_a_broken_file_of_loans_is_refused_with_its_line(past, tmp_path, text, said):
    path = tmp_path / "loans.csv"
    path.write_text(text)
    with pytest.raises(CannotRun) as error:
        call_command("policy", "simulate", *past, loans=path)
    assert said in str(error.value)


def test_the_command_imports_publishes_lists_and_exports(db, capsys, tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('name = "Yhteiset"\n\n[common]\nloan_days = 21\n')
    decided = ["publish", "Yhteiset", "--from", "2026-01-01", "--decision", "Johtoryhmä § 3"]
    call_command("policy", "import", path)
    call_command("policy", *decided)
    call_command("policy", "list")
    call_command("policy", "export", "Yhteiset")
    said = capsys.readouterr().out

    assert "Yhteiset (1 rules), from 2026-01-01: Johtoryhmä § 3" in said
    assert said.endswith(path.read_text())


def test_the_command_says_in_words_why_rules_are_not_taken(db, tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('name = "Yhteiset"\n\n[common]\nloan_days = 21\n')
    call_command("policy", "import", path)

    with pytest.raises(CannotRun, match=r"Other rules have that name\. Nothing was changed\."):
        call_command("policy", "import", path)


def test_a_dry_run_of_the_command_says_what_would_be_and_leaves_no_rules(db, capsys, tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('name = "Yhteiset"\n\n[common]\nloan_days = 21\n')
    decided = ["publish", "Yhteiset", "--from", "2026-01-01", "--decision", "Johtoryhmä § 3"]

    call_command("policy", "import", path, "--dry-run")
    assert "So it would be; nothing was changed." in capsys.readouterr().out
    assert not RuleSet.objects.exists()

    call_command("policy", "import", path)
    call_command("policy", *decided, "--dry-run", "--json")
    call_command("policy", "list", "--json")
    draft, would_be, listed = capsys.readouterr().out.splitlines()
    assert draft == "Draft Yhteiset with 1 rules."
    assert json.loads(would_be)["valid_from"] == "2026-01-01"
    assert json.loads(listed) == [
        {
            "name": "Yhteiset",
            "rules": 1,
            "is_published": False,
            "valid_from": None,
            "decision": "",
        }
    ]

    call_command("policy", *decided)
    with pytest.raises(CannotRun, match="Nothing was changed"):
        call_command("policy", *decided, "--dry-run")


def test_a_day_that_is_none_and_a_file_that_cannot_be_written_are_told(past, capsys):
    with pytest.raises(SystemExit) as ended:
        run(["policy", "publish", "x", "--from", "1.1.2027", "--decision", "y"])
    assert ended.value.code == 2
    assert "write the day as 2026-03-31" in capsys.readouterr().err

    assert run(["policy", "simulate", *past, "--csv", "/nothing/x.csv"]) == 2
    assert "could not be written" in capsys.readouterr().err


def test_a_rule_set_that_is_not_there_is_named(db):
    with pytest.raises(CannotRun, match="no rule set Olematon"):
        call_command("policy", "export", "Olematon")


def test_every_value_has_its_meaning_in_the_docs():
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in VALUES if f"`{name}`" not in text] == []
