"""The rules of use: list, export, import, publish, and simulate a change on past loans."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone, translation

from kimppa.circulation import past_loans, rule_files
from kimppa.circulation.models import RuleSet
from kimppa.circulation.operations.policy import RulesRefused, draft_rule_set, publish
from kimppa.circulation.operations.simulations import COUNTED, plain, run_simulation
from kimppa.circulation.queries.policy import policy_of, rules_of
from kimppa.circulation.reason_words import RULE_PROBLEMS
from kimppa.circulation.rules.policy import Policy
from kimppa.circulation.rules.simulation import Outcome, PastLoan, Tally, simulate
from kimppa.common.arguments import day
from kimppa.common.errors import CannotRun
from kimppa.organisations.operations import rehearsal

LAST_YEAR = timedelta(365)


class Command(BaseCommand):
    """kimppa policy list|export|import|publish|simulate."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listed = verbs.add_parser("list", help="rule sets, with the day and decision of each")
        export = verbs.add_parser("export", help="write a rule set as TOML")
        export.add_argument("name")
        taken = verbs.add_parser("import", help="make a draft of a TOML file")
        taken.add_argument("file", type=Path)
        out = verbs.add_parser("publish", help="put a draft in force")
        out.add_argument("name")
        out.add_argument("--from", dest="valid_from", type=day, required=True)
        out.add_argument("--decision", required=True, help="who decided it, and its §")
        out.add_argument("--decided", type=day, help="date of the decision")
        trial = verbs.add_parser("simulate", help="what past loans would have cost")
        trial.add_argument("old", nargs="?", help="name of a rule set, or a TOML file")
        trial.add_argument("new", nargs="?", help="name of a rule set, or a TOML file")
        trial.add_argument("--loans", type=Path, help="CSV; without it, the database's loans")
        trial.add_argument("--first", type=day, help="first day (a year ago)")
        trial.add_argument("--last", type=day, help="last day (today)")
        trial.add_argument("--csv", type=Path, help="write the comparison to this file")
        trial.add_argument("--number", type=int, help="do the work of a trial begun on a page")
        for one in (taken, out):
            one.add_argument("--dry-run", action="store_true", help="change nothing")
        for one in (listed, taken, out, trial):
            one.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Do what was asked for."""
        verb = "import_" if options["verb"] == "import" else options["verb"]
        getattr(self, verb)(options)

    def list(self, options: dict[str, Any]) -> None:
        """Say which rule sets there are."""
        told = [_told(one) for one in RuleSet.objects.all()]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for one in told:
            state = "from {valid_from}: {decision}" if one["is_published"] else "draft"
            self.stdout.write(f"{{name}} ({{rules}} rules), {state}".format(**one))

    def export(self, options: dict[str, Any]) -> None:
        """Write a rule set to standard output."""
        rule_set = _named(options["name"])
        self.stdout.write(rule_files.write(rule_set.name, rules_of(rule_set.pk)), ending="")

    def import_(self, options: dict[str, Any]) -> None:
        """Make a draft."""
        name, rules = rule_files.read(_text(options["file"]))
        try:
            with rehearsal(dry_run=options["dry_run"]):
                made = draft_rule_set(name=name, rules=rules, by=None, now=timezone.now())
                told = _told(made)
        except RulesRefused as error:
            raise CannotRun(
                f"the rules were not taken: {_why(error)} Nothing was changed."
            ) from error
        self.tell("Draft {name} with {rules} rules.", told, options)

    def publish(self, options: dict[str, Any]) -> None:
        """Put a draft in force."""
        now = timezone.now()
        try:
            with rehearsal(dry_run=options["dry_run"]):
                done = publish(
                    rule_set=_named(options["name"]),
                    valid_from=options["valid_from"],
                    decision=options["decision"],
                    decision_date=options["decided"],
                    by=None,
                    now=now,
                    today=timezone.localdate(now),
                )
                told = _told(done)
        except RulesRefused as error:
            raise CannotRun(f"not published: {_why(error)} Nothing was changed.") from error
        self.tell("{name} holds from {valid_from}.", told, options)

    def tell(self, words: str, told: dict[str, Any], options: dict[str, Any]) -> None:
        """Write what was done, or would be."""
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(words.format(**told))
        if options["dry_run"]:
            self.stdout.write("So it would be; nothing was changed.")

    def simulate(self, options: dict[str, Any]) -> None:
        """Say what the loans would have come to under both rule sets."""
        today = timezone.localdate()
        if options["number"]:
            run_simulation(number=options["number"], clock=timezone.now, today=today)
            return
        if not options["new"]:
            raise CannotRun("name the old and the new rules. `kimppa policy list` names them.")
        policies = [_policy(options["old"]), _policy(options["new"])]
        loans = _loans(options, today)
        outcomes = simulate(loans, policies, today=today, closed=past_loans.Calendar())
        if options["csv"]:
            try:
                _write_csv(options["csv"], outcomes)
            except OSError as error:
                raise CannotRun(f"{options['csv']} could not be written: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps([plain(one) for one in outcomes]))
        else:
            self.stdout.write(_table(outcomes))


def _told(one: RuleSet) -> dict[str, Any]:
    return {
        "name": one.name,
        "rules": one.rules.count(),
        "is_published": one.published_at is not None,
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "decision": one.decision,
    }


def _loans(options: dict[str, Any], today: date) -> Iterator[PastLoan]:
    if options["loans"]:
        return past_loans.from_csv(options["loans"])
    last = options["last"] or today
    return past_loans.from_database(options["first"] or last - LAST_YEAR, last)


def _why(refused: RulesRefused) -> str:
    with translation.override(None):  # what commands say is English
        return " ".join(str(RULE_PROBLEMS[problem]) for problem in refused.reasons)


def _named(name: str) -> RuleSet:
    found = RuleSet.objects.filter(name=name).first()
    if found is None:
        raise CannotRun(f"there is no rule set {name}. `kimppa policy list` names them.")
    return found


def _policy(name: str) -> Policy:
    path = Path(name)
    if path.suffix == ".toml":
        return Policy(rule_files.read(_text(path))[1])
    return policy_of(_named(name).pk)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from error


def _rows(outcomes: list[Outcome]) -> list[tuple[str, int, int]]:
    old, new = outcomes
    pairs = [(name, getattr(old.total, name), getattr(new.total, name)) for name in asdict(Tally())]
    return pairs + [(name, getattr(old, name), getattr(new, name)) for name in COUNTED]


def _table(outcomes: list[Outcome]) -> str:
    lines = [f"{'':22}{'old':>14}{'new':>14}{'change':>14}"]
    lines += [f"{name:22}{a:>14,}{b:>14,}{b - a:>+14,}" for name, a, b in _rows(outcomes)]
    return "\n".join(lines)


def _write_csv(path: Path, outcomes: list[Outcome]) -> None:
    old, new = (plain(one) for one in outcomes)
    half = path.with_suffix(".tmp")
    with half.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["part", "code", "figure", "old", "new"])
        writer.writerows(["total", "", *row] for row in _rows(outcomes))
        for part in ("by_library", "by_category"):
            for code in sorted({*old[part], *new[part]}):
                for name in asdict(Tally()):
                    figures = [one[part].get(code, asdict(Tally()))[name] for one in (old, new)]
                    writer.writerow([part, code, name, *figures])
    half.replace(path)
