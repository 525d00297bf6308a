"""A block of clusters: its records are cut, merged and put into rows together.

Only what the records of a cluster do not share becomes Python objects.
"""

from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from kimppa.linkage.clusters import Row, merge_cluster
from kimppa.marc import bulk, bulk_output
from kimppa.marc.bulk import Bytes, Flags, Flats, Numbers, Texts
from kimppa.marc.merging.many import Clusters, merge_many
from kimppa.marc.merging.old_names import Names
from kimppa.marc.merging.shared import leave_out, rest
from kimppa.marc.merging.texts import Text, merge_texts

_NAMES = ("cluster_id", "library", "control_number")
_ASKED = (*_NAMES, "kind", "flat", "hosts")


class Block(NamedTuple):
    """Input rows, and of each cluster its first row; at last how many rows there are."""

    rows: Any  # Arrow table, by cluster
    first: Numbers


class Made(NamedTuple):
    """What a block came to."""

    records: Flats  # the input
    merged: Flats
    rows: Any  # Arrow table, as store/merged has it


class _Drafts(NamedTuple):
    """What clusters become as far as Python looks at them."""

    texts: list[bytes]  # of each cluster, nothing for a record that is alone
    sources: list[str]  # of each field of these texts: the keys of its records, parted by tabs
    order: Numbers  # of each cluster its rows, base first, then by key
    left: Bytes  # of each field of the records: whether it was left out, and why


def merge_block(block: Block) -> Made:
    """Merge the clusters of a block."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows, first = block
    records = bulk.cut(*bulk.from_arrow(rows["flat"]))
    keys = pc.binary_join_element_wise(rows["library"], rows["control_number"], ":")
    drafts = _drafts(block, records)
    names = Names(*(bulk.from_arrow(rows[name]) for name in _NAMES))
    clusters = Clusters(records, first, drafts.order, drafts.left, bulk.joined(drafts.texts))
    merged, origins = merge_many(clusters, names)
    sources = pa.concat_arrays([*keys.chunks, pa.array(drafts.sources, pa.string())])
    provenance = pa.ListArray.from_arrays(merged.first.astype(np.int32), sources.take(origins))
    base = drafts.order[first[:-1]]
    columns = {
        "cluster_id": rows["cluster_id"].take(base),
        "size": np.maximum(1, _sums(~_are(rows, "holdings"), first)).astype(np.int32),
        "base": keys.take(base),
        "flat": bulk.to_arrow(merged),
        "provenance": provenance,
        "title": bulk.to_arrow(bulk_output.titles(merged)),
        "author": bulk.to_arrow(bulk_output.authors(merged)),
        **_described(rows, base),
        "isbns": _isbns(rows["isbns"], first),
    }
    return Made(records, merged, pa.table(columns, schema=merged_schema()))


def _drafts(block: Block, records: Flats) -> _Drafts:
    """Merge clusters of two and more, and the records that need care."""
    rows, first = block
    sizes = np.diff(first)
    has_hosts = rows["hosts"].is_valid().to_numpy()
    needs_care = _sums(has_hosts | _are(rows, "holdings"), first) > 0
    is_alone = (sizes == 1) & ~has_hosts[first[:-1]] & records.whole[first[:-1]]
    left = leave_out(records, first, (sizes > 1) & ~needs_care)
    drafts = _Drafts([b""] * len(sizes), [], np.arange(len(rows)), left)
    wanted = np.repeat(~is_alone, sizes)
    names = zip(*(rows[name].filter(wanted).to_pylist() for name in _NAMES), strict=True)
    told = zip(names, _texts(Texts(*rest(records, left, wanted)), wanted), strict=True)
    for cluster in np.flatnonzero(~is_alone).tolist():
        start, stop = first[cluster : cluster + 2].tolist()
        own = list(islice(told, stop - start))
        cluster_id = own[0][0][0]
        merged = None
        if not needs_care[cluster] and stop - start > 1:
            texts = [Text(library, number, text) for (_, library, number), text in own]
            merged = merge_texts(cluster_id, texts)
        if merged is None:
            left[records.first[start] : records.first[stop]] = 0
            merged = merge_cluster(cluster_id, _care(rows, start, stop))
        drafts.texts[cluster] = merged.flat.encode()
        drafts.sources.extend(merged.provenance)
        keys = [f"{library}:{number}" for (_, library, number), _ in own]
        drafts.order[start:stop] = [start + at for at in _base_first(keys, merged.base)]
    return drafts


def _texts(texts: Texts, wanted: Flags) -> list[str]:
    content = texts.content.tobytes()
    places = zip(texts.starts[:-1][wanted].tolist(), texts.starts[1:][wanted].tolist(), strict=True)
    return [content[start:stop].decode() for start, stop in places]


def _care(rows: Any, start: int, stop: int) -> list[Row]:
    found: list[Row] = rows.select(_ASKED).slice(start, stop - start).to_pylist()
    return found


def _base_first(keys: list[str], base: str) -> list[int]:
    """Return the places of a cluster's records: the base, then the others by key."""
    own = keys.index(base) if base in keys else 0
    return sorted(range(len(keys)), key=lambda at: (at != own, keys[at]))


def _sums(flags: Flags, first: Numbers) -> Numbers:
    """Return for each cluster how many of its rows are so."""
    sums: Numbers = np.add.reduceat(flags.astype(np.int64), first[:-1])
    return sums


def _are(rows: Any, kind: str) -> Flags:
    import pyarrow.compute as pc

    flags: Flags = pc.equal(rows["kind"], kind).to_numpy()
    return flags


def _described(rows: Any, base: Numbers) -> dict[str, Any]:
    """Return what store/merged tells of a cluster as its base has it: language, material, year."""
    import pyarrow as pa
    import pyarrow.compute as pc

    languages, starts = _list(rows["languages"])
    begins = starts[base]
    has_none = begins == starts[base + 1]
    years = rows["year"].take(base).cast(pa.int32())
    return {
        "language": pc.fill_null(languages.take(pa.array(begins, mask=has_none)), ""),
        "material": rows["material"].take(base),
        "year": pc.if_else(pc.equal(years, 0), None, years),
    }


def _isbns(column: Any, first: Numbers) -> Any:
    """Return the ISBNs of each cluster's records, each once and in order."""
    import pyarrow as pa

    isbns, starts = _list(column)
    found, begins = bulk.distinct(bulk.from_arrow(isbns), starts[first])
    return pa.ListArray.from_arrays(begins.astype(np.int32), isbns.take(found))


def _list(column: Any) -> tuple[Any, Numbers]:
    """Return the texts of a column of lists, and where each list begins; at last the end."""
    array = column.combine_chunks()
    starts = array.offsets.to_numpy().astype(np.int64)
    return array.values.slice(starts[0], starts[-1] - starts[0]), starts - starts[0]


def merged_schema() -> Any:
    """Return the columns of ``store/merged``."""
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
