"""How fast a region lends, whether many clerks at once keep it right, and what kills leave behind.

``bin/postgres --durable python -m bench lending``: 300,000 patrons, 2,000,000 items, 500,000 loans.
``KIMPPA_BENCH_MINUTES`` and ``KIMPPA_BENCH_SHARE`` (of the size) make it smaller for a trial.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.page import Part, Table, Target

PATRONS, ITEMS, LOANS = 300_000, 2_000_000, 500_000
DESKS = 22
WORKERS = 4
LEND_SECONDS = 30
KILLS, KILLED_OPERATIONS = 20, 1_000
MOST_MS = 40
LEAST_PER_SECOND = 300
EACH = 500  # check-outs and check-ins that are timed one by one


def lending() -> Part:
    """Fill a region and measure; needs PostgreSQL."""
    share = float(os.environ.get("KIMPPA_BENCH_SHARE", "1"))
    minutes = float(os.environ.get("KIMPPA_BENCH_MINUTES", "10"))
    with tempfile.TemporaryDirectory() as folder:
        region = Path(folder) / "region.json"
        seconds = _set_up(region, share)
        times = _asked(region, "time", EACH)
        rate = _rate(region)
        crowd, crowd_wrong = _crowd(region, minutes)
        kills, kills_wrong = _kills(region)
    errors = crowd.pop("error", 0)
    done = f"{sum(crowd.values()):,} operations, {errors} errors"
    return Part(
        "lending",
        [_sizes(share, seconds), _latencies(times), _work(minutes, crowd)],
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
                rate >= LEAST_PER_SECOND,
                f"{rate:.0f}",
            ),
            Target(
                f"{DESKS} desks at once for {minutes:g} minutes: no error, nothing wrong",
                not errors and not crowd_wrong,
                f"{done}; wrong: {crowd_wrong or 'nothing'}",
            ),
            Target(
                f"{KILLS} kills in the middle of {KILLED_OPERATIONS:,} operations: nothing wrong",
                not kills_wrong,
                f"{kills} killed; wrong: {kills_wrong or 'nothing'}",
            ),
        ],
    )


def _set_up(region: Path, share: float) -> float:
    began = time.perf_counter()
    _run("-m", "django", "migrate", "-v0")
    _run(
        "-m", "bench.clerks", "set-up", region, "--patrons", int(PATRONS * share),
        "--items", int(ITEMS * share), "--loans", int(LOANS * share),
    )  # fmt: skip
    return time.perf_counter() - began


def _asked(region: Path, verb: str, operations: int) -> Any:
    return json.loads(
        _run("-m", "bench.clerks", verb, region, "--operations", operations).splitlines()[-1]
    )


def _rate(region: Path) -> float:
    """Return check-outs a second of several workers together."""
    workers = [_clerk(region, "lend", seed, seconds=LEND_SECONDS) for seed in range(WORKERS)]
    return sum(_answer(worker)["check_out"] for worker in workers) / LEND_SECONDS


def _crowd(region: Path, minutes: float) -> tuple[Counter[str], str]:
    since = _now()
    clerks = [_clerk(region, "work", seed, seconds=60 * minutes) for seed in range(DESKS)]
    done: Counter[str] = Counter()
    for clerk in clerks:
        try:
            done.update(_answer(clerk))
        except ValueError:
            done["error"] += 1
    return done, _wrong(since)


def _kills(region: Path) -> tuple[int, str]:
    """Kill clerks after a random part of their work, again and again."""
    since, chance = _now(), random.Random(1)  # noqa: S311 - not for secrets
    killed, wrong = 0, ""
    for number in range(KILLS):
        clerks = [
            _clerk(region, "work", 100 * number + n, operations=KILLED_OPERATIONS)
            for n in range(WORKERS)
        ]
        for clerk in clerks:
            _line(clerk)  # it has begun
        time.sleep(chance.uniform(0.2, 3))
        for clerk in clerks:
            clerk.send_signal(signal.SIGKILL)
            clerk.communicate()
            killed += clerk.returncode == -signal.SIGKILL
        wrong = wrong or _wrong(since)
    return killed, wrong


def _now() -> str:
    time.sleep(1.1)
    return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251


def _wrong(since: str) -> str:
    """Return what ``kimppa verify`` counts that should not be; empty when all is right."""
    code = "from kimppa.site.cli import main; main()"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, "verify", "--json", "--since", since],
        env=_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    counts = json.loads(done.stdout)
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)


def _clerk(
    region: Path, verb: str, seed: int, *, seconds: float = 0, operations: int = 10**9
) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own program
        [
            sys.executable, "-m", "bench.clerks", verb, str(region), "--seed", str(seed),
            "--seconds", str(seconds), "--operations", str(operations),
        ],
        env=_environment(), text=True, stdout=subprocess.PIPE,
    )  # fmt: skip


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    return process.stdout.readline()


def _answer(process: "subprocess.Popen[str]") -> dict[str, int]:
    """Return what a clerk said in the end; ValueError when it ended otherwise."""
    said, _ = process.communicate()
    if process.returncode:
        raise ValueError(process.returncode)
    counts: dict[str, int] = json.loads(said.splitlines()[-1])
    return counts


def _run(*arguments: Any) -> str:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(  # noqa: S603 - our own program
        command, env=_environment(), stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "kimppa.site.settings"}


def _sizes(share: float, seconds: float) -> Table:
    rows = [("patrons", int(PATRONS * share)), ("items", int(ITEMS * share))]
    rows += [("open loans", int(LOANS * share)), ("seconds to fill", round(seconds))]
    return Table("Lending: the region", ("what", "how many"), rows)


def _latencies(times: dict[str, dict[str, float]]) -> Table:
    rows = [
        (what, *(round(one[key], 1) for key in ("median", "p95", "p99", "most")))
        for what, one in times.items()
    ]
    return Table(
        "Lending: server time in milliseconds",
        ("what", "median", "p95", "p99", "longest"),
        rows,
        f"{EACH} of each, one after another, everything on disk before the answer.",
    )


def _work(minutes: float, done: Counter[str]) -> Table:
    rows = [(what, n) for what, n in done.most_common()]
    return Table(f"Lending: {DESKS} desks for {minutes:g} minutes", ("what", "how often"), rows)
