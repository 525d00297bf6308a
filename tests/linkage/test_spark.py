"""Spark gives the very result of DuckDB: table by table, and the result folder byte by byte."""

import json
import os
from itertools import pairwise
from types import SimpleNamespace

import duckdb
import pytest
from linkage.records import book, saved
from linkage.test_quality import library_files, needs_data, region, region_sources

from kimppa.common.errors import CannotRun
from kimppa.linkage.dialect import parse, to_spark
from kimppa.linkage.match import Settings, match
from kimppa.linkage.spark import components, engine, installed
from kimppa.linkage.spark import session as starting
from kimppa.linkage.spark.tables import Tables

# Spark's connections and the gateway's process end with the program, not with a test.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
__all__ = ["region"]  # a fixture

TABLES = (
    "records", "forms", "keys", "blocks", "candidates", "reused_isbns", "scored", "clusters",
    "aligned",
)  # fmt: skip
FILES = ("clusters.csv", "pairs.csv", "redirects.csv", "items.csv", "repairs.csv", "merged.mrc")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """One Spark for all tests: a run that finds it running uses it and leaves it running."""
    if "postgres" in os.environ.get("KIMPPA_DATABASE_URL", ""):
        pytest.skip("matching has no database: these run with SQLite's")
    try:
        installed.check()
    except CannotRun as reason:
        pytest.skip(str(reason))
    made, _ = starting.session(2, tmp_path_factory.mktemp("spark"))
    yield made
    made.stop()


def both(sources, folder):
    """Match with both engines; return what differs, by table and file."""
    results = {name: folder / name for name in ("duckdb", "spark")}
    for name, result in results.items():
        match(sources, result, Settings(processes=1, engine=name))
    return differences(*results.values())


def differences(one, other):
    found = [name for name in FILES if (one / name).read_bytes() != (other / name).read_bytes()]
    tables = [opened(result) for result in (one, other)]
    found += [name for name in TABLES if rows(tables[0], name) != rows(tables[1], name)]
    reports = [json.loads((result / "report.json").read_text()) for result in (one, other)]
    keys = {key for key in reports[0] if not key.startswith("seconds")} - {"capped_blocks"}
    found += [key for key in sorted(keys) if reports[0][key] != reports[1][key]]
    # Of the largest blocks of a rule, either may be the example.
    capped = [[{**b, "example": ""} for b in r["capped_blocks"]] for r in reports]
    return found + (["capped_blocks"] if capped[0] != capped[1] else [])


def opened(result):
    return duckdb.connect(str(result / "work" / "linkage.duckdb"), read_only=True)


def rows(tables, name):
    columns = [row[0] for row in tables.execute(f"DESCRIBE {name}").fetchall()]
    listed = ", ".join(f'"{column}"' for column in sorted(columns))
    return tables.execute(f"SELECT {listed} FROM {name} ORDER BY ALL").fetchall()  # noqa: S608


def awkward(folder):
    """Libraries whose records meet the rules that the demo region hardly touches."""
    crowd = [
        book(f"crowd{n}", f245=f"10$aVuosikirja {'abcdefghij'[n % 10]}{n} $nOsa {n}.")
        for n in range(70)  # one ISBN on more records than a block may hold
    ]
    return saved(
        folder,
        {
            "ää": [
                book(1),
                book(1, f245="10$aSama numero toisella teoksella /$cMika Waltari."),
                book("1#2", f245="10$aKolmas kirja, jonka numero on varattu"),
                book(2, f245="10$aВойна и мир роман в четырех томах", f020=None),  # noqa: RUF001
                book(3, f020="  $a9789511234562", f245="10$aLintukirja", f100="1 $aSuo, Kai."),
            ],
            "zz": [
                book(1),
                book(2, f245="10$aВойна и миръ роман в четырехъ томахъ", f020=None),  # noqa: RUF001
                book(3, f020="  $a9789511234562", f245="10$aAstronomian historia"),
                book(4, f245="10$aSinuhe egyptilainen :$bviisitoista kirjaa", f250="  $a2. p."),
                *crowd,
            ],
        },
    )


@pytest.fixture(scope="module")
def compared(session, region, tmp_path_factory):
    """One run of both engines over the demo region and awkward records, far from the folder."""
    folder = tmp_path_factory.mktemp("compared")
    sources = [*region_sources(region), *awkward(folder / "awkward")]
    patch = pytest.MonkeyPatch()
    patch.setitem(starting._ALWAYS, engine.PLACE, f"file://{folder}/shared/")
    try:
        found = both(sources, folder)
        yield SimpleNamespace(folder=folder, sources=sources, differences=found)
    finally:
        patch.undo()


