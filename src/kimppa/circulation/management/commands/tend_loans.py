"""Forget who had the items whose check-in can no longer be undone."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations import forget_check_ins
from kimppa.organisations.operations import rehearsal


class Command(BaseCommand):
    """kimppa tend-loans [--dry-run] [--json]; for every night."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument("--dry-run", action="store_true", help="count only")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Forget them and print how many."""
        with rehearsal(dry_run=bool(options["dry_run"])):
            count = forget_check_ins(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"check_ins_forgotten": count}))
            return
        words = "1 check-in" if count == 1 else f"{count:,} check-ins"
        self.stdout.write(f"{words} can no longer be undone; who had the item is forgotten.")
        if options["dry_run"]:
            self.stdout.write("So it would be; nothing was changed.")
