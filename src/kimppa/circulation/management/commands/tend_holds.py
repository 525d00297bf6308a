"""End holds that nobody fetched in time, forget whose the old ones were, and make pull lists."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations.hold_endings import expire_uncollected, forget_ended
from kimppa.circulation.operations.pulling import ask_branches
from kimppa.organisations.operations import rehearsal


class Command(BaseCommand):
    """kimppa tend-holds [--lists-only] [--dry-run] [--json]; every night, the lists every hour."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument("--lists-only", action="store_true", help="only make pull lists")
        parser.add_argument("--dry-run", action="store_true", help="count only")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Do it and print how many."""
        now = timezone.now()
        counts = {}
        with rehearsal(dry_run=bool(options["dry_run"])):
            if not options["lists_only"]:
                counts["holds_ended"] = expire_uncollected(now=now)
                counts["holds_forgotten"] = forget_ended(now=now)
            counts["items_to_fetch"] = ask_branches(now=now)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        for name, count in counts.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {count:,}")
        if options["dry_run"]:
            self.stdout.write("So it would be; nothing was changed.")
