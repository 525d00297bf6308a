"""Measure and write the tables of docs/benchmarks.md: ``python -m bench [PART|all]``.

The exit code is 1 when a target was missed.
"""

import argparse
import sys
import time

from bench import page
from bench.estimates import estimates
from bench.growth import growth
from bench.incremental import incremental
from bench.lending import lending
from bench.peers import peers
from bench.quality import quality
from bench.queues import queues
from bench.speed import speed

PARTS = {
    "quality": quality,
    "estimates": estimates,
    "speed": speed,
    "growth": growth,
    "incremental": incremental,
    "peers": peers,
    "queues": queues,
    "lending": lending,
}


def main() -> int:
    """Run what is asked for; say what was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=(*PARTS, "all"))
    parser.add_argument("--date", default=time.strftime("%-d.%-m.%Y"), help="as the page says it")
    chosen = parser.parse_args()
    parts = []
    for name in PARTS if chosen.part == "all" else [chosen.part]:
        parts.append(PARTS[name]())
        page.put(parts[-1], chosen.date)
    for target in (target for part in parts for target in part.targets):
        print(f"{'reached' if target.reached else 'MISSED '}  {target.name}: {target.found}")
    return 1 if page.missed(parts) else 0


if __name__ == "__main__":
    sys.exit(main())
