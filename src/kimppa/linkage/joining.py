"""Making the merged records: one per cluster, with where each field came from and every item.

Clusters are cut into chunks by their id; each chunk is read, merged and written by one process.
"""

import os
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from kimppa.linkage.components import HOST_OF
from kimppa.linkage.fields import Fields, first, values
from kimppa.linkage.intake import SMALL, workers
from kimppa.linkage.workspace import quoted
from kimppa.marc.items import flat_items
from kimppa.marc.merging import CONSORTIUM_CODE, Source, merge, merge_one
from kimppa.marc.record import FIELD_MARK, Field, Record, Subfield
from kimppa.marc.writing import TooLong, flat_to_iso2709, flat_to_marcxml

CHUNK = 20_000  # records in one chunk, about 40 MB in memory


class Joined(NamedTuple):
    """A cluster's record in flat form; for each field its sources, parted by a tab; its base."""

    flat: str
    provenance: list[str]
    base: str


class Chunk(NamedTuple):
    """One chunk of clusters: its input rows and where its parts go."""

    inputs: Path
    folder: Path
    formats: tuple[str, ...]


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
        f"""
        CREATE OR REPLACE TABLE hosts AS
        SELECT h.rid, map(list(h.link), list(m.cluster_id)) AS hosts
        FROM ({HOST_OF}) AS h JOIN members AS m ON m.rid = h.host GROUP BY h.rid
        """
    )


# Items of a CSV belong to one record: of several with one control number, to the first.
_WITHOUT_ITEMS = (
    "array_to_string(list_slice(string_split(i.flat, chr(30)), 1, -1 - i.items_beside), chr(30))"
)


def write_inputs(connection: duckdb.DuckDBPyConnection, intake: str, store: Path) -> list[Path]:
    """Write ``store/inputs/*.parquet``, one file per chunk of clusters; return the files."""
    (count,) = connection.execute("SELECT count(*) FROM records").fetchall()[0]
    chunks = chunks_of(count)
    connection.execute(sorted_inputs(intake, chunks))
    return write_chunks(connection, store, chunks)


