"""The rules' SQL, written once for DuckDB, as Apache Spark understands it.

``sqlglot`` knows most differences; what it does not know, or what must give DuckDB's very result,
stands here as one small rewriting each, over the parsed statement.
"""

from collections.abc import Callable
from typing import Any

SCORE = "log_odds"  # the one FLOAT that is compared with numbers
INTAKE = {"records": "intake", "forms": "intake_forms"}  # how its files begin: the tables' names


def parse(sql: str) -> Any:
    """Return a DuckDB statement parsed (``sqlglot`` expression)."""
    import sqlglot

    # `len` counts a list and `length` a text, but sqlglot takes both for one.
    return sqlglot.parse_one(sql.replace("len(", "size("), read="duckdb")


def to_spark(statement: Any) -> str:
    """Return Spark's SQL for a parsed query, which is left as it was."""
    tree = statement.copy()
    for node in reversed(list(tree.walk())):  # what is inside first
        made = node
        for rewrite in _REWRITES:
            made = rewrite(made)
        if made is not node and node is tree:
            tree = made
        elif made is not node:
            node.replace(made)
    return str(tree.sql(dialect="spark"))


def _call(name: str, *arguments: Any) -> Any:
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=list(arguments))


def _list_functions(node: Any) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.ArrayOverlaps):  # list_has_any
        return _call("ARRAYS_OVERLAP", node.this, node.expression)
    if not isinstance(node, exp.Anonymous):
        return node
    write = _LIST_FUNCTIONS.get(str(node.this).lower())
    return write(*node.expressions) if write else node


def _intersect(one: Any, other: Any) -> Any:
    """Where the other list is a whole table (ISBNs), spare the rows with nothing to look up."""
    from sqlglot import exp

    both = _call("ARRAY_INTERSECT", one, other)
    if isinstance(other, exp.Subquery):
        return _call("IF", _call("SIZE", one.copy()).eq(0), one.copy(), both)
    return both


def _has_all(whole: Any, part: Any) -> Any:
    from sqlglot import exp

    return exp.paren(_call("SIZE", _call("ARRAY_EXCEPT", part, whole)).eq(0))


_LIST_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "list_intersect": _intersect,
    "list_has_all": _has_all,
    "hash": lambda value: _call("XXHASH64", value),
    "list_extract": lambda values, place: _call("TRY_ELEMENT_AT", values, place),
}


def _places(node: Any) -> Any:
    """``x[2:]``: all from the second on. ``x[n]`` counts from 1 (``sqlglot`` sees to ``x[1]``)."""
    from sqlglot import exp

    if not isinstance(node, exp.Bracket):
        return node
    place = node.expressions[0]
    if isinstance(place, exp.Slice):
        return _call("SLICE", node.this, place.this, _call("SIZE", node.this.copy()))
    return node if place.is_int else _call("TRY_ELEMENT_AT", node.this, place)


def _intake(node: Any) -> Any:
    """Files of the intake are not read by name: they stand ready as the tables of ``INTAKE``."""
    from sqlglot import exp

    if isinstance(node, exp.Table) and isinstance(node.this, exp.ReadParquet):
        file = node.this.expressions[0].name.rpartition("/")[2]
        return exp.to_table(INTAKE[file.partition("-")[0]], alias=node.alias or None)
    return node


def _edit_distance(node: Any) -> Any:
    """DuckDB's counts bytes, Spark's characters: give Spark a character for each byte."""
    from sqlglot import exp

    if not isinstance(node, exp.Levenshtein):
        return node
    return _call("LEVENSHTEIN", _bytes(node.this), _bytes(node.expression))


def _bytes(text: Any) -> Any:
    from sqlglot import exp

    latin, utf = exp.Literal.string("ISO-8859-1"), exp.Literal.string("UTF-8")
    return _call("DECODE", _call("ENCODE", text, utf), latin)


