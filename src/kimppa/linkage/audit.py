"""``audit.csv``: a small sample of the merges for a person to judge, and what the verdicts say."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kimppa.linkage.estimate import SAMPLE_KEYS, stratified
from kimppa.linkage.report_page.stored import Shelf, Stored, keys_of
from kimppa.linkage.workspace import write_whole
from kimppa.marc.record import Record

FILE, EARLIER = "audit.csv", "audit-earlier.csv"
SHOWN = tuple(f"{name}_{side}" for side in (1, 2) for name in ("title", "author", "year"))
HEADINGS = ("verdict", *SHOWN, *SAMPLE_KEYS)
VERDICTS = {
    **dict.fromkeys(("same", "sama", "samma", "yes", "1"), True),
    **dict.fromkeys(("different", "eri", "olika", "no", "0"), False),
}
Row = dict[str, Any]


def write(folder: Path, sample: list[Row], on_shelf: Shelf) -> None:
    """Write ``audit.csv`` with an empty ``verdict``; verdicts given on the same pairs are kept.

    A file with verdicts on other pairs is kept under another name: it is a person's work.
    """
    path = folder / FILE
    given = {_asked(row): row["verdict"] for row in read(path) if row["verdict"].strip()}
    rows = [{**row, "verdict": given.get(_asked(row), "")} for row in _described(sample, on_shelf)]
    if set(given) - {_asked(row) for row in rows}:
        path.replace(folder / EARLIER)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADINGS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


def _asked(row: Row) -> tuple[str, ...]:
    """Return what a verdict is about; spreadsheets take away the zeros that begin a number."""
    names = (*SHOWN, *SAMPLE_KEYS[3:])
    return tuple(re.sub(r"\s+", " ", str(row[name])).strip().lstrip("0") for name in names)


def _described(sample: list[Row], on_shelf: Shelf) -> Iterator[Row]:
    """Iterate over the sample with what both records say."""
    for row in sample:
        one, other = (_shown(on_shelf.inputs.get(key)) for key in keys_of(row))
        yield {**dict(zip(SHOWN, (*one, *other), strict=True)), **row}


def read(path: Path) -> list[Row]:
    """Return the rows of an audit file, as any spreadsheet may have saved it; none without it."""
    if not path.exists():
        return []
    text = path.read_text("utf-8-sig", errors="replace")
    separator = ";" if text.partition("\n")[0].count(";") >= len(HEADINGS) - 1 else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    return [{name: row.get(name) or "" for name in HEADINGS} for row in rows]


def _shown(stored: Stored | None) -> tuple[str, str, str]:
    """Return title, author and year of a record as it reads."""
    if stored is None:
        return "", "", ""
    record = stored.record
    year = re.search(r"\d{4}", record.control("008")[7:11])
    return (
        _text(record, ("245",), "abnp"),
        _text(record, ("100", "110", "111"), "ab"),
        year[0] if year else _text(record, ("260", "264"), "c"),
    )


def _text(record: Record, tags: tuple[str, ...], codes: str) -> str:
    return next((" ".join(field.all(codes)).strip() for field in record.get(*tags)), "")


def judged(folder: Path, sizes: list[int]) -> Row | None:
    """Return the precision that the verdicts speak for; None without any verdict.

    ``sizes`` are the merged pairs of each stratum. While a stratum has no verdict, there is only
    the number of verdicts.
    """
    rows = [(row["stratum"], VERDICTS.get(row["verdict"].strip().casefold())) for row in
            read(folder / FILE)]  # fmt: skip
    given = [(int(stratum), verdict) for stratum, verdict in rows if verdict is not None]
    if not given:
        return None
    by_stratum = [[verdict for at, verdict in given if at == n] for n in range(len(sizes))]
    counts = {"asked": len(rows), "judged": len(given), "wrong": sum(not v for _, v in given)}
    parts = [(size, sum(v), len(v)) for size, v in zip(sizes, by_stratum, strict=True) if size]
    if any(not number for _, _, number in parts):
        return {**counts, "estimate": None, "low": None, "high": None}
    share = stratified(parts)
    return {**counts, **{name: round(value, 4) for name, value in share._asdict().items()}}
