"""Quality on the demo region: its truth, and the pairs that are easily taken for something else."""

import csv
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.judging import CUBED, FORM, Judged, Result, clusters_row, results
from bench.page import Part, Table
from kimppa.linkage.intake import Source
from kimppa.linkage.model import Model


def demo_region(shipped: Model) -> Part:
    """Build the demo region and measure its clusters and its traps."""
    from demo.build import build

    with TemporaryDirectory() as folder:
        build(Path(folder))
        (found,) = results(demo_sources(Path(folder)), [shipped])
        with (Path(folder) / "traps.csv").open(encoding="utf-8") as file:
            traps = list(csv.DictReader(file))
        with (Path(folder) / "truth.csv").open(encoding="utf-8") as file:
            truth = {
                (r["library"], r["control_number"]): r["cluster_id"] for r in csv.DictReader(file)
            }
    truth = {record: c for record, c in truth.items() if record in found.clusters}
    judged = Judged([found], truth, "demo")
    clusters = clusters_row("shipped model", judged)
    return Part(
        "demo",
        [
            Table("Demo region: clusters (never trained on)", ("model", *FORM, *CUBED), [clusters]),
            Table(
                "Demo region: pairs that are easily taken for something else",
                ("kind", "label", "pairs", "merged", "review", "apart"),
                trap_rows(traps, found),
                "Label 1: one edition. Label 0: must never be merged.",
            ),
        ],
        [],
    )


def demo_sources(folder: Path) -> list[Source]:
    """Return the demo region's exports; a library's name is the file's up to its first dot."""
    exports = [
        path for path in sorted(folder.iterdir()) if path.suffix in {".mrc", ".xml", ".gz", ".json"}
    ]
    return [Source(path.name.partition(".")[0], path) for path in exports]


def trap_rows(traps: list[dict[str, str]], found: Result) -> list[tuple[Any, ...]]:
    """Return how many pairs of each kind were merged, left for review, or kept apart."""
    review = set(found.review)
    table: dict[tuple[str, str], Counter[str]] = {}
    for trap in traps:
        a, b = sorted(((trap["lib1"], trap["cn1"]), (trap["lib2"], trap["cn2"])))
        joined = found.clusters[a] == found.clusters[b]
        end = "merged" if joined else "review" if (a, b) in review else "apart"
        table.setdefault((trap["label"], trap["trap"]), Counter())[end] += 1
    return [
        (kind, label, ends.total(), ends["merged"], ends["review"], ends["apart"])
        for (label, kind), ends in sorted(table.items())
    ]
