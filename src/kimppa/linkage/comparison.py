"""How two records compare, field by field: each comparison ends on one named level.

The level ``missing`` stands wherever either side says nothing: missing is not disagreement, so it
never weighs. ``comparisons.toml`` lists them; here they become SQL over pairs (a, b) and ``forms``:
what a record says by itself (``compared_sql``), measures (what several levels need of a pair), then
levels.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple


class Level(NamedTuple):
    """One outcome of a comparison; ``when`` is empty for the last, which needs no condition."""

    name: str
    sign: str  # "+" may only speak for the pair, "-" only against, "~" either, "0" never weighs
    when: str


class Comparison(NamedTuple):
    """One thing that is compared; ``shown`` is SQL for its value as people see it (form {0})."""

    name: str
    shown: str
    levels: tuple[Level, ...]


class Veto(NamedTuple):
    """What two records of one edition cannot differ in; ``says`` is what people read.

    A soft veto rests on what catalogues often get wrong, so a person should look at such pairs.
    """

    name: str
    says: str
    when: str
    soft: bool


_TABLE = tomllib.loads(files("kimppa.linkage").joinpath("comparisons.toml").read_text("utf-8"))
VETOES = tuple(
    Veto(row["name"], row["says"], row["when"], row.get("soft", False)) for row in _TABLE["veto"]
)
SOFT = sum(1 << number for number, veto in enumerate(VETOES) if veto.soft)


def _comparisons() -> tuple[Comparison, ...]:
    written = tuple(
        Comparison(
            row["name"],
            row["shown"],
            tuple(Level(x["name"], x["sign"], x.get("when", "")) for x in row["levels"]),
        )
        for row in _TABLE["comparison"]
    )
    return (*written, Comparison("veto", "''", tuple(_veto_levels())))


def _veto_levels() -> Iterator[Level]:
    """One level for each veto that stands alone: learned from vetoed pairs, it only weighs."""
    yield Level("missing", "0", "vetoes = 0")
    for number, veto in enumerate(VETOES):
        yield Level(veto.says, "-", f"vetoes = {1 << number}")
    yield Level("several vetoes", "-", "")


COMPARISONS = _comparisons()


# What a record says by itself is worked out once for each record and not once for each pair: where
# the SQL of a comparison says one of these of a side, it reads the column instead.
ONCE = {
    # Many a record ends the series title with the number that belongs into $v ("RC 77-C ; 47").
    "series_number": (
        "CASE WHEN {0}.series_number <> '' THEN {0}.series_number"
        " WHEN TRY_CAST(split_part({0}.series, ' ', -1) AS INTEGER) IS NOT NULL"
        " THEN split_part({0}.series, ' ', -1) ELSE '' END"
    ),
    # Table reused_isbns: ISBNs that stand on different works somewhere in the data.
    "trusted_isbns": (
        "list_filter({0}.isbns, lambda i: NOT list_contains(coalesce(reused.isbns, []), i))"
    ),
    "later_years": "{0}.years[2:] || [{0}.year]",
    "names_in_title": "len(list_intersect({0}.words, {0}.names))",
}
# Of these it matters only how many there are and which are shared: numbers do, and are quicker.
HASHED = ("words", "subjects", "classes", "places")
_SHARED = re.compile(r"len\(list_intersect\((\w+\.\w+), (\w+\.\w+)\)\)")
_ONE_OF = re.compile(r"\b([lr])\.(\w+) IN (\([^()]*\))")
_OF_A_SIDE = re.compile(r"\b([lr])\.(\w+)")


def _lengths(column: str, length: int) -> tuple[str, str]:
    """Return SQL for the longer of both texts, and for how much longer it is, of ``length``."""
    sides = [f"length(left({side}.{column}, {length}))" for side in "lr"]
    return f"greatest({sides[0]}, {sides[1]}, 1)", f"abs({sides[0]} - {sides[1]})"


def _alike(column: str, length: int) -> str:
    """Return SQL for 1 - edit distance / longer length, on at most ``length`` characters."""
    left, right = f"left(l.{column}, {length})", f"left(r.{column}, {length})"
    return f"1.0 - levenshtein({left}, {right}) / {_lengths(column, length)[0]}"


def _likeness(column: str, length: int, measure: str) -> str:
    """Return SQL for how alike two texts are, or 0 where no level could ask for so little.

    A text is edited at least as often as it is longer than the other: counting saves most of the
    edit distances, which are dear.
    """
    longer, by = _lengths(column, length)
    return (
        f"CASE WHEN l.{column} = r.{column} THEN 1.0"
        f" WHEN {by} > {1 - _least(measure)} * {longer} + 0.01 THEN 0.0"
        f" ELSE {_alike(column, length)} END"
    )


def _least(measure: str) -> float:
    """Return the smallest value of a measure that any level asks for."""
    conditions = " ".join(level.when for c in COMPARISONS for level in c.levels)
    return min(map(float, re.findall(rf"\b{measure} >= ([\d.]+)", conditions)))


def _shared(one: str, other: str) -> str:
    """Return SQL for how many both lists have, neither of which has repeats."""
    return f"len(list_filter({one}, lambda x: list_contains({other}, x)))"


NEAR = 0.92
_TITLES, _LONGER_BY = _lengths("full_title", 90)
_LONG = "greatest(length(l.full_title), length(r.full_title)) > 90"
# An edit takes at most two words from one title and gives one, or the other way round.
_EDITED = f"{1 - NEAR:.2f} * {_TITLES} + 0.01"

# Each step may use what those before it found.
MEASURES: tuple[dict[str, str], ...] = (
    {
        "main_likeness": _likeness("title", 60, "main_likeness"),
        "subtitle_likeness": _likeness("subtitle", 60, "subtitle_likeness"),
        "author_likeness": _likeness("author", 40, "author_likeness"),
        "publisher_likeness": _likeness("publisher[1]", 20, "publisher_likeness"),
        "words_shared": _shared("l.words", "r.words"),
        "names_shared": _shared("l.names", "r.names"),
        "statement_shared": _shared("l.statement", "r.statement"),
        "publisher_shared": _shared("l.publisher", "r.publisher"),
        "subjects_shared": _shared("l.subjects", "r.subjects"),
        "years_apart": "abs(l.year - r.year)",
        "pages_apart": "abs(l.pages - r.pages)",
        "pages_agree": (
            "l.pages > 0 AND r.pages > 0 AND (abs(l.pages - r.pages) <= 1"
            " OR list_has_any(l.page_numbers, r.page_numbers))"
        ),
        # An uncertain date ("19--", "1875?") may mean the other record's year.
        "dates_meet": (
            "l.year_from > 0 AND r.year_from > 0 AND l.year_from <= r.year_to AND"
            " r.year_from <= l.year_to AND (l.year_from < l.year_to OR r.year_from < r.year_to)"
        ),
        "isbn_shared": "list_has_any(l.isbns, r.isbns)",
        "isbn_trusted": "list_has_any(l.trusted_isbns, r.isbns)",
    },
    {
        # Long titles of reports and hearings often differ in their last words only. Where the words
        # or the lengths rule it out, the edit distance is spared.
        "title_near": (
            f"CASE WHEN {_LONG} AND words_shared < 0.85 * greatest(len(l.words), len(r.words))"
            f" THEN FALSE WHEN l.full_title = r.full_title THEN TRUE"
            f" WHEN {_LONGER_BY} > {_EDITED} THEN FALSE"
            f" WHEN NOT {_LONG}"
            f" AND len(l.words) + len(r.words) - 2 * words_shared > 3 * ({_EDITED})"
            f" THEN FALSE ELSE {_alike('full_title', 90)} >= {NEAR} END"
        ),
    },
    {
        "title_agrees": (
            "l.title <> '' AND (l.full_title = r.full_title OR (l.title = r.title AND"
            " (l.subtitle = '' OR r.subtitle = '')) OR title_near)"
        ),
        # So alike that one differing count or code is a slip rather than another edition.
        "edition_agrees": (
            "l.title <> '' AND title_near AND l.year > 0 AND l.year = r.year"
            " AND l.edition = r.edition AND publisher_shared > 0"
        ),
    },
)

# What each record has of the table reused_isbns. As one list for all it would be looked through for
# each.
_REUSED = (
    "SELECT rid, list(isbn) AS isbns FROM (SELECT rid, unnest(isbns) AS isbn FROM forms) AS own"
    " JOIN reused_isbns USING (isbn) GROUP BY rid"
)

# Where two parts stand under their hosts: see components.py, which makes the tables.
_SLOT = """CASE WHEN x.rid IS NULL OR y.rid IS NULL THEN ''
    WHEN list_has_any(x.hosts, y.hosts) THEN 'sibling'
    WHEN NOT list_has_any(x.roots, y.roots) THEN 'apart'
    WHEN side.slot IS NOT NULL THEN side.slot
    WHEN x.listed = 0 OR y.listed = 0 OR l.library = r.library THEN ''
    WHEN x.paired = 1 AND y.paired = 1 THEN 'elsewhere' ELSE 'other' END"""
_PLACED = (
    " LEFT JOIN parts AS x ON x.rid = p.a LEFT JOIN parts AS y ON y.rid = p.b"
    " LEFT JOIN aligned AS side ON side.a = p.a AND side.b = p.b"
)


def _case(comparison: Comparison) -> str:
    whens = " ".join(
        f"WHEN {level.when} THEN {number}"
        for number, level in enumerate(comparison.levels)
        if level.when
    )
    return f"(CASE {whens} ELSE {len(comparison.levels) - 1} END)::UTINYINT"


def _steps() -> tuple[dict[str, str], ...]:
    """Return the columns of each step, as SQL over both sides and the steps before it."""
    vetoes = " + ".join(
        f"CASE WHEN {veto.when} THEN {1 << number} ELSE 0 END" for number, veto in enumerate(VETOES)
    )
    levels = {f"c{number}": _case(comparison) for number, comparison in enumerate(COMPARISONS)}
    return (*MEASURES, {"vetoes": f"({vetoes})::INTEGER"}, levels)


def _without_repeats(sql: str) -> str:
    return _SHARED.sub(lambda found: _shared(*found.groups()), sql)


def _read_once() -> tuple[tuple[dict[str, str], ...], dict[str, str]]:
    """Return the steps over columns of both sides (``l_year``), and the columns of one record (f).

    Whether a value is one of a few is a column of the record, too.
    """
    once = {name: _without_repeats(sql.format("f")) for name, sql in ONCE.items()}
    asked: dict[str, str] = {}

    def member(found: re.Match[str]) -> str:
        side, column, values = found.groups()
        name = asked.setdefault(f"f.{column} IN {values}", f"one_of_{len(asked)}")
        return f"{side}.{name}"

    def flat(sql: str) -> str:
        for name, own in ONCE.items():
            for side in "lr":
                sql = sql.replace(own.format(side), f"{side}.{name}")
        return _OF_A_SIDE.sub(r"\1_\2", _ONE_OF.sub(member, _without_repeats(sql)))

    steps = tuple({name: flat(sql) for name, sql in step.items()} for step in _steps())
    once |= {name: sql for sql, name in asked.items()}
    read = {
        name for step in steps for sql in step.values() for name in re.findall(r"\b[lr]_(\w+)", sql)
    }
    once |= {name: f"list_transform(f.{name}, lambda x: hash(x))" for name in HASHED}
    return steps, {name: once.get(name, f"f.{name}") for name in sorted(read | {"library"})}


_STEPS, _COLUMNS = _read_once()


def compared_sql(pairs: str) -> str:
    """Return SQL for what is compared of the records of the table ``pairs``; needs reused_isbns."""
    columns = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
    return (
        f"SELECT f.rid, {columns} FROM forms AS f LEFT JOIN ({_REUSED}) AS reused"
        f" ON reused.rid = f.rid WHERE f.rid IN (SELECT a FROM {pairs} UNION SELECT b FROM {pairs})"
    )


def levels_sql(pairs: str, *sides: str, placed: bool = False) -> str:
    """Return SQL over a table with a and b: these, what both records say (``l_year``, ``r_year``),
    the measures, level numbers (c0…, one per comparison) and ``vetoes`` (bit mask of ``VETOES``).

    ``placed`` says that component parts were aligned under their hosts. ``sides`` are two tables
    (``compared_sql``) in which the records a and b stand; without them ``forms`` is read.
    """
    left, right = sides or ("compared",) * 2
    columns = ", ".join(f"{side}.{name} AS {side}_{name}" for name in _COLUMNS for side in "lr")
    slot = _SLOT if placed else "''"
    sql = (
        f"SELECT p.a, p.b, {slot} AS slot, {columns} FROM {pairs} AS p"
        f" JOIN {left} AS l ON l.rid = p.a JOIN {right} AS r ON r.rid = p.b"
        f"{_PLACED if placed else ''}"
    )
    for step in _STEPS:
        sql = (
            f"SELECT *, {', '.join(f'{own} AS {name}' for name, own in step.items())} FROM ({sql})"
        )
    return sql if sides else f"WITH compared AS ({compared_sql(pairs)}) {sql}"
