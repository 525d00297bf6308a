"""What matching keeps whatever it is given: order, splitting and strangers change nothing."""

from collections import Counter
from io import BytesIO
from itertools import combinations

import duckdb
import pymarc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linkage.records import (
    book,
    cluster_of,
    clusters,
    fixed,
    leader,
    record,
    rows,
    save,
    saved,
)
from lxml import etree

from kimppa.linkage.intake import Source
from kimppa.linkage.match import Settings, match
from kimppa.linkage.model import read_model
from kimppa.linkage.scoring import scored_sql
from kimppa.marc.items import items
from kimppa.marc.reading import ReadRecord, read
from kimppa.marc.record import Record

ONE = Settings(processes=1)
BOTH = Settings("both", 1)
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
TITLES = ("Sinuhe egyptiläinen", "Täällä Pohjantähden alla", "Hytti nro 6", "Sinuhe")
CHOICES = {
    "f245": [f"10$a{t} /$cMika Waltari." for t in TITLES]
    + ["10$aSinuhe egyptiläinen.$nOsa 1", "10$aSinuhe egyptiläinen.$nOsa 2"],
    "f008": [fixed(), fixed(p7="1986"), fixed(p35="swe"), None],
    "f020": ["  $a9789510000014", "  $a9789510000021", None],
    "f250": ["  $a2. painos", None, None],
    "f300": ["  $a784 s. ;$c21 cm.", "  $a500 s. ;$c21 cm", "  $a2 osaa", None],
    "f100": ["1 $aWaltari, Mika.", "1 $aWaltari, M.", None],
    "f952": ["  $bHEL$pH{0}", ["  $bHEL$pH{0}a", "  $bVAN$pV{0}"], None],
}


@st.composite
def libraries(draw):
    """Three small libraries whose records are one work's editions, or look like it."""
    number = 0
    found = {}
    for name in "abc":
        records = []
        for _ in range(draw(st.integers(1, 6))):
            number += 1
            fields = {tag: draw(st.sampled_from(choices)) for tag, choices in CHOICES.items()}
            fields["f952"] = _numbered(fields["f952"], number)
            records.append(book(draw(st.sampled_from([number, number, 1])), **fields))
        found[name] = records
    return found


def _numbered(texts, number):
    if isinstance(texts, list):
        return [text.format(number) for text in texts]
    return texts and texts.format(number)


def run(folder, given_libraries, settings=ONE):
    match(saved(folder / "in", given_libraries), folder / "out", settings)
    return folder / "out"


@pytest.fixture
def fresh(tmp_path_factory):
    return lambda: tmp_path_factory.mktemp("run")


