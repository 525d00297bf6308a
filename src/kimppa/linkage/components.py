"""Component parts (songs of a CD, articles, short stories) side by side under their hosts.

A part says too little to be matched like a book: "Intro" stands on thousands of discs. So hosts are
clustered first. Then, for every two hosts of different libraries in one cluster, both lists of
parts are aligned as wholes (``alignment``), and each part's *slot* is one comparison more of its
pair. Parts whose hosts are not one never merge; a part whose host was not read is matched as
any record.

Slots: those of ``alignment`` for parts side by side, and ``other`` (hosts are one, but these two
are not side by side), ``elsewhere`` (so, and both surely have another partner), ``sibling`` (parts
of the same host), ``apart`` (hosts are not one), or empty: a host is not known.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

import duckdb

from kimppa.linkage.alignment import Aligned, Part, align_hosts
from kimppa.linkage.clustering import Clustering, Link, join
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import scored_sql

Connection = duckdb.DuckDBPyConnection

LONGEST = 1000  # parts; a longer list is a journal's, whose order tells nothing
FETCH = 10_000
PLACE = "nth_a, of_a, nth_b, of_b"  # columns of aligned: which of how many


def cluster_parts(
    connection: Connection,
    model: Model,
    align: Callable[[Connection], None],
    again: Callable[..., Clustering],
) -> Clustering | None:
    """Make the table ``aligned``, score the pairs of parts anew and cluster again.

    Needs ``clusters`` of the hosts. ``align`` makes ``side_by_side`` from ``part_lists``, ``again``
    makes ``clusters``. Parts of parts follow their hosts, a round later. None if there are no parts
    whose hosts were read.
    """
    find_hosts(connection)
    found, before = None, 0
    while (ready := _add_ready(connection)) > before:
        before = ready
        place(connection, align)
        _score_anew(connection, model)
        found = again(connection, model, placed=True)
    if found is None:
        place(connection, align)
    return found


# $w as written to the host's record, which is of the same library; (ISIL) may stand before 001.
HOST_OF = """
    SELECT part.rid, part.link, host.rid AS host
    FROM (SELECT DISTINCT rid, library, unnest(host_links) AS link FROM forms) AS part
    JOIN (
        SELECT library, given_number, min(rid) AS rid FROM records
        WHERE kind = 'bibliographic' AND given_number <> '' GROUP BY library, given_number
    ) AS host ON host.library = part.library AND host.given_number = CASE
        WHEN starts_with(part.link, '(') THEN ltrim(substr(part.link, strpos(part.link, ')') + 1))
        ELSE part.link END
