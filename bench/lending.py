"""How fast a region lends, whether many desks at once keep it right, and what kills leave behind.

``bin/postgres --durable python -m bench lending``: 300,000 patrons, 2,000,000 items, 500,000 loans.
``KIMPPA_BENCH_MINUTES`` and ``KIMPPA_BENCH_SHARE`` (of the size) make it smaller for a trial.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bench.browsers import Server
from bench.kills import (
    KILLS,
    OPERATIONS,
    answer,
    begin,
    kill_again_and_again,
    new_server,
    now,
    wrong,
)
from bench.page import Part, Table, Target

PATRONS, ITEMS, LOANS = 300_000, 2_000_000, 500_000
DESKS = 22
THINK = 1.0  # mean seconds between what a clerk does at a browser
WORKERS = 4
LEND_SECONDS = 30
MOST_MS = 40
LEAST_PER_SECOND = 300
EACH = 500  # check-outs and check-ins that are timed one by one
CLASHES = 200


def lending() -> Part:
    """Fill a region and measure; needs PostgreSQL."""
    share = float(os.environ.get("KIMPPA_BENCH_SHARE", "1"))
    minutes = float(os.environ.get("KIMPPA_BENCH_MINUTES", "10"))
    with tempfile.TemporaryDirectory() as folder:
        region = Path(folder) / "region.json"
        seconds = _set_up(region, share)
        times = answer(begin("bench.clerks", "time", region, "--operations", EACH))
        rates = _rates(region)
        server = new_server()
        server.start()
        try:
            clashes = _clashes(region, server)
            browsers, browsers_wrong = _browsers(region, server, minutes)
            crowd, crowd_wrong = _crowd(region)
            killed, kills_wrong = kill_again_and_again(region, server)
        finally:
            server.kill()
    errors = crowd.pop("error", 0)
    lent = sum(rate["per_second"] for rate in rates)
    return Part(
        "lending",
        [
            _sizes(share, seconds),
            _latencies(times, browsers["scans"]),
            _costs(rates),
            _work(minutes, browsers["done"], crowd),
        ],
        [
            *(
                Target(
                    f"{what}: 95 of 100 within {MOST_MS} ms",
                    times[what]["p95"] <= MOST_MS,
                    f"{times[what]['p95']:.1f} ms",
                )
                for what in times
            ),
            Target(
                f"at least {LEAST_PER_SECOND} check-outs a second, {WORKERS} workers",
                lent >= LEAST_PER_SECOND,
                f"{lent:.0f}",
            ),
            Target(
                "two desks, one item, one moment: one wins, the other is told why",
                set(clashes) == {"one won, one was told"},
                ", ".join(f"{n}: {what}" for what, n in clashes.items()),
            ),
            Target(
                f"{DESKS} desks at browsers for {minutes:g} minutes: no error, nothing wrong",
                not browsers["errors"] and not browsers_wrong,
                _told(sum(browsers["done"].values()), len(browsers["errors"]), browsers_wrong),
            ),
            Target(
                f"{DESKS} desks without a pause, {OPERATIONS:,} each: no error, nothing wrong",
                not errors and not crowd_wrong,
                _told(sum(crowd.values()), errors, crowd_wrong),
            ),
            Target(
                f"server killed {KILLS} times amid {OPERATIONS:,} operations: nothing wrong",
                not kills_wrong,
                f"{killed:,} operations before the kills; wrong: {kills_wrong or 'nothing'}",
            ),
        ],
    )


def _told(operations: int, errors: int, found: str) -> str:
    return f"{operations:,} operations, {errors} errors; wrong: {found or 'nothing'}"


def _set_up(region: Path, share: float) -> float:
    began = time.perf_counter()
    _run("django", "migrate", "-v0")
    _run(
        "bench.clerks", "set-up", region, "--patrons", int(PATRONS * share),
        "--items", int(ITEMS * share), "--loans", int(LOANS * share),
    )  # fmt: skip
    _run("bench.desks", "accounts", region, "--desks", DESKS)
    return time.perf_counter() - began


def _run(module: str, *arguments: Any) -> None:
    if code := begin(module, *arguments).wait():
        raise ValueError(code)


def _rates(region: Path) -> list[dict[str, float]]:
    """Return what each of several workers lent that lend together as fast as they can."""
    workers = [
        begin("bench.clerks", "lend", region, "--seed", n, "--seconds", LEND_SECONDS)
        for n in range(WORKERS)
    ]
    return [answer(worker) for worker in workers]


def _clashes(region: Path, server: Server) -> dict[str, int]:
    arguments = ("--port", server.port, "--desks", 2, "--operations", CLASHES)
    found: dict[str, int] = answer(begin("bench.desks", "clash", region, *arguments))
    return found


def _browsers(region: Path, server: Server, minutes: float) -> tuple[dict[str, Any], str]:
    """Let clerks work at browsers, with the pauses of people."""
    since = now()
    came: dict[str, Any] = answer(
        begin(
            "bench.desks", "work", region, "--port", server.port, "--desks", DESKS,
            "--seconds", 60 * minutes, "--think", THINK,
        )
    )  # fmt: skip
    return came, wrong(since)


def _crowd(region: Path) -> tuple[Counter[str], str]:
    """Let clerks call so many operations each without any pause."""
    since = now()
    clerks = [
        begin("bench.clerks", "work", region, "--seed", n, "--operations", OPERATIONS)
        for n in range(DESKS)
    ]
    done: Counter[str] = Counter()
    for clerk in clerks:
        try:
            done.update(answer(clerk))
        except ValueError:
            done["error"] += 1
    return done, wrong(since)


def _sizes(share: float, seconds: float) -> Table:
    rows = [("patrons", int(PATRONS * share)), ("items", int(ITEMS * share))]
    rows += [("open loans", int(LOANS * share)), ("seconds to fill", round(seconds))]
    return Table("Lending: the region", ("what", "how many"), rows)


def _latencies(times: Mapping[str, Mapping[str, float]], scans: Mapping[str, float]) -> Table:
    rows: list[tuple[Any, ...]] = [
        (what, *(round(one[key], 1) for key in ("median", "p95", "p99", "most")))
        for what, one in times.items()
    ]
    crowded = (round(scans[key], 1) for key in ("median", "p95", "p99"))
    rows.append((f"scans of {DESKS} desks at browsers, by HTTP", *crowded, ""))
    return Table(
        "Lending: server time in milliseconds",
        ("what", "median", "p95", "p99", "longest"),
        rows,
        f"{EACH} items of each, one after another, everything on disk before the answer; a card for"
        " every five. The last line is what browsers wait for while all of them work.",
    )


def _costs(rates: Sequence[Mapping[str, float]]) -> Table:
    rows = [
        ("check-outs", sum(int(rate["check_out"]) for rate in rates)),
        ("milliseconds of CPU of a worker for each", round(mean(r["cpu_ms"] for r in rates), 2)),
        (
            "milliseconds of CPU of its PostgreSQL process for each",
            round(mean(rate["database_cpu_ms"] for rate in rates), 2),
        ),
    ]
    return Table(
        f"Lending: {WORKERS} workers for {LEND_SECONDS} seconds",
        ("what", "how much"),
        rows,
        "Each finds the item by its barcode, every fifth time a patron by a card, and checks out.",
    )


def _work(minutes: float, browsers: Mapping[str, int], crowd: Counter[str]) -> Table:
    rows = [("at browsers", what, n) for what, n in Counter(browsers).most_common()]
    rows += [("without a pause", what, n) for what, n in crowd.most_common()]
    return Table(
        f"Lending: {DESKS} desks for {minutes:g} minutes",
        ("how", "what", "how often"),
        rows,
        f"At browsers by HTTP, {THINK:g} s between two things on average; without a pause by the"
        f" operations, {OPERATIONS:,} each.",
    )
