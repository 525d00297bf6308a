"""The folder of one run: its fingerprint, its database and which stages are done.

Work kept from an earlier run of the same inputs is used again; anything else in the way is refused.
"""

import fcntl
import glob
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
LOCK = "lock"
MEMORY = "2GB"
PARQUET = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"  # half the time, 10 to 15 % larger
)
_EDGE = 1 << 16  # bytes read from each end of a file for its fingerprint


class Workspace:
    """The result folder while it is being made; one run at a time holds it."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        """Name the folder and what its result depends on; nothing is touched yet."""
        self.folder = folder
        self.work = folder / WORK
        self._fingerprint = fingerprint

    @contextmanager
    def held(self) -> Iterator[None]:
        """Take the folder into use; raises ``CannotRun`` if it is not ours, or in use."""
        self._refuse_what_is_not_ours()
        self.work.mkdir(parents=True, exist_ok=True)
        with (self.work / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotRun(
                    f"another run is writing into {self.folder}. Wait until it is done, or name"
                    " another folder with --out."
                ) from None
            self._prepare()
            yield

    def _refuse_what_is_not_ours(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise CannotRun(f"{self.folder} is a file. Name a folder for the result with --out.")
        if "?" in str(self.folder.resolve()):
            raise CannotRun(
                f"{self.folder} has a question mark in its path, which the database cannot open."
                " Name another folder with --out."
            )
        if not self.folder.is_dir() or (self.work / FINGERPRINT).exists():
            return
        # A run that was stopped in its first moment leaves a lock, but no fingerprint yet.
        found = {path.name for path in self.folder.iterdir()}
        if found - {WORK} or (found and not (self.work / LOCK).is_file()):
            raise CannotRun(
                f"{self.folder} holds other files. Name a new or empty folder with --out;"
                " nothing was changed."
            )

    def _prepare(self) -> None:
        """Keep what the same inputs made; remove what others made."""
        known = self.work / FINGERPRINT
        if not known.exists() or _content(known) != self._fingerprint:
            write_whole(known, "{}")  # stopped while clearing, the rest is cleared next time
            self._clear()
        write_whole(known, json.dumps(self._fingerprint, indent=1))

    def _clear(self) -> None:
        """Remove an earlier result of other inputs: only what this program writes there."""
        results = [path for path in self.folder.iterdir() if path.name in RESULT_NAMES - {WORK}]
        works = [path for path in self.work.iterdir() if path.name not in {LOCK, FINGERPRINT}]
        for path in (*results, *works):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the run's database; memory is bounded, what does not fit goes to disk."""
        connection = duckdb.connect(str(self.work / "linkage.duckdb"))
        try:
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            connection.execute(f"SET temp_directory = '{quoted(self.work / 'spill')}'")
            connection.execute("SET preserve_insertion_order = true")
            # Tables are written once and read a few times: packing them takes longer than it saves.
            connection.execute("SET force_compression = 'uncompressed'")
            # What stands in the log beside the database is read when that is opened again: to put
            # it into its place at the end, DuckDB would write many a table anew.
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
            connection.execute("CREATE TABLE IF NOT EXISTS stages (name VARCHAR, outcome VARCHAR)")
            yield connection
        finally:
            connection.close()


# Rows may go into tables in any order: to keep theirs, DuckDB would copy them once more.
ANY_ORDER = ("preserve_insertion_order", "false")
# Joins are done as they are written: what stands first runs past the rest, which is looked up.
AS_WRITTEN = ("disabled_optimizers", "'join_order,build_side_probe_side'")


@contextmanager
def setting(connection: duckdb.DuckDBPyConnection, what: tuple[str, str]) -> Iterator[None]:
    """Let DuckDB work with another setting for a while.

    When the work fails or is stopped, the setting stays: the transaction is over, and asking DuckDB
    for anything more would fail, too, and hide why.
    """
    name, value = what
    connection.execute(f"SET {name} = {value}")
    yield
    connection.execute(f"RESET {name}")


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError:
        return None


ALWAYS = (
    "store/inputs", "store/merged", "store/items", "clusters.csv", "pairs.csv", "redirects.csv",
    "items.csv", "quarantine.csv", "quarantine.bin", "repairs.csv",
)  # fmt: skip
"""What every finished run leaves beside merged.mrc or merged.xml."""

RESULT_NAMES = {
    WORK, "merged.mrc", "merged.xml", "oversize.xml", "report.html", "report.json",
    *(name.partition("/")[0] for name in ALWAYS),
}  # fmt: skip


def fingerprint(sources: list[Source], settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's result depends on: the files, the settings and the matcher itself."""
    return {
        "sources": [
            [source.library, *_trace(source.path), *(_trace(source.items) if source.items else [])]
            for source in sources
        ],
        "settings": settings,
        "matcher": matcher(),
    }


def matcher() -> str:
    """Return the digest of what makes forms and decisions: ``VERSION`` and the tables of rules."""
    digest = hashlib.sha256(str(VERSION).encode())
    for room in ("kimppa.linkage", "kimppa.marc.merging"):
        rules = [path for path in files(room).iterdir() if path.name.endswith(".toml")]
        for path in sorted(rules, key=lambda path: path.name):
            digest.update(path.read_bytes())
    return digest.hexdigest()


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


def quoted(path: Path | str) -> str:
    """Return a path for use inside a quoted SQL text."""
    return str(path).replace("'", "''")


def pattern(folder: Path, names: str) -> str:
    """Return a pattern of files in a folder whose own name may hold pattern characters.

    >>> pattern(Path("result [1]"), "*.parquet")
    'result [[]1]/*.parquet'
    """
    return f"{glob.escape(str(folder))}/{names}"
