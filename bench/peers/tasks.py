"""What each peer is asked to do, and Kimppa's own turn at the same work."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from bench.evaluation import forms
from bench.peers.installing import HERE, call, node_runner, python, yaz
from bench.peers.material import Material
from bench.speed import match, read_by_kimppa
from kimppa.linkage.blocking import block
from kimppa.linkage.intake import Source as Library
from kimppa.linkage.model import read_model
from kimppa.linkage.scoring import learn_reused_isbns, score
from kimppa.marc.merging import Source, merge

MERGES = 1_000


class Done(NamedTuple):
    """How much was done in how many seconds, and what the peer said of it."""

    number: int
    seconds: float
    report: dict[str, Any]
    scores: Any = None

    @property
    def rate(self) -> float:
        """Things done per second."""
        return self.number / max(self.seconds, 1e-9)


def _told(printed: str, result: Path | None = None) -> Done:
    report = json.loads(printed.splitlines()[-1])
    values = result.read_text("utf-8").split() if result else []
    found = np.array([float(value) for value in values]) if result else None
    return Done(report["done"], report["seconds"], report, found)


def python_peer(task: str, material: Material) -> Done:
    """Let a Python peer score the pairs."""
    result = material.folder / f"{material.name}-{task}.tsv"
    script = str(HERE / "python_peers.py")
    files = [str(path) for path in (material.mrc, material.asked, result)]
    return _told(call([str(python()), script, task, *files]), result)


def melinda_detects(material: Material) -> Done:
    """Let Melinda's match detection score the pairs."""
    return _melinda("detect", material, material.asked)


def melinda_merges(material: Material) -> Done:
    """Let Melinda's merge reducers merge true pairs."""
    asked = material.folder / "merges.tsv"
    lines = [f"{one}\t{other}\n" for one, other in true_pairs(material)]
    asked.write_text("".join(lines), encoding="utf-8")
    return _melinda("merge", material, asked)


def _melinda(task: str, material: Material, asked: Path) -> Done:
    result = material.folder / f"{material.name}-melinda-{task}.tsv"
    command = ["node", str(node_runner()), task, str(material.jsonl), str(asked), str(result)]
    return _told(call(command, more={"DEBUG": ""}), result)


def true_pairs(material: Material) -> list[tuple[str, str]]:
    """Return the first pairs of one edition."""
    same = zip(material.pairs, material.labels, strict=True)
    return [pair for pair, label in same if label == "1"][:MERGES]


def kimppa_merges(material: Material) -> Done:
    """Merge the same pairs with Kimppa, in one process."""
    made = [[_source(key, material) for key in pair] for pair in true_pairs(material)]
    started = perf_counter()
    for number, sources in enumerate(made):
        merge(f"K{number:012x}", sources)
    return Done(len(made), perf_counter() - started, {})


def _source(key: str, material: Material) -> Source:
    library, _, number = key.partition(":")
    return Source(library, number, material.records[key])


def kimppa_scores(material: Material) -> Done:
    """Score the pairs that Kimppa's blocking finds."""
    with forms(material.inputs) as connection:
        block(connection)
        learn_reused_isbns(connection)
        started = perf_counter()
        score(connection, read_model())
        seconds = perf_counter() - started
        ((pairs,),) = connection.execute("SELECT count(*) FROM scored").fetchall()
    return Done(pairs, seconds, {})


def _read_by(task: str) -> Callable[[Path], Done]:
    script = str(HERE / "python_peers.py")
    return lambda path: _told(call([str(python()), script, task, str(path)]))


def _converted_by_yaz(path: Path) -> Done:
    program, more = yaz()
    command = [program, "-i", "marc", "-o", "marcxml", "-f", "utf-8", "-t", "utf-8", str(path)]
    started = perf_counter()
    call(["sh", "-c", '"$@" > /dev/null', "sh", *command], more=more)
    return Done(_records_in(path), perf_counter() - started, {})


def _matched_by_kimppa(path: Path) -> Done:
    with TemporaryDirectory(dir=path.parent) as folder:
        found = match([Library("LC", path)], Path(folder) / "out").timed
    return Done(found.records, found.seconds, {})


def _records_in(path: Path) -> int:
    return path.read_bytes().count(b"\x1d")


def _read_by_kimppa(path: Path) -> Done:
    started = perf_counter()
    return Done(read_by_kimppa(path), perf_counter() - started, {})


READERS: dict[str, Callable[[Path], Done]] = {
    "Kimppa: matching and merging it, everything written, two processes": _matched_by_kimppa,
    "Kimppa: reading": _read_by_kimppa,
    "pymarc: reading": _read_by("read-pymarc"),
    "mrrc: reading": _read_by("read-mrrc"),
    "yaz-marcdump: converting to MARCXML": _converted_by_yaz,
}