def chunks_of(records: int) -> int:
    """Return into how many chunks this many records are cut."""
    return max(1, -(-records // CHUNK))


def write_chunks(
    connection: duckdb.DuckDBPyConnection, store: Path, chunks: int, prefix: str = ""
) -> list[Path]:
    """Write the table ``inputs`` as ``store/inputs/*.parquet`` and drop it; return the files."""
    folder = store / "inputs"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for chunk in range(chunks):
        path = folder / f"{prefix}{chunk:05}.parquet"
        partial = path.with_suffix(".partial")
        connection.execute(
            f"COPY (SELECT * EXCLUDE (chunk, rid) FROM inputs WHERE chunk = {chunk}"
            f" ORDER BY cluster_id, rid) TO '{quoted(partial)}' (FORMAT parquet, COMPRESSION zstd)"
        )
        partial.replace(path)
        paths.append(path)
    connection.execute("DROP TABLE inputs")
    return paths


def chunk_sql(chunks: int) -> str:
    """Return SQL for the chunk of a row of ``members`` (m)."""
    return f"('0x' || m.cluster_id[2:5])::INTEGER * {chunks} // 65536"


def sorted_inputs(intake: str, chunks: int) -> str:
    """Return SQL for the table ``inputs``, sorted once so that a chunk reads only its own rows."""
    return f"""
        CREATE OR REPLACE TABLE inputs AS
        SELECT {chunk_sql(chunks)} AS chunk, r.rid,
            r.library, r.control_number, m.cluster_id, r.kind, r.file, r.byte_offset,
            CASE WHEN r.nth > 1 AND i.items_beside > 0 THEN {_WITHOUT_ITEMS}
                ELSE i.flat END AS flat,
            i.title, i.author, i.year, i.material, i.languages, i.isbns, h.hosts
        FROM members AS m JOIN records AS r USING (rid) LEFT JOIN hosts AS h USING (rid)
        JOIN read_parquet('{quoted(intake)}') AS i ON i.rid = r.source_rid
        ORDER BY chunk
    """


def merge_all(
    inputs: list[Path],
    store: Path,
    parts: Path,
    formats: tuple[str, ...],
    processes: int,
    progress: Callable[[int], None],
) -> None:
    """Merge every chunk into ``store/merged``, ``store/items`` and parts of the MARC files.

    ``progress`` is told the number of input records of each chunk when it is done.
    """
    for folder in (store / "merged", store / "items", parts):
        folder.mkdir(parents=True, exist_ok=True)
    chunks = [Chunk(path, store, formats) for path in inputs]
    todo = [chunk for chunk in chunks if not _done(chunk, parts).exists()]
    small = sum(chunk.inputs.stat().st_size for chunk in todo) < SMALL // 4
    if processes == 1 or len(todo) < 2 or small:
        for chunk in todo:
            progress(merge_chunk(chunk, parts))
        return
    with workers(processes) as pool:
        for future in [pool.submit(merge_chunk, chunk, parts) for chunk in todo]:
            progress(future.result())


def _done(chunk: Chunk, parts: Path) -> Path:
    return parts / f"{chunk.inputs.stem}.done"


def merge_chunk(chunk: Chunk, parts: Path) -> int:
    """Merge one chunk; return how many input records it had."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.read_table(chunk.inputs).to_pylist()
    merged: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    with _Parts(parts, chunk.inputs.stem, chunk.formats) as written:
        for cluster_id, group in groupby(rows, key=lambda row: row["cluster_id"]):
            inputs = list(group)
            result = merge_cluster(cluster_id, inputs)
            written.add(result.flat)
            merged.append(_merged_row(cluster_id, inputs, result))
            copies.extend(_item_rows(inputs))
    _write(pa.Table.from_pylist(merged, _merged_schema()), chunk.folder / "merged", chunk)
    _write(pa.Table.from_pylist(copies, _items_schema()), chunk.folder / "items", chunk)
    _done(chunk, parts).touch()
    return len(rows)


def merge_cluster(cluster_id: str, rows: list[dict[str, Any]]) -> Joined:
    """Merge one cluster's records; a holdings record's copies join its own library's record."""
    if len(rows) == 1:  # nearly all; they stay text
        (row,) = rows
        flat = _with_new_hosts(row["flat"], row["hosts"])
        merged = merge_one(cluster_id, row["library"], row["control_number"], flat)
        key = _key(row)
        return Joined(merged, [key] * merged.count(FIELD_MARK), key)
    result = merge(cluster_id, [_source(row, rows) for row in rows if row["kind"] != "holdings"])
    provenance = ["\t".join(keys) for keys in result.provenance]
    return Joined(result.record.to_flat(), provenance, result.base)


def _key(row: dict[str, Any]) -> str:
    return f"{row['library']}:{row['control_number']}"


def _source(row: dict[str, Any], rows: list[dict[str, Any]]) -> Source:
    held = [holdings["flat"] for holdings in rows if _holds(holdings, row)]
    flat = _with_new_hosts(_with_holdings(row["flat"], held), row["hosts"])
    return Source(row["library"], row["control_number"], Record.from_flat(flat))


def _holds(holdings: dict[str, Any], row: dict[str, Any]) -> bool:
    return (
        holdings["kind"] == "holdings"
        and holdings is not row
        and holdings["library"] == row["library"]
        and holdings["control_number"].startswith(row["control_number"] + "/")
    )


_HOLDINGS_TAGS = ("852", "853", "854", "855", "856", "863", "864", "865", "866", "867", "868",
                  "876", "877", "878", "841", "842", "843", "844", "845")  # fmt: skip


def _with_holdings(flat: str, held: list[str]) -> str:
    fields = [field for other in held for field in other.split(FIELD_MARK)[1:]]
    return FIELD_MARK.join([flat, *(field for field in fields if field[:3] in _HOLDINGS_TAGS)])


def _with_new_hosts(flat: str, links: list[tuple[str, str]] | None) -> str:
    """Add where a part's host stands now: its old number alone would lead nowhere."""
    if not links:
        return flat
    hosts = dict(links)
    leader, *fields = flat.split(FIELD_MARK)
    linked = [_with_new_host(f, hosts) if f[:3] in ("773", "973") else f for f in fields]
    return FIELD_MARK.join([leader, *linked])


def _with_new_host(text: str, hosts: dict[str, str]) -> str:
    field = Field.from_flat(text)
    new = dict.fromkeys(hosts[link] for link in field.all("w") if link in hosts)
    added = tuple(Subfield("w", f"({CONSORTIUM_CODE}){cluster_id}") for cluster_id in new)
    return field._replace(subfields=(*added, *field.subfields)).to_flat()


def _merged_row(cluster_id: str, rows: list[dict[str, Any]], result: Joined) -> dict[str, Any]:
    base = next((row for row in rows if _key(row) == result.base), rows[0])
    title = _first_field(result.flat, "245")
    author = _first_field(result.flat, "100", "110", "111")
    return {
        "cluster_id": cluster_id,
        "size": max(1, sum(row["kind"] != "holdings" for row in rows)),
        "base": result.base,
        "flat": result.flat,
        "provenance": result.provenance,
        "title": " ".join(values(title, title, "abnp")).rstrip(" /:;=.,"),
        "author": first(author, author, "a").rstrip(" ,"),
        "language": next(iter(base["languages"]), ""),
        "material": base["material"],
        "year": base["year"] or None,
        "isbns": sorted({isbn for row in rows for isbn in row["isbns"]}),
    }


def _first_field(flat: str, *tags: str) -> Fields:
    """Return the first field with one of these tags, if any, without cutting the whole record."""
    starts = [at for tag in tags if (at := flat.find(FIELD_MARK + tag)) >= 0]
    if not starts:
        return {}
    text = flat[min(starts) + 1 :].partition(FIELD_MARK)[0]
    return {text[:3]: [text[3:]]}


def _item_rows(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for item in flat_items(row["flat"]):
            yield {
                "library": row["library"],
                "control_number": row["control_number"],
                "cluster_id": row["cluster_id"],
                **item._asdict(),
            }


def _merged_schema() -> Any:
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    return pa.schema(
        {
            "cluster_id": text,
            "size": pa.int32(),
            "base": text,
            "flat": text,
            "provenance": texts,
            "title": text,
            "author": text,
            "language": text,
            "material": text,
            "year": pa.int32(),
            "isbns": texts,
        }
    )


ITEM_COLUMNS = (
    "library", "control_number", "cluster_id", "barcode", "branch", "shelving_location",
    "call_number", "item_type", "status", "source", "raw",
)  # fmt: skip


def _items_schema() -> Any:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ITEM_COLUMNS])


def _write(table: Any, folder: Path, chunk: Chunk) -> None:
    import pyarrow.parquet as pq

    target = folder / chunk.inputs.name
    partial = target.with_suffix(f".{os.getpid()}.partial")
    pq.write_table(table, partial, compression="zstd")
    partial.replace(target)


class _Parts:
    """This chunk's parts of merged.mrc, merged.xml and oversize.xml."""

    def __init__(self, folder: Path, stem: str, formats: tuple[str, ...]) -> None:
        names = {name: folder / f"{stem}.{name}" for name in (*formats, "oversize")}
        self._files = {name: path.open("wb") for name, path in names.items()}

    def __enter__(self) -> "_Parts":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files.values():
            file.close()

    def add(self, flat: str) -> None:
        """Write one record in every format; what ISO 2709 cannot hold goes to oversize."""
        if "xml" in self._files:
            self._files["xml"].write(flat_to_marcxml(flat))
        if "mrc" in self._files:
            try:
                self._files["mrc"].write(flat_to_iso2709(flat))
            except TooLong:
                self._files["oversize"].write(flat_to_marcxml(flat))
