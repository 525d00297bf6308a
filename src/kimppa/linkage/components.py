"""Component parts (songs of a CD, articles, short stories) side by side under their hosts.

A part says too little to be matched like a book: "Intro" stands on thousands of discs. So hosts are
clustered first. Then, for every two hosts of different libraries in one cluster, both lists of
parts are aligned as wholes (Needleman and Wunsch), and each part's *slot* is one comparison more of
its pair. Parts whose hosts are not one never merge; a part whose host was not read is matched as
any record.

Slots: ``number`` and ``order`` (side by side; 773 $g agrees, or only the order does), ``moved``
(the only parts of their title, but in another order), ``doubtful`` (not much alike, or another
alignment is about as good), ``other`` (hosts are one, but these two are not side by side),
``elsewhere`` (so, and both surely have another partner), ``sibling`` (parts of the same host),
``apart`` (hosts are not one), or empty: a host is not known.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, groupby
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from kimppa.linkage.clustering import Clustering, Link, join
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import scored_sql

Array = npt.NDArray[Any]
Connection = duckdb.DuckDBPyConnection

LONGEST = 1000  # parts; a longer list is a journal's, whose order tells nothing
# What two parts gain by standing side by side, in thousandths; left alone they gain nothing.
LIKENESS = 1000  # times how alike their titles are, of 1, less COST
COST = 400
NUMBERS = (100, -50)  # 773 $g agrees, differs
NAMES = (100, -100)  # some name is shared, none is
LEAST = 0.5  # titles less alike never stand side by side
STRONG = 0.85  # titles less alike are doubtful
MARGIN = 20  # an alignment worse by at most this much is about as good
FETCH = 10_000
PLACE = "nth_a, of_a, nth_b, of_b"  # columns of aligned: which of how many


class Part(NamedTuple):
    """One part in the list of one of its hosts; ``root`` is the cluster of the host."""

    root: int
    host: int
    library: str
    rid: int
    control_number: str
    title: str
    full_title: str
    position: str  # 773 $g, folded
    names: list[str]


class Aligned(NamedTuple):
    """Two parts side by side (a < b), and which of how many parts each is under its host."""

    a: int
    b: int
    slot: str
    nth_a: int
    of_a: int
    nth_b: int
    of_b: int


class PartList(NamedTuple):
    """The parts of one host in their order, as columns."""

    library: str
    rids: list[int]
    titles: list[str]
    full_titles: list[str]
    names: list[frozenset[str]]
    numbers: Array  # a hash of the last number of 773 $g, or -1
    whole: Array  # a hash of all its numbers
    single: Array  # whether it has but one


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


def place_words(place: Iterable[int | None]) -> str:
    """Return nth_a, of_a, nth_b and of_b of ``aligned`` in words; empty for None.

    >>> place_words((3, 12, 4, 13))
    'place 3 of 12 and 4 of 13'
    """
    known = [number for number in place if number]
    return "place {} of {} and {} of {}".format(*known) if known else ""


def _fetched(connection: Connection) -> Iterator[Part]:
    while rows := connection.fetchmany(FETCH):
        yield from (Part(*row) for row in rows)


def align_hosts(parts: Iterable[Part]) -> Iterator[Aligned]:
    """Align the parts of one cluster's hosts, each host with each of every other library."""
    by_host: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_host[part.host].append(part)
    lists = [_listed(by_host[host]) for host in sorted(by_host)]
    for one, other in combinations(lists, 2):
        if one.library != other.library:
            yield from _named(one, other)


def _named(one: PartList, other: PartList) -> Iterator[Aligned]:
    ends = len(one.rids), len(other.rids)
    for i, j, slot in align(one, other):
        left, right = (one.rids[i], i + 1, ends[0]), (other.rids[j], j + 1, ends[1])
        (a, nth_a, of_a), (b, nth_b, of_b) = sorted((left, right))
        yield Aligned(a, b, slot, nth_a, of_a, nth_b, of_b)


