"""The server is killed in the middle of many desks' work, again and again; what is left is checked.

``python -m bench.kills REGION`` in a region that ``bench.clerks set-up`` and ``bench.desks
accounts`` have made.
"""

import argparse
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.browsers import Server

DESKS = 4
KILLS, OPERATIONS = 20, 1_000
AT = 0.3, 0.7  # of the operations, by chance, the server is killed


def environment() -> dict[str, str]:
    """Return the environment of our programs; sessions outlive a server that begins anew."""
    key = os.environ.setdefault("KIMPPA_SECRET_KEY", secrets.token_urlsafe(50))
    settings = {"DJANGO_SETTINGS_MODULE": "kimppa.site.settings", "KIMPPA_SECRET_KEY": key}
    return {**os.environ, **settings}


def new_server() -> Server:
    """Return a server at a free port, not started yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return Server(port, environment())


def begin(module: str, *arguments: Any) -> "subprocess.Popen[str]":
    """Begin one of our programs."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603 - our own program
        command, env=environment(), text=True, stdout=subprocess.PIPE
    )


def answer(process: "subprocess.Popen[str]") -> Any:
    """Return what the program said in the end; ValueError when it ended otherwise."""
    said, _ = process.communicate()
    if process.returncode:
        raise ValueError(process.returncode)
    return json.loads(said.splitlines()[-1])


def now() -> str:
    """Return a time after which nothing has been made yet, as ``kimppa verify`` wants it."""
    time.sleep(1.1)
    return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251


def wrong(since: str) -> str:
    """Return what ``kimppa verify`` counts that should not be; empty when all is right."""
    code = "from kimppa.site.cli import main; main()"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, "verify", "--json", "--since", since],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    counts = json.loads(done.stdout)
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)


def kill_again_and_again(
    region: Path, server: Server, *, rounds: int = KILLS, operations: int = OPERATIONS
) -> tuple[int, str]:
    """Kill the running server in the middle of so many operations, and start it, so often.

    Returns how many operations were done until then, and what was wrong after it started again:
    a rule of ``kimppa verify`` broken, a page in trouble, or something that a page said was done
    and is not in the log.
    """
    since, chance = now(), random.Random(1)  # noqa: S311 - not for secrets
    done = 0
    for number in range(rounds):
        before = answer(begin("bench.desks", "recorded", region))
        work = begin(
            "bench.desks", "work", region, "--port", server.port, "--desks", DESKS,
            "--operations", operations, "--say-at", int(operations * chance.uniform(*AT)),
            "--seed", number + 1,
        )  # fmt: skip
        assert work.stdout is not None  # noqa: S101 - it was asked for
        work.stdout.readline()  # so many are done
        server.kill()
        came = answer(work)
        server.start()
        after = answer(begin("bench.desks", "recorded", region))
        done += sum(n for kind, n in came["done"].items() if kind != "line down")
        found = wrong(since) or _untrue(came["told"], before, after) or "; ".join(came["errors"])
        if not came["done"].get("line down"):
            found = found or "no desk noticed the kill"
        if found:
            return done, f"{found} (kill {number + 1})"
    return done, ""


def _untrue(told: Mapping[str, int], before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Return what pages told more often than the log does, or less often than desks can ask."""
    made = {action: after[action] - before[action] for action in after}
    return ", ".join(
        f"{action}: told {told.get(action, 0)}, done {n}"
        for action, n in made.items()
        if not told.get(action, 0) <= n <= told.get(action, 0) + DESKS
    )


def main() -> int:
    """Kill and tell what was found; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("region", type=Path, help="where the region's numbers are kept")
    parser.add_argument("--rounds", type=int, default=KILLS)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    chosen = parser.parse_args()
    server = new_server()
    server.start()
    try:
        done, found = kill_again_and_again(
            chosen.region, server, rounds=chosen.rounds, operations=chosen.operations
        )
    finally:
        server.kill()
    print(json.dumps({"operations": done, "wrong": found}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
