"""Which rows of a store hold: a result made against an earlier one keeps its parts and adds some.

``store/moved.parquet`` names the clusters that were merged anew and the part where their rows stand
now; their rows in every other part hold no longer. Without that file, or for all other clusters,
every row holds.
"""

import os
import shutil
from pathlib import Path

from kimppa.linkage.workspace import pattern, quoted

MOVED = "moved.parquet"


def current(store: Path, table: str) -> str:
    """Return SQL (to stand in FROM) for the rows that hold of inputs, merged or items."""
    files = quoted(pattern(store / table, "*.parquet"))
    if not (store / MOVED).exists():
        return f"read_parquet('{files}')"
    return (
        f"(SELECT p.* EXCLUDE (filename) FROM read_parquet('{files}', filename = true) AS p"
        f" LEFT JOIN read_parquet('{quoted(store / MOVED)}') AS moved"
        " ON moved.cluster_id = p.cluster_id"
        " WHERE moved.part IS NULL OR moved.part = parse_filename(p.filename, true))"
    )


def moved(store: Path) -> dict[str, str]:
    """Return for each cluster that was merged anew the part (a file's stem) where it stands."""
    import pyarrow.parquet as pq

    path = store / MOVED
    if not path.exists():
        return {}
    table = pq.read_table(path)
    return dict(zip(table["cluster_id"].to_pylist(), table["part"].to_pylist(), strict=True))


def link(old: Path, new: Path, names: str = "*.parquet") -> None:
    """Offer files of a folder in another one too, without copying where the disk allows."""
    new.mkdir(parents=True, exist_ok=True)
    for path in sorted(old.glob(names)):
        target = new / path.name
        target.unlink(missing_ok=True)
        try:
            os.link(path, target)
        except OSError:  # another disk, or one that knows no hard links
            shutil.copyfile(path, target)
