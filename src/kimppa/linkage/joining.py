"""Clusters get their names, hosts and input rows; then every chunk of them is merged.

Clusters are cut into chunks by their id; each chunk is read, merged and written by one process.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from kimppa.linkage.chunks import Chunk, merge_chunk, write_rows
from kimppa.linkage.processes import workers
from kimppa.linkage.workspace import AS_WRITTEN, quoted, setting

_AT_ONCE = 20_480  # rows that DuckDB hands over at once
CHUNK = 20_000  # records in one chunk, about 40 MB in memory


def name_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``members`` (rid, cluster_id, cluster_size, bucket) from ``clusters``.

    A cluster is named after its first member by library and number, so that the name does not
    change with the order of the inputs. Holdings follow their bibliographic record.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE members AS
        WITH owners AS (
            SELECT h.rid, min(b.rid) AS owner FROM records AS h JOIN records AS b
                ON h.library = b.library AND h.bibliographic_number = b.given_number
            WHERE h.kind = 'holdings' AND b.kind <> 'holdings' AND b.given_number <> ''
            GROUP BY h.rid
        ), rooted AS (
            SELECT r.rid, r.kind, coalesce(c.root, o.owner, r.rid) AS root
            FROM records AS r
            LEFT JOIN owners AS o ON o.rid = r.rid
            LEFT JOIN clusters AS c ON c.rid = coalesce(o.owner, r.rid)
        ), named AS (
            SELECT root, md5(arg_min(library || chr(10) || control_number, rid)) AS digest,
                count(*) FILTER (kind <> 'holdings') AS size
            FROM rooted JOIN (SELECT rid, library, control_number FROM records) USING (rid)
            WHERE rid = root OR kind <> 'holdings' GROUP BY root
        ), distinct_names AS (
            SELECT root, size, digest,
                count(*) OVER (PARTITION BY left(digest, 12)) > 1 AS clash FROM named
        )
        SELECT rid, 'K' || left(digest, CASE WHEN clash THEN 24 ELSE 12 END) AS cluster_id,
            greatest(size, 1)::INTEGER AS cluster_size
        FROM rooted JOIN distinct_names USING (root)
        """
    )


def find_hosts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``hosts`` (rid, hosts): where each component part's 773 $w leads now.

    ``hosts`` maps $w as written to the cluster of the host, which is of the same library.
    """
    connection.execute(
        r"""
        CREATE OR REPLACE TABLE hosts AS
        SELECT part.rid, map(list(part.link), list(m.cluster_id)) AS hosts
        FROM (SELECT DISTINCT rid, library, unnest(host_links) AS link FROM forms) AS part
        JOIN (
            SELECT library, given_number, min(rid) AS rid FROM records
            WHERE kind = 'bibliographic' AND given_number <> '' GROUP BY ALL
        ) AS host ON host.library = part.library
            AND host.given_number = regexp_replace(part.link, '^\([^)]*\)\s*', '')
        JOIN members AS m ON m.rid = host.rid GROUP BY part.rid
        """
    )


# Items of a CSV belong to one record: of several with one control number, to the first.
_WITHOUT_ITEMS = (
    "array_to_string(list_slice(string_split(i.flat, chr(30)), 1, -1 - i.items_beside), chr(30))"
)


def write_inputs(connection: duckdb.DuckDBPyConnection, intake: str, store: Path) -> Iterator[Path]:
    """Write ``store/inputs/*.parquet``, one file per chunk of clusters, and hand over each."""
    (count,) = connection.execute("SELECT count(*) FROM records").fetchall()[0]
    chunks = chunks_of(count)
    # As written: the intake, wide and large, runs past a table of names, not the other way round.
    with setting(connection, AS_WRITTEN):
        yield from chunk_files(connection, inputs_sql(intake, chunks), store, chunks)


def chunks_of(records: int) -> int:
    """Return into how many chunks this many records are cut."""
    return max(1, -(-records // CHUNK))


def chunk_files(
    connection: duckdb.DuckDBPyConnection, rows: str, store: Path, chunks: int, prefix: str = ""
) -> Iterator[Path]:
    """Write rows as ``store/inputs/*.parquet``, a file for each chunk; hand over each when whole.

    ``rows`` is SQL as ``inputs_sql``. The rows are sorted once and stand in no table: nothing else
    may be asked of the connection until all are handed over.
    """
    folder = store / "inputs"
    folder.mkdir(parents=True, exist_ok=True)
    found = connection.sql(f"{rows} ORDER BY cluster_id, rid").to_arrow_reader(_AT_ONCE)
    for chunk, table in enumerate(_by_chunk(found, chunks)):
        path = folder / f"{prefix}{chunk:05}.parquet"
        write_rows(table.drop_columns(["chunk", "rid"]), path)
        yield path


def _by_chunk(found: Any, chunks: int) -> Iterator[Any]:
    """Return the rows of each chunk as a table; they come in the order of chunks."""
    import pyarrow as pa

    chunk = 0
    own: list[Any] = []
    for batch in found:
        begins = np.searchsorted(batch["chunk"].to_numpy(), np.arange(chunks + 1))
        while begins[chunk + 1] < len(batch):
            own.append(batch.slice(begins[chunk], begins[chunk + 1] - begins[chunk]))
            yield pa.Table.from_batches(own, found.schema)
            chunk, own = chunk + 1, []
        own.append(batch.slice(begins[chunk]))
    yield pa.Table.from_batches(own, found.schema)
    for _ in range(chunk + 1, chunks):
        yield found.schema.empty_table()


def chunk_sql(chunks: int, row: str = "m") -> str:
    """Return SQL for the chunk of a row of ``members``, or of one that has its ``cluster_id``."""
    return f"('0x' || {row}.cluster_id[2:5])::INTEGER * {chunks} // 65536"


def inputs_sql(intake: str, chunks: int) -> str:
    """Return SQL for the rows of ``store/inputs``, with their rid and the number of their chunk."""
    return f"""
        SELECT {chunk_sql(chunks, "r")} AS chunk, r.rid,
            r.library, r.control_number, r.cluster_id, r.kind, r.file, r.byte_offset,
            CASE WHEN r.nth > 1 AND i.items_beside > 0 THEN {_WITHOUT_ITEMS}
                ELSE i.flat END AS flat,
            i.year, i.material, i.languages, i.isbns, r.hosts
        FROM read_parquet('{quoted(intake)}') AS i JOIN (
            FROM records JOIN members USING (rid) LEFT JOIN hosts USING (rid)
        ) AS r ON i.rid = r.source_rid
    """


def merge_all(
    inputs: Iterable[Path],
    store: Path,
    parts: Path,
    formats: tuple[str, ...],
    processes: int,
    progress: Callable[[int], None],
) -> None:
    """Merge every chunk into ``store/merged``, ``store/items`` and parts of the MARC files.

    ``inputs`` may still be being written: a chunk is merged while the next one is written.
    ``progress`` is told the number of input records of each chunk when it is done.
    """
    for folder in (store / "merged", store / "items", parts):
        folder.mkdir(parents=True, exist_ok=True)
    chunks = (Chunk(path, store, formats) for path in inputs)
    todo = (chunk for chunk in chunks if not chunk.done(parts).exists())
    some = list(islice(todo, 2))
    if processes == 1 or len(some) < 2:
        for chunk in chain(some, todo):
            progress(merge_chunk(chunk, parts))
        return
    with workers(processes) as pool:
        for future in [pool.submit(merge_chunk, chunk, parts) for chunk in chain(some, todo)]:
            progress(future.result())
