"""Encrypt every identity code with the first of the vault's keys."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.patrons.operations import rotate_vault
from kimppa.patrons.queries import count_readable_codes


class Command(BaseCommand):
    """kimppa rotate-vault [--dry-run] [--json]; exit code 2 when the keys do not open a code."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument(
            "--dry-run", action="store_true", help="only see whether the keys open every code"
        )
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Encrypt all anew, or see whether that would succeed, and print how many there are."""
        if options["dry_run"]:
            count, said = count_readable_codes(), "can be read with these keys; nothing was changed"
        else:
            count, said = rotate_vault(now=timezone.now()), "are encrypted with the first key"
        if options["json"]:
            self.stdout.write(json.dumps({"codes": count, "encrypted": not options["dry_run"]}))
        else:
            self.stdout.write(f"{count:,} identity codes {said}.")
