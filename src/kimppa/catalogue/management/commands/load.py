"""Put a match result into the catalogue (everything or nothing; the same one twice is harmless)."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kimppa.catalogue.operations import DUPLICATES_FILE, LoadReport, load_result
from kimppa.organisations.operations import rehearsal

LABELS = {
    "records": "Records in the catalogue",
    "inputs": "Records they came from",
    "merges": "Records merged of two or more",
    "items": "Items",
    "redirects": "Old record ids",
    "duplicate_barcodes": "Items whose barcode another item has",
}


class Command(BaseCommand):
    """kimppa load DIR [--dry-run] [--json]."""

    help = __doc__ or ""
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder and how it is to be done."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="what `kimppa match` wrote")
        parser.add_argument("--dry-run", action="store_true", help="load, tell, and take all back")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, folder: Path, **options: object) -> None:
        """Load the folder and print what came of it."""
        console = Console(stderr=True)
        with _bar(console) as bar, rehearsal(dry_run=bool(options["dry_run"])):
            task = bar.add_task("Loading", total=None)
            report = load_result(
                folder,
                now=timezone.now(),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        if options["json"]:
            self.stdout.write(json.dumps(_told(report)))
            return
        Console(file=self.stdout).print(_summary(report))  # type: ignore[arg-type]
        for line in _remarks(report, folder):
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write("So it would be; the catalogue is as it was.")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True)


def _told(report: LoadReport) -> dict[str, object]:
    file = report.duplicates_file
    return {
        **report.counts,
        "seconds": round(report.seconds, 1),
        "already_loaded": report.already_loaded,
        "duplicates_file": str(file) if file else None,
    }


def _summary(report: LoadReport) -> Table:
    table = Table(show_header=False, box=None)
    table.add_column()
    table.add_column(justify="right")
    for name, label in LABELS.items():
        table.add_row(label, f"{report.counts.get(name, 0):,}")
    if not report.already_loaded:
        rate = report.counts["records"] / max(report.seconds, 0.001)
        table.add_row("Seconds", f"{report.seconds:.1f}")
        table.add_row("Records a second", f"{rate:,.0f}")
    return table


def _remarks(report: LoadReport, folder: Path) -> list[str]:
    if report.already_loaded:
        return ["This very result is in the catalogue already; nothing was changed."]
    if report.duplicates_file:
        return [f"Items with a duplicated barcode are listed in {report.duplicates_file}."]
    if report.counts["duplicate_barcodes"]:
        return [f"{folder / DUPLICATES_FILE} could not be written: the folder is read-only."]
    return []
