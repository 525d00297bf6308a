"""Clusters get their names, hosts and input rows; then every chunk of them is merged.

Clusters are cut into chunks by their id; each chunk is read, merged and written by one process.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import duckdb

from kimppa.linkage.chunks import Chunk, merge_chunk
from kimppa.linkage.processes import workers
from kimppa.linkage.workspace import PARQUET, quoted

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
    connection.execute(sorted_inputs(intake, chunks))
    yield from chunk_files(connection, store, chunks)


def chunks_of(records: int) -> int:
    """Return into how many chunks this many records are cut."""
    return max(1, -(-records // CHUNK))


def write_chunks(
    connection: duckdb.DuckDBPyConnection, store: Path, chunks: int, prefix: str = ""
) -> list[Path]:
    """Write the table ``inputs`` as ``store/inputs/*.parquet`` and drop it; return the files."""
    return list(chunk_files(connection, store, chunks, prefix))


def chunk_files(
    connection: duckdb.DuckDBPyConnection, store: Path, chunks: int, prefix: str = ""
) -> Iterator[Path]:
    """Hand over each file of ``store/inputs`` when it is whole; then drop the table ``inputs``."""
    folder = store / "inputs"
    folder.mkdir(parents=True, exist_ok=True)
    for chunk in range(chunks):
        path = folder / f"{prefix}{chunk:05}.parquet"
        partial = path.with_suffix(".partial")
        connection.execute(
            f"COPY (SELECT * EXCLUDE (chunk, rid) FROM inputs WHERE chunk = {chunk}"
            f" ORDER BY cluster_id, rid) TO '{quoted(partial)}' ({PARQUET})"
        )
        partial.replace(path)
        yield path
    connection.execute("DROP TABLE inputs")


def chunk_sql(chunks: int) -> str:
    """Return SQL for the chunk of a row of ``members`` (m)."""
    return f"('0x' || m.cluster_id[2:5])::INTEGER * {chunks} // 65536"


def sorted_inputs(intake: str, chunks: int) -> str:
    """Return SQL for the table ``inputs``, sorted once so that a chunk reads only its own rows.

    It goes to disk only where it does not fit into memory.
    """
    return f"""
        CREATE OR REPLACE TEMP TABLE inputs AS
        SELECT {chunk_sql(chunks)} AS chunk, r.rid,
            r.library, r.control_number, m.cluster_id, r.kind, r.file, r.byte_offset,
            CASE WHEN r.nth > 1 AND i.items_beside > 0 THEN {_WITHOUT_ITEMS}
                ELSE i.flat END AS flat,
            i.year, i.material, i.languages, i.isbns, h.hosts
        FROM members AS m JOIN records AS r USING (rid) LEFT JOIN hosts AS h USING (rid)
        JOIN read_parquet('{quoted(intake)}') AS i ON i.rid = r.source_rid
        ORDER BY chunk
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
