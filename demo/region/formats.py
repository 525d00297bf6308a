"""The file formats of the exports: ISO 2709, MARCXML, MARC in JSON, gzip and CSV."""

import csv
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

from demo.region import marc8
from demo.region.desk import LibraryRecord
from demo.region.items import item_field
from demo.region.libraries import Library
from kimppa.marc.record import Field, Record
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_iso2709, to_marcxml


def iso2709_file(records: list[LibraryRecord], library: Library) -> bytes:
    """Records one after another, in MARC-8 from the old system and in UTF-8 from the others."""
    written = marc8.to_iso2709 if library.items == "csv" else to_iso2709
    chunks = []
    for record in records:
        whole = written(with_items(record, library))
        # A record cut short keeps its end mark, so its neighbours can still be found.
        cut = record.broken == "truncated"
        chunks.append(whole[: len(whole) // 2] + b"\x1d" if cut else whole)
    return b"".join(chunks)


def marcxml_file(records: list[LibraryRecord], library: Library) -> bytes:
    """Records in one collection."""
    written = [to_marcxml(with_items(record, library)) for record in records]
    return b"".join([MARCXML_HEAD, *written, MARCXML_TAIL])


def json_file(records: list[LibraryRecord], library: Library) -> bytes:
    """Records in one array."""
    rows = [
        {"leader": leader, "fields": [_json_field(each) for each in fields]}
        for leader, fields in (with_items(record, library) for record in records)
    ]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _json_field(each: Field) -> dict[str, object]:
    if each.is_control:
        return {each.tag: each.value}
    subfields = [{code: value} for code, value in each.subfields]
    return {
        each.tag: {
            "ind1": each.indicators[0],
            "ind2": each.indicators[1],
            "subfields": subfields,
        }
    }


def with_items(record: LibraryRecord, library: Library) -> Record:
    """The record as it is exported: its items in fields, unless they go into a CSV."""
    carried = [] if library.items == "csv" else record.items
    items = tuple(item_field(item, library) for item in carried)
    return Record(record.leader, record.fields + items)


def zipped(content: bytes) -> bytes:
    """Compressed without the time of day, so that two builds are the same bytes."""
    return gzip.compress(content, mtime=0)


def write_csv(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
