"""Score given pairs of records: probability, zone and reasons for each line of a CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kimppa.site.management.commands.match import add_file_arguments, add_model_argument


class Command(BaseCommand):
    """kimppa score FILE... --pairs PAIRS.csv --out SCORES.csv."""

    help = "Score given pairs of records (lib1,cn1,lib2,cn2) of MARC files."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files, the pairs and where the scores go."""
        add_file_arguments(parser)
        parser.add_argument("--pairs", required=True, type=Path, help="CSV: lib1,cn1,lib2,cn2")
        parser.add_argument("--out", required=True, type=Path, help="CSV to write")
        add_model_argument(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the scores and say how many there are."""
        from kimppa.linkage.model import load_model
        from kimppa.linkage.naming import sources
        from kimppa.linkage.pairwise import score_pairs

        named = sources(options["files"], options["library"], options["items"])
        count, unknown = score_pairs(
            named, options["pairs"], options["out"], load_model(options["model"])
        )
        missing = f", {unknown:,} of them with a record that is not in the files" if unknown else ""
        self.stdout.write(f"{count:,} pairs scored{missing}: {options['out']}")
