"""Delete lines of the access log whose time is over."""

import json
from argparse import ArgumentParser
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from kimppa.common.errors import CannotRun
from kimppa.organisations.operations import forget_log
from kimppa.organisations.queries import count_log_before


class Command(BaseCommand):
    """kimppa forget-log [--days N] [--dry-run] [--json]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how long lines are kept."""
        parser.add_argument(
            "--days", type=int, default=settings.LOG_DAYS, help="how long lines are kept"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, days: int, dry_run: bool, **options: object) -> None:
        """Delete, or count, what is older."""
        if days < 1:
            raise CannotRun("--days must be 1 or more. Nothing was deleted.")
        now = timezone.now()
        before = now - timedelta(days=days)
        if dry_run:
            count, said = count_log_before(before), "none was deleted"
        else:
            count, said = forget_log(before=before, now=now, by=None), "they were deleted"
        if options["json"]:
            self.stdout.write(json.dumps({"lines": count, "deleted": not dry_run}))
        else:
            self.stdout.write(f"{count:,} lines were older than {days} days; {said}.")
