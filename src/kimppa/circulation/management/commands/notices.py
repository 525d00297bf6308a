"""Make today's notices to patrons and send what waits."""

import json
import sys

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations.notices import forget_old, make_todays, send_waiting
from kimppa.circulation.queries import policy_on
from kimppa.circulation.queries.notices import todays


class Command(BaseCommand):
    """kimppa notices [--dry-run] [--json]; exit code 1 when one failed or is uncertain."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        parser.add_argument("--dry-run", action="store_true", help="count only; send nothing")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Make, send, and say how many came to what."""
        now = timezone.now()
        policy = policy_on(timezone.localdate(now))
        if options["dry_run"]:
            due: dict[str, int] = {}
            for one in todays(timezone.localdate(now), policy):
                due[one.kind] = due.get(one.kind, 0) + 1
            self.tell({"due today, told before or not": due}, as_json=bool(options["json"]))
            return
        made, sent = make_todays(now=now, policy=policy), send_waiting(now=now)
        counts = {"made": dict(made), "sent": dict(sent), "forgotten": {"old": forget_old(now=now)}}
        self.tell(counts, as_json=bool(options["json"]))
        if sent["failed"] or sent["uncertain"]:
            sys.exit(1)

    def tell(self, counts: dict[str, dict[str, int]], *, as_json: bool) -> None:
        """Write the counts; no line names a patron."""
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        for what, by_kind in counts.items():
            listed = ", ".join(f"{n:,} {kind}" for kind, n in sorted(by_kind.items())) or "none"
            self.stdout.write(f"{what}: {listed}")
