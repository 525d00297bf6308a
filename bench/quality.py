"""How well matching does on every labelled set, and what it merges where nobody knows."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import numpy as np

from bench.evaluation import DATA, FOLDS, fold, forms, labelled_candidates, melinda_pairs
from bench.evaluation import sources as files_of
from bench.evaluation import truth as truth_of
from bench.measures import (
    Counts,
    Pair,
    Record,
    b_cubed,
    count,
    harmonic,
    pairs_within,
    share,
    thresholds,
)
from bench.page import Part, Table, Target
from bench.train import SETS, made, skeletal_zones, train, unseen_scores
from kimppa.linkage.blocking import block
from kimppa.linkage.clustering import cluster
from kimppa.linkage.intake import Source
from kimppa.linkage.model import Model, read_model
from kimppa.linkage.scoring import learn_reused_isbns, score, scored_sql

Truth = dict[Record, str]
FORM = ("pairs", "right", "wrong", "missed", "precision", "95 % interval", "recall", "F1")
CUBED = ("B-cubed precision", "B-cubed recall", "B-cubed F1")
LEAST = (0.95, 0.90)  # recall asked of carli_dedup, with identifiers and without
MATERIALS = {
    "BK": "books", "CR": "serials", "MP": "maps", "MU": "music and sound", "VM": "film, pictures",
    "CF": "files",
}  # fmt: skip


class Result(NamedTuple):
    """What one model makes of one set: the cluster of every record, and both zones' pairs."""

    clusters: dict[Record, int]
    merge: list[Pair]
    review: list[Pair]


