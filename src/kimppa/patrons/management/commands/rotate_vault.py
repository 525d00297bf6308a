"""Encrypt every identity code with the first of the vault's keys."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from kimppa.patrons.operations import rotate_vault


class Command(BaseCommand):
    """kimppa rotate-vault."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def handle(self, **options: object) -> None:
        """Encrypt all anew and print how many there were."""
        done = rotate_vault(now=timezone.now())
        self.stdout.write(f"{done:,} identity codes are encrypted with the first key.")