"""


def find_hosts(connection: Connection) -> None:
    """Make the tables ``host_of`` (rid, host), and ``ready`` (rid) without rows."""
    connection.execute(
        f"CREATE OR REPLACE TABLE host_of AS SELECT DISTINCT h.rid, h.host FROM ({HOST_OF}) AS h"
        " JOIN forms AS f ON f.rid = h.rid WHERE f.level = 'p' AND h.host <> h.rid"
    )
    connection.execute("CREATE OR REPLACE TABLE ready AS SELECT rid FROM host_of WHERE host < 0")


def _add_ready(connection: Connection) -> int:
    """Add the parts whose hosts are no parts, or ready; return how many are ready now.

    Records that are each other's hosts never are: they are matched as if no host were known.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE ready AS
        SELECT o.rid FROM host_of AS o
        LEFT JOIN (SELECT DISTINCT rid FROM host_of) AS part ON part.rid = o.host
        LEFT JOIN ready AS s ON s.rid = o.host
        GROUP BY o.rid HAVING count(part.rid) = count(s.rid)
        """
    )
    return int(connection.execute("SELECT count(*) FROM ready").fetchall()[0][0])


def place(connection: Connection, align: Callable[[Connection], None]) -> None:
    """Make the tables ``parts`` (rid, hosts, roots, listed, paired), ``aligned`` from ``clusters``.

    Lists of serials and very long ones are not aligned: there a part's title must tell.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE hosted AS
        SELECT o.rid, o.host, coalesce(c.root, o.host) AS root,
            CASE WHEN f.level <> 's' AND size <= {LONGEST} THEN 1 ELSE 0 END AS listed
        FROM host_of AS o JOIN ready AS s ON s.rid = o.rid
        JOIN (SELECT host, count(*) AS size FROM host_of GROUP BY host) AS h ON h.host = o.host
        JOIN forms AS f ON f.rid = o.host LEFT JOIN clusters AS c ON c.rid = o.host
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TABLE part_lists AS
        SELECT h.root, h.host, f.library, f.rid, f.control_number, f.title, f.full_title,
            f.position, f.names
        FROM hosted AS h JOIN forms AS f ON f.rid = h.rid JOIN (
            SELECT x.root FROM hosted AS x JOIN forms AS y ON y.rid = x.rid
            WHERE x.listed = 1 GROUP BY x.root HAVING count(DISTINCT y.library) > 1
        ) AS several ON several.root = h.root WHERE h.listed = 1
        """
    )
    align(connection)
    # A part of two hosts may stand beside another one under both.
    connection.execute(
        "CREATE OR REPLACE TABLE aligned AS SELECT a, b, min(slot) AS slot, min(nth_a) AS nth_a,"
        " min(of_a) AS of_a, min(nth_b) AS nth_b, min(of_b) AS of_b FROM side_by_side GROUP BY a, b"
    )
    connection.execute(
        """
        CREATE OR REPLACE TABLE parts AS
        SELECT h.rid, list(h.host) AS hosts, list(h.root) AS roots, min(h.listed) AS listed,
            max(CASE WHEN s.rid IS NULL THEN 0 ELSE 1 END) AS paired
        FROM hosted AS h LEFT JOIN (
            SELECT a AS rid FROM aligned WHERE slot <> 'doubtful'
            UNION SELECT b FROM aligned WHERE slot <> 'doubtful'
        ) AS s ON s.rid = h.rid GROUP BY h.rid
        """
    )
    for name in ("side_by_side", "part_lists", "hosted"):
        connection.execute(f"DROP TABLE {name}")


def _score_anew(connection: Connection, model: Model) -> None:
    """Score all pairs of parts with known hosts: those compared before and those side by side."""
    connection.execute(
        "CREATE OR REPLACE TABLE placed_pairs AS SELECT s.a, s.b FROM scored AS s"
        " JOIN parts AS x ON x.rid = s.a JOIN parts AS y ON y.rid = s.b"
        " UNION SELECT a, b FROM aligned"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE scored AS SELECT s.* FROM scored AS s"
        " LEFT JOIN placed_pairs AS p ON p.a = s.a AND p.b = s.b WHERE p.a IS NULL"
    )
    connection.execute(f"INSERT INTO scored {scored_sql(model, 'placed_pairs', placed=True)}")
    connection.execute("DROP TABLE placed_pairs")


def align_all(connection: Connection) -> None:
    """Make the table ``side_by_side`` (the columns of ``Aligned``) from ``part_lists``."""
    import pyarrow as pa

    connection.execute(f"SELECT {', '.join(Part._fields)} FROM part_lists ORDER BY root")
    found = [
        aligned
        for _, parts in groupby(_fetched(connection), key=lambda part: part.root)
        for aligned in align_hosts(parts)
    ]
    kinds = {int: pa.int64(), str: pa.string()}
    columns = zip(*found, strict=True) if found else [()] * len(Aligned._fields)
    table = pa.table(
        {
            name: pa.array(column, kinds[kind])
            for (name, kind), column in zip(Aligned.__annotations__.items(), columns, strict=True)
        }
    )
    connection.register("found_pairs", table)
    connection.execute("CREATE OR REPLACE TABLE side_by_side AS SELECT * FROM found_pairs")
    connection.unregister("found_pairs")


def _fetched(connection: Connection) -> Iterator[Part]:
    while rows := connection.fetchmany(FETCH):
        yield from (Part(*row) for row in rows)


def place_pairs(connection: Connection, model: Model, pairs: str) -> None:
    """Make ``parts`` and ``aligned`` for the pairs (a, b) of a table.

    For records that were read but not clustered: hosts are taken to be one when their own pair
    would be merged, whatever a third library's record says.
    """
    find_hosts(connection)
    _add_ready(connection)
    connection.execute(
        f"CREATE OR REPLACE TABLE host_pairs AS SELECT DISTINCT least(x.host, y.host) AS a,"
        f" greatest(x.host, y.host) AS b FROM {pairs} AS p JOIN host_of AS x ON x.rid = p.a"
        " JOIN host_of AS y ON y.rid = p.b WHERE x.host <> y.host"
    )
    links = connection.execute(
        "SELECT a, b, log_odds, zone = 'merge', vetoes > 0"
        f" FROM ({scored_sql(model, 'host_pairs')})"
    ).fetchall()
    groups, _ = join(Link(*link) for link in links)
    members = [(rid, root) for root, group in groups.items() for rid in group]
    connection.execute("CREATE OR REPLACE TABLE clusters (rid BIGINT, root BIGINT)")
    for member in members:
        connection.execute("INSERT INTO clusters VALUES (?, ?)", member)
    place(connection, align_all)
