"""The main job: several libraries' exports become one set of records, and nothing is lost."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import duckdb

from kimppa.linkage import joining, report, tables
from kimppa.linkage.blocking import block
from kimppa.linkage.clustering import Clustering, cluster
from kimppa.linkage.components import align_all, cluster_parts
from kimppa.linkage.intake import Source, check, content_size, take_in
from kimppa.linkage.model import Model, load_model
from kimppa.linkage.numbering import number
from kimppa.linkage.scoring import learn_reused_isbns, score
from kimppa.linkage.spark import engine as spark
from kimppa.linkage.spark import installed
from kimppa.linkage.splits import write_splits
from kimppa.linkage.standing import index
from kimppa.linkage.trouble import trouble_explained
from kimppa.linkage.workspace import ALWAYS, ANY_ORDER, Workspace, fingerprint, pattern, setting
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL

FORMATS = {"mrc": ("mrc",), "xml": ("xml",), "both": ("mrc", "xml")}


class Settings(NamedTuple):
    """How a run is made; none of it changes which records are merged."""

    output: str = "mrc"  # mrc, xml or both
    processes: int = 2
    engine: str = "duckdb"  # what finds, compares and clusters: duckdb or spark
    model: Path | None = None  # weights of the region's own; None for those shipped


class Progress(NamedTuple):
    """Where a run says how far it is: a stage's name and total, then what was done since.

    A step is told in the unit of the total (bytes read, records merged) and in records.
    """

    stage: Callable[[str, int], None]
    step: Callable[[int, int], None]


DEFAULTS = Settings()
SILENT = Progress(lambda _name, _total: None, lambda _done, _records: None)


class Engine(NamedTuple):
    """What runs the SQL of the stages: the run's DuckDB, or Spark, which hands its tables to it."""

    database: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
    cluster: Callable[..., Clustering]
    align: Callable[[duckdb.DuckDBPyConnection], None]


class Run(NamedTuple):
    """What every stage works with."""

    sources: list[Source]
    settings: Settings
    workspace: Workspace
    connection: duckdb.DuckDBPyConnection
    engine: Engine
    model: Model
    progress: Progress

    @property
    def intake(self) -> str:
        """Where the rows of all files stand (a pattern of Parquet files)."""
        return pattern(self.workspace.work / "intake", "records-*.parquet")

    @property
    def rejected(self) -> str:
        """Where the stretches stand that could not be read."""
        return pattern(self.workspace.work / "intake", "rejected-*.parquet")


Outcome = dict[str, Any]


def match(
    sources: list[Source],
    folder: Path,
    settings: Settings = DEFAULTS,
    progress: Progress = SILENT,
) -> Outcome:
    """Match and merge the files into ``folder``; return the content of ``report.json``.

    Stages that an earlier, stopped run of the same inputs finished are not done again. Raises
    ``CannotRun`` with the remedy when the folder, the inputs or the disk do not allow it.
    """
    started = perf_counter()
    with trouble_explained(folder):
        check(sources, folder)
        if settings.engine == "spark":
            installed.check()
        model = load_model(settings.model)
        made_by: dict[str, Any] = {"output": settings.output}
        if settings.model:
            made_by["model"] = list(model)
        if settings.engine != DEFAULTS.engine:
            made_by["engine"] = settings.engine
        workspace = Workspace(folder, fingerprint(sources, made_by))
        with (
            workspace.held(),
            workspace.database() as connection,
            _engine(settings, workspace, connection) as engine,
        ):
            run = Run(sources, settings, workspace, connection, engine, model, progress)
            _forget_what_was_removed(run)
            outcomes = [_once(run, name, stage) for name, stage in STAGES]
            outcome = {key: value for found in outcomes for key, value in found.items()}
            return report.write(folder, outcome, perf_counter() - started)


@contextmanager
def _engine(
    settings: Settings, workspace: Workspace, connection: duckdb.DuckDBPyConnection
) -> Iterator[Engine]:
    if settings.engine == "duckdb":
        yield Engine(lambda: nullcontext(connection), cluster, align_all)
        return
    with spark.engine(workspace, connection, settings.processes) as found:
        yield Engine(found.tables, found.cluster, found.align)