def test_the_demo_region_ends_in_the_same_clusters(compared):
    assert compared.differences == []


def test_the_awkward_records_meet_their_rules(compared):
    report = json.loads((compared.folder / "spark" / "report.json").read_text())
    assert report["capped_blocks"]
    assert report["reused_isbns"] > 0


def test_the_tables_stand_where_all_nodes_reach_them(compared):
    (place,) = (compared.folder / "shared").iterdir()
    assert {"intake", "scored-0001"} <= {path.name for path in place.iterdir()}


def test_a_stopped_run_goes_on_with_the_stage_that_failed(compared, monkeypatch):
    result = compared.folder / "spark"
    whole = (result / "clusters.csv").read_bytes()
    with duckdb.connect(str(result / "work" / "linkage.duckdb")) as tables:
        tables.execute("DELETE FROM stages WHERE name NOT IN ('read', 'block', 'score')")
    (result / "clusters.csv").unlink()
    monkeypatch.setattr("kimppa.linkage.match.number", None)
    match(compared.sources, result, Settings(processes=1, engine="spark"))
    assert (result / "clusters.csv").read_bytes() == whole


def test_a_long_chain_is_one_component(session, tmp_path):
    chain = [*pairwise(range(40)), (100, 103), (101, 103), (100, 102), (7, 39)]
    tables = Tables(session, f"file://{tmp_path}", {})
    frame = tables.session.createDataFrame(
        [(*sorted(pair), "merge") for pair in chain], "a BIGINT, b BIGINT, zone STRING"
    )
    tables.store("scored", frame)
    components._find_components(tables)
    found = {tuple(row) for row in tables.query("SELECT * FROM components").collect()}
    assert found == {(n, 0) for n in range(40)} | {(n, 100) for n in range(100, 104)}


FUNCTIONS = (
    "len(list_intersect(x, y))",
    "list_has_any(x, y)",
    "NOT list_has_any(x[2:], y)",
    "list_has_all(x, ['b']) AND NOT list_has_all(['b'], x)",
    "list_has_all(x, [])",
    "list_contains(x, 'b')",
    "list_sort(x)",
    "list_transform(['p:1', 'q:2'], lambda i: split_part(i, ':', 1))",
    "levenshtein(t, 'шя')",
    "levenshtein(t, 'ab')",
    "length(t)",
    "left(t, 1)",
    "x[1] || x[9]",
    "[0.5, 1.25, -0.75][n + 1]",
    "(-3.0 + [0.0, 2.128][n] + [0.131, 0.1][n])::FLOAT",
    "list_extract(x, 2)",
    "x[3:] || ['z']",
    "x[9:]",
    "concat_ws(':', x[9], x[1], n, 7 // 2)",
    "starts_with(x[1], 'a') AND contains('abc', 'bc')",
    "right('abc', 1)",
    "greatest(length(x[9]), 1)",
    "1.0 - levenshtein('abc', 'abd') / greatest(3, 4, 1)",
    "3 <= 0.05 * 60",
    "md5(t)",
    "1::INTEGER << n",
)


def test_functions_give_what_duckdb_gives(session):
    select = "SELECT " + ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(FUNCTIONS))
    query = f"{select} FROM (SELECT ['a', 'b', 'a'] AS x, ['b', 'c'] AS y, 'жя' AS t, 2 AS n)"
    ours = session.sql(to_spark(parse(query))).collect()[0]
    theirs = duckdb.execute(query).fetchall()[0]
    assert {sql: ours[n] for n, sql in enumerate(FUNCTIONS)} == dict(
        zip(FUNCTIONS, theirs, strict=True)
    )


def mark_data(test):
    for mark in needs_data:
        test = mark(test)
    return test


@mark_data
def test_real_libraries_end_in_the_same_clusters_to_the_record(session, tmp_path):
    assert both(library_files("ht_dev"), tmp_path) == []


def test_without_the_packages_the_remedy_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(installed, "find_spec", lambda _name: None)
    with pytest.raises(CannotRun, match=r"pip install kimppa\[spark\]"):
        match(saved(tmp_path, {"a": [book(1)]}), tmp_path / "out", Settings(engine="spark"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("answer", ["", "echo 'openjdk version \"11.0.2\"' >&2", "exit 1"])
def test_without_a_java_that_is_new_enough_the_remedy_is_told(answer, monkeypatch, tmp_path):
    if answer:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\n{answer}\n")
        java.chmod(0o755)
    monkeypatch.setattr(installed, "find_spec", lambda _name: True)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CannotRun, match=r"Java 17 or newer.* openjdk-17-jre-headless"):
        installed.check()
