"""One cluster becomes one merged record, with where each field came from and every item."""

from collections.abc import Iterator
from typing import Any

from kimppa.marc.items import flat_items
from kimppa.marc.merging import CONSORTIUM_CODE, Source, merge, merge_one
from kimppa.marc.merging.texts import MergedText, Text, merge_texts
from kimppa.marc.record import FIELD_MARK, Field, Record, Subfield

Row = dict[str, Any]
"""One row of ``store/inputs``, or one item."""


def merge_cluster(cluster_id: str, rows: list[Row]) -> MergedText:
    """Merge one cluster's records; a holdings record's copies join its own library's record."""
    if len(rows) == 1:  # nearly all; they stay text
        (row,) = rows
        flat = _with_new_hosts(row["flat"], row["hosts"])
        merged = merge_one(cluster_id, row["library"], row["control_number"], flat)
        key = _key(row)
        return MergedText(merged, [key] * merged.count(FIELD_MARK), key)
    held = _holdings(rows)
    texts = [
        _text(row, held.get((row["library"], row["control_number"]), []))
        for row in rows
        if row["kind"] != "holdings"
    ]
    if found := merge_texts(cluster_id, texts) if len(texts) > 1 else None:
        return found
    result = merge(cluster_id, [Source(*text[:2], Record.from_flat(text.flat)) for text in texts])
    provenance = ["\t".join(keys) for keys in result.provenance]
    return MergedText(result.record.to_flat(), provenance, result.base)


def _key(row: Row) -> str:
    return f"{row['library']}:{row['control_number']}"


def _text(row: Row, held: list[str]) -> Text:
    flat = _with_new_hosts(_with_holdings(row["flat"], held), row["hosts"])
    return Text(row["library"], row["control_number"], flat)


def _holdings(rows: list[Row]) -> dict[tuple[str, str], list[str]]:
    """Return the holdings records by library and the number of their bibliographic record.

    They are named ``BIBLIOGRAPHIC/HOLDINGS``; either number may hold a slash itself.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["kind"] == "holdings":
            name = row["control_number"]
            for at, sign in enumerate(name):
                if sign == "/":
                    found.setdefault((row["library"], name[:at]), []).append(row["flat"])
    return found


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


def item_rows(rows: list[Row]) -> Iterator[Row]:
    """Iterate over the rows of ``store/items`` of a cluster's records."""
    for row in rows:
        for item in flat_items(row["flat"]):
            yield {
                "library": row["library"],
                "control_number": row["control_number"],
                "cluster_id": row["cluster_id"],
                **item._asdict(),
            }