def _forget_what_was_removed(run: Run) -> None:
    """Let results that somebody removed from the folder since an earlier run be made again."""
    folder = run.workspace.folder
    marc = [folder / f"merged.{name}" for name in FORMATS[run.settings.output]]
    if not all(path.exists() for path in (*marc, *(folder / name for name in ALWAYS))):
        shutil.rmtree(run.workspace.work / "parts", ignore_errors=True)
        run.connection.execute("DELETE FROM stages WHERE name IN ('merge', 'write')")
    if not (folder / index.ABOUT).exists():
        run.connection.execute("DELETE FROM stages WHERE name = 'keep'")


def _once(run: Run, name: str, stage: Callable[[Run], Outcome]) -> Outcome:
    """Do a stage unless it is done; its tables and the note that it is done appear together."""
    done = run.connection.execute("SELECT outcome FROM stages WHERE name = ?", [name]).fetchall()
    if done:
        kept: Outcome = json.loads(done[0][0])
        return kept
    started = perf_counter()
    run.progress.stage(name, 0)
    run.connection.begin()
    outcome = stage(run)
    outcome[f"seconds_{name}"] = round(perf_counter() - started, 3)
    run.connection.execute("INSERT INTO stages VALUES (?, ?)", [name, json.dumps(outcome)])
    run.connection.commit()
    return outcome


def _read(run: Run) -> Outcome:
    run.progress.stage("read", sum(content_size(source.path) for source in run.sources))
    take_in(
        run.sources,
        run.workspace.work / "intake",
        run.settings.processes,
        run.progress.step,
    )
    with run.engine.database() as database, setting(run.connection, ANY_ORDER):
        number(database, run.workspace.work / "intake")
    return report.counts_of_reading(run.connection)


def _block(run: Run) -> Outcome:
    with run.engine.database() as database:
        capped = block(database)
    (count,) = run.connection.execute("SELECT count(*) FROM candidates").fetchall()[0]
    return {"candidate_pairs": count, "capped_blocks": [block._asdict() for block in capped]}


def _score(run: Run) -> Outcome:
    with run.engine.database() as database:
        reused = learn_reused_isbns(database)
        score(database, run.model)
    return {"reused_isbns": reused}


def _cluster(run: Run) -> Outcome:
    with run.engine.database() as database:
        found = run.engine.cluster(database, run.model)
        found = cluster_parts(database, run.model, run.engine.align, run.engine.cluster) or found
    joining.name_clusters(run.connection)
    joining.find_hosts(run.connection)
    return {"joins_refused": found.refused}


def _merge(run: Run) -> Outcome:
    (count,) = run.connection.execute("SELECT count(*) FROM records").fetchall()[0]
    run.progress.stage("merge", count)
    folder, parts = run.workspace.folder, run.workspace.work / "parts"
    inputs = joining.write_inputs(run.connection, run.intake, folder / "store")
    formats = FORMATS[run.settings.output]
    joining.merge_all(
        inputs,
        folder / "store",
        parts,
        formats,
        run.settings.processes,
        lambda n: run.progress.step(n, n),
    )
    oversize = tables.join_parts(parts, folder, formats, MARCXML_HEAD, MARCXML_TAIL)
    return {"oversize_records": oversize}


def _write(run: Run) -> Outcome:
    folder = run.workspace.folder
    tables.write_clusters(run.connection, folder)
    tables.write_items(run.connection, folder)
    tables.write_pairs(run.connection, run.model, folder / "pairs.csv")
    write_splits(run.connection, folder / "splits.csv")
    quarantined = tables.write_quarantine(run.connection, run.rejected, run.sources, folder)
    return {"quarantined": quarantined, **report.counts_of_result(run.connection, run.model)}


def _keep(run: Run) -> Outcome:
    formats = FORMATS[run.settings.output]
    index.keep(
        run.connection, run.workspace.work / "intake", run.workspace.folder, run.model, formats
    )
    return {}


STAGES: tuple[tuple[str, Callable[[Run], Outcome]], ...] = (
    ("read", _read),
    ("block", _block),
    ("score", _score),
    ("cluster", _cluster),
    ("merge", _merge),
    ("write", _write),
    ("keep", _keep),
)