class Judged(NamedTuple):
    """Results by the fold of the record that is judged; one result where nothing is held out."""

    results: list[Result]
    truth: Truth
    salt: str  # the set's name, which its folds depend on

    def of(self, record: Record) -> int:
        """Return which result judges a record: the one that had not seen its cluster."""
        return fold(self.salt + self.truth[record]) if len(self.results) > 1 else 0

    def clusters(self, record: Record) -> dict[Record, int]:
        """Return the clusters that a record is judged by."""
        return self.results[self.of(record)].clusters

    def own(self, number: int, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the pairs that a result is judged on: each pair belongs to its first record."""
        return [p for p in pairs if p[0] in self.truth and self.of(p[0]) == number]

    def merged(self) -> list[Pair]:
        """Return the pairs that ended in one cluster."""
        return self._each(lambda result: pairs_within(result.clusters))

    def zone(self, name: str) -> list[Pair]:
        """Return the pairs of a zone (``merge`` or ``review``)."""
        return self._each(lambda result: getattr(result, name))

    def _each(self, pairs: Any) -> list[Pair]:
        return [p for n, result in enumerate(self.results) for p in self.own(n, pairs(result))]


def run(connection: duckdb.DuckDBPyConnection, model: Model) -> Result:
    """Score and cluster as ``kimppa match`` does; needs ``candidates`` and ``reused_isbns``."""
    score(connection, model)
    cluster(connection, model)
    rows = connection.execute(
        "SELECT library, control_number, coalesce(root, r.rid)"
        " FROM records AS r LEFT JOIN clusters AS c ON c.rid = r.rid"
    ).fetchall()
    return Result(
        {(library, number): root for library, number, root in rows},
        _zone(connection, "merge"),
        _zone(connection, "review"),
    )


def _zone(connection: duckdb.DuckDBPyConnection, zone: str) -> list[Pair]:
    rows = connection.execute(
        "SELECT l.library, l.control_number, r.library, r.control_number FROM scored"
        f" JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b WHERE zone = '{zone}'"
    ).fetchall()
    return [((a, x), (b, y)) if (a, x) < (b, y) else ((b, y), (a, x)) for a, x, b, y in rows]


def results(inputs: list[Source], models: list[Model]) -> list[Result]:
    """Read and block files once, then score and cluster them by each model."""
    with forms(inputs) as connection:
        block(connection)
        learn_reused_isbns(connection)
        return [run(connection, model) for model in models]


def unseen_models() -> list[Model]:
    """Return a model per fold, trained without any pair that touches the fold's clusters."""
    sets = {name: labelled_candidates(name) for name in SETS}
    scores = unseen_scores(sets)
    return [made(train(sets, fold), skeletal_zones(sets, scores, fold)) for fold in range(FOLDS)]


def quality() -> Part:
    """Measure on every set that is there; the demo region always is."""
    shipped = read_model()
    part = Part("quality", [], [])
    if DATA.is_dir():
        models = unseen_models()
        for made in (_ht_dev, _swissbib_dev):
            _add(part, made(models, shipped))
        for measured in (_carli, _melinda, _background):
            _add(part, measured(shipped))
    else:
        print("../shared/data is not there: only the demo region is measured.", flush=True)
    _add(part, _demo(shipped))
    return part


def _add(part: Part, more: Part) -> None:
    part.tables.extend(more.tables)
    part.targets.extend(more.targets)
    for table in more.tables:
        print(f"{table.title}: {len(table.rows)} rows", flush=True)


def counted(pairs: Iterable[Pair], truth: Mapping[Record, str]) -> Counts:
    """Return how merged pairs do against the whole truth."""
    return count(pairs, truth, sum(1 for _ in pairs_within(truth)))


def figures(counts: Counts) -> tuple[Any, ...]:
    """Return the cells of ``FORM``."""
    low, high = counts.interval
    return (
        counts.right + counts.wrong,
        counts.right,
        counts.wrong,
        counts.missed,
        counts.precision,
        f"{low:.4f} to {high:.4f}",
        counts.recall,
        counts.f1,
    )


def clusters_row(name: str, judged: Judged) -> tuple[Any, ...]:
    """Return a row with pairwise and B-cubed figures of the clusters."""
    precision, recall = b_cubed(judged.truth, judged.clusters)
    pairwise = figures(counted(judged.merged(), judged.truth))
    return (name, *pairwise, precision, recall, harmonic(precision, recall))


def _ht_dev(models: list[Model], shipped: Model) -> Part:
    truth = truth_of("ht_dev")
    made = results(files_of("ht_dev"), [*models, shipped])
    unseen = Judged(made[:-1], truth, "ht_dev")
    seen = Judged(made[-1:], truth, "ht_dev")
    rows = [clusters_row("unseen, 5 folds", unseen), clusters_row("shipped model (seen)", seen)]
    counts = counted(unseen.merged(), truth)
    reached = counts.precision >= 0.99 and counts.recall >= 0.90
    found = f"precision {counts.precision:.4f}, recall {counts.recall:.4f}"
    title = f"ht_dev: clusters ({len(truth):,} records, {len(set(truth.values())):,} editions)"
    labelled = _labelled(models, shipped, truth)
    _, best, reach, _ = labelled.rows[0]
    return Part(
        "ht_dev",
        [Table(title, ("model", *FORM, *CUBED), rows), labelled],
        [
            Target("ht_dev unseen pairs: best F1 at least .990", best >= 0.990, f"{best:.4f}"),
            Target(
                "ht_dev unseen pairs: recall at precision .998 at least .93",
                reach >= 0.93,
                f"{reach:.4f}",
            ),
            Target("ht_dev unseen: precision at least .99 at recall at least .90", reached, found),
            Target(
                "ht_dev unseen, clusters: precision at least .995 at recall at least .95",
                counts.precision >= 0.995 and counts.recall >= 0.95,
                found,
            ),
        ],
    )


def _labelled(models: list[Model], shipped: Model, truth: Truth) -> Table:
    """Score the given pairs of ht_dev by each model; a vetoed pair counts as never merged."""
    path = DATA / "ht_dev" / "truth" / "pairs.csv"
    with forms(files_of("ht_dev")) as connection:
        block(connection)
        learn_reused_isbns(connection)
        connection.execute(
            "CREATE TABLE asked AS SELECT p.label, l.library || chr(10) || l.control_number AS"
            " first, least(l.rid, r.rid) AS a, greatest(l.rid, r.rid) AS b FROM"
            f" read_csv('{path}', all_varchar = true) AS p"
            " JOIN records AS l ON l.library = lib1 AND l.control_number = cn1"
            " JOIN records AS r ON r.library = lib2 AND r.control_number = cn2"
        )
        scores = [_scores_of_asked(connection, model) for model in [*models, shipped]]
        asked = connection.execute("SELECT label, first FROM asked ORDER BY a, b").fetchall()
    labels = np.array([label == "1" for label, _ in asked], float)
    folds = [fold("ht_dev" + truth[_record(first)]) for _, first in asked]
    unseen = np.array([scores[own][n] for n, own in enumerate(folds)])
    rows = [
        ("unseen, 5 folds", *thresholds(unseen, labels)),
        ("shipped model (seen)", *thresholds(scores[-1], labels)),
    ]
    headings = ("model", "best F1", "recall at precision .998", "precision at recall .93")
    return Table(
        f"ht_dev: {len(labels):,} labelled pairs, whether or not blocking finds them",
        headings,
        rows,
    )


def _record(name: str) -> Record:
    library, _, number = name.partition("\n")
    return library, number


def _scores_of_asked(connection: duckdb.DuckDBPyConnection, model: Model) -> Any:
    rows = connection.execute(
        "SELECT CASE WHEN vetoes > 0 THEN -99 ELSE log_odds END FROM asked JOIN"
        f" ({scored_sql(model, '(SELECT DISTINCT a, b FROM asked)')}) USING (a, b) ORDER BY a, b"
    ).fetchall()
    return np.array([value for (value,) in rows])


def _swissbib_dev(models: list[Model], shipped: Model) -> Part:
    truth = truth_of("swissbib_dev")
    made = results(files_of("swissbib_dev"), [*models, shipped])
    unseen = Judged(made[:-1], truth, "swissbib_dev")
    seen = Judged(made[-1:], truth, "swissbib_dev")
    clusters = [clusters_row("unseen, 5 folds", unseen), clusters_row("shipped (seen)", seen)]
    zones = [("all, shipped (seen)", *zone_figures(seen, truth))]
    zones += [("all, unseen", *zone_figures(unseen, truth))]
    zones += _by_material(unseen, truth)
    return Part(
        "swissbib_dev",
        [
            Table("swissbib_dev: clusters", ("model", *FORM, *CUBED), clusters),
            Table(
                "swissbib_dev: zones",
                ("what", *FORM, "pairs in review", "of them one edition", "recall with review"),
                zones,
                "The figures up to F1 are zone `merge`. A pair counts for its first record's"
                " material.",
            ),
        ],
        _swissbib_targets(unseen, truth),
    )


def _swissbib_targets(unseen: Judged, truth: Truth) -> list[Target]:
    """Return what is asked of hard cases; without any merge, precision says nothing."""
    merge = counted(unseen.zone("merge"), truth)
    both = float(zone_figures(unseen, truth)[-1])
    merged = merge.right + merge.wrong
    found = f"precision {merge.precision:.4f} of {merged} merges" if merged else "no pair merged"
    return [
        Target("swissbib_dev unseen: zone merge, precision at least .95", _precise(merge), found),
        Target(
            "swissbib_dev unseen: merge and review, recall at least .90",
            both >= 0.90,
            f"recall {both:.4f}",
        ),
    ]


def _precise(counts: Counts) -> bool:
    return counts.right > 0 and counts.precision >= 0.95


def zone_figures(judged: Judged, truth: Truth) -> tuple[Any, ...]:
    """Return the cells of zone merge, and what review adds."""
    total = sum(1 for _ in pairs_within(truth))
    merge = count(judged.zone("merge"), truth, total)
    review = count(judged.zone("review"), truth, total)
    return (
        *figures(merge),
        review.right + review.wrong,
        review.right,
        share(merge.right + review.right, total),
    )


def _by_material(judged: Judged, truth: Truth) -> list[tuple[Any, ...]]:
    """Return zone figures by the first two letters of the original format code."""
    with (DATA / "swissbib_dev" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        codes = {(r["library"], r["control_number"]): r["format"][:2] for r in csv.DictReader(file)}
    rows = []
    for code in sorted(set(codes.values())):
        zones = [
            count([p for p in judged.zone(zone) if codes[p[0]] == code], truth, 0)
            for zone in ("merge", "review")
        ]
        total = sum(codes[a] == code for a, _ in pairs_within(truth))
        merge, review = (Counts(z.right, z.wrong, total - z.right) for z in zones)
        both = share(merge.right + review.right, total)
        name = f"{code} ({MATERIALS.get(code, 'other')}), unseen"
        rows.append((name, *figures(merge), review.right + review.wrong, review.right, both))
    return rows


def _carli(shipped: Model) -> Part:
    truth = truth_of("carli_dedup")
    with TemporaryDirectory() as folder:
        bare = without_identifiers(Path(folder))
        (given,) = results(files_of("carli_dedup"), [shipped])
        (stripped,) = results(bare, [shipped])
    kinds = [Judged([given], truth, "carli"), Judged([stripped], truth, "carli")]
    rows = [
        clusters_row(name, judged)
        for name, judged in zip(("with identifiers", "without"), kinds, strict=True)
    ]
    targets = [
        _flawless(f"carli_dedup{words}", counted(judged.merged(), truth), recall)
        for words, judged, recall in zip(("", " without identifiers"), kinds, LEAST, strict=True)
    ]
    return Part(
        "carli_dedup",
        [Table("carli_dedup: clusters (never trained on)", ("records", *FORM, *CUBED), rows)],
        targets,
    )


def _flawless(name: str, counts: Counts, recall: float) -> Target:
    """Return the target that nothing is merged wrongly, and at least this much rightly."""
    found = f"precision {counts.precision:.4f}, recall {counts.recall:.4f}"
    reached = counts.wrong == 0 and counts.recall >= recall
    return Target(f"{name}: precision 1 at recall at least {recall:.2f}", reached, found)


def without_identifiers(folder: Path) -> list[Source]:
    """Part ``all_noid.xml`` into one file per library, by 003; return them as sources."""
    text = (DATA / "carli_dedup" / "all_noid.xml").read_text("utf-8")
    head, *records = text.replace("</collection>", "").split("<record>")
    by_library: dict[str, list[str]] = {}
    for record in records:
        found = re.search('tag="003">([^<]+)<', record)
        by_library.setdefault(found[1] if found else "", []).append(record)
    made = []
    for library, own in sorted(by_library.items()):
        path = folder / f"{library}.xml"
        path.write_text("<record>".join([head, *own]) + "</collection>", encoding="utf-8")
        made.append(Source(library, path))
    return made


def _melinda(shipped: Model) -> Part:
    pairs = melinda_pairs()
    zones = _zones_of(pairs, shipped)
    table = Counter(
        (str(pair["label"]), bool(pair["full"]), zones[_name(number)])
        for number, pair in enumerate(pairs)
    )
    rows = [
        (words, size, *(table[label, full, zone] for zone in ("merge", "review", "reject")))
        for label, words in _LABELS.items()
        for full, size in ((True, "whole records"), (False, "a few fields only"))
    ]
    wrong = sum(table["0", full, "merge"] for full in (True, False))
    lost = sum(table["1", full, "reject"] for full in (True, False))
    title = f"fi_melinda_pairs: {len(pairs)} pairs (never trained on)"
    headings = ("label", "records", "merge", "review", "reject")
    goal = "fi_melinda_pairs: every labelled decision right or in review"
    return Part(
        "fi_melinda_pairs",
        [
            Table(
                title,
                headings,
                rows,
                "Each pair is scored as given, whether or not blocking finds it.",
            )
        ],
        [Target(goal, wrong + lost == 0, f"{wrong} merged and {lost} rejected against the label")],
    )


_LABELS = {"1": "1: the same", "0": "0: not the same", "None": "a person should look"}


def _zones_of(pairs: list[dict[str, Any]], model: Model) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        inputs = [_side(pairs, side, Path(folder) / f"{side}.json") for side in ("A", "B")]
        with forms(inputs) as connection:
            block(connection)
            learn_reused_isbns(connection)
            connection.execute(
                "CREATE TABLE asked AS SELECT l.rid AS a, r.rid AS b, l.control_number AS name FROM"
                " records AS l JOIN records AS r USING (control_number) WHERE l.rid < r.rid"
            )
            return dict(
                connection.execute(
                    f"SELECT name, zone FROM asked JOIN ({scored_sql(model, 'asked')}) USING (a, b)"
                ).fetchall()
            )


def _name(number: int) -> str:
    return f"p{number:03}"


def _side(pairs: list[dict[str, Any]], side: str, path: Path) -> Source:
    """Write one side of the pairs as a library, each record under its pair's number."""
    records = []
    for number, pair in enumerate(pairs):
        record = pair[f"record{side}"]
        fields = [field for field in record["fields"] if field["tag"] != "001"]
        records.append({**record, "fields": [{"tag": "001", "value": _name(number)}, *fields]})
    path.write_text(json.dumps(records), encoding="utf-8")
    return Source(side, path)


def _background(shipped: Model) -> Part:
    with forms(files_of("background_unlabelled")) as connection:
        block(connection)
        learn_reused_isbns(connection)
        found = run(connection, shipped)
        described = {
            (library, number): f"{author}: {title} ({year or '?'}, {pages or '?'} p.)"
            for library, number, author, title, year, pages in connection.execute(
                "SELECT library, control_number, author, full_title, year, pages FROM forms"
            ).fetchall()
        }
    merged = sorted(pair for pair in pairs_within(found.clusters) if pair[0][0] != pair[1][0])
    rows = [
        (":".join(a), ":".join(b), described.get(a, ""), described.get(b, "")) for a, b in merged
    ]
    note = f"{len(rows)} merges in {len(found.clusters):,} records; {len(found.review)} in review."
    title = "background_unlabelled: merges across files, for a person to judge"
    return Part(
        "background_unlabelled",
        [Table(title, ("one", "other", "described as", "described as"), rows, note)],
        [],
    )


def _demo(shipped: Model) -> Part:
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
