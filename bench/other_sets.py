"""Quality on sets that nothing was trained on: carli_dedup, fi_melinda_pairs, the background."""

import json
import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.evaluation import DATA, forms, melinda_pairs
from bench.evaluation import sources as files_of
from bench.evaluation import truth as truth_of
from bench.judging import CUBED, FORM, Judged, clusters_row, counted, results, run
from bench.measures import Counts, pairs_within
from bench.page import Part, Table, Target
from kimppa.linkage.blocking import block
from kimppa.linkage.intake import Source
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import learn_reused_isbns, scored_sql

LEAST = (0.95, 0.90)  # recall asked of carli_dedup, with identifiers and without


def carli(shipped: Model) -> Part:
    """Measure clusters of one consortium, with identifiers and without."""
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


def melinda(shipped: Model) -> Part:
    """Measure what becomes of pairs that have an expected decision."""
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


def background(shipped: Model) -> Part:
    """List what is merged across catalogues that should share nothing."""
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
