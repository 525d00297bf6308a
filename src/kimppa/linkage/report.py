"""What came of a run, as figures: ``report.json``, and the samples that ``report.html`` shows."""

import json
from pathlib import Path
from typing import Any

import duckdb

from kimppa.linkage.model import Model
from kimppa.linkage.tables import PAIR_HEADINGS, pair_rows
from kimppa.linkage.workspace import write_whole

SAMPLE = 40  # pairs of each kind shown side by side
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
            """
            WITH held AS (SELECT DISTINCT library, cluster_id FROM members JOIN records USING (rid))
            SELECT a.library, b.library, count(*) FROM held AS a JOIN held AS b USING (cluster_id)
            WHERE a.library <= b.library GROUP BY ALL ORDER BY ALL
            """,
        ),
        "repairs": _table(
            connection,
            ("repair", "records"),
            "SELECT regexp_replace(repair, '[0-9][0-9,]*', 'N', 'g') AS kind, count(*)"
            " FROM (SELECT unnest(repairs) AS repair FROM records) GROUP BY 1 ORDER BY 2 DESC, 1",
        ),
        "sample_merge": _sample(connection, model, "merge"),
        "sample_review": _sample(connection, model, "review"),
    }


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _table(
    connection: duckdb.DuckDBPyConnection, names: tuple[str, ...], query: str
) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query).fetchall()]


def _sample(connection: duckdb.DuckDBPyConnection, model: Model, zone: str) -> list[dict[str, Any]]:
    """Return pairs of a zone, spread by a digest of their names, so that two runs show the same."""
    chosen = connection.execute(
        "SELECT a, b FROM scored JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b"
        f" WHERE zone = '{zone}' ORDER BY md5(l.digest || r.digest), a, b LIMIT {SAMPLE}"
    ).fetchall()
    pairs = ", ".join(f"({a}, {b})" for a, b in chosen) or "(-1, -1)"
    rows = pair_rows(connection, model, f"(a, b) IN ({pairs})")
    return [dict(zip(PAIR_HEADINGS, row, strict=True)) for row in rows]


def write(folder: Path, outcome: Outcome, seconds: float) -> Outcome:
    """Check that the books balance, and write ``report.json`` and ``report.html``."""
    if outcome["records_read"] != outcome["records_covered"]:
        raise AssertionError("clusters do not cover what was read")
    outcome["seconds"] = round(seconds, 2)
    write_whole(folder / "report.json", json.dumps(outcome, ensure_ascii=False, indent=1))
    return outcome