@given(libraries(), st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
def test_the_order_of_files_and_records_does_not_matter(fresh, given_libraries, dice):
    first = run(fresh(), given_libraries)
    shuffled = {name: dice.sample(records, len(records)) for name, records in
                dice.sample(sorted(given_libraries.items()), len(given_libraries))}  # fmt: skip
    second = run(fresh(), shuffled)
    for name in ("clusters.csv", "redirects.csv", "merged.mrc", "items.csv", "pairs.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@given(libraries(), st.integers(0, 6))
@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
def test_a_librarys_export_may_come_in_several_files(fresh, given_libraries, at):
    whole = run(fresh(), given_libraries)
    folder = fresh()
    parted = [
        Source(name, save(folder / f"{name}{number}.mrc", *part))
        for name, records in given_libraries.items()
        for number, part in enumerate((records[:at], records[at:]))
        if part
    ]
    match(parted, folder / "out", ONE)
    for name in ("clusters.csv", "redirects.csv", "merged.mrc", "items.csv"):
        assert (whole / name).read_bytes() == (folder / "out" / name).read_bytes(), name


@given(libraries())
@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
def test_a_second_run_changes_nothing(fresh, given_libraries):
    folder = fresh()
    out = run(folder, given_libraries)
    before = contents(out)
    run(folder, given_libraries)
    assert contents(out) == before


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "work" not in path.parts and path.name[:7] != "report."
    }


@given(libraries())
@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
def test_a_library_of_other_books_changes_no_cluster(fresh, given_libraries):
    stranger = book(
        99,
        f245="10$aKeittokirja kaikille /$cAnna Oja.",
        f100="1 $aOja, Anna.",
        f020="  $a9510000035",
        f300="  $a99 s. ;$c30 cm",
        f008=fixed(p7="2001"),
    )
    alone = clusters(run(fresh(), given_libraries))
    joined = clusters(run(fresh(), {**given_libraries, "d": [stranger]}))
    assert joined == alone | {frozenset({("d", "99")})}


@given(libraries())
@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
def test_no_vetoed_pair_ends_in_one_cluster_and_the_books_balance(fresh, given_libraries):
    out = run(fresh(), given_libraries, BOTH)
    assert vetoed_pairs_inside(out) == []
    check_books(out, [r for records in given_libraries.values() for r in records])


def vetoed_pairs_inside(out):
    """Score every pair of records of every cluster anew; return those with a veto."""
    with duckdb.connect(str(out / "work" / "linkage.duckdb"), read_only=True) as connection:
        seated = dict(connection.execute("SELECT rid, cluster_id FROM members").fetchall())
        pairs = [(a, b) for a, b in combinations(sorted(seated), 2) if seated[a] == seated[b]] or [
            (-1, -1)
        ]
        listed = ", ".join(f"({a}, {b})" for a, b in pairs)
        # ruff: noqa: S608
        asked = f"(SELECT * FROM (VALUES {listed}) AS v(a, b))"
        query = f"SELECT a, b FROM ({scored_sql(read_model(), asked)}) WHERE vetoes > 0"
        return connection.execute(query).fetchall()


def check_books(out, given_records):
    """Every record once, every old id leads somewhere, every item comes out, all can be read."""
    listed, redirects = rows(out / "clusters.csv"), rows(out / "redirects.csv")
    names = [(row["library"], row["control_number"]) for row in listed]
    assert len(names) == len(set(names)) == len(given_records)
    assert [(r["library"], r["control_number"], r["cluster_id"]) for r in redirects] == [
        (r["library"], r["control_number"], r["cluster_id"]) for r in listed
    ]
    merged = [found for found in read(out / "merged.mrc") if isinstance(found, ReadRecord)]
    ids = {next(Record.from_flat(found.flat).get("001")).value for found in merged}
    assert ids == {row["cluster_id"] for row in listed}
    assert len(merged) == len(ids)
    assert all(found.repairs == () for found in merged)
    by_pymarc = list(pymarc.MARCReader(BytesIO((out / "merged.mrc").read_bytes())))
    assert {record["001"].data for record in by_pymarc if record} == ids
    tree = etree.parse(out / "merged.xml")
    assert len(tree.findall(".//{*}record")) == len(ids)
    given_items = [item.raw for record in given_records for item in items(record)]
    assert Counter(row["raw"] for row in rows(out / "items.csv")) == Counter(given_items)
    sizes = Counter(row["cluster_id"] for row in listed)
    assert all(int(row["cluster_size"]) == sizes[row["cluster_id"]] for row in listed)


def test_an_isbn_on_different_works_is_learned_and_does_not_merge_them(tmp_path):
    works = [
        ("10$aSinuhe egyptiläinen /$cMika Waltari.", "1 $aWaltari, Mika."),
        ("10$aKeittokirja kaikille /$cAnna Oja.", "1 $aOja, Anna."),
    ]
    (a, b) = (book(1, f245=title, f100=author) for title, author in works)
    sources = saved(tmp_path / "in", {"x": [a], "y": [b]})
    outcome = match(sources, tmp_path / "out", ONE)
    assert outcome["reused_isbns"] == 1
    assert len(clusters(tmp_path / "out")) == 2


def test_a_chain_of_likeness_never_seats_a_vetoed_pair_together(tmp_path):
    second, plain, third = (
        book(n, f250=edition)
        for n, edition in enumerate(("  $a2. uud. p.", None, "  $a3. uud. p."))
    )
    out = run(tmp_path, {"a": [second], "b": [plain], "c": [third]})
    together = cluster_of(out)
    assert together["a", "0"] != together["c", "2"]
    assert vetoed_pairs_inside(out) == []


def test_holdings_follow_their_bibliographic_record(tmp_path):
    mfhd = record({"001": "1", "004": "1", "852": "  $bHEL$h84.2$pH1"}, leader(p6="x"))
    out = run(tmp_path, {"a": [book(1), mfhd], "b": [book(7)]})
    found = cluster_of(out)
    assert found["a", "1"] == found["a", "1/1"] == found["b", "7"]
    assert {row["cluster_size"] for row in rows(out / "clusters.csv")} == {"2"}
    (item,) = rows(out / "items.csv")
    assert (item["library"], item["barcode"]) == ("a", "H1")


def test_every_number_is_used_once_even_when_an_export_has_made_names_in_it(tmp_path):
    numbers = ["5", "5", "5#2", "5#2", "5#2#2", "", ""]
    records = [book(number, f245=f"10$aTeos {at}") for at, number in enumerate(numbers)]
    records = [
        record if number else record.with_fields([f for f in record.fields if f.tag != "001"])
        for number, record in zip(numbers, records, strict=True)
    ]
    out = run(tmp_path, {"a": records})
    found = [row["control_number"] for row in rows(out / "clusters.csv")]
    assert len(set(found)) == len(numbers)
    assert {"5", "5#2"} < set(found)
    assert sum(name.startswith("no-001-") for name in found) == 2
    assert {row["control_number"] for row in rows(out / "repairs.csv")} <= set(found)
    records.reverse()
    assert (out / "merged.mrc").read_bytes() == (
        run(tmp_path / "again", {"a": records}) / "merged.mrc"
    ).read_bytes()