def _float_compared(node: Any) -> Any:
    """DuckDB compares a FLOAT with a written number as FLOAT, Spark as DOUBLE."""
    from sqlglot import exp

    if isinstance(node, exp.GTE) and isinstance(node.this, exp.Column) and node.this.name == SCORE:
        return exp.GTE(this=node.this, expression=exp.cast(node.expression, "FLOAT"))
    return node


def _rows_as_values(node: Any) -> Any:
    """A table's name among the columns means its whole row."""
    from sqlglot import exp

    if not isinstance(node, exp.Select):
        return node
    tables = {source.alias_or_name for source in _sources(node)}
    for column in node.expressions:
        if isinstance(column, exp.Column) and not column.table and column.name in tables:
            row = _call("STRUCT", exp.column(exp.Star(), table=column.name))
            column.replace(exp.alias_(row, column.name))
    return node


def _sources(select: Any) -> list[Any]:
    joined = [join.this for join in select.args.get("joins") or []]
    source = select.args.get("from_") or select.args.get("from")
    return [source.this, *joined] if source else joined


def _unnested(node: Any) -> Any:
    """``unnest`` anywhere in a column becomes a lateral view; Spark takes it only on its own."""
    from sqlglot import exp

    if not isinstance(node, exp.Select):
        return node
    for column in node.expressions:
        found = column.find(exp.Explode, exp.Unnest)
        if found is None or found.find_ancestor(exp.Select) is not node:
            continue
        values = found.this if isinstance(found, exp.Explode) else found.expressions[0]
        name = exp.column("value", table="unnested")
        found.replace(name if found is not column else exp.alias_(name, "value"))
        node.append(
            "laterals",
            exp.Lateral(
                this=exp.Explode(this=values.copy()),
                view=True,
                alias=exp.TableAlias(
                    this=exp.to_identifier("unnested"), columns=[exp.to_identifier("value")]
                ),
            ),
        )
    return node


def _replaced(node: Any) -> Any:
    """``* EXCLUDE (a) REPLACE (x AS b)``: all but both, and b."""
    from sqlglot import exp

    if not isinstance(node, exp.Select) or not isinstance(node.expressions[0], exp.Star):
        return node
    star = node.expressions[0]
    replaced = star.args.get("replace") or []
    if replaced:
        star.set("replace", None)
        names = [exp.column(column.alias) for column in replaced]
        left_out = star.args.get("except_") or star.args.get("except") or []
        key = "except_" if "except_" in exp.Star.arg_types else "except"
        star.set(key, [*left_out, *names])
        node.set("expressions", [star, *replaced, *node.expressions[1:]])
    return node


def _numbered(node: Any) -> Any:
    """Number rows within their first key, after the rows of smaller keys: no one machine sorts all.

    ``row_number() OVER (ORDER BY library, …)`` is the only window without a partition.
    """
    from sqlglot import exp

    if not isinstance(node, exp.Window) or node.args.get("partition_by"):
        return node
    first, *rest = node.args["order"].expressions
    (source,) = _sources(node.find_ancestor(exp.Select))
    key = first.this.name
    before = exp.maybe_parse(
        f"(SELECT MAP_FROM_ENTRIES(COLLECT_LIST(STRUCT({key}, before))) FROM (SELECT {key},"
        f" SUM(size) OVER (ORDER BY {key}) - size AS before FROM (SELECT {key}, COUNT(*) AS size"
        f" FROM {source.sql()} GROUP BY {key})))",
        dialect="spark",
    )
    within = exp.Window(
        this=node.this.copy(),
        partition_by=[first.this.copy()],
        order=exp.Order(expressions=[part.copy() for part in rest]),
    )
    return exp.paren(
        exp.Add(this=within, expression=_call("ELEMENT_AT", before, first.this.copy()))
    )


_REWRITES: tuple[Callable[[Any], Any], ...] = (
    _numbered,
    _unnested,
    _rows_as_values,
    _replaced,
    _places,
    _intake,
    _list_functions,
    _edit_distance,
    _float_compared,
)
