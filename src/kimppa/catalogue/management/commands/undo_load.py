"""Take out of the catalogue all that the last load brought."""

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kimppa.catalogue.operations import undo_load
from kimppa.organisations.operations import rehearsal


class Command(BaseCommand):
    """kimppa undo-load [--dry-run] [--json]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how it is to be done."""
        parser.add_argument("--dry-run", action="store_true", help="tell what would go")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Undo the load and say how much went."""
        with rehearsal(dry_run=bool(options["dry_run"])):
            counts = undo_load(now=timezone.now()).counts
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        removed = f"{counts['records']:,} records and {counts['items']:,} items"
        if options["dry_run"]:
            self.stdout.write(f"{removed} would be removed; nothing was changed.")
        else:
            self.stdout.write(f"Removed {removed}. `kimppa load DIR` brings them back.")
