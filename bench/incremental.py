"""New records against a standing catalogue: how long, how much memory, what is found."""

import csv
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bench.books import Refused, books
from bench.large import COPY, ORIGINALS, altered, build
from bench.page import Part, Table, Target
from bench.speed import MARK, Matched, disguised, match, room
from kimppa.linkage.intake import Source

STANDING, NEW, COPIES = 4 * COPY, 10_000, 2_000
UNKNOWN = 6  # the first copy of bench.large that no standing catalogue here holds
MOST_SECONDS = 30.0
Planted = list[tuple[tuple[str, str], str]]
"""Library and control number of an original, and its copy's control number."""


class Added(NamedTuple):
    """One run against a standing result: the planted copies found, other records that joined."""

    matched: Matched
    planted: int
    found: int
    others: int


def incremental(standing: int = STANDING) -> Part:
    """Build a standing catalogue; match new records against it, and more against what comes out."""
    target = f"{NEW:,} new records against {standing:,} in under {MOST_SECONDS:.0f} s"
    try:
        whole = books()
    except Refused as error:
        print(f"New records are not measured: {error}", flush=True)
        return Part("incremental", [], [Target(target, reached=False, found=str(error))])
    with TemporaryDirectory(dir=room()) as name:
        folder = Path(name)
        print(f"incremental: a standing catalogue of {standing:,} …", flush=True)
        base = match(build(whole, folder, standing), folder / "result0")
        added = []
        for nth in (0, 1):
            old, new = folder / f"result{nth}", folder / f"result{nth + 1}"
            source, planted = new_records(whole, folder / f"new{nth}.mrc", nth)
            print(f"incremental: {NEW:,} more …", flush=True)
            matched = match([source], new, "--against", str(old))
            found = found_again(new, source.library, planted)
            joined = matched.report["against"]["joined_standing"]
            added.append(Added(matched, len(planted), found, joined - found))
            shutil.rmtree(old)
    slowest = max(run.matched.seconds for run in added)
    reached = Target(target, slowest < MOST_SECONDS, f"{slowest:.1f} s")
    return Part("incremental", [_table(base, added), _stages(added)], [reached])


def new_records(whole: Path, path: Path, nth: int) -> tuple[Source, Planted]:
    """Write new records: copies of standing ones, spelt a little differently, and unknown ones.

    Copies have other control numbers and no standard numbers. Another ``nth`` gives others.
    """
    raw = whole.read_bytes().split(MARK)[:ORIGINALS]
    planted: Planted = []
    with path.open("wb") as file:
        for number in range(nth, ORIGINALS, -(-ORIGINALS // COPIES)):
            original, copy, content = disguised(raw[number])
            planted.append((("odd" if number % 2 else "even", original), copy))
            file.write(misspelt(content) + MARK)
        for record in raw[: NEW - len(planted)]:
            file.write(altered(record, UNKNOWN + nth) + MARK)
    return Source(f"new{nth}", path), planted


def misspelt(raw: bytes) -> bytes:
    """Return a record with two letters in the first long word of its title exchanged.

    >>> misspelt(b"00058     2200037   4500245001600000\\x1e10\\x1faThe hobbit\\x1e\\x1d")[37:]
    b'10\\x1faThe hbobit\\x1e\\x1d'
    """
    base = int(raw[12:17])
    directory = [raw[at : at + 12] for at in range(24, base - 1, 12)]
    for start in (base + int(entry[7:]) for entry in directory if entry[:3] == b"245"):
        if word := re.compile(rb"[a-z]{6}").search(raw, start):
            at = word.start() + 1
            return raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :]
    return raw


def found_again(result: Path, library: str, planted: Planted) -> int:
    """Return how many copies stand in one cluster with their originals."""
    asked = {key for original, copy in planted for key in (original, (library, copy))}
    with (result / "clusters.csv").open(encoding="utf-8", newline="") as file:
        cluster = {
            (row[0], row[1]): row[2] for row in csv.reader(file) if (row[0], row[1]) in asked
        }
    return sum(cluster[original] == cluster[library, copy] for original, copy in planted)


def _table(base: Matched, added: list[Added]) -> Table:
    headings = (
        "run", "records", "seconds", "peak memory, MiB", "planted copies", "found",
        "others that joined", "merged records made anew", "pairs compared",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        ("the standing catalogue, as a whole", base.report["records_read"], f"{base.seconds:.1f}",
         base.memory >> 20, "", "", "", "", base.report["candidate_pairs"])
    ]  # fmt: skip
    rows += [
        (what, NEW, f"{run.matched.seconds:.1f}", run.matched.memory >> 20, run.planted, run.found,
         run.others, run.matched.report["against"]["merged_anew"],
         run.matched.report["candidate_pairs"])
        for what, run in zip(("new ones against it", "more against that"), added, strict=True)
    ]  # fmt: skip
    return Table("New records against a standing catalogue", headings, rows)


def _stages(added: list[Added]) -> Table:
    names = [name for name in added[0].matched.report if name.startswith("seconds_")]
    rows = [
        (n.removeprefix("seconds_"), *(f"{r.matched.report[n]:.1f}" for r in added)) for n in names
    ]
    return Table("New records: seconds by stage", ("stage", "first", "second"), rows)
