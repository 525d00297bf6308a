"""Take out of the catalogue all that the last load brought."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from kimppa.catalogue.operations import undo_load


class Command(BaseCommand):
    """kimppa undo-load."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def handle(self, *args: object, **options: object) -> None:
        """Undo the load and say how much went."""
        load = undo_load(now=timezone.now())
        self.stdout.write(
            f"Removed {load.counts['records']:,} records and {load.counts['items']:,} items. "
            "`kimppa load DIR` brings them back."
        )
