"""The result as tables that any spreadsheet opens: clusters, pairs, items, quarantine."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from kimppa.linkage.alignment import place_words
from kimppa.linkage.chunks import ITEM_COLUMNS
from kimppa.linkage.components import PLACE
from kimppa.linkage.copies import item_lines
from kimppa.linkage.intake import Source, file_name
from kimppa.linkage.model import Model, Reasons, log_odds, probability, veto_words
from kimppa.linkage.scoring import LEVELS
from kimppa.linkage.standing.parts import current
from kimppa.linkage.workspace import quoted

PIECE = 1 << 18  # bytes copied at once: whole files would each need new memory, five times the work


def copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, *options: str) -> None:
    """Write a query's rows as CSV with a heading; the file appears when whole."""
    partial = path.with_name(path.name + ".partial")
    how = ", ".join(("FORMAT csv", "HEADER", *options))
    connection.execute(f"COPY ({query}) TO '{quoted(partial)}' ({how})")
    partial.replace(path)


def write_clusters(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write ``clusters.csv``, ``redirects.csv`` and ``repairs.csv``."""
    named = "records JOIN members USING (rid)"
    copy(
        connection,
        f"SELECT library, control_number, cluster_id, cluster_size FROM {named} ORDER BY rid",
        folder / "clusters.csv",
    )
    copy(
        connection,
        f"SELECT library, control_number, cluster_id FROM {named} ORDER BY rid",
        folder / "redirects.csv",
    )
    copy(
        connection,
        'SELECT library, control_number, file, byte_offset AS "offset", unnest(repairs) AS repair'
        " FROM records ORDER BY rid",
        folder / "repairs.csv",
    )


def write_items(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write ``items.csv`` from ``store/items``."""
    columns = ", ".join(ITEM_COLUMNS)
    query = f"SELECT {columns} FROM {current(folder / 'store', 'items')} ORDER BY ALL"
    copy(connection, query, folder / "items.csv")


PAIR_HEADINGS = (
    "library_1", "control_number_1", "library_2", "control_number_2",
    "probability", "zone", "vetoes", "reasons",
)  # fmt: skip


def write_pairs(connection: duckdb.DuckDBPyConnection, model: Model, path: Path) -> None:
    """Write ``pairs.csv``: each compared pair above the noise, with the reasons in words."""
    query = f"SELECT {pair_columns()} FROM {tell_pairs(connection, model)} ORDER BY a, b"
    # As Python's csv writes it: "#" (in made control numbers) begins no comment there.
    copy(connection, query, path, "NEW_LINE '\\r\\n'", "COMMENT ''")


def pair_columns(vetoes: str = "vetoes") -> str:
    """Return SQL for the columns of ``pairs.csv`` from ``tell_pairs``, with ``vetoes`` as given."""
    named = {name: name for name in PAIR_HEADINGS} | {"vetoes": vetoes}
    return ", ".join(f"{sql} AS {name}" for name, sql in named.items())


def tell_pairs(connection: duckdb.DuckDBPyConnection, model: Model) -> str:
    """Return SQL (to stand in FROM) for the pairs that ``pairs.csv`` tells: above the noise, or to
    be judged; a, b and its columns.

    Few ways to be alike, and many pairs of each: every way is put into words once.
    """
    way = ("log_odds", "zone", "vetoes", *PLACE.split(", "), *LEVELS.split(", "))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE told AS SELECT a, b, {', '.join(way)}"
        " FROM scored LEFT JOIN aligned USING (a, b)"
        f" WHERE log_odds >= {log_odds(model.noise_below)} OR zone <> 'reject'"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ways AS SELECT row_number() OVER () AS way, *"
        f" FROM (SELECT DISTINCT {', '.join(way)} FROM told)"
    )
    _put_into_words(connection, model, way)
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM w.{name}" for name in way)
    return (
        "(SELECT a, b, l.library AS library_1, l.control_number AS control_number_1,"
        " r.library AS library_2, r.control_number AS control_number_2, i.* EXCLUDE (way)"
        f" FROM told AS t JOIN ways AS w ON {same} JOIN in_words AS i USING (way)"
        " JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b)"
    )


