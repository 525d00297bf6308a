"""What a finished result keeps of its records in ``store/standing``, for those that come later.

Each run adds a part to ``records``, ``forms`` and ``keys``; records are known by a number that they
keep. A record that was replaced stands in ``gone.parquet``; parts are never written anew.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb

from kimppa.common.errors import CannotRun
from kimppa.linkage.blocking import RULES
from kimppa.linkage.form import Form
from kimppa.linkage.model import Model
from kimppa.linkage.standing.parts import link
from kimppa.linkage.workspace import ALWAYS, PARQUET, matcher, pattern, quoted, write_whole

FOLDER, GONE, REUSED = "standing", "gone.parquet", "reused_isbns.parquet"
ABOUT = f"store/{FOLDER}/standing.json"
TABLES = {
    "records": "SELECT n.number, r.library, r.control_number, r.given_number,"
    " r.bibliographic_number, r.kind, r.digest, r.file, r.byte_offset, r.repairs, m.cluster_id"
    " FROM {rows} AS n JOIN records AS r USING (rid) JOIN members AS m USING (rid)"
    " ORDER BY n.number",
    "forms": "SELECT n.number, f.* EXCLUDE (rid, library, control_number)"
    " FROM {rows} AS n JOIN forms AS f USING (rid) ORDER BY n.number",
    # A key is told from others by its hash: sorting and reading texts takes three times as long.
    # Sorted, so that two runs write the same.
    "keys": "SELECT k.rule, hash(k.key) AS key, n.number FROM {rows} AS n JOIN keys AS k"
    " USING (rid) ORDER BY n.number, k.rule, hash(k.key)",
}


class Standing(NamedTuple):
    """A finished result that new records can be matched against."""

    folder: Path
    formats: tuple[str, ...]
    generation: int  # how many times records were added to it
    next_number: int
    identity: str  # another one for each content

    @property
    def store(self) -> Path:
        """Where its tables stand."""
        return self.folder / "store"

    def table(self, name: str) -> str:
        """Return SQL for all rows of ``records``, ``forms`` or ``keys``, gone ones too."""
        return f"read_parquet('{quoted(pattern(self.store / FOLDER / name, '*.parquet'))}')"

    def list_of(self, name: str) -> str:
        """Return SQL for the rows of ``GONE`` or ``REUSED``."""
        return f"read_parquet('{quoted(self.store / FOLDER / name)}')"


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    part: str,
    rows: str,
    names: Iterable[str] = TABLES,
) -> None:
    """Write a part of the tables for ``rows``: SQL giving rid and number.

    Needs the tables ``records`` and ``members``, and ``forms`` and ``keys`` where they are written.
    """
    for name in names:
        folder = store / FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        write(connection, TABLES[name].format(rows=f"({rows})"), folder / f"{part}.parquet")


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows as Parquet; the file appears when whole."""
    partial = path.with_suffix(".partial")
    connection.execute(f"COPY ({query}) TO '{quoted(partial)}' ({PARQUET})")
    partial.replace(path)


def keep(
    connection: duckdb.DuckDBPyConnection,
    intake: Path,
    folder: Path,
    model: Model,
    formats: tuple[str, ...],
) -> None:
    """Write ``store/standing`` of a whole run.

    Records keep the numbers under which they were read, so the forms of the intake are kept as
    they are: writing rows as wide as these once more takes longer than all the rest.
    """
    store = folder / "store"
    rows = "SELECT rid, source_rid AS number FROM records"
    write_parts(connection, store, "00000", rows, ("records", "keys"))
    link(intake, store / FOLDER / "forms", "forms-*.parquet")
    write(connection, "SELECT 0::BIGINT AS number WHERE FALSE", store / FOLDER / GONE)
    write(connection, "SELECT isbn FROM reused_isbns ORDER BY isbn", store / FOLDER / REUSED)
    query = "SELECT coalesce(max(source_rid), 0) + 1 FROM records"
    ((next_number,),) = connection.execute(query).fetchall()
    write_about(connection, model, Standing(folder, formats, 0, next_number, ""))


def write_about(connection: duckdb.DuckDBPyConnection, model: Model, standing: Standing) -> None:
    """Write what the tables rest on; it is the last file, so with it they are whole."""
    about = {
        "formats": standing.formats,
        "generation": standing.generation,
        "next_number": standing.next_number,
        "identity": _identity(connection),
        "rests_on": rests_on(model),
    }
    write_whole(standing.folder / ABOUT, json.dumps(about, indent=1))


def _identity(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of every record's name, text and cluster, whatever their order."""
    ((found,),) = connection.execute(
        "SELECT bit_xor(md5_number(concat_ws(chr(10), library, control_number, digest,"
        " cluster_id))) FROM records JOIN members USING (rid)"
    ).fetchall()
    return f"{found or 0:032x}"


def rests_on(model: Model) -> dict[str, str]:
    """Return digests of what must be the same for old and new records to be comparable."""
    weights = json.dumps(list(model), sort_keys=True)
    hashed = duckdb.execute("SELECT hash('Kimppa')").fetchall()  # a later DuckDB may do otherwise
    return {
        "matcher": matcher(),
        "rules": hashlib.sha256(repr((RULES, Form.__annotations__, hashed)).encode()).hexdigest(),
        "model": hashlib.sha256(weights.encode()).hexdigest(),
    }


_ANEW = "Make it anew with kimppa match from all its files; nothing was changed."


def standing(folder: Path, model: Model) -> Standing:
    """Return the finished result in a folder; raises ``CannotRun`` if nothing can stand on it."""
    if not folder.is_dir():
        raise CannotRun(f"there is no folder {folder}. Name a folder that kimppa match wrote.")
    about = folder / ABOUT
    if not all((folder / name).exists() for name in (ABOUT, "report.json", *ALWAYS)):
        raise CannotRun(
            f"{folder} holds no finished result that new records could be matched against. Run the"
            " kimppa match command that made it once more: what is done is not done anew."
        )
    try:
        known = json.loads(about.read_text("utf-8"))
        found = Standing(
            folder, tuple(known["formats"]), known["generation"], known["next_number"],
            known["identity"],
        )  # fmt: skip
        rested_on = known["rests_on"]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"{about} cannot be read ({error!r}). {_ANEW}") from error
    now = rests_on(model)
    if rested_on["matcher"] != now["matcher"] or rested_on["rules"] != now["rules"]:
        raise CannotRun(
            f"{folder} was made by another version of Kimppa or with other rules, so its records"
            f" cannot be compared with new ones. {_ANEW}"
        )
    if rested_on["model"] != now["model"]:
        raise CannotRun(
            f"{folder} was made with other weights. Give the same --model as then, or none if none"
            f" was given. Or: {_ANEW[0].lower()}{_ANEW[1:]}"
        )
    return found
