"""Delete lines of the access log whose time is over."""

from argparse import ArgumentParser
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from kimppa.organisations.operations import forget_log
from kimppa.organisations.queries import count_log_before


class Command(BaseCommand):
    """kimppa forget-log [--days N] [--dry-run]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how long lines are kept."""
        parser.add_argument(
            "--days", type=int, default=settings.LOG_DAYS, help="how long lines are kept"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *, days: int, dry_run: bool, **options: object) -> None:
        """Delete, or count, what is older."""
        now = timezone.now()
        before = now - timedelta(days=days)
        if dry_run:
            count = count_log_before(before)
            self.stdout.write(f"{count} lines are older than {days} days; none was deleted.")
            return
        count = forget_log(before=before, now=now, by=None)
        self.stdout.write(f"Deleted {count} lines older than {days} days.")