def _put_into_words(
    connection: duckdb.DuckDBPyConnection, model: Model, way: tuple[str, ...]
) -> None:
    """Make ``in_words`` (way and what ``pairs.csv`` says of it) of the table ``ways``."""
    import pyarrow as pa

    rows = connection.execute(f"SELECT way, {', '.join(way)} FROM ways").fetchall()
    reasons = Reasons(model)
    why = ["; ".join(filter(None, (place_words(row[4:8]), reasons(row[8:])))) for row in rows]
    says = {
        "way": [row[0] for row in rows],
        "probability": [f"{probability(row[1]):.4f}" for row in rows],
        "zone": [row[2] for row in rows],
        "vetoes": ["; ".join(veto_words(row[3])) or None for row in rows],
        "reasons": [text or None for text in why],
    }
    text = pa.string()
    kinds = [pa.int64(), text, text, text, text]
    schema = pa.schema(list(zip(says, kinds, strict=True)))
    connection.register("found_words", pa.table(says, schema))
    connection.execute("CREATE OR REPLACE TEMP TABLE in_words AS FROM found_words")
    connection.unregister("found_words")


class Quarantined(NamedTuple):
    """One stretch of a file that could not be read, or a line of an items CSV without a record."""

    library: str
    file: str
    offset: int
    reason: str
    raw: bytes


def write_quarantine(
    connection: duckdb.DuckDBPyConnection, rejected: str, sources: list[Source], folder: Path
) -> int:
    """Write ``quarantine.csv`` and ``quarantine.bin`` (the very bytes); return how many rows."""
    count = at = 0
    table, content = folder / "quarantine.csv", folder / "quarantine.bin"
    partials = [path.with_name(path.name + ".partial") for path in (table, content)]
    with partials[0].open("w", encoding="utf-8", newline="") as file, partials[1].open("wb") as raw:
        writer = csv.writer(file)
        writer.writerow(("library", "file", "offset", "length", "reason", "bin_offset"))
        for q in (*_rejected(connection, rejected), *_orphans(connection, sources)):
            writer.writerow((q.library, q.file, q.offset, len(q.raw), q.reason, at))
            raw.write(q.raw)
            at += len(q.raw)
            count += 1
    for partial, path in zip(partials, (table, content), strict=True):
        partial.replace(path)
    return count


def _rejected(connection: duckdb.DuckDBPyConnection, stretches: str) -> Iterator[Quarantined]:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT library, file, byte_offset, reason, raw"
        f" FROM read_parquet('{quoted(stretches)}') ORDER BY library, file, byte_offset"
    )
    while rows := cursor.fetchmany(100):
        yield from (Quarantined(*row) for row in rows)


def _orphans(connection: duckdb.DuckDBPyConnection, sources: list[Source]) -> Iterator[Quarantined]:
    """Lines of an items CSV whose record is not in the library's export."""
    beside = dict.fromkeys((source.library, source.items) for source in sources if source.items)
    for library, path in beside:
        known = connection.execute(
            "SELECT given_number FROM records WHERE library = ? AND kind <> 'holdings'", [library]
        ).fetchall()
        numbers = {number for (number,) in known}
        for line in item_lines(path):
            if line.control_number not in numbers:
                reason = "item of a record that the export does not hold"
                yield Quarantined(library, file_name(path), line.offset, reason, line.raw)


def join_parts(
    parts: Path, folder: Path, formats: tuple[str, ...], head: bytes, tail: bytes
) -> int:
    """Put the chunks' parts together as merged.mrc, merged.xml and oversize.xml.

    Returns how many records were too long for ISO 2709; without any, oversize.xml is not made.
    """
    for name in formats:
        wrap = (head, tail) if name == "xml" else (b"", b"")
        _concatenate(sorted(parts.glob(f"*.{name}")), folder / f"merged.{name}", *wrap)
    oversize = [path for path in sorted(parts.glob("*.oversize")) if path.stat().st_size]
    if oversize:
        _concatenate(oversize, folder / "oversize.xml", head, tail)
    return sum(path.read_bytes().count(b"<record>") for path in oversize)


def _concatenate(paths: list[Path], target: Path, head: bytes, tail: bytes) -> None:
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as file:
        file.write(head)
        for path in paths:
            with path.open("rb") as part:
                shutil.copyfileobj(part, file, PIECE)
        file.write(tail)
    partial.replace(target)
