"""Scoring named pairs of records, and explaining one pair step by step."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb

from kimppa.common.errors import CannotRun
from kimppa.linkage.blocking import block
from kimppa.linkage.comparison import COMPARISONS
from kimppa.linkage.components import place_pairs
from kimppa.linkage.intake import Source, take_in
from kimppa.linkage.model import Model, Reasons, probability, read_model, veto_words, weight
from kimppa.linkage.numbering import number
from kimppa.linkage.scoring import LEVELS, learn_reused_isbns, scored_sql
from kimppa.linkage.trouble import trouble_explained

PAIR_COLUMNS = ("lib1", "cn1", "lib2", "cn2")
PLACE = [comparison.name for comparison in COMPARISONS].index("place in the host")
Pair = tuple[str, str, str, str]


class Step(NamedTuple):
    """One step of the waterfall: what was compared, both values, the level and its weight."""

    comparison: str
    left: str
    right: str
    level: str
    weight: float


class Explanation(NamedTuple):
    """All that speaks for and against a pair; weights are natural logarithms of odds."""

    prior: float
    steps: list[Step]
    vetoes: list[str]
    log_odds: float
    probability: float
    zone: str


@contextmanager
def read_forms(sources: list[Source]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read files into a temporary database with ``records``, ``forms`` and ``reused_isbns``."""
    with TemporaryDirectory(prefix="kimppa-") as folder:
        take_in(sources, Path(folder), 2, lambda _content, _records: None)
        connection = duckdb.connect(str(Path(folder) / "pairs.duckdb"))
        try:
            number(connection, Path(folder))
            block(connection)
            learn_reused_isbns(connection)
            yield connection
        finally:
            connection.close()


def score_pairs(
    sources: list[Source], pairs: Path, out: Path, model: Model | None = None
) -> tuple[int, int]:
    """Write ``pairs`` with probability, zone and reasons; return how many, and how many unknown.

    A pair that names a record which the files do not hold gets the zone ``unknown``.
    """
    wanted = read_pairs(pairs)
    model = model or read_model()
    if out.is_dir():
        raise CannotRun(f"{out} is a folder. Name a file for the scores with --out.")
    with trouble_explained(out):
        with read_forms(sources) as connection:
            found = _scored(connection, model, wanted)
        partial = out.with_name(out.name + ".partial")
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow((*PAIR_COLUMNS, "probability", "zone", "reasons"))
            for pair in wanted:
                writer.writerow((*pair, *found.get(pair, ("", "unknown", "not in the files"))))
        partial.replace(out)
    return len(wanted), sum(pair not in found for pair in wanted)


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a CSV with lib1, cn1, lib2 and cn2; raises ``CannotRun`` without them."""
    return [(one, number, other, its) for one, number, other, its in read_rows(path, PAIR_COLUMNS)]


def read_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return these columns of a CSV; raises ``CannotRun`` where one is missing or it is no CSV."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise CannotRun(
                    f"{path}: no column {', '.join(missing)}. The first line must name"
                    f" {', '.join(columns)}."
                )
            return [tuple(row[name] or "" for name in columns) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CannotRun(f"{path} cannot be read as CSV in UTF-8 ({error}).") from error


def _scored(
    connection: duckdb.DuckDBPyConnection, model: Model, wanted: list[Pair]
) -> dict[Pair, tuple[str, str, str]]:
    import pyarrow as pa

    named = [dict(zip(PAIR_COLUMNS, pair, strict=True)) for pair in sorted(set(wanted))]
    schema = pa.schema([(name, pa.string()) for name in PAIR_COLUMNS])
    connection.register("wanted", pa.Table.from_pylist(named, schema))
    connection.execute(
        """
        CREATE TABLE asked AS SELECT w.*, least(l.rid, r.rid) AS a, greatest(l.rid, r.rid) AS b
        FROM wanted AS w
        JOIN records AS l ON l.library = lib1 AND l.control_number = cn1
        JOIN records AS r ON r.library = lib2 AND r.control_number = cn2
        """
    )
    place_pairs(connection, model, "asked")
    query = scored_sql(model, "(SELECT DISTINCT a, b FROM asked)", placed=True)
    connection.execute(f"CREATE TABLE answers AS {query}")
    rows = connection.execute(
        f"SELECT lib1, cn1, lib2, cn2, log_odds, zone, vetoes, {LEVELS}"
        " FROM asked JOIN answers USING (a, b)"
    ).fetchall()
    reasons = Reasons(model)
    return {row[:4]: _answer(reasons, row[4:]) for row in rows}


def _answer(reasons: Reasons, row: tuple[Any, ...]) -> tuple[str, str, str]:
    words = [f"veto: {says}" for says in veto_words(row[2])]
    return (f"{probability(row[0]):.4f}", row[1], "; ".join([*words, reasons(row[3:])]))


def explain(sources: list[Source], one: str, other: str, model: Model | None = None) -> Explanation:
    """Explain the pair of records named ``LIBRARY:ID``; raises ``CannotRun`` for one not there."""
    model = model or read_model()
    with read_forms(sources) as connection:
        a, b = sorted((_find(connection, one), _find(connection, other)))
        connection.execute(f"CREATE TABLE pair AS SELECT {a}::BIGINT AS a, {b}::BIGINT AS b")
        place_pairs(connection, model, "pair")
        row = connection.execute(scored_sql(model, "pair", placed=True)).fetchall()[0]
        shown = ", ".join(c.shown.format("f") + "::TEXT" for c in COMPARISONS)
        rows = connection.execute(
            f"SELECT rid, {shown} FROM forms AS f WHERE rid IN ({a}, {b})"
        ).fetchall()
        values = {rid: rest for rid, *rest in rows}
        first = _find(connection, one)
        places = connection.execute(
            "SELECT a, nth_a, of_a FROM aligned JOIN pair USING (a, b)"
            " UNION SELECT b, nth_b, of_b FROM aligned JOIN pair USING (a, b)"
        ).fetchall()
    for rid, nth, of in places:
        values[rid][PLACE] = f"{nth} of {of}: {values[rid][PLACE] or '-'}"
    left, right = values[first], values[b if first == a else a]
    count = len(COMPARISONS)
    steps = [
        Step(c.name, x or "", y or "", c.levels[level].name, weight(model, c, level, row[2]))
        for c, level, x, y in zip(COMPARISONS, row[2 : 2 + count], left, right, strict=True)
    ]
    vetoes, total, zone = row[2 + count :]
    return Explanation(model.prior, steps, veto_words(vetoes), total, probability(total), zone)


def _find(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    found = connection.execute(
        "SELECT rid FROM records WHERE library || ':' || control_number = ?", [name]
    ).fetchall()
    if found:
        return int(found[0][0])
    libraries = connection.execute("SELECT DISTINCT library FROM records ORDER BY 1").fetchall()
    known = ", ".join(library for (library,) in libraries)
    raise CannotRun(f"no record {name} in the files. Write LIBRARY:ID; the libraries are: {known}.")
