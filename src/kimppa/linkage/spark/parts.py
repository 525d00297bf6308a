"""Component parts on Spark: each cluster of hosts is aligned by itself, wherever there is room."""

from collections.abc import Iterator
from typing import Any

from kimppa.linkage.alignment import Aligned, Part, align_hosts
from kimppa.linkage.spark.tables import Tables


def align_all(tables: Tables) -> None:
    """Make the table ``side_by_side`` from ``part_lists``, as ``components.align_all`` does."""
    frame = tables.query(
        f"SELECT collect_list(struct({', '.join(Part._fields)})) AS parts FROM part_lists"
        " GROUP BY root"
    )
    schema = "a BIGINT, b BIGINT, slot STRING, nth_a BIGINT, of_a BIGINT, nth_b BIGINT, of_b BIGINT"
    rows = frame.rdd.flatMap(_aligned)
    tables.store("side_by_side", tables.session.createDataFrame(rows, schema))


def _aligned(row: Any) -> Iterator[Aligned]:
    return align_hosts(Part(*part) for part in row.parts)
