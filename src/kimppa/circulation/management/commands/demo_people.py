"""Fill a demonstration with invented patrons, accounts, hours and rules; never beside real ones."""

import secrets
import tomllib
from argparse import ArgumentParser
from datetime import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from kimppa.circulation import rule_files
from kimppa.circulation.operations import demo
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import Library
from kimppa.patrons.operations.categories import ensure_category


class Command(BaseCommand):
    """kimppa demo-people FILE; run twice it makes nothing new but a new password."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file of invented people."""
        parser.add_argument("file", type=Path, metavar="FILE", help="TOML, as demo/people.toml")

    def handle(self, *, file: Path, **_options: object) -> None:
        """Make what is not there yet and print how to sign in."""
        spec = _read(file)
        if demo.has_real_patrons():
            raise CannotRun(
                "there are patrons in the register already. Invented ones are for a database of "
                "their own: set KIMPPA_DATABASE_URL to a new one. Nothing was changed."
            )
        _check_libraries(spec)
        now, password = timezone.now(), secrets.token_urlsafe(12)
        for row in spec["categories"]:
            ensure_category(**row)
        coordinator, *_ = accounts = demo.make_demo_accounts(
            rows=spec["staff"], password=password, now=now
        )
        opens, closes = (time.fromisoformat(spec["hours"][name]) for name in ("opens", "closes"))
        demo.open_branches(opens=opens, closes=closes, now=now, by=coordinator)
        name, rules = rule_files.read(_text(file.parent / spec["rules"]))
        demo.publish_demo_rules(name=name, rules=rules, now=now, by=coordinator)
        count = demo.register_demo_patrons(rows=spec["patrons"], now=now)
        names = ", ".join(account.username for account in accounts)
        cards = ", ".join(row["card"] for row in spec["patrons"])
        self.stdout.write(
            f"{count} invented patrons were registered. Library cards to try: {cards}.\n"
            f"Sign in at /staff/ as one of: {names}\n"
            f"Password, for this demonstration only: {password}"
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise CannotRun(f"{file} is not TOML: {error}. Nothing was changed.") from error


def _text(file: Path) -> str:
    if not file.is_file():
        raise CannotRun(f"there is no file {file}. Nothing was changed.")
    return file.read_text(encoding="utf-8")


def _check_libraries(spec: dict[str, Any]) -> None:
    wanted = {row["library"] for row in [*spec["staff"], *spec["patrons"]] if "library" in row}
    missing = wanted - set(Library.objects.values_list("code", flat=True))
    if missing:
        names = ", ".join(sorted(missing))
        raise CannotRun(f"these libraries are not there: {names}. Load the catalogue first.")
