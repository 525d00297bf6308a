"""The folder of one run: its fingerprint, its database and which stages are done.

Work kept from an earlier run of the same inputs is used again; anything else in the way is refused.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from kimppa.common.errors import CannotRun
from kimppa.linkage.intake import Source
from kimppa.linkage.words import VERSION

WORK = "work"
FINGERPRINT = "fingerprint.json"
MEMORY = "2GB"
_EDGE = 1 << 16  # bytes read from each end of a file for its fingerprint


class Workspace:
    """The result folder while it is being made."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        """Take the folder into use; raises ``CannotRun`` if it holds something else."""
        self.folder = folder
        self.work = folder / WORK
        known = self.work / FINGERPRINT
        if folder.exists() and not folder.is_dir():
            raise CannotRun(f"{folder} is a file. Name a folder for the result with --out.")
        if folder.is_dir() and any(folder.iterdir()) and not known.exists():
            raise CannotRun(
                f"{folder} holds other files. Name a new or empty folder with --out;"
                " nothing was changed."
            )
        if known.exists() and json.loads(known.read_text("utf-8")) != fingerprint:
            self._clear()
        self.work.mkdir(parents=True, exist_ok=True)
        write_whole(known, json.dumps(fingerprint, indent=1))

    def _clear(self) -> None:
        """Remove an earlier result of other inputs: only what this program writes there."""
        for path in self.folder.iterdir():
            if path.name in RESULT_NAMES:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the run's database; memory is bounded, what does not fit goes to disk."""
        connection = duckdb.connect(str(self.work / "linkage.duckdb"))
        try:
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            connection.execute(f"SET temp_directory = '{quoted(self.work / 'spill')}'")
            connection.execute("SET preserve_insertion_order = true")
            connection.execute("CREATE TABLE IF NOT EXISTS stages (name VARCHAR, outcome VARCHAR)")
            yield connection
        finally:
            connection.close()


RESULT_NAMES = {
    WORK, "store", "clusters.csv", "pairs.csv", "merged.mrc", "merged.xml", "oversize.xml",
    "redirects.csv", "items.csv", "quarantine.csv", "quarantine.bin", "repairs.csv",
    "report.html", "report.json",
}  # fmt: skip


def fingerprint(sources: list[Source], settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's result depends on: the files, the settings and the matcher itself."""
    matcher = hashlib.sha256(str(VERSION).encode())
    for name in ("comparisons.toml", "model.toml"):
        matcher.update(files("kimppa.linkage").joinpath(name).read_bytes())
    return {
        "sources": [
            [source.library, *_trace(source.path), *(_trace(source.items) if source.items else [])]
            for source in sources
        ],
        "settings": settings,
        "matcher": matcher.hexdigest(),
    }


def _trace(path: Path) -> list[Any]:
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return [str(path.resolve()), size, path.stat().st_mtime_ns, digest.hexdigest()]


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is either the old or the new one, never half of it."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def quoted(path: Path) -> str:
    """Return a path for use inside a quoted SQL text."""
    return str(path).replace("'", "''")