def _listed(parts: list[Part]) -> PartList:
    """Order one host's parts by 773 $g where it orders them all, else by control number."""
    numbers = {part.rid: tuple(map(int, re.findall(r"\d+", part.position))) for part in parts}
    counted = all(numbers.values()) and len(set(numbers.values())) == len(parts)

    def order(part: Part) -> tuple[Any, ...]:
        return numbers[part.rid] if counted else (), _natural(part.control_number), part.rid

    parts = sorted(parts, key=order)
    in_order = [numbers[part.rid] for part in parts]
    return PartList(
        parts[0].library,
        [part.rid for part in parts],
        [part.title for part in parts],
        [part.full_title for part in parts],
        [frozenset(part.names) for part in parts],
        np.array([hash(found[-1]) if found else -1 for found in in_order]),
        np.array([hash(found) for found in in_order]),
        np.array([len(found) == 1 for found in in_order]),
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a control number so that 9 stands before 10."""
    return [
        (int(run), "") if run.isdecimal() else (-1, run) for run in re.findall(r"\d+|\D+", text)
    ]


def align(one: PartList, other: PartList) -> list[tuple[int, int, str]]:
    """Return which parts stand side by side: places in both lists, and the slot.

    The order of both lists is kept, except for titles that stand once in each: these belong
    together wherever they stand.
    """
    agree, differ = _number_agreement(one, other)
    only = _only_parts(one.full_titles, other.full_titles)
    if len(only) == len(one.rids) and one.full_titles == other.full_titles:  # nearly always
        return [(i, i, "number" if agree[i, i] else "order") for i in range(len(one.rids))]
    alike = _likeness(one, other)
    gain = LIKENESS * alike - COST + NUMBERS[0] * agree + NUMBERS[1] * differ + _names(one, other)
    gain = np.where(alike >= LEAST, np.rint(gain), -1).astype(np.int64)
    path, sure = _best_path(gain)
    found = {}
    for i, j in path:
        strong = sure[i, j] and alike[i, j] >= STRONG
        found[i, j] = ("number" if agree[i, j] else "order") if strong else "doubtful"
    # Where one of them stands beside another part, that is given up.
    for i, j in only:
        if found.get((i, j), "doubtful") == "doubtful":
            found = {pair: slot for pair, slot in found.items() if pair[0] != i and pair[1] != j}
            found[i, j] = "number" if agree[i, j] else "moved"
    return sorted((i, j, slot) for (i, j), slot in found.items())


def _only_parts(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """Return the places of titles that stand exactly once in both lists."""
    counts = Counter(left), Counter(right)
    at = {title: j for j, title in enumerate(right)}
    return [
        (i, at[title])
        for i, title in enumerate(left)
        if title and counts[0][title] == counts[1][title] == 1
    ]


def _number_agreement(one: PartList, other: PartList) -> tuple[Array, Array]:
    """Return where the numbers of 773 $g agree and differ ("CD 1, raita 3" agrees with "3")."""
    last = np.equal.outer(one.numbers, other.numbers)
    single = np.logical_or.outer(one.single, other.single)
    known = np.logical_and.outer(one.numbers != -1, other.numbers != -1)
    agree = known & (np.equal.outer(one.whole, other.whole) | (last & single))
    return agree, known & ~agree


def _likeness(one: PartList, other: PartList) -> Array:
    """Return how alike the titles are, 0 to 1; a subtitle on one side only counts little."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    scorer = Levenshtein.normalized_similarity
    alike = cdist(one.full_titles, other.full_titles, scorer=scorer, dtype=np.float64)
    plain = [np.array(x.titles) == np.array(x.full_titles) for x in (one, other)]
    main = cdist(one.titles, other.titles, scorer=scorer, dtype=np.float64)
    alike = np.maximum(alike, 0.9 * main * np.logical_or.outer(*plain))
    told = [np.array([bool(title) for title in x.full_titles]) for x in (one, other)]
    found: Array = alike * np.logical_and.outer(*told)
    return found


def _names(one: PartList, other: PartList) -> Array:
    """Return what the names of those responsible add."""
    shared, strange = NAMES
    return np.array(
        [
            [
                0 if not (left and right) else strange if left.isdisjoint(right) else shared
                for right in other.names
            ]
            for left in one.names
        ]
    )


def _best_path(gain: Array) -> tuple[list[tuple[int, int]], Array]:
    """Return the alignment that gains most, and where no other is about as good.

    A pair is sure if in all alignments about as good its parts stand beside each other.
    """
    ahead, back = _gained(gain), _gained(gain[::-1, ::-1])[::-1, ::-1]
    enough = ahead[-1, -1] - MARGIN
    possible = (gain > 0) & (ahead[:-1, :-1] + gain + back[1:, 1:] >= enough)
    alone_left = (ahead[:-1] + back[1:]).max(axis=1) >= enough
    alone_right = (ahead[:, :-1] + back[:, 1:]).max(axis=0) >= enough
    once = np.logical_and.outer(possible.sum(axis=1) == 1, possible.sum(axis=0) == 1)
    sure = possible & once & ~np.logical_or.outer(alone_left, alone_right)
    path = []
    i, j = gain.shape
    while i and j:
        step = gain[i - 1, j - 1]
        if step > 0 and ahead[i, j] == ahead[i - 1, j - 1] + step:
            i, j = i - 1, j - 1
            path.append((i, j))
        elif ahead[i, j] == ahead[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return path, sure


def _gained(gain: Array) -> Array:
    """Return the most that the first i parts of one list and j of the other can gain."""
    most = np.zeros((gain.shape[0] + 1, gain.shape[1] + 1), dtype=np.int64)
    for i, row in enumerate(gain):
        best = np.maximum(most[i, 1:], most[i, :-1] + row)
        np.maximum.accumulate(best, out=most[i + 1, 1:])
    return most


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
