"""Items that came in a CSV beside the records, as fields 952 of the records they belong to."""

import csv
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kimppa.common.errors import CannotRun
from kimppa.marc.record import SUBFIELD_MARK

ItemRows = dict[str, list[str]]
"""Control number to its item lines as 952 fields in flat form."""

_ITEM_CODES = {
    "barcode": "p",
    "branch": "b",
    "shelving_location": "c",
    "call_number": "o",
    "item_type": "y",
}


@lru_cache(maxsize=2)  # every span of a file asks for the same
def item_rows(path: Path) -> ItemRows:
    """Return the items of a CSV (``control_number`` and any of the item columns) as 952 fields.

    Columns without a subfield of their own go to $x as ``column: value``, the status among them.

    Raises ``CannotRun`` when the file cannot be read as such a CSV.
    """
    found: ItemRows = {}
    for line in item_lines(path):
        parts = [
            f"{SUBFIELD_MARK}{code}{_plain(line.values[column])}"
            for column, code in _ITEM_CODES.items()
            if line.values.get(column)
        ]
        parts += [
            f"{SUBFIELD_MARK}x{column}: {_plain(value)}"
            for column, value in line.values.items()
            if value and column not in _ITEM_CODES and column != "control_number"
        ]
        found.setdefault(line.control_number, []).append(f"952  {''.join(parts)}")
    return found


def _plain(text: str) -> str:
    return "".join(c for c in text if c >= " ")


class ItemLine(NamedTuple):
    """One item of a CSV: its values by column, and where its very bytes stood."""

    control_number: str
    values: dict[str, str]
    offset: int
    raw: bytes


def item_lines(path: Path) -> Iterator[ItemLine]:
    """Iterate over the lines of an items CSV; raises ``CannotRun`` for what is no such CSV."""
    taken: list[bytes] = []
    with path.open("rb") as file:
        reader = csv.reader(_decoded(file, taken))
        try:
            columns = next(reader, [])
            if "control_number" not in columns:
                raise CannotRun(
                    f"{path}: no column control_number. Give a CSV in UTF-8 with commas, whose"
                    f" first line names control_number and any of {', '.join(_ITEM_CODES)}."
                )
            offset = sum(map(len, taken))
            taken.clear()
            for row in reader:
                values = dict(zip(columns, row, strict=False))
                raw = b"".join(taken)
                if row:
                    number = values.get("control_number", "").strip()
                    yield ItemLine(number, values, offset, raw)
                offset += len(raw)
                taken.clear()
        except UnicodeDecodeError as error:
            raise CannotRun(
                f"{path}, line {reader.line_num + 1}: not UTF-8. Save it as a CSV in UTF-8."
            ) from error
        except csv.Error as error:
            raise CannotRun(f"{path}, line {reader.line_num}: no CSV ({error}).") from error


def _decoded(lines: Iterable[bytes], taken: list[bytes]) -> Iterator[str]:
    """Iterate over lines as text; ``taken`` gets the bytes of each."""
    encoding = "utf-8-sig"
    for line in lines:
        taken.append(line)
        yield line.decode(encoding)
        encoding = "utf-8"
