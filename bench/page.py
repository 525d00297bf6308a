"""Tables in docs/benchmarks.md: each stands between two marks, so that a new run replaces it."""

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


class Table(NamedTuple):
    """One table with what it shows; ``note`` follows it."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    note: str = ""


class Target(NamedTuple):
    """Something that must be reached, and what was."""

    name: str
    reached: bool
    found: str


class Part(NamedTuple):
    """What one benchmark came to."""

    name: str
    tables: list[Table]
    targets: list[Target]


def shown(value: Any) -> str:
    """Return a value as a cell: shares with four decimals, counts with thousands parted.

    >>> shown(0.99412), shown(12345), shown(12.5), shown("a|b")
    ('0.9941', '12,345', '12.5', 'a/b')
    """
    if isinstance(value, float):
        return f"{value:.4f}" if value <= 1 else f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("|", "/").replace("\n", " ")


def markdown(table: Table) -> str:
    """Return a table as Markdown."""
    lines = [table.headings, ("---",) * len(table.headings), *table.rows]
    body = "\n".join("| " + " | ".join(map(shown, line)) + " |" for line in lines)
    return "\n\n".join(text for text in (f"### {table.title}", body, table.note) if text)


def machine() -> str:
    """Return what the machine is: processor, cores, memory, Python, and how busy it is."""
    memory = re.search(r"MemTotal:\s*(\d+)", _proc("meminfo"))
    model = re.search(r"model name\s*:\s*(.+)", _proc("cpuinfo"))
    return (
        f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores,"
        f" {int(memory[1]) / 2**20 if memory else 0:.0f} GiB of memory,"
        f" Python {platform.python_version()}; load average {os.getloadavg()[1]:.1f} at the end"
    )


def _proc(name: str) -> str:
    path = Path("/proc") / name
    return path.read_text("utf-8") if path.exists() else ""


def put(part: Part, date: str) -> None:
    """Write a benchmark's tables into the page, in place of its earlier ones."""
    head = f"Made by `python -m bench {part.name}` on {date}: {machine()}."
    goals = Table("Targets", ("target", "reached", "found"), [_goal(t) for t in part.targets])
    body = "\n\n".join([head, *map(markdown, [goals, *part.tables])])
    start, end = f"<!-- bench:{part.name} -->", f"<!-- /bench:{part.name} -->"
    before, _, rest = PAGE.read_text("utf-8").partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n{body}\n{end}{after}", encoding="utf-8")


def _goal(target: Target) -> tuple[str, ...]:
    return target.name, "yes" if target.reached else "**no**", target.found


def missed(parts: Iterable[Part]) -> list[Target]:
    """Return the targets that were not reached."""
    return [target for part in parts for target in part.targets if not target.reached]
