"""Make a region's own model from pairs that people have judged; refuses one that does worse."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kimppa.site.management.commands.match import add_file_arguments, add_model_argument

HEAD = """\
# Weights of evidence, in natural logarithms of odds: they add up to a pair's log odds.
# Made by `kimppa train` from {pairs} judged pairs ({same} the same), beginning at the model in use.
# On folds that the weights had not seen: mean loss {new_loss:.4f} nats (before {old_loss:.4f}),
# merged rightly {new_found} (before {old_found}), merged wrongly {new_wrong} (before {old_wrong}).
"""


class Command(BaseCommand):
    """kimppa train FILE... --pairs PAIRS.csv --out MODEL.toml."""

    help = "Make a region's own model from judged pairs (lib1,cn1,lib2,cn2,label)."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files, the judged pairs and where the model goes."""
        add_file_arguments(parser)
        add_model_argument(parser)
        parser.add_argument("--pairs", required=True, type=Path, help="lib1,cn1,lib2,cn2,label")
        parser.add_argument("--regression", type=Path, help="judged pairs that are only tried on")
        parser.add_argument("--out", required=True, type=Path, help="model to write (TOML)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Learn, say how old and new do, and write the model if it is better."""
        from kimppa.common.errors import CannotRun
        from kimppa.linkage.learning import learn
        from kimppa.linkage.model import load_model, render_model
        from kimppa.linkage.naming import sources
        from kimppa.linkage.workspace import write_whole

        model = load_model(options["model"])
        named = sources(options["files"], options["library"], options["items"])
        learned = learn(named, options["pairs"], model, options["regression"])
        self.stdout.write(
            f"Pairs          {learned.pairs:>8,}   {learned.same:,} the same,"
            f" {learned.unknown:,} not found or judged both ways\n"
            f"Loss           {learned.new_loss:>8.4f}   before {learned.old_loss:.4f}\n"
            f"Merged rightly {learned.new_found:>8,}   before {learned.old_found:,}\n"
            f"Merged wrongly {learned.new_wrong:>8,}   before {learned.old_wrong:,}"
        )
        if not learned.is_better:
            raise CannotRun(
                "the new weights do no better than those in use on pairs they had not seen"
                f" (regression pairs: loss {learned.new_regression:.4f}, before"
                f" {learned.old_regression:.4f});"
                f" {options['out']} was not written. Judge more pairs, or keep the model."
            )
        head = HEAD.format(**learned._asdict())
        write_whole(
            options["out"],
            render_model(model._replace(weights=learned.weights, own=learned.own), head),
        )
        self.stdout.write(f"Model          {options['out']}: use it with --model")
