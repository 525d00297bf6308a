"""Forget who had the items whose check-in can no longer be undone."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations import forget_check_ins


class Command(BaseCommand):
    """kimppa tend-loans [--json]; for every night."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Forget them and print how many."""
        count = forget_check_ins(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"check_ins_forgotten": count}))
            return
        words = "1 check-in" if count == 1 else f"{count:,} check-ins"
        self.stdout.write(f"{words} can no longer be undone; who had the item is forgotten.")
