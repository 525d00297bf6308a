"""Spark for one run: its tables are offered to a stage and handed to the run's DuckDB."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import duckdb

from kimppa.common.errors import CannotRun
from kimppa.linkage.clustering import Clustering
from kimppa.linkage.dialect import INTAKE
from kimppa.linkage.model import Model
from kimppa.linkage.spark.components import cluster
from kimppa.linkage.spark.files import Files, Place
from kimppa.linkage.spark.parts import align_all
from kimppa.linkage.spark.session import session, trouble_explained
from kimppa.linkage.spark.tables import Tables
from kimppa.linkage.workspace import Workspace, quoted

PLACE = "spark.kimppa.folder"  # in spark-defaults.conf: where all nodes can read and write


class Engine:
    """Spark for one run: started when a stage needs it, ended with the run."""

    def __init__(
        self, workspace: Workspace, connection: duckdb.DuckDBPyConnection, processes: int
    ) -> None:
        """Show the run's database the tables that an earlier, stopped run made."""
        self._folder = workspace.work.resolve() / "spark"
        self._intake = workspace.work.resolve() / "intake"
        self._connection = connection
        self._processes = processes
        self._session: Any = None
        self._started = False
        connection.execute("CREATE TABLE IF NOT EXISTS spark_tables (name VARCHAR, part VARCHAR)")
        for name, parts in self._known().items():
            self._show(name, parts)

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Offer a stage its tables; afterwards the run's database has what it made."""
        with trouble_explained():
            place, before = self._place(), self._known()
            files = Files(self._session)
            files.keep_only(place.address, {"intake"}.union(*before.values()))
            tables = Tables(self._session, place.address, dict(before))
            if "forms" not in before:
                self._offer_intake(place, files)
            yield cast("duckdb.DuckDBPyConnection", tables)
            tables.finish()
            self._hand_over(tables.parts, before, place, files)

    def cluster(
        self, tables: duckdb.DuckDBPyConnection, model: Model, *, placed: bool = False
    ) -> Clustering:
        """Make the table ``clusters``; see the function ``cluster``."""
        return cluster(cast("Tables", tables), model, placed=placed)

    def align(self, tables: duckdb.DuckDBPyConnection) -> None:
        """Make the table ``side_by_side``; see the function ``align_all``."""
        align_all(cast("Tables", tables))

    def end(self) -> None:
        """Stop Spark, if this run started it."""
        if self._started:
            self._session.stop()

    def _place(self) -> Place:
        folder = str(self._folder)
        if re.search(r"[\[\]{}*?\\]", folder):
            raise CannotRun(
                f"{folder} has one of []{{}}*?\\ in its path, which Spark cannot open."
                " Name another folder with --out."
            )
        if self._session is None:
            self._session, self._started = session(self._processes, self._folder)
        if shared := self._session.conf.get(PLACE, ""):
            name = hashlib.sha256(folder.encode()).hexdigest()[:12]
            return Place(f"{shared.rstrip('/')}/kimppa-{name}", shared=True)
        return Place(f"file://{folder}", shared=False)

    def _offer_intake(self, place: Place, files: Files) -> None:
        address = f"{place.address}/intake" if place.shared else f"file://{self._intake}"
        if place.shared:
            files.keep_only(address, set())
            for name in INTAKE:
                for path in sorted(self._intake.glob(f"{name}-*.parquet")):
                    files.upload(path, f"{address}/{path.name}")
        for name, view in INTAKE.items():
            reader = self._session.read.option("pathGlobFilter", f"{name}-*.parquet")
            reader.parquet(address).createOrReplaceTempView(view)

    def _known(self) -> dict[str, list[str]]:
        rows = self._connection.execute(
            "SELECT name, list(part ORDER BY part) FROM spark_tables GROUP BY name"
        ).fetchall()
        return dict(rows)

    def _hand_over(
        self,
        made: dict[str, list[str]],
        before: dict[str, list[str]],
        place: Place,
        files: Files,
    ) -> None:
        """Note which parts the tables have now, and show them to the run's database."""
        self._connection.execute("DELETE FROM spark_tables")
        for name, parts in made.items():
            for part in parts:
                self._connection.execute("INSERT INTO spark_tables VALUES (?, ?)", [name, part])
                if place.shared and part not in before.get(name, []):
                    files.download(f"{place.address}/{part}", self._folder / part)
            self._show(name, parts)

    def _show(self, name: str, parts: list[str]) -> None:
        patterns = ", ".join(f"'{quoted(self._folder / part)}/*.parquet'" for part in parts)
        self._connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{patterns}])"
        )


@contextmanager
def engine(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, processes: int
) -> Iterator[Engine]:
    """Offer Spark to one run."""
    made = Engine(workspace, connection, processes)
    try:
        yield made
    finally:
        made.end()
