"""Copy the database for training and tests, with invented people instead of the real ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.utils import load_backend
from django.utils import timezone

from kimppa.circulation.operations.training_copy import count_training_copy, make_training_copy
from kimppa.common.errors import CannotRun
from kimppa.site.environment import database_from_url

ALIAS = "training"
TELLS_TOO_MUCH = (
    "--to holds a password, which every user of this machine could read. Leave it out and give it "
    "in PGPASSWORD or ~/.pgpass; nothing was changed."
)
NO_URL = "--to must begin with sqlite:/// or postgresql://. Nothing was changed."
SAME = "--to names the database itself. Name a new, empty one; nothing was changed."


class Command(BaseCommand):
    """kimppa training-copy --to URL [--dry-run] [--json]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where the copy goes."""
        parser.add_argument(
            "--to", required=True, metavar="URL", help="a new, empty database (as in settings)"
        )
        parser.add_argument("--dry-run", action="store_true", help="copy nothing, only count")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Make the copy's tables and fill them; print how many rows each has."""
        dry_run = bool(options["dry_run"])
        if dry_run:
            counts = count_training_copy(now=timezone.now())
        else:
            with _tables_made(str(options["to"])):
                counts = make_training_copy(to=ALIAS, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        for name, count in counts.items():
            self.stdout.write(f"{count:>12,}  {name}")
        self.stdout.write(
            "So it would be; nothing was written."
            if dry_run
            else "No real person is in the copy. Its first account: `kimppa staff add` there."
        )


@contextmanager
def _tables_made(url: str) -> Iterator[None]:
    """Open the database at the address under ALIAS, with the tables of this release in it."""
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise CannotRun(NO_URL)
    given = database_from_url(url)
    if given.get("PASSWORD"):
        raise CannotRun(TELLS_TOO_MUCH)
    described = connections.configure_settings({DEFAULT_DB_ALIAS: {}, ALIAS: given})
    here, there = connections.settings[DEFAULT_DB_ALIAS], described[ALIAS]
    if all(here[part] == there[part] for part in ("NAME", "HOST", "PORT")):
        raise CannotRun(SAME)
    connections[ALIAS] = load_backend(there["ENGINE"]).DatabaseWrapper(there, ALIAS)
    try:
        call_command("migrate", database=ALIAS, verbosity=0, interactive=False)
        yield
    except DatabaseError as error:
        raise CannotRun(f"the copy could not be made ({error}). Nothing was written.") from error
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
