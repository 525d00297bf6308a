"""Check that nothing is lent twice, no hold is astray, and the ledger balances."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.queries.invariants import broken
from kimppa.common.arguments import moment


class Command(BaseCommand):
    """kimppa verify [--since TIME] [--json]; exit code 1 when something is not right."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument(
            "--since",
            type=moment,
            help="look in the log for what was made since then, as 2026-03-01",
        )
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Count what breaks each rule."""
        since = options["since"]
        if since and timezone.is_naive(since):
            since = timezone.make_aware(since)
        counts = broken(since=since)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            for name, n in counts.items():
                self.stdout.write(f"{'ok' if not n else 'WRONG':5}  {n:>8,}  {name}")
        if any(counts.values()):
            sys.exit(1)
