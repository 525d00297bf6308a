"""Which records are worth comparing: those that share a key of some rule.

Rules overlap on purpose: a mistake in one field must not hide a pair from all of them.
"""

from typing import NamedTuple

import duckdb


class Rule(NamedTuple):
    """One way to find candidates: ``keys`` is SQL giving (rid, key) from ``forms``, none twice."""

    name: str
    keys: str
    cap: int  # larger blocks are left out and reported: their keys tell nothing


_TITLED = "FROM forms WHERE kind = 'bibliographic' AND title_key <> ''"
# ``words`` has each word once: of "so so happy" the second is "so", too.
_FIRST_WORDS = (
    "words[1], CASE WHEN starts_with(full_title || ' ', words[1] || ' ' || words[1] || ' ')"
    " THEN words[1] ELSE coalesce(list_extract(words, 2), '') END"
)
RULES = (
    Rule("isbn", "SELECT rid, unnest(list_distinct(isbns || set_isbns)) FROM forms", 60),
    Rule("identifier", "SELECT rid, unnest(identifiers) FROM forms", 60),
    Rule("issn", "SELECT rid, unnest(issns) FROM forms", 60),
    Rule("publisher number", "SELECT rid, unnest(publisher_numbers) FROM forms", 60),
    Rule(
        "title and year",
        f"SELECT rid, title_key || ':' || unnest([year, year + 1]) {_TITLED} AND year > 0",
        60,
    ),
    Rule("title and author", f"SELECT rid, title_key || ':' || names[1] {_TITLED}", 60),
    Rule("whole title", f"SELECT rid, full_title {_TITLED} AND len(words) > 2", 40),
    Rule(
        "author, year and pages",
        "SELECT rid, concat_ws(':', names[1], year,"
        f" unnest([pages // 4, (pages + 2) // 4 + 100000])) {_TITLED} AND year > 0 AND pages > 4"
        " AND len(names) > 0",  # year and pages alone tell nothing
        40,
    ),
    Rule(
        "long words and author",
        "SELECT rid, concat_ws(':', list_extract(long_words, 1), list_extract(long_words, 2),"
        f" names[1]) {_TITLED} AND len(long_words) > 1",
        60,
    ),
    Rule(
        "longest word, author and year",
        f"SELECT rid, concat_ws(':', long_words[1], names[1], year) {_TITLED} AND year > 0",
        60,
    ),
    Rule(
        "long words and year",
        f"SELECT rid, concat_ws(':', long_words[1], long_words[2], long_words[3], year) {_TITLED}"
        " AND len(long_words) > 2 AND year > 0",
        60,
    ),
    Rule("title and pages", f"SELECT rid, title_key || ':' || pages {_TITLED} AND pages > 4", 40),
    Rule(
        "title and publisher number",
        f"SELECT rid, title_key || ':' || unnest(publisher_figures) {_TITLED}",
        60,
    ),
    Rule(
        "first words, year and pages",
        f"SELECT rid, concat_ws(':', {_FIRST_WORDS}, year, pages) {_TITLED}"
        " AND year > 0 AND pages > 4",
        20,
    ),
    Rule(
        "first words, year and publisher",
        f"SELECT rid, concat_ws(':', {_FIRST_WORDS}, year, publisher[1]) {_TITLED}"
        " AND year > 0 AND len(publisher) > 0",
        20,
    ),
    Rule("host and title", f"SELECT rid, host || ':' || title {_TITLED} AND host <> ''", 60),
)


class CappedBlock(NamedTuple):
    """A rule whose largest blocks were left out."""

    rule: str
    blocks: int
    records: int
    example: str


def block(connection: duckdb.DuckDBPyConnection) -> list[CappedBlock]:
    """Make the table ``candidates`` (a, b, rules) from ``forms``; return what was capped.

    ``a < b`` are record numbers; ``rules`` is a bit mask of ``RULES``.
    """
    list_keys(connection)
    return pair_up(connection)


def list_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``keys`` (rule, key, rid) from ``forms``; ``rule`` is its place in RULES."""
    connection.execute("CREATE OR REPLACE TABLE keys (rule UTINYINT, key VARCHAR, rid BIGINT)")
    for number, rule in enumerate(RULES):
        connection.execute(
            f"INSERT INTO keys SELECT {number}, key, rid FROM ({rule.keys}) AS k(rid, key)"
            " WHERE key <> ''"
        )


def pair_up(connection: duckdb.DuckDBPyConnection, only: str = "TRUE") -> list[CappedBlock]:
    """Make ``candidates`` from ``keys``; ``only`` is SQL over a.rid and b.rid for the pairs wanted.

    Returns what was capped.
    """
    caps = " ".join(f"WHEN {number} THEN {rule.cap}" for number, rule in enumerate(RULES))
    connection.execute(
        f"CREATE OR REPLACE TABLE blocks AS SELECT *, size > CASE rule {caps} END AS capped FROM"
        " (SELECT rule, key, count(*) AS size FROM keys GROUP BY rule, key) WHERE size > 1"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE candidates AS
        WITH kept AS (
            SELECT rule, key, rid FROM keys JOIN blocks USING (rule, key) WHERE NOT capped
        )
        SELECT a.rid AS a, b.rid AS b, bit_or(1::INTEGER << a.rule) AS rules
        FROM kept AS a JOIN kept AS b USING (rule, key)
        WHERE a.rid < b.rid AND {only} GROUP BY a.rid, b.rid
        """
    )
    return [
        CappedBlock(RULES[number].name, blocks, records, example)
        for number, blocks, records, example in connection.execute(
            "SELECT rule, count(*), sum(size)::BIGINT, arg_max(key, size) FROM blocks"
            " WHERE capped GROUP BY rule ORDER BY rule"
        ).fetchall()
    ]
