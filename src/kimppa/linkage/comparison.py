"""How two records compare, field by field: each comparison ends on one named level.

The level ``missing`` stands wherever either side says nothing: missing is not disagreement, so it
never weighs. ``comparisons.toml`` lists them; here they become SQL over ``candidates`` (a, b) and
``forms``, in two steps: measures (numbers that several levels need), then levels.
"""

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


def _likeness(column: str, length: int) -> str:
    """Return SQL for 1 - edit distance / longer length, on at most ``length`` characters."""
    left, right = f"left(l.{column}, {length})", f"left(r.{column}, {length})"
    return (
        f"CASE WHEN l.{column} = r.{column} THEN 1.0 ELSE 1.0 - levenshtein({left}, {right})"
        f" / greatest(length({left}), length({right}), 1) END"
    )


def _shared(column: str) -> str:
    return f"len(list_intersect(l.{column}, r.{column}))"


# Many a record ends the series title with the number that belongs into $v ("RC 77-C ; 47").
_SERIES_NUMBER = (
    "CASE WHEN {0}.series_number <> '' THEN {0}.series_number"
    " WHEN TRY_CAST(split_part({0}.series, ' ', -1) AS INTEGER) IS NOT NULL"
    " THEN split_part({0}.series, ' ', -1) ELSE '' END"
)

# Long titles of reports and hearings often differ in their last words only.
_NEAR = (
    f"{_likeness('full_title', 90)} >= 0.92 AND (greatest(length(l.full_title),"
    f" length(r.full_title)) <= 90 OR {_shared('words')} >= 0.85 * greatest(len(l.words),"
    " len(r.words)))"
)

MEASURES = {
    "main_likeness": _likeness("title", 60),
    "subtitle_likeness": _likeness("subtitle", 60),
    "author_likeness": _likeness("author", 40),
    "publisher_likeness": _likeness("publisher[1]", 20),
    "words_shared": _shared("words"),
    "names_shared": _shared("names"),
    "statement_shared": _shared("statement"),
    "publisher_shared": _shared("publisher"),
    "subjects_shared": _shared("subjects"),
    "years_apart": "abs(l.year - r.year)",
    "pages_apart": "abs(l.pages - r.pages)",
    "l_series_number": _SERIES_NUMBER.format("l"),
    "r_series_number": _SERIES_NUMBER.format("r"),
    "title_near": _NEAR,
    "title_agrees": (
        "l.title <> '' AND (l.full_title = r.full_title OR (l.title = r.title AND (l.subtitle = ''"
        f" OR r.subtitle = '')) OR {_NEAR})"
    ),
    "pages_agree": (
        "l.pages > 0 AND r.pages > 0 AND (abs(l.pages - r.pages) <= 1"
        " OR list_has_any(l.page_numbers, r.page_numbers))"
    ),
    # An uncertain date ("19--", "1875?") may mean the other record's year.
    "dates_meet": (
        "l.year_from > 0 AND r.year_from > 0 AND l.year_from <= r.year_to"
        " AND r.year_from <= l.year_to AND (l.year_from < l.year_to OR r.year_from < r.year_to)"
    ),
    # So alike that one differing count or code is a slip rather than another edition.
    "edition_agrees": (
        f"l.title <> '' AND {_NEAR} AND l.year > 0"
        f" AND l.year = r.year AND l.edition = r.edition AND {_shared('publisher')} > 0"
    ),
    # Table reused_isbns: ISBNs that stand on different works somewhere in the data.
    "isbn_shared": "len(list_intersect(l.isbns, r.isbns)) > 0",
}


# What each record has of the table reused_isbns. As one list for all pairs it would be looked
# through for each, and DuckDB would join whole forms to it.
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


def levels_sql(pairs: str, *, placed: bool = False) -> str:
    """Return SQL over a table with a and b: both forms, the measures, level numbers
    (c0…, one per comparison) and ``vetoes`` (bit mask of ``VETOES``).

    ``placed`` says that component parts were aligned under their hosts.
    """
    slot = _SLOT if placed else "''"
    measures = ", ".join(f"{sql} AS {name}" for name, sql in {**MEASURES, "slot": slot}.items())
    cases = ", ".join(f"{_case(c)} AS c{number}" for number, c in enumerate(COMPARISONS))
    vetoes = " + ".join(
        f"CASE WHEN {veto.when} THEN {1 << number} ELSE 0 END" for number, veto in enumerate(VETOES)
    )
    return (
        f"SELECT *, {cases} FROM (SELECT *, ({vetoes})::INTEGER AS vetoes FROM"
        f" (SELECT p.a, p.b, l, r, {measures},"
        " len(list_intersect(l.isbns, r.isbns)) > len(list_intersect(list_intersect(l.isbns,"
        " r.isbns), coalesce(reused.isbns, []))) AS isbn_trusted"
        f" FROM {pairs} AS p JOIN forms AS l ON l.rid = p.a JOIN forms AS r ON r.rid = p.b"
        f" LEFT JOIN ({_REUSED}) AS reused ON reused.rid = p.a"
        f"{_PLACED if placed else ''}))"
    )


def _case(comparison: Comparison) -> str:
    whens = " ".join(
        f"WHEN {level.when} THEN {number}"
        for number, level in enumerate(comparison.levels)
        if level.when
    )
    return f"(CASE {whens} ELSE {len(comparison.levels) - 1} END)::UTINYINT"
