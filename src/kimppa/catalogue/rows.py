"""From the columns of a match result to rows of the catalogue's tables; touches no database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kimppa.catalogue.folder import REMEDY, cut_barcode
from kimppa.catalogue.rules import fold, sort_key
from kimppa.catalogue.storage import pack, pack_lines
from kimppa.common.errors import CannotRun

RECORD_FIELDS = (
    "id", "cluster_id", "title", "author", "year", "language", "material", "size", "base",
    "title_key", "search_text", "load", "packed_marc", "packed_provenance",
)  # fmt: skip
INPUT_FIELDS = (
    "library", "control_number", "record", "kind", "file", "byte_offset", "packed_marc",
)  # fmt: skip
ITEM_FIELDS = (
    "record", "library", "branch", "control_number", "barcode", "duplicate_barcode",
    "shelving_location", "call_number", "item_type", "status", "source", "raw",
)  # fmt: skip
IDENTIFIER_FIELDS = ("record", "kind", "value")
REDIRECT_FIELDS = ("library", "control_number", "record")
EVENT_FIELDS = ("record", "load", "at")

Columns = list[list[Any]]
Row = tuple[Any, ...]


def text(value: str | None, length: int) -> str:
    """Return the text no longer than the column; PostgreSQL holds no NUL characters."""
    return (value or "").replace("\0", "")[:length]


def branch_code(given: str | None) -> str:
    """Return the branch's code as it is kept, empty when the item names no branch."""
    return text(given, 200).strip()


class RecordNumbers:
    """Which row number each cluster gets: from ``first`` on, in the order of the clusters.

    Kept as two arrays (16 bytes a record), so that millions of records fit in memory.
    """

    def __init__(self, cluster_ids: list[str], first: int) -> None:
        """Raise CannotRun when an id is misshapen or stands twice."""
        numbers = _as_numbers(cluster_ids)
        order = np.argsort(numbers, kind="stable")
        self._sorted = numbers[order]
        self._places = order
        self._first = first
        if (self._sorted[1:] == self._sorted[:-1]).any():
            raise CannotRun(f"the match result holds one cluster twice. {REMEDY}")

    def of(self, cluster_ids: list[str]) -> list[int]:
        """Return the row numbers of the clusters; raises CannotRun when one was not merged."""
        wanted = _as_numbers(cluster_ids)
        at = np.searchsorted(self._sorted, wanted).clip(max=len(self._sorted) - 1)
        lost = np.flatnonzero(self._sorted[at] != wanted)
        if len(lost):
            stray = cluster_ids[int(lost[0])]
            raise CannotRun(
                f"the match result names cluster {stray} but lacks its record. {REMEDY}"
            )
        found: list[int] = (self._places[at] + self._first).tolist()
        return found


def _as_numbers(cluster_ids: list[str]) -> NDArray[np.int64]:
    try:
        return np.fromiter((int(each[1:], 16) for each in cluster_ids), np.int64, len(cluster_ids))
    except (ValueError, OverflowError) as error:
        raise CannotRun(f"a cluster id is not K and 12 hexadecimal digits. {REMEDY}") from error


class MergedRows(NamedTuple):
    """The rows that one batch of merged records brings."""

    records: list[Row]
    identifiers: list[Row]
    events: list[Row]


def merged_rows(columns: Columns, numbers: list[int], load_id: int, now: datetime) -> MergedRows:
    """Return the rows of a batch of merged records; ``columns`` as in ``folder.COLUMNS``."""
    rows = MergedRows([], [], [])
    for number, *cells in zip(numbers, *columns, strict=True):
        cluster_id, size, base, flat, provenance, title, author, language, material, year, isbns = (
            cells
        )
        rows.records.append(
            (
                number, cluster_id, text(title, 500), text(author, 300), year, text(language, 16),
                text(material, 32), size, text(base, 300), sort_key(text(title, 100))[:100],
                fold(text(f"{title} {author or ''}", 400))[:400], load_id, pack(flat),
                pack_lines(provenance),
            )
        )  # fmt: skip
        rows.identifiers.extend((number, "isbn", isbn) for isbn in dict.fromkeys(isbns or ()))
        if size > 1:
            rows.events.append((number, load_id, now))
    return rows


def input_rows(columns: Columns, numbers: list[int], libraries: dict[str, int]) -> Iterator[Row]:
    """Iterate over the rows of a batch of input records."""
    for number, library, control_number, _, kind, file, offset, flat in zip(
        numbers, *columns, strict=True
    ):
        yield (
            libraries[library], text(control_number, 200), number, kind, text(file, 300), offset,
            pack(flat),
        )  # fmt: skip


def redirect_rows(columns: Columns, numbers: list[int], libraries: dict[str, int]) -> Iterator[Row]:
    """Iterate over the rows of a batch of redirects."""
    for number, library, control_number, _ in zip(numbers, *columns, strict=True):
        yield libraries[library], text(control_number, 200), number


class DuplicateBarcode(NamedTuple):
    """An item whose barcode another item has already."""

    barcode: str
    library: str
    control_number: str
    branch: str
    call_number: str
    kept_by_library: str
    kept_by_control_number: str


@dataclass
class Barcodes:
    """Gives each barcode to the first item that bears it and remembers the others."""

    repeated: set[str]
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    duplicates: list[DuplicateBarcode] = field(default_factory=list)

    def claim(
        self, barcode: str, library: str, control_number: str, branch: str, call_number: str
    ) -> bool:
        """Return whether the item may have the barcode as its own."""
        if barcode not in self.repeated:
            return True
        owner = self.owners.setdefault(barcode, (library, control_number))
        if barcode in self._given:
            self.duplicates.append(
                DuplicateBarcode(barcode, library, control_number, branch, call_number, *owner)
            )
            return False
        self._given.add(barcode)
        return True

    def __post_init__(self) -> None:
        self._given: set[str] = set()


def item_rows(
    columns: Columns,
    numbers: list[int],
    libraries: dict[str, int],
    branches: dict[tuple[str, str], int | None],
    barcodes: Barcodes,
) -> Iterator[Row]:
    """Iterate over the rows of a batch of items; none is left out."""
    for number, library, control_number, _, given, branch, *rest in zip(
        numbers, *columns, strict=True
    ):
        barcode = cut_barcode(text(given, len(given or "")))
        shelf, call_number, item_type, status, source, raw = rest
        own = barcodes.claim(barcode, library, control_number, branch or "", call_number or "")
        yield (
            number, libraries[library], branches.get((library, branch_code(branch))),
            text(control_number, 200), barcode if own else "", "" if own else barcode,
            text(shelf, 200), text(call_number, 200), text(item_type, 100), text(status, 100),
            text(source, 16), text(raw, len(raw or "")),
        )  # fmt: skip
