"""MARC records for the tests of matching, written short: one text per field.

``book(number, **changes)`` is one edition as one library describes it; a change names a field
(``f245="10$aSinuhe /"``; None takes it out; a list gives several) or ``leader``.
"""

import csv
from pathlib import Path

import duckdb

from kimppa.linkage.comparison import COMPARISONS, VETOES
from kimppa.linkage.form import Form, form
from kimppa.linkage.intake import Source
from kimppa.linkage.model import read_model
from kimppa.linkage.scoring import scored_sql
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import to_iso2709

LEADER = "00000nam a2200000 i 4500"
FIXED = "850101s1985    fi ||||j      |0|0||fin| "
SINUHE = {
    "001": "1",
    "008": FIXED,
    "020": "  $a9789510000014",
    "100": "1 $aWaltari, Mika.",
    "245": "10$aSinuhe egyptiläinen :$bviisitoista kirjaa lääkärin elämästä /$cMika Waltari.",
    "260": "  $aPorvoo :$bWSOY,$c1985.",
    "300": "  $a784 s. ;$c21 cm.",
}
Texts = str | list[str] | None


def record(fields: dict[str, Texts], leader: str = LEADER) -> Record:
    """Return a record of texts by tag: a value, or two indicators and ``$``-coded subfields."""
    made = []
    for tag, texts in sorted(fields.items()):
        listed = [texts] if isinstance(texts, str) else texts or []
        made += [_field(tag, text) for text in listed]
    return Record(leader, tuple(made))


def _field(tag: str, text: str) -> Field:
    if tag < "010":
        return Field(tag, value=text)
    indicators, *parts = text.split("$")
    return Field(tag, indicators, tuple(Subfield(part[0], part[1:]) for part in parts))


def book(number: object = 1, *, leader: str = LEADER, **changes: Texts) -> Record:
    """Return the record of Sinuhe egyptiläinen, with changes by ``f`` and the tag."""
    fields: dict[str, Texts] = {**SINUHE, "001": str(number)}
    fields |= {tag.removeprefix("f"): text for tag, text in changes.items()}
    return record(fields, leader)


def fixed(text: str = "", **at: str) -> str:
    """Return an 008 with other characters at some places: ``fixed(p35="swe")``."""
    found = text or FIXED
    for place, value in at.items():
        start = int(place[1:])
        found = found[:start] + value + found[start + len(value) :]
    return found


def leader(**at: str) -> str:
    """Return a leader with other characters at some places: ``leader(p6="j")``."""
    return fixed(LEADER, **at)


def form_of(**changes: object) -> Form:
    """Return the comparable form of the book with changes."""
    return form(book(**changes).to_flat())  # type: ignore[arg-type]


class Judged:
    """One scored pair: levels by comparison, names of the vetoes, log odds and zone."""

    def __init__(self, row: tuple) -> None:
        self.levels = {
            comparison.name: comparison.levels[level].name
            for comparison, level in zip(COMPARISONS, row[2:-3], strict=True)
        }
        mask, self.log_odds, self.zone = row[-3:]
        self.vetoes = {veto.name for place, veto in enumerate(VETOES) if mask >> place & 1}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Judged) and vars(self) == vars(other)

    __hash__ = None


def judge(*pairs: tuple[Record, Record], libraries=("a", "b"), reused=(), model=None) -> list:
    """Score pairs of records as ``match`` does, without files."""
    import pyarrow as pa

    rows = [
        {
            "rid": 2 * n + side,
            "library": libraries[side],
            "control_number": f"{n}",
            **form(part.to_flat())._asdict(),
        }
        for n, pair in enumerate(pairs)
        for side, part in enumerate(pair)
    ]
    kinds = {str: pa.string(), int: pa.int32(), bool: pa.bool_()}
    kinds |= {list[str]: pa.list_(pa.string()), list[int]: pa.list_(pa.int32())}
    columns = [("rid", pa.int64()), ("library", pa.string()), ("control_number", pa.string())]
    columns += [(name, kinds[kind]) for name, kind in Form.__annotations__.items()]
    # ruff: noqa: S608
    with duckdb.connect() as connection:
        connection.register("forms", pa.Table.from_pylist(rows, pa.schema(columns)))
        connection.execute("CREATE TABLE reused_isbns (isbn VARCHAR)")
        for isbn in reused:
            connection.execute("INSERT INTO reused_isbns VALUES (?)", [isbn])
        wanted = f"(SELECT 2 * range AS a, 2 * range + 1 AS b FROM range({len(pairs)}))"
        query = f"{scored_sql(model or read_model(), wanted)} ORDER BY a"
        return [Judged(row) for row in connection.execute(query).fetchall()]


def save(path: Path, *parts: Record | bytes) -> Path:
    """Write records, and bytes as they are, as one ISO 2709 file."""
    path.write_bytes(b"".join(p if isinstance(p, bytes) else to_iso2709(p) for p in parts))
    return path


def saved(folder: Path, libraries: dict[str, list[Record]]) -> list[Source]:
    """Write one file for each library and return them as sources."""
    folder.mkdir(exist_ok=True, parents=True)
    return [Source(name, save(folder / f"{name}.mrc", *r)) for name, r in libraries.items()]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def clusters(folder: Path) -> set[frozenset[tuple[str, str]]]:
    """Return the clusters of a result folder as sets of (library, control number)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows(folder / "clusters.csv"):
        found.setdefault(row["cluster_id"], set()).add((row["library"], row["control_number"]))
    return {frozenset(members) for members in found.values()}


def cluster_of(folder: Path) -> dict[tuple[str, str], str]:
    """Return each record's cluster."""
    return {
        (row["library"], row["control_number"]): row["cluster_id"]
        for row in rows(folder / "clusters.csv")
    }
