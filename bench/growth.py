"""How the main job grows: a quarter of a million to two million records, stage by stage.

``KIMPPA_BENCH_RECORDS`` leaves out the sizes above it, for want of time; the page says so.
"""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.books import Refused, books
from bench.large import COPY, build
from bench.page import PAGE, Part, Table, Target
from bench.peers.installing import Missing
from bench.peers.tasks import READERS
from bench.speed import Matched, Timed, alone, match, read_by_kimppa, read_by_pymarc, room
from kimppa.linkage.intake import Source

SIZES = (COPY, 2 * COPY, 4 * COPY, 8 * COPY)
MILLION = 4 * COPY
COMPARED = (COPY, MILLION)  # sizes at which others read the same files in the same run
RECORDS_PER_SECOND = 10_000
MEMORY = 4 << 30
GROWTH = 2.2  # how many times as long twice the records may take
TIMES_YAZ = 3
OWN_READER = "Kimppa: reading, one process"
PLOT = PAGE.parent / "images" / "growth.svg"


class Size(NamedTuple):
    """One size: what was measured."""

    records: int
    matched: Matched

    def stages(self) -> dict[str, float]:
        """Seconds by stage, and what is left: starting, ending and the report."""
        found = {
            name.removeprefix("seconds_"): float(seconds)
            for name, seconds in self.matched.report.items()
            if name.startswith("seconds_")
        }
        found.pop("", None)
        return found | {"the rest": self.matched.seconds - sum(found.values())}


def growth() -> Part:
    """Measure the sizes one after the other; the smallest also beside pymarc and yaz-marcdump."""
    try:
        whole = books()
    except Refused as error:
        print(f"The Library of Congress records are not measured: {error}", flush=True)
        return Part("growth", [], [])
    found: list[Size] = []
    beside: dict[int, dict[str, Timed]] = {}
    most = int(os.environ.get("KIMPPA_BENCH_RECORDS", SIZES[-1]))
    for size in (size for size in SIZES if size <= most):
        with TemporaryDirectory(dir=room()) as name:
            folder = Path(name)
            inputs = build(whole, folder, size)
            print(f"{size:,} records: kimppa match …", flush=True)
            found.append(Size(size, match(inputs, folder / "out")))
            print(f"{size:,} records: {found[-1].matched.timed.rate:,.0f}/s", flush=True)
            if size in COMPARED:
                beside[size] = _beside(inputs)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    PLOT.write_text(plot([(size.records, size.stages()) for size in found]), encoding="utf-8")
    tables = [_by_stage(found), _by_record(found)]
    tables += [
        _beside_table(size, beside[size.records]) for size in found if size.records in beside
    ]
    return Part("growth", tables, _targets(found, beside))


def _beside(inputs: list[Source]) -> dict[str, Timed]:
    """Return what reading the same files takes pymarc, and converting them yaz-marcdump."""
    paths = [source.path for source in inputs]
    yaz = READERS["yaz-marcdump: converting to MARCXML"]
    found = {
        OWN_READER: alone(read_by_kimppa, paths),
        "pymarc: reading": alone(read_by_pymarc, paths),
    }
    try:
        done = [yaz(path) for path in paths]
    except Missing as error:
        print(f"yaz-marcdump is not measured: {error}", flush=True)
        return found
    seconds = Timed(sum(work.number for work in done), sum(work.seconds for work in done))
    return found | {"yaz-marcdump: converting to MARCXML": seconds}


def _by_stage(found: list[Size]) -> Table:
    names = list(found[0].stages())
    rows = [
        (size.records, *(f"{size.stages()[name]:.1f}" for name in names),
         f"{size.matched.seconds:.1f}", round(size.matched.timed.rate))
        for size in found
    ]  # fmt: skip
    note = "![Seconds by stage for each number of records](images/growth.svg)"
    headings = ("records", *names, "seconds in all", "records/s")
    return Table("Growth: seconds per stage", headings, rows, note)


def _by_record(found: list[Size]) -> Table:
    headings = (
        "records", "times as long as half of it", "CPU seconds", "CPU microseconds a record",
        "peak memory, MiB", "result, MiB", "pairs compared", "clusters",
    )  # fmt: skip
    rows = []
    for before, size in zip([None, *found], found, strict=False):
        ran = size.matched
        rows.append(
            (
                size.records,
                f"{ran.seconds / before.matched.seconds:.2f}" if before else "",
                f"{ran.cpu:.0f}",
                round(ran.cpu / size.records * 1e6),
                ran.memory >> 20,
                ran.written >> 20,
                ran.report["candidate_pairs"],
                ran.report["clusters"],
            )
        )
    return Table("Growth: time, memory and work", headings, rows)


