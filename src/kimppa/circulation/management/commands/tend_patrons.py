"""End guardianships of those who came of age and settle merges that can no longer be undone."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations.patrons import end_guardianships, settle_merges
from kimppa.circulation.queries import policy_on
from kimppa.circulation.queries.patrons import due_guardianships, due_merges


class Command(BaseCommand):
    """kimppa tend-patrons [--dry-run] [--json]; for every night."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument("--dry-run", action="store_true", help="count only")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Do both and print how many."""
        now = timezone.now()
        policy = policy_on(timezone.localdate(now))
        if options["dry_run"]:
            ended, settled = due_guardianships(policy, now=now), due_merges(now=now)
        else:
            ended, settled = end_guardianships(policy=policy, now=now), settle_merges(now=now)
        if options["json"]:
            told = {"guardianships_ended": ended, "merges_settled": settled}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"{ended:,} guardianships ended by age, {settled:,} merges are final.")
        if options["dry_run"]:
            self.stdout.write("So it would be; nothing was changed.")
