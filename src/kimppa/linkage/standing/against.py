"""New records matched against a standing result: only what they touch is made anew.

The result is a whole folder of its own; the standing one stays as it was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import duckdb

from kimppa.common.errors import CannotRun
from kimppa.linkage import joining, report, tables
from kimppa.linkage.blocking import list_keys
from kimppa.linkage.intake import Source, check, content_size, take_in
from kimppa.linkage.match import DEFAULTS, SILENT, Outcome, Progress, Settings
from kimppa.linkage.model import Model, load_model
from kimppa.linkage.numbering import number
from kimppa.linkage.scoring import learn_reused_isbns, score
from kimppa.linkage.splits import write_splits
from kimppa.linkage.standing import gathering, hosts, index, membership, writing
from kimppa.linkage.standing.draft import draft, finished, reading
from kimppa.linkage.trouble import trouble_explained
from kimppa.linkage.workspace import MEMORY, fingerprint, pattern, quoted


class Run(NamedTuple):
    """What every stage works with."""

    sources: list[Source]
    standing: index.Standing
    folder: Path  # the draft
    connection: duckdb.DuckDBPyConnection
    model: Model
    processes: int
    progress: Progress

    @property
    def work(self) -> Path:
        """Where things stand that nobody needs afterwards."""
        return self.folder / "work"

    @property
    def intake(self) -> str:
        """Where the rows of the new files stand (a pattern of Parquet files)."""
        return pattern(self.work / "intake", "records-*.parquet")

    @property
    def part(self) -> str:
        """What the names of this run's parts begin with; they sort after all earlier ones."""
        return f"more-{self.standing.generation + 1:05}"

    def count(self, query: str) -> int:
        """Return the one number that a query gives."""
        ((found,),) = self.connection.execute(query).fetchall()
        return int(found)


def match_against(
    sources: list[Source],
    standing: Path,
    folder: Path,
    settings: Settings = DEFAULTS,
    progress: Progress = SILENT,
) -> Outcome:
    """Match new files against the result in ``standing``; write the whole as a new ``folder``.

    Returns the content of ``report.json``. A folder that the same files and the same standing
    result made before is left as it is. Raises ``CannotRun`` with the remedy when the folders, the
    inputs, the versions or the disk do not allow it; then there is no new folder.
    """
    started = perf_counter()
    _refuse(sources, standing, folder, settings)
    with trouble_explained(folder), reading(standing):
        check(sources, folder)
        model = load_model(settings.model)
        known = index.standing(standing, model)
        made_from = fingerprint(sources, {"against": known.identity})
        if (report_before := finished(folder, made_from)) is not None:
            return report_before
        with draft(folder, made_from) as place, _database(place) as connection:
            run = Run(sources, known, place, connection, model, settings.processes, progress)
            outcome: Outcome = {}
            for name, stage in STAGES:
                outcome |= _timed(run, name, stage)
            return report.write(place, outcome, perf_counter() - started)


def _refuse(sources: list[Source], standing: Path, folder: Path, settings: Settings) -> None:
    if settings.engine != DEFAULTS.engine:
        raise CannotRun(
            "--against works with --engine duckdb only: new records are few. Leave --engine out."
        )
    inside = [source.path for source in sources if _is_inside(source.path, standing)]
    if inside or _is_inside(folder, standing) or _is_inside(standing, folder):
        raise CannotRun(
            f"{standing} stays as it is, so neither new files nor the new result can stand in it."
            " Name another folder with --out, and the new files only."
        )


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


