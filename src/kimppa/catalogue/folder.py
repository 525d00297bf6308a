"""Reading the folder that ``kimppa match`` wrote (docs/result-folder.md)."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kimppa.common.errors import CannotRun
from kimppa.linkage.standing.parts import MOVED, moved

BATCH_ROWS = 10_000
COLUMNS = {
    "merged": (
        "cluster_id", "size", "base", "flat", "provenance", "title", "author", "language",
        "material", "year", "isbns",
    ),
    "inputs": ("library", "control_number", "cluster_id", "kind", "file", "byte_offset", "flat"),
    "items": (
        "library", "control_number", "cluster_id", "barcode", "branch", "shelving_location",
        "call_number", "item_type", "status", "source", "raw",
    ),
}  # fmt: skip
REDIRECT_COLUMNS = ["library", "control_number", "cluster_id"]
BARCODE_LENGTH = 100
REMEDY = "Run `kimppa match` again and load the folder that it writes. Nothing was loaded."


def cut_barcode(text: str) -> str:
    """Return the barcode without blanks around it, no longer than a barcode can be."""
    return text.strip()[:BARCODE_LENGTH]


class ResultFolder:
    """A finished match result on disk."""

    def __init__(self, path: Path) -> None:
        """Check that the folder is whole; raises CannotRun with what is missing."""
        self.path = path
        if not path.is_dir():
            raise CannotRun(
                f"there is no folder {path}. Give the folder that `kimppa match` wrote."
            )
        missing = [name for name in COLUMNS if not (path / "store" / name).is_dir()]
        if missing or not self.redirects_path.is_file():
            wanted = ", ".join([f"store/{name}" for name in missing] or ["redirects.csv"])
            raise CannotRun(f"{path} is not a finished match result: {wanted} is missing. {REMEDY}")
        if not self.files("merged") or not self.files("inputs"):
            raise CannotRun(f"{path} is not a finished match result: it holds no records. {REMEDY}")
        for name in COLUMNS:
            self._check_columns(name)
        self._moved = moved(path / "store")

    @property
    def redirects_path(self) -> Path:
        """Where the redirects stand."""
        return self.path / "redirects.csv"

    def files(self, table: str) -> list[Path]:
        """Return the Parquet files of one table, in the order they are read."""
        return sorted((self.path / "store" / table).glob("*.parquet"))

    def digest(self) -> str:
        """Return the SHA-256 of all that is loaded from the folder, as 64 hexadecimal digits."""
        total = hashlib.sha256()
        tables = [file for name in COLUMNS for file in self.files(name)]
        also = [path for path in (self.path / "store" / MOVED,) if path.exists()]
        for file in [*tables, *also, self.redirects_path]:
            with file.open("rb") as stream:
                own = hashlib.file_digest(stream, "sha256")
            total.update(str(file.relative_to(self.path)).encode() + own.digest())
        return total.hexdigest()

    def row_count(self) -> int:
        """Return how many rows the three tables hold together."""
        from pyarrow import parquet

        if self._moved:
            columns = ("cluster_id",)
            return sum(len(ids) for name in COLUMNS for (ids,) in self.batches(name, columns))
        paths = [path for name in COLUMNS for path in self.files(name)]
        return sum(parquet.read_metadata(path).num_rows for path in paths)

    def batches(self, table: str, columns: tuple[str, ...] = ()) -> Iterator[list[list[Any]]]:
        """Iterate over batches of a table; each is a list of columns in the order asked for."""
        from pyarrow import parquet

        wanted = columns or COLUMNS[table]
        for path in self.files(table):
            with parquet.ParquetFile(path) as file:
                for read in file.iter_batches(BATCH_ROWS, columns=self._to_read(wanted)):
                    batch = self._current(read, path)
                    yield [batch.column(name).to_pylist() for name in wanted]

    def cluster_ids(self) -> list[str]:
        """Return the ids of all merged records, in the order they are read."""
        return [each for batch in self.batches("merged", ("cluster_id",)) for each in batch[0]]

    def distinct(self, table: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the different values that these columns of a table hold, in order."""
        from pyarrow import parquet

        found: set[tuple[str, ...]] = set()
        for path in self.files(table):
            read = parquet.read_table(path, columns=self._to_read(columns))
            held = self._current(read, path).select(list(columns))
            different = held.group_by(list(columns)).aggregate([])
            found.update(tuple(row[name] for name in columns) for row in different.to_pylist())
        return sorted(found)

    def repeated_barcodes(self) -> set[str]:
        """Return the barcodes, as :func:`cut_barcode` gives them, that several items bear."""
        import pyarrow
        from pyarrow import compute, parquet

        chunks = [
            chunk
            for path in self.files("items")
            for read in [parquet.read_table(path, columns=self._to_read(("barcode",)))]
            for chunk in self._current(read, path).column("barcode").chunks
        ]
        column = pyarrow.chunked_array(chunks, pyarrow.string())
        trimmed = compute.utf8_trim_whitespace(column)
        counts = compute.value_counts(compute.utf8_slice_codeunits(trimmed, 0, BARCODE_LENGTH))
        several = counts.filter(compute.greater(counts.field("counts"), 1))
        return {value for value in several.field("values").to_pylist() if value}

    def redirects(self) -> Iterator[list[list[str]]]:
        """Iterate over batches of redirects as columns: library, old control number, cluster."""
        with self.redirects_path.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            if next(rows, []) != REDIRECT_COLUMNS:
                raise CannotRun(f"{self.redirects_path} has not the columns expected. {REMEDY}")
            batch: list[list[str]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH_ROWS:
                    yield [list(column) for column in zip(*batch, strict=True)]
                    batch = []
            if batch:
                yield [list(column) for column in zip(*batch, strict=True)]

    def _to_read(self, columns: tuple[str, ...]) -> list[str]:
        """Return these columns, and that by which rows are known to hold."""
        return list(dict.fromkeys((*columns, "cluster_id"))) if self._moved else list(columns)

    def _current(self, rows: Any, path: Path) -> Any:
        """Return the rows of a file that hold: clusters merged anew stand in another one."""
        import pyarrow

        if not self._moved:
            return rows
        part = path.stem
        ids = rows.column("cluster_id").to_pylist()
        return rows.filter(
            pyarrow.array([self._moved.get(each, part) == part for each in ids], pyarrow.bool_())
        )

    def _check_columns(self, table: str) -> None:
        import pyarrow
        from pyarrow import parquet

        for path in self.files(table):
            try:
                names = parquet.read_schema(path).names
            except (pyarrow.ArrowException, OSError) as error:
                raise CannotRun(f"{path} cannot be read: it is not whole. {REMEDY}") from error
            if lacking := [name for name in COLUMNS[table] if name not in names]:
                raise CannotRun(f"{path} lacks the column {', '.join(lacking)}. {REMEDY}")
