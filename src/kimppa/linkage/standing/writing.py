"""The new result's files: what did not change is linked or copied, the rest is made anew."""

import csv
import hashlib
import shutil
from pathlib import Path

import duckdb

from kimppa.linkage.audit import EARLIER
from kimppa.linkage.audit import FILE as AUDIT
from kimppa.linkage.joining import chunk_files, chunk_sql, chunks_of, inputs_sql
from kimppa.linkage.model import Model
from kimppa.linkage.standing import index
from kimppa.linkage.standing.parts import MOVED, current, link
from kimppa.linkage.standing.splice import FORMATS, splice
from kimppa.linkage.tables import PAIR_HEADINGS, copy, pair_columns, tell_pairs
from kimppa.linkage.workspace import quoted

LEFT_APART = "it would join two merged records that stand already"


def take_over(standing: index.Standing, folder: Path) -> None:
    """Link the parts of the standing store; copy a person's verdicts."""
    for name in ("inputs", "merged", "items"):
        link(standing.store / name, folder / "store" / name)
    for name in index.TABLES:
        link(standing.store / index.FOLDER / name, folder / "store" / index.FOLDER / name)
    for name in (AUDIT, EARLIER):
        if (standing.folder / name).exists():
            shutil.copyfile(standing.folder / name, folder / name)


def write_inputs(
    connection: duckdb.DuckDBPyConnection,
    standing: index.Standing,
    intake: str,
    folder: Path,
    prefix: str,
) -> list[Path]:
    """Write ``store/inputs`` of the touched clusters and ``store/moved``; return the files."""
    in_touched = "SELECT * FROM members SEMI JOIN touched USING (cluster_id)"
    ((count,),) = connection.execute(f"SELECT count(*) FROM ({in_touched})").fetchall()
    chunks = chunks_of(count)
    rows = f"""
        {inputs_sql(intake, chunks)}
        UNION ALL BY NAME
        SELECT {chunk_sql(chunks)} AS chunk, r.rid, m.cluster_id,
            i.* EXCLUDE (cluster_id, hosts), h.hosts
        FROM {current(standing.store, "inputs")} AS i
        SEMI JOIN touched USING (cluster_id)
        JOIN records AS r USING (library, control_number) JOIN members AS m USING (rid)
        LEFT JOIN hosts AS h USING (rid)
        WHERE r.number IS NOT NULL
    """  # of the intake only what is new
    paths = list(chunk_files(connection, rows, folder / "store", chunks, prefix))
    earlier = standing.store / MOVED
    kept = f"SELECT * FROM read_parquet('{quoted(earlier)}') ANTI JOIN touched USING (cluster_id)"
    index.write(
        connection,
        f"SELECT cluster_id, '{prefix}' || lpad(({chunk_sql(chunks)})::VARCHAR, 5, '0') AS part"
        " FROM touched AS m"
        + (f" UNION ALL {kept}" if earlier.exists() else "")
        + " ORDER BY cluster_id",
        folder / "store" / MOVED,
    )
    return paths


def write_marc(
    connection: duckdb.DuckDBPyConnection, standing: index.Standing, parts: Path, folder: Path
) -> int:
    """Write ``merged.mrc`` and so on; return how many records are too long for ISO 2709."""
    rows = connection.execute("SELECT cluster_id FROM touched").fetchall()
    removed = {cluster_id.encode() for (cluster_id,) in rows}
    for name in standing.formats:
        old, new = (place / f"merged.{name}" for place in (standing.folder, folder))
        splice(old, new, FORMATS[name], removed, sorted(parts.glob(f"*.{name}")))
    old, new = (place / "oversize.xml" for place in (standing.folder, folder))
    added = sorted(parts.glob("*.oversize"))
    if not old.exists() and not any(path.stat().st_size for path in added):
        return 0
    splice(old, new, FORMATS["xml"], removed, added)
    count = new.read_bytes().count(b"<record>")
    if not count:
        new.unlink()
    return count


def write_pairs(
    connection: duckdb.DuckDBPyConnection, standing: index.Standing, model: Model, folder: Path
) -> None:
    """Write ``pairs.csv``: what was known of records that still stand, and the new pairs."""
    apart = f"CASE WHEN kept_apart.a IS NULL THEN vetoes ELSE '{LEFT_APART}' END"
    renewed = "(SELECT library, control_number FROM records WHERE number IS NULL)"
    query = f"""
        SELECT * FROM {_pairs(standing.folder / "pairs.csv")}
        ANTI JOIN {renewed} AS x ON x.library = library_1 AND x.control_number = control_number_1
        ANTI JOIN {renewed} AS y ON y.library = library_2 AND y.control_number = control_number_2
        UNION ALL SELECT {pair_columns(apart)} FROM {tell_pairs(connection, model)}
        LEFT JOIN kept_apart USING (a, b)
        ORDER BY {", ".join(PAIR_HEADINGS[:4])}
    """
    copy(connection, query, folder / "pairs.csv")


def _pairs(path: Path) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in PAIR_HEADINGS)
    return (
        f"read_csv('{quoted(path)}', header = true, auto_detect = false, delim = ',', quote = '\"',"
        f" escape = '\"', columns = {{{columns}}})"
    )


def join_quarantines(standing: Path, new: Path, folder: Path) -> tuple[int, int]:
    """Write the standing quarantine and what is new of another one; return all and new stretches.

    A stretch that the same library left there before is not put there again.
    """
    known: set[tuple[str, bytes]] = set()
    count = added = 0
    with (
        (folder / "quarantine.csv").open("w", encoding="utf-8", newline="") as table,
        (folder / "quarantine.bin").open("wb") as content,
    ):
        writer = csv.writer(table)
        for place in (standing, new):
            with (
                (place / "quarantine.csv").open(encoding="utf-8", newline="") as rows,
                (place / "quarantine.bin").open("rb") as raw,
            ):
                reader = csv.reader(rows)
                heading = next(reader)
                if place == standing:
                    writer.writerow(heading)
                earlier = set(known)
                for *row, at in reader:
                    raw.seek(int(at))
                    stretch = raw.read(int(row[3]))
                    key = (row[0], hashlib.sha256(stretch).digest())
                    known.add(key)
                    if key in earlier:
                        continue
                    writer.writerow((*row, content.tell()))
                    content.write(stretch)
                    count += 1
                    added += place == new
    return count, added
