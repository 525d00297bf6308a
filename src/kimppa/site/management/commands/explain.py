"""Explain one pair of records: every comparison with both values, its weight, and the result."""

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandParser

from kimppa.site.management.commands.match import add_file_arguments, add_model_argument

if TYPE_CHECKING:
    from kimppa.linkage.pairwise import Explanation

BAR = 4  # characters of a bar for one unit of weight


class Command(BaseCommand):
    """kimppa explain LIB:ID LIB:ID FILE..."""

    help = "Print one pair's evidence as a waterfall."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the two records and the files that hold them."""
        parser.add_argument("one", metavar="LIB:ID")
        parser.add_argument("other", metavar="LIB:ID")
        add_file_arguments(parser)
        add_model_argument(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the waterfall."""
        from kimppa.linkage.model import load_model
        from kimppa.linkage.naming import sources
        from kimppa.linkage.pairwise import explain

        named = sources(options["files"], options["library"], options["items"])
        one, other, model = options["one"], options["other"], load_model(options["model"])
        show(explain(named, one, other, model), one, other)


def show(explanation: "Explanation", one: str, other: str) -> None:
    """Print prior, comparisons, vetoes and result; comparisons that say nothing stand last."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text, since values may hold what Rich would read as markup: [S.l.], :a:
    table = Table(title=Text(f"{one}  against  {other}"), show_lines=False)
    for heading in ("comparison", Text(one), Text(other), "outcome"):
        table.add_column(heading, overflow="fold")
    table.add_column("weight", justify="right")
    table.add_column("for (+) and against (-)")
    table.add_row(
        "before any evidence", "", "", "", f"{explanation.prior:+.2f}", _bar(explanation.prior)
    )
    for step in sorted(explanation.steps, key=lambda step: step.level == "missing"):
        table.add_row(
            step.comparison,
            Text(step.left),
            Text(step.right),
            step.level,
            f"{step.weight:+.2f}",
            _bar(step.weight),
        )
    console = Console()
    console.print(table)
    for says in explanation.vetoes:
        console.print(f"Veto: {says}", markup=False)
    console.print(
        f"Sum {explanation.log_odds:+.2f}: probability {explanation.probability:.4f},"
        f" zone {explanation.zone}"
    )


def _bar(weight: float) -> str:
    return ("+" if weight > 0 else "-") * round(abs(weight) * BAR)
