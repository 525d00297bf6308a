"""The matcher's tables on Spark, which take the statements that the stages write for DuckDB."""

from functools import reduce
from typing import Any, NamedTuple

from kimppa.linkage.dialect import parse, to_spark


class Answer(NamedTuple):
    """The rows of a query, asked for as DuckDB's are."""

    rows: list[tuple[Any, ...]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self.rows


class Tables:
    """Stands in for a DuckDB connection: takes the statements of the stages, runs them on Spark.

    Each table is a list of parts, folders of Parquet; adding rows adds a part.
    """

    def __init__(self, session: Any, address: str, parts: dict[str, list[str]]) -> None:
        """Offer the tables that earlier stages made."""
        self.session = session
        self.address = address
        self.parts = parts
        self._columns: dict[str, list[tuple[str, str]]] = {}
        self._waiting: dict[str, list[Any]] = {}
        for name in parts:
            self._show(name)

    def execute(self, sql: str) -> Answer:
        """Run one of the stages' statements; queries are answered with their rows."""
        from sqlglot import exp

        statement = parse(sql)
        if isinstance(statement, exp.Insert):
            self._add(statement.this.name, self.session.sql(to_spark(statement.expression)))
            return Answer([])
        self.finish()
        if isinstance(statement, exp.Create):
            self._create(statement)
        elif isinstance(statement, exp.Drop):
            del self.parts[statement.find(exp.Table).name]
        else:
            rows = self.session.sql(to_spark(statement)).collect()
            return Answer([tuple(row) for row in rows])
        return Answer([])

    def query(self, sql: str) -> Any:
        """Return what Spark's own SQL gives, as a data frame."""
        self.finish()
        return self.session.sql(sql)

    def store(self, name: str, frame: Any) -> None:
        """Make a table of a data frame, in place of an earlier one."""
        part = self._write(name, frame)
        self.parts[name] = [part]
        self._show(name)

    def _create(self, statement: Any) -> None:
        from sqlglot import exp

        if isinstance(statement.this, exp.Schema):
            name = statement.this.this.name
            self._columns[name] = [
                (column.name, column.args["kind"].sql(dialect="spark"))
                for column in statement.this.expressions
            ]
            self.parts[name] = []
            return
        statement.expression.set("order", None)  # a table has no order here
        self.store(statement.this.name, self.session.sql(to_spark(statement.expression)))

    def _add(self, name: str, frame: Any) -> None:
        """Add rows by the place of their columns, with the next statement that is no addition."""
        columns = self._columns.get(name) or self.session.table(name).dtypes
        frame = frame.toDF(*(column for column, _ in columns))
        frame = frame.selectExpr(*(f"CAST({column} AS {kind})" for column, kind in columns))
        self._waiting.setdefault(name, []).append(frame)

    def finish(self) -> None:
        """Write the rows that were added: one job for all twelve rules of blocking."""
        for name, frames in self._waiting.items():
            added = reduce(lambda one, other: one.unionAll(other), frames)
            self.parts[name] = [*self.parts[name], self._write(name, added)]
            self._show(name)
        self._waiting = {}

    def _write(self, name: str, frame: Any) -> str:
        used = [int(part.rpartition("-")[2]) for part in self.parts.get(name, [])]
        part = f"{name}-{max(used, default=0) + 1:04}"
        frame.write.mode("overwrite").parquet(f"{self.address}/{part}")
        return part

    def _show(self, name: str) -> None:
        addresses = [f"{self.address}/{part}" for part in self.parts[name]]
        self.session.read.parquet(*addresses).createOrReplaceTempView(name)