@contextmanager
def _database(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory; what does not fit goes to disk."""
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = '{quoted(place / 'work' / 'spill')}'")
        yield connection


def _timed(run: Run, name: str, stage: Callable[[Run], Outcome]) -> Outcome:
    started = perf_counter()
    run.progress.stage(name, 0)
    outcome = stage(run)
    return {**outcome, f"seconds_{name}": round(perf_counter() - started, 3)}


def _read(run: Run) -> Outcome:
    run.progress.stage("read", sum(content_size(source.path) for source in run.sources))
    take_in(run.sources, run.work / "intake", run.processes, run.progress.step)
    number(run.connection, run.work / "intake")
    rejected = pattern(run.work / "intake", "rejected-*.parquet")
    tables.write_quarantine(run.connection, rejected, run.sources, run.work)
    gathering.gather(run.connection, run.standing)
    return report.counts_of_reading(run.connection)


def _block(run: Run) -> Outcome:
    capped = gathering.block(run.connection, run.standing)
    return {
        "candidate_pairs": run.count("SELECT count(*) FROM candidates"),
        "capped_blocks": [block._asdict() for block in capped],
    }


def _score(run: Run) -> Outcome:
    reused = learn_reused_isbns(run.connection)
    gathering.remember_reused_isbns(run.connection, run.standing)
    score(run.connection, run.model)
    return {"reused_isbns": reused}


def _cluster(run: Run) -> Outcome:
    found = hosts.seat_all(run.connection, run.standing, run.model)
    membership.keep_apart(run.connection)
    membership.find_touched(run.connection)
    return {"joins_refused": found.refused, "against": _counts(run)}


def _counts(run: Run) -> dict[str, int]:
    """Return what became of the new files' records; see docs/result-folder.md."""
    given, updated = run.count("SELECT count(*) FROM given"), run.count("SELECT count(*) FROM gone")
    new = run.count("SELECT count(*) FROM records WHERE number IS NULL") - updated
    joined = run.count(
        "SELECT count(*) FROM records JOIN members USING (rid) WHERE number IS NULL"
        " AND cluster_id IN (SELECT seat FROM records WHERE number IS NOT NULL)"
        " AND seat IS DISTINCT FROM cluster_id"
    )
    return {
        "records": given,
        "new": new,
        "updated": updated,
        "unchanged": given - new - updated,
        "joined_standing": joined,
        "merged_anew": run.count("SELECT count(*) FROM touched"),
        "left_apart": run.count("SELECT count(*) FROM kept_apart"),
    }


def _merge(run: Run) -> Outcome:
    writing.take_over(run.standing, run.folder)
    count = run.count("SELECT count(*) FROM members SEMI JOIN touched USING (cluster_id)")
    run.progress.stage("merge", count)
    store, parts = run.folder / "store", run.work / "parts"
    inputs = writing.write_inputs(
        run.connection, run.standing, run.intake, run.folder, f"{run.part}-"
    )
    joining.merge_all(
        inputs,
        store,
        parts,
        run.standing.formats,
        run.processes,
        lambda n: run.progress.step(n, n),
    )
    return {"oversize_records": writing.write_marc(run.connection, run.standing, parts, run.folder)}


def _write(run: Run) -> Outcome:
    connection, standing, folder = run.connection, run.standing, run.folder
    tables.write_clusters(connection, folder)
    tables.write_items(connection, folder)
    writing.write_pairs(connection, standing, run.model, folder)
    write_splits(connection, folder / "splits.csv")
    quarantined, added = writing.join_quarantines(standing.folder, run.work, folder)
    _keep(run)
    return {
        "quarantined": quarantined,
        "newly_quarantined": added,
        **report.counts_of_result(connection, run.model),
    }


def _keep(run: Run) -> None:
    """Write what the next new records need."""
    connection, standing = run.connection, run.standing
    store = run.folder / "store"
    next_number = membership.number_new_rows(connection, standing)
    followed = "SELECT rid FROM records JOIN numbered USING (rid) WHERE records.number IS NOT NULL"
    gathering.load_forms(connection, standing, followed)
    list_keys(connection)  # theirs, too
    index.write_parts(connection, store, run.part, "SELECT rid, number FROM numbered")
    index.write(
        connection, "SELECT number FROM gone_now ORDER BY number", store / index.FOLDER / index.GONE
    )
    index.write(
        connection,
        "SELECT isbn FROM reused_isbns ORDER BY isbn",
        store / index.FOLDER / index.REUSED,
    )
    index.write_about(
        connection,
        run.model,
        standing._replace(
            folder=run.folder, generation=standing.generation + 1, next_number=next_number
        ),
    )


STAGES: tuple[tuple[str, Callable[[Run], Outcome]], ...] = (
    ("read", _read),
    ("block", _block),
    ("score", _score),
    ("cluster", _cluster),
    ("merge", _merge),
    ("write", _write),
)