def _beside_table(size: Size, beside: dict[str, Timed]) -> Table:
    own = size.matched.timed
    rows = [
        (name, f"{ran.seconds:.1f}", round(ran.rate), f"{own.seconds / ran.seconds:.2f}")
        for name, ran in {"Kimppa: everything, two processes": own, **beside}.items()
    ]
    headings = ("work", "seconds", "records/s", "Kimppa takes so many times as long")
    return Table(f"Growth: the same {size.records:,} records in the same run", headings, rows)


def _targets(found: list[Size], beside: dict[int, dict[str, Timed]]) -> list[Target]:
    by_size = {size.records: size.matched for size in found}
    million, twice = by_size.get(MILLION), by_size.get(2 * MILLION)
    none = "not measured"
    rate = million.timed.rate if million else 0
    times = twice.seconds / million.seconds if million and twice else 0
    targets = [
        Target(
            f"1,000,000 records: at least {RECORDS_PER_SECOND:,} a second end to end",
            rate >= RECORDS_PER_SECOND,
            f"{rate:,.0f}" if rate else none,
        ),
        Target(
            "1,000,000 records: below 4 GiB of memory",
            million is not None and million.memory < MEMORY,
            f"{million.memory >> 20:,} MiB" if million else none,
        ),
        Target(
            f"2,000,000 records take at most {GROWTH} times as long",
            0 < times <= GROWTH,
            f"{times:.2f} times" if times else none,
        ),
    ]
    limits = {"pymarc: reading": 1, "yaz-marcdump: converting to MARCXML": TIMES_YAZ}
    size = max(beside)  # starting and ending weigh less there
    own, reading = by_size[size].seconds, beside[size][OWN_READER].seconds
    for name, most in limits.items():
        if ran := beside[size].get(name):
            for what, seconds in (("everything", own), ("reading", reading)):
                goal = f"{size:,} records: {what} takes at most {most} times as long as {name}"
                ratio = f"{seconds / ran.seconds:.2f} times"
                targets.append(Target(goal, seconds <= most * ran.seconds, ratio))
    return targets


_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _FOOT = 720, 380, 60, 30, 120, 40
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a00", "#888888")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}.axis{stroke:#777}.grid{stroke:#7774}"
    ".line{fill:none;stroke-width:2.5}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.axis{stroke:#aaa}}"
)


def plot(sizes: list[tuple[int, dict[str, float]]]) -> str:
    """Return an SVG of seconds by stage over records; readable on light and dark ground.

    >>> plot([(1, {"read": 1.0}), (2, {"read": 2.0})]).count("<polyline")
    1
    """
    most = max(max(stages.values()) for _, stages in sizes) or 1
    widest = max(records for records, _ in sizes)

    def across(records: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * records / widest

    def up(seconds: float) -> float:
        return _HEIGHT - _FOOT - (_HEIGHT - _FOOT - _TOP) * seconds / most

    lines = [_grid(across, up, [records for records, _ in sizes], most)]
    ends = {name: up(seconds) for name, seconds in sizes[-1][1].items()}
    labels = _apart(ends)
    for name, colour in zip(ends, _COLOURS, strict=False):
        points = " ".join(f"{across(r):.1f},{up(found[name]):.1f}" for r, found in sizes)
        lines.append(f'<polyline class="line" stroke="{colour}" points="{points}"/>')
        at = f'x="{_WIDTH - _RIGHT + 8}" y="{labels[name] + 4:.1f}"'
        lines.append(f'<text {at} style="fill:{colour}">{name}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>Seconds by stage over records</title><style>{_STYLE}</style>"
        f"{''.join(lines)}</svg>\n"
    )


def _grid(
    across: Callable[[float], float], up: Callable[[float], float], sizes: list[int], most: float
) -> str:
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000) if most / n <= 6)
    marks = []
    for seconds in range(0, int(most) + 1, step):
        at = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{up(seconds):.1f}" y2="{up(seconds):.1f}"'
        marks.append(f'<line class="{"grid" if seconds else "axis"}" {at}/>')
        marks.append(
            f'<text x="{_LEFT - 8}" y="{up(seconds) + 4:.1f}" text-anchor="end">{seconds}</text>'
        )
    for records in sizes:
        at = f'x="{across(records):.1f}" y="{_HEIGHT - _FOOT + 20}"'
        marks.append(f'<text {at} text-anchor="middle">{records / 1e6:g} M</text>')
    marks.append(f'<text x="{_LEFT}" y="{_TOP - 12}">seconds</text>')
    return "".join(marks)


def _apart(ends: dict[str, float]) -> dict[str, float]:
    """Return heights for labels that do not cover each other, from the highest down."""
    placed: dict[str, float] = {}
    last = 0.0
    for name, at in sorted(ends.items(), key=lambda end: end[1]):
        last = placed[name] = max(at, last + 15)
    return placed
