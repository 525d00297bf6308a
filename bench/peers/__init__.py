"""Peers side by side: the same pairs, the same files, in one run on one machine."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from bench.books import FOLDER as ROOM
from bench.books import Refused, books
from bench.evaluation import DATA, fold, truth
from bench.measures import Counts, thresholds
from bench.page import Part, Table, Target
from bench.peers import tasks
from bench.peers.installing import HERE, Missing, yaz_version
from bench.peers.material import Material, fi_melinda_pairs, ht_dev, scores
from bench.train import unseen_models
from kimppa.linkage.model import log_odds, read_model


class Peer(NamedTuple):
    """A matcher, how it is run, and from which score it says that two records are one."""

    name: str
    run: Callable[[Material], tasks.Done]
    threshold: float
    graded: bool = True  # whether there is a threshold to move at all


PEERS = (
    Peer(
        "Gold Rush match key (goldrush)", partial(tasks.python_peer, "goldrush"), 1.0, graded=False
    ),
    Peer("Melinda match detection", tasks.melinda_detects, 0.8999),
    Peer("Splink, plain model", partial(tasks.python_peer, "splink"), 0.5),
)
LABELS = {
    "1 whole": "the same, whole records",
    "1 few": "the same, a few fields",
    "0 whole": "not the same, whole records",
    "0 few": "not the same, a few fields",
    "None whole": "a person should look, whole records",
    "None few": "a person should look, a few fields",
}
KIMPPA, PYMARC = "Kimppa, unseen folds", "pymarc: reading"
Outcomes = dict[str, tasks.Done | Missing]


def tried(name: str, work: Callable[[], tasks.Done]) -> tasks.Done | Missing:
    """Do a piece of work; what cannot be run is said, not fatal."""
    print(f"{name} …", flush=True)
    try:
        return work()
    except Missing as reason:
        print(f"  cannot run: {reason}", flush=True)
        return reason


def peers() -> Part:
    """Measure every peer that can be had here."""
    if not DATA.is_dir():
        print("../shared/data is not there: no peer is measured.", flush=True)
        return Part("peers", [], [])
    ROOM.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=ROOM) as name:
        books_of_ht, finnish = ht_dev(Path(name)), fi_melinda_pairs(Path(name))
        found = {p.name: tried(p.name, partial(p.run, books_of_ht)) for p in PEERS}
        fewer = {
            p.name: tried(f"{p.name}, Finnish pairs", partial(p.run, finnish)) for p in PEERS[:2]
        }
        quality = _quality(books_of_ht, found)
        tables = [
            quality,
            _finnish(finnish, fewer),
            _speed(books_of_ht, found),
            _reading(books_of_ht.mrc),
        ]
    return Part("peers", tables, [_target(quality)])


def _quality(material: Material, found: Outcomes) -> Table:
    labels = np.array([label == "1" for label in material.labels])
    own = _row(_unseen(material), labels, log_odds(read_model().merge_from))
    rows = [(KIMPPA, "zone merge", *own)]
    rows += [_quality_row(peer, found[peer.name], labels) for peer in PEERS]
    headings = ("matcher", "threshold", "precision", "recall", "F1", "best F1")
    return Table(f"ht_dev: the same {len(labels):,} labelled pairs", headings, rows, _NOTE)


_NOTE = (
    "At the threshold at which each merges by itself; *best F1* moves it after the fact. Kimppa's"
    " threshold is that of zone `merge`, with vetoes. Splink trains itself without labels on all"
    " records of the set; it compares title, author, year, pages and publisher."
)


def _quality_row(peer: Peer, outcome: tasks.Done | Missing, labels: Any) -> tuple[Any, ...]:
    if isinstance(outcome, Missing):
        return peer.name, f"not run: {outcome}", "", "", "", ""
    own = _row(outcome.scores, labels, peer.threshold)
    if peer.graded:
        return peer.name, str(peer.threshold), *own
    return peer.name, "equal keys", *own[:-1], "no score"


def _row(values: Any, labels: Any, threshold: float) -> tuple[float, float, float, float]:
    """Return precision, recall and F1 from a threshold on, and the best F1 of any threshold."""
    taken = values >= threshold
    right = int((taken & labels).sum())
    counts = Counts(right, int(taken.sum()) - right, int(labels.sum()) - right)
    best = thresholds(values, labels.astype(float)).best_f1
    return counts.precision, counts.recall, counts.f1, best


def _target(quality: Table) -> Target:
    """Return whether Kimppa's best F1 is above that of every peer that ran."""
    scores = {row[0]: max(x for x in row[4:] if isinstance(x, float)) for row in _ran(quality)}
    reached = all(scores[KIMPPA] >= score for score in scores.values())
    shown = "; ".join(f"{name} {score:.4f}" for name, score in scores.items())
    return Target("ht_dev: a better best F1 on unseen pairs than every peer", reached, shown)


