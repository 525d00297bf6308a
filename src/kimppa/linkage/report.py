"""What came of a run, as figures: ``report.json``, and as a page for people: ``report.html``."""

import json
from pathlib import Path
from typing import Any

import duckdb

from kimppa.linkage import audit
from kimppa.linkage.alignment import place_words
from kimppa.linkage.comparison import COMPARISONS
from kimppa.linkage.components import PLACE
from kimppa.linkage.estimate import estimates
from kimppa.linkage.model import (
    Model,
    Reasons,
    as_row,
    probability,
    veto_sql,
    veto_words,
    waterfall,
)
from kimppa.linkage.report_page import render
from kimppa.linkage.report_page.stored import Shelf, shelf
from kimppa.linkage.scoring import LEVELS
from kimppa.linkage.workspace import write_whole

SAMPLE = 40  # pairs of each kind shown side by side
CROWD = 50  # pairs looked at for each one shown, since large clusters crowd together
Outcome = dict[str, Any]


def counts_of_reading(connection: duckdb.DuckDBPyConnection) -> Outcome:
    """Return how many records each library gave, by kind, and how many were repaired."""
    by_library = connection.execute(
        "SELECT library, count(*), count(*) FILTER (kind = 'bibliographic'),"
        " count(*) FILTER (kind = 'holdings'), count(*) FILTER (len(repairs) > 0)"
        " FROM records GROUP BY library ORDER BY library"
    ).fetchall()
    names = ("library", "read", "bibliographic", "holdings", "repaired")
    return {
        "records_read": sum(row[1] for row in by_library),
        "libraries": [dict(zip(names, row, strict=True)) for row in by_library],
    }


def counts_of_result(connection: duckdb.DuckDBPyConnection, model: Model) -> Outcome:
    """Return clusters, overlap, zones and samples; see docs/result-folder.md for each."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE held AS"
        " SELECT DISTINCT library, cluster_id FROM members JOIN records USING (rid)"
    )
    return {
        "clusters": _one(connection, "SELECT count(DISTINCT cluster_id) FROM members"),
        "records_covered": _one(connection, "SELECT count(*) FROM members"),
        "records_merged": _one(
            connection,
            "SELECT count(*) FROM members JOIN records USING (rid)"
            " WHERE cluster_size > 1 AND kind <> 'holdings'",
        ),
        "cluster_sizes": _table(
            connection,
            ("size", "clusters"),
            "SELECT cluster_size, count(DISTINCT cluster_id) FROM members GROUP BY 1 ORDER BY 1",
        ),
        "zones": _table(
            connection,
            ("zone", "pairs"),
            "SELECT zone, count(*) FROM scored GROUP BY zone ORDER BY zone",
        ),
        "overlap": _table(
            connection,
            ("library_1", "library_2", "shared"),
            "SELECT a.library, b.library, count(*) FROM held AS a JOIN held AS b USING (cluster_id)"
            " WHERE a.library <= b.library GROUP BY ALL ORDER BY ALL",
        ),
        "held": _table(connection, ("library", "held", "only_here"), _HELD),
        "repairs": _table(
            connection,
            ("repair", "records"),
            f"SELECT {_KIND} AS kind, count(*)"
            " FROM (SELECT unnest(repairs) AS repair FROM records) GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
        **estimates(connection, veto_sql(model)),
        "sample_merge": _sample(connection, model, "merge"),
        "sample_review": _sample(connection, model, "review"),
    }


# A repair without what differs from record to record: quoted text, what was left out, numbers.
_KIND = (
    "regexp_replace(regexp_replace(regexp_replace(repair, 'left out: .*', 'left out'),"
    " '''[^'']*''', '''…''', 'g'), '[0-9][0-9,]*', 'N', 'g')"
)
_HELD = """
    WITH counted AS (SELECT cluster_id, count(*) AS libraries FROM held GROUP BY cluster_id)
    SELECT library, count(*), count(*) FILTER (libraries = 1)
    FROM held JOIN counted USING (cluster_id) GROUP BY library ORDER BY library
