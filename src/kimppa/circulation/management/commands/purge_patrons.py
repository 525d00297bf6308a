"""Erase patrons whom the retention rule no longer keeps (counts only, until confirmed)."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.circulation.operations.patrons import purge_unused
from kimppa.circulation.queries import policy_on
from kimppa.circulation.queries.patrons import purge_preview
from kimppa.patrons.queries import shown_count, shown_counts


class Command(BaseCommand):
    """kimppa purge-patrons [--dry-run | --confirm] [--json]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be asked for."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--dry-run", action="store_true", help="count only (as without options)")
        which.add_argument("--confirm", action="store_true", help="erase for good")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Count by library; erase when confirmed; name nobody."""
        now = timezone.now()
        today = timezone.localdate(now)
        policy = policy_on(today)
        counts = purge_preview(policy, on=today)
        erased = purge_unused(policy=policy, now=now, by=None) if options["confirm"] else 0
        told = {
            "would_erase": shown_count(sum(n for _, n in counts)),
            "by_library": dict(shown_counts(counts)),
            "erased": erased,
        }
        would = told["would_erase"]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, n in shown_counts(counts):
            self.stdout.write(f"{name}: {'not shown' if n is None else n}")
        if options["confirm"]:
            self.stdout.write(f"{erased:,} patrons were erased for good.")
        else:
            self.stdout.write(
                f"{would if would is not None else 'Fewer than 5'} patrons would be erased; "
                "nothing was changed. "
                "Run again with --confirm to erase them for good."
            )