def _ran(quality: Table) -> list[tuple[Any, ...]]:
    return [row for row in quality.rows if isinstance(row[4], float)]


def _unseen(material: Material) -> Any:
    """Return the scores by the models that had not seen each pair's first record's edition."""
    clusters = truth("ht_dev")
    made = list(scores(material, unseen_models()))
    firsts = [one.partition(":") for one, _ in material.pairs]
    own = [fold("ht_dev" + clusters[library, number]) for library, _, number in firsts]
    return np.array([made[model][n] for n, model in enumerate(own)])


def _finnish(material: Material, found: Outcomes) -> Table:
    (own,) = scores(material, [read_model()])
    rows = [
        _matched("Kimppa, shipped model", own >= log_odds(read_model().merge_from), material.labels)
    ]
    for peer in PEERS[:2]:
        outcome = found[peer.name]
        if isinstance(outcome, Missing):
            rows.append((peer.name, f"not run: {outcome}", *[""] * (len(LABELS) - 1)))
        else:
            taken = outcome.scores >= peer.threshold
            rows.append(_matched(peer.name, taken, material.labels))
    counts = [f"{words} (of {material.labels.count(key)})" for key, words in LABELS.items()]
    note = (
        "Many pairs hold a few fields only, as Melinda's own tests do; Kimppa leaves such a pair to"
        " a person. In Melinda a validation of its own follows detection, which is no part of the"
        " package."
    )
    return Table("fi_melinda_pairs: taken for one without asking", ("matcher", *counts), rows, note)


def _matched(name: str, taken: Any, labels: list[str]) -> tuple[Any, ...]:
    kept = np.array(labels)
    return (name, *(int(taken[kept == key].sum()) for key in LABELS))


def _speed(material: Material, found: Outcomes) -> Table:
    merged = tried("Melinda merge reducers", partial(tasks.melinda_merges, material))
    gold_rush, melinda, splink = (found[peer.name] for peer in PEERS)
    work: list[tuple[str, str, tasks.Done | Missing]] = [
        ("Kimppa: scoring blocked pairs", "pairs", tasks.kimppa_scores(material)),
        ("Splink: scoring blocked pairs", "pairs", splink),
        ("Melinda: detection", "pairs", melinda),
        ("Gold Rush: making keys", "records", gold_rush),
        ("Kimppa: merging two records", "merges", tasks.kimppa_merges(material)),
        ("Melinda: merge reducers, two records", "merges", merged),
    ]
    rows = [_timed(*each) for each in work]
    headings = ("work", "done", "of", "seconds", "per second", "errors")
    return Table("Matching and merging ht_dev", headings, rows, _TIMES)


_TIMES = (
    "Without reading the files. One process each; DuckDB, under Kimppa and Splink, uses both cores."
    " Splink's time is without its training. Kimppa's normal forms are made while reading, so its"
    " scoring begins with them; Melinda takes its features out of both records for each pair."
    " The pairs are few: the stage `score` of the speed tables is that of a large catalogue."
)


def _timed(name: str, unit: str, outcome: tasks.Done | Missing) -> tuple[Any, ...]:
    if isinstance(outcome, Missing):
        return name, f"not run: {outcome}", unit, "", "", ""
    errors = outcome.report.get("failed") or ""
    if errors and outcome.report.get("example"):
        errors = f"{errors}: {outcome.report['example']}"
    return name, outcome.number, unit, f"{outcome.seconds:.2f}", round(outcome.rate), errors


def _reading(smaller: Path) -> Table:
    """Return how fast each reads one file: 250,000 records where they can be had."""
    try:
        path, name = books(), "LC 2016, one library"
    except Refused as error:
        print(f"ht_dev is read instead of the Library of Congress: {error}", flush=True)
        path, name = smaller, "ht_dev"
    done = {label: tried(label, partial(run, path)) for label, run in tasks.READERS.items()}
    rows = [(*_timed(label, "records", it)[:5], _ratio(it, done)) for label, it in done.items()]
    headings = ("work", "done", "of", "seconds", "per second", "times pymarc")
    note = f"One process each, but for the first. Versions: {_versions()}."
    return Table(f"Reading {name}", headings, rows, note)


def _ratio(outcome: tasks.Done | Missing, done: Outcomes) -> str:
    pymarc = done[PYMARC]
    if isinstance(outcome, Missing) or isinstance(pymarc, Missing):
        return ""
    return f"{outcome.rate / pymarc.rate:.2f}"


def _versions() -> str:
    listed = (HERE / "requirements.txt").read_text("utf-8").split()
    packages = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    names = [line.replace("==", " ") for line in listed if "==" in line]
    names += [f"{name.rpartition('/')[2]} {version}" for name, version in packages.items()]
    return ", ".join([*names, yaz_version()])
