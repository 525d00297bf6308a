"""Match and merge several libraries' MARC files into one set of records; needs no database."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

DONE, WITH_QUARANTINE = 0, 1


class Command(BaseCommand):
    """kimppa match FILE... --out DIR."""

    help = "Match and merge MARC files (ISO 2709, MARCXML, JSON; also gzipped) into one library."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files, the result folder and the choices."""
        add_file_arguments(parser)
        add_model_argument(parser)
        parser.add_argument("--out", required=True, type=Path, help="folder for the result")
        parser.add_argument(
            "--against",
            type=Path,
            metavar="RESULT",
            help="a finished result: match only the new files, with its records and each other",
        )
        parser.add_argument(
            "--format",
            choices=("mrc", "xml", "both"),
            help="merged.mrc, .xml or both (mrc; with --against what RESULT has)",
        )
        parser.add_argument(
            "--engine",
            default="duckdb",
            choices=("duckdb", "spark"),
            help="what finds, compares and clusters: duckdb, or spark beyond one machine",
        )
        parser.add_argument("--processes", type=int, default=2, help="how many to use (2)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the main job, say what came of it and set the exit code."""
        from kimppa.common.errors import CannotRun
        from kimppa.linkage.match import Settings, match
        from kimppa.linkage.naming import sources
        from kimppa.linkage.standing.against import match_against
        from kimppa.site.progress import progress_bar

        named = sources(options["files"], options["library"], options["items"])
        standing, out = options["against"], options["out"]
        if standing and options["format"]:
            raise CannotRun("with --against the result has RESULT's formats. Leave --format out.")
        settings = Settings(
            options["format"] or "mrc",
            max(1, options["processes"]),
            options["engine"],
            options["model"],
        )
        with progress_bar() as progress:
            if standing:
                outcome = match_against(named, standing, out, settings, progress)
            else:
                outcome = match(named, out, settings, progress)
        self.stdout.write(summary(outcome, out))
        if outcome.get("newly_quarantined", outcome["quarantined"]):
            sys.exit(WITH_QUARANTINE)


def add_file_arguments(parser: CommandParser) -> None:
    """Add the files, and which library each belongs to."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="MARC files, one library each")
    parser.add_argument(
        "--library",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a file with its library's name; without it the name is the file's stem",
    )
    parser.add_argument(
        "--items",
        action="append",
        default=[],
        metavar="NAME=FILE.csv",
        help="a library's items in a CSV with control_number, barcode, branch…",
    )


def add_model_argument(parser: CommandParser) -> None:
    """Add a model of the region's own."""
    parser.add_argument(
        "--model", type=Path, metavar="MODEL.toml", help="weights that `kimppa train` made"
    )


def summary(outcome: dict[str, Any], folder: Path) -> str:
    """Return what came of a run, in a few lines."""
    if "against" in outcome:
        return _summary_of_more(outcome, folder)
    zones = {row["zone"]: row["pairs"] for row in outcome["zones"]}
    read, seconds = outcome["records_read"], max(outcome["seconds"], 0.01)
    quarantined = outcome["quarantined"]
    merged, clusters = outcome["records_merged"], outcome["clusters"]
    single = sum(row["clusters"] for row in outcome["cluster_sizes"] if row["size"] == 1)
    lines = [
        f"Libraries    {len(outcome['libraries']):>10,}",
        f"Records in   {read + quarantined:>10,}   {read:,} read, {quarantined:,} quarantined",
        f"Records out  {clusters:>10,}",
        f"Merged       {merged:>10,}   records, into {clusters - single:,}",
        f"Kept         {single:>10,}   records that no other is the same as",
        f"For review   {zones.get('review', 0):>10,}   pairs",
        f"Quarantined  {quarantined:>10,}   {folder / 'quarantine.csv'}",
        f"Seconds      {seconds:>10,.1f}   {read / seconds:,.0f} records/s",
        f"Report       {folder / 'report.html'}",
    ]
    if oversize := outcome["oversize_records"]:
        lines.insert(5, f"Too long     {oversize:>10,}   for ISO 2709: {folder / 'oversize.xml'}")
    return "\n".join(lines)


def _summary_of_more(outcome: dict[str, Any], folder: Path) -> str:
    """Return what became of new records beside a standing result."""
    more, zones = outcome["against"], {row["zone"]: row["pairs"] for row in outcome["zones"]}
    joined = more["joined_standing"]
    return "\n".join(
        [
            f"New files    {more['records']:>10,}   records",
            f"Unchanged    {more['unchanged']:>10,}   stood there already, word for word",
            f"Updated      {more['updated']:>10,}   replaced what their library had given before",
            f"New          {more['new']:>10,}   in all {joined:,} joined a standing merged record",
            f"Left apart   {more['left_apart']:>10,}   pairs that would join two standing records",
            f"For review   {zones.get('review', 0):>10,}   new pairs, those among them",
            f"Merged anew  {more['merged_anew']:>10,}   merged records, new ones among them",
            f"Records out  {outcome['clusters']:>10,}   of {outcome['records_read']:,}",
            f"Quarantined  {outcome['newly_quarantined']:>10,}   {folder / 'quarantine.csv'}",
            f"Seconds      {outcome['seconds']:>10,.1f}",
            f"Report       {folder / 'report.html'}",
        ]
    )