"""


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _table(
    connection: duckdb.DuckDBPyConnection, names: tuple[str, ...], query: str
) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query).fetchall()]


def _sample(connection: duckdb.DuckDBPyConnection, model: Model, zone: str) -> list[dict[str, Any]]:
    """Return pairs of a zone with their evidence; two runs on the same records show the same.

    Merges begin with the least sure half; the rest of any sample is spread evenly, since cluster
    ids are digests. Each two clusters give one pair, so that a large one does not fill the sample.
    """
    if zone == "merge":
        unsure = _chosen(connection, zone, "log_odds", SAMPLE // 2)
        seen = {row[4] for row in unsure}  # clusters
        even = _chosen(connection, zone, "cluster_1", SAMPLE)
        rows = [*unsure, *(row for row in even if row[4] not in seen)][:SAMPLE]
    else:
        rows = _chosen(connection, zone, "greatest(cluster_1, cluster_2)", SAMPLE)
    reasons = Reasons(model)
    return [_sampled(model, reasons, row) for row in rows]


def _chosen(
    connection: duckdb.DuckDBPyConnection, zone: str, order: str, most: int
) -> list[tuple[Any, ...]]:
    """Return pairs with their clusters, score and level numbers; merges share a cluster.

    Names are joined to the first pairs only, so that millions of pairs cost one pass.
    """
    return connection.execute(
        f"""
        WITH first AS (
            SELECT a, b, x.cluster_id AS cluster_1, y.cluster_id AS cluster_2, log_odds, zone,
                vetoes, {PLACE}, {LEVELS}
            FROM scored JOIN members AS x ON x.rid = a JOIN members AS y ON y.rid = b
            LEFT JOIN aligned USING (a, b)
            WHERE zone = '{zone}' AND (x.cluster_id = y.cluster_id) = (zone = 'merge')
            ORDER BY {order}, a, b LIMIT {most * CROWD}
        )
        SELECT l.library, l.control_number, r.library, r.control_number, first.* EXCLUDE (a, b)
        FROM first JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b
        QUALIFY row_number() OVER (
            PARTITION BY least(cluster_1, cluster_2), greatest(cluster_1, cluster_2)
            ORDER BY log_odds, a, b
        ) = 1
        ORDER BY {order}, a, b LIMIT {most}
        """
    ).fetchall()


_SAMPLED = (
    "library_1", "control_number_1", "library_2", "control_number_2", "cluster_1", "cluster_2",
    "log_odds", "zone",
)  # fmt: skip


def _sampled(model: Model, reasons: Reasons, row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row of ``_chosen`` as ``pairs.csv`` has it, with its waterfall; nothing missing."""
    levels = as_row(row[13 : 13 + len(COMPARISONS)])
    steps = [step._asdict() for step in waterfall(model, levels) if step.level != "missing"]
    return {
        **dict(zip(_SAMPLED, row[:8], strict=True)),
        "probability": f"{probability(row[6]):.4f}",
        "vetoes": "; ".join(veto_words(row[8])),
        "reasons": "; ".join(filter(None, (place_words(row[9:13]), reasons(levels)))),
        "prior": model.prior,
        "steps": steps,
    }


def write(folder: Path, outcome: Outcome, seconds: float) -> Outcome:
    """Check that the books balance; write ``audit.csv``, ``report.json`` and ``report.html``."""
    if outcome["records_read"] != outcome["records_covered"]:
        raise AssertionError("clusters do not cover what was read")
    outcome["seconds"] = round(seconds, 2)
    on_shelf = shelf(folder, outcome)
    _audited(folder, outcome, on_shelf)
    write_whole(folder / "report.json", json.dumps(outcome, ensure_ascii=False, indent=1))
    write_whole(folder / "report.html", render(folder, outcome, on_shelf=on_shelf))
    return outcome


def _audited(folder: Path, outcome: Outcome, on_shelf: Shelf) -> None:
    """Write the sample for a person to judge; note what the verdicts given so far say.

    A stage that an earlier version finished has nothing to say here.
    """
    if "audit_sample" not in outcome:
        return
    audit.write(folder, outcome.pop("audit_sample"), on_shelf)
    sizes = [stratum["pairs"] for stratum in outcome["estimates"]["precision"]["strata"]]
    outcome["estimates"]["audit"] = audit.judged(folder, sizes)
