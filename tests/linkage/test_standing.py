"""New records against a standing result: what stands stays, and the whole is as one run's."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from unittest.mock import Mock

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage.records import book, cluster_of, clusters, fixed, leader, record, rows, save, saved
from linkage.test_match_properties import SLOW, libraries

from kimppa.common.errors import CannotRun
from kimppa.linkage.intake import Source
from kimppa.linkage.match import Settings, match
from kimppa.linkage.model import read_model
from kimppa.linkage.scoring import scored_sql
from kimppa.linkage.standing.against import match_against
from kimppa.linkage.standing.parts import current
from kimppa.marc.reading import ReadRecord, read
from kimppa.marc.record import Record

ONE = Settings("both", 1)
SAME_WHATEVER_THE_WAY = ("clusters.csv", "redirects.csv", "items.csv", "repairs.csv")
MARC = ("merged.mrc", "merged.xml")


@pytest.fixture
def fresh(tmp_path_factory):
    return lambda: tmp_path_factory.mktemp("run")


def run(folder, given_libraries, name="standing"):
    match(saved(folder / f"{name}-in", given_libraries), folder / name, ONE)
    return folder / name


def more(folder, given_libraries, standing, name="more"):
    sources = saved(folder / f"{name}-in", given_libraries)
    outcome = match_against(sources, standing, folder / name, ONE)
    whole(folder / name)
    return folder / name, outcome["against"]


def whole(folder):
    """Check that all parts of a result tell the same."""
    store, listed = folder / "store", rows(folder / "clusters.csv")
    with duckdb.connect() as connection:

        def held(table, columns):
            found = connection.execute(f"SELECT {columns} FROM {current(store, table)}")
            return Counter(found.fetchall())

        ids = Counter((row["cluster_id"],) for row in listed)
        keys = ("library", "control_number", "cluster_id")
        assert held("merged", "cluster_id") == Counter(set(ids))
        assert held("inputs", ", ".join(keys)) == Counter(tuple(map(r.get, keys)) for r in listed)
        items = Counter((r["cluster_id"], r["raw"]) for r in rows(folder / "items.csv"))
        assert held("items", "cluster_id, raw") == items
    report = json.loads((folder / "report.json").read_text())
    assert report["records_read"] == report["records_covered"] == len(listed)
    assert report["clusters"] == len(ids)
    for name in MARC:
        found = [Record.from_flat(r.flat) for r in read(folder / name) if isinstance(r, ReadRecord)]
        assert [r.control("001") for r in found] == sorted(name for (name,) in ids)
    assert vetoed_pairs_inside(folder) == []
    assert not folder.with_name(folder.name + ".partial").exists()


def vetoed_pairs_inside(folder):
    """Score every pair of records of every cluster anew; return those with a veto."""
    kept = folder / "store" / "standing"
    # ruff: noqa: S608
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE live AS SELECT * FROM '{kept}/records/*.parquet'"
            f" ANTI JOIN '{kept}/gone.parquet' USING (number)"
        )
        connection.execute(
            "CREATE TABLE forms AS SELECT number AS rid, library, control_number, f.*"
            f" FROM '{kept}/forms/*.parquet' AS f JOIN live USING (number)"
        )
        connection.execute(f"CREATE TABLE reused_isbns AS FROM '{kept}/reused_isbns.parquet'")
        asked = (
            "(SELECT x.number AS a, y.number AS b FROM live AS x JOIN live AS y USING (cluster_id)"
            " WHERE x.number < y.number AND x.kind <> 'holdings' AND y.kind <> 'holdings')"
        )
        query = f"SELECT a, b FROM ({scored_sql(read_model(), asked)}) WHERE vetoes > 0"
        return connection.execute(query).fetchall()


def assert_same(one, other, names=(*SAME_WHATEVER_THE_WAY, *MARC)):
    assert rows(one / "pairs.csv") == rows(other / "pairs.csv")
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


WORKS = [
    ("10$aSinuhe egyptiläinen /$cMika Waltari.", "1 $aWaltari, Mika.", "  $a784 s."),
    ("10$aKeittokirja kaikille /$cAnna Oja.", "1 $aOja, Anna.", "  $a99 s."),
    ("10$aTäällä Pohjantähden alla /$cVäinö Linna.", "1 $aLinna, Väinö.", "  $a411 s."),
    ("10$aPuutarhurin vuosi ja muita kirjoituksia /$cKarel Čapek.", "1 $aČapek, K.", "  $a150 s."),
]


def work(number, which, **changes):
    title, author, pages = WORKS[which]
    made = {"f020": f"  $a978951{which}000014"[:15], "f245": title, "f100": author, "f300": pages}
    return book(number, **(made | changes))


def test_one_after_the_other_is_as_both_at_once(tmp_path):
    first = {"a": [work(1, 0), work(2, 1)], "b": [work(1, 0), work(5, 2)]}
    second = {"c": [work(1, 0), work(2, 3), work(3, 2), book("", f952="  $bHEL$pH1")]}
    standing = run(tmp_path, first)
    added, told = more(tmp_path, second, standing)
    at_once = run(tmp_path, first | second, "at-once")
    assert_same(added, at_once)
    assert told["new"] == 4
    assert "4 records were matched" in (added / "report.html").read_text()


@given(libraries(), st.sampled_from("abc"))
@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
def test_what_stands_stays_together_and_apart(fresh, given_libraries, late):
    folder = fresh()
    early = {name: parts for name, parts in given_libraries.items() if name != late}
    standing = run(folder, early)
    added, _ = more(folder, {late: given_libraries[late]}, standing)
    before, after = cluster_of(standing), cluster_of(added)
    assert {key: after[key] for key in before} == before


@given(libraries(), st.sampled_from("abc"))
@settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
def test_the_same_files_again_change_nothing(fresh, given_libraries, late):
    folder = fresh()
    standing = run(folder, {n: parts for n, parts in given_libraries.items() if n != late})
    once, _ = more(folder, {late: given_libraries[late]}, standing)
    twice, told = more(folder, {late: given_libraries[late]}, once, "twice")
    assert told["unchanged"] == told["records"]
    assert_same(once, twice)


def test_the_same_command_again_leaves_the_folder_as_it_is(tmp_path):
    standing = run(tmp_path, {"a": [book(1)]})
    added, told = more(tmp_path, {"b": [book(2)]}, standing)
    before = {path: path.stat().st_mtime_ns for path in added.rglob("*")}
    sources = [Source("b", tmp_path / "more-in" / "b.mrc")]
    assert match_against(sources, standing, added, ONE)["against"] == told
    assert {path: path.stat().st_mtime_ns for path in added.rglob("*")} == before


def test_an_old_merged_record_keeps_its_id_whoever_joins(tmp_path):
    standing = run(tmp_path, {"m": [book(5)]})
    added, told = more(tmp_path, {"a": [book(1)]}, standing)
    assert cluster_of(added)["a", "1"] == cluster_of(standing)["m", "5"]
    assert told["joined_standing"] == told["merged_anew"] == 1


def test_a_new_record_never_joins_two_that_stand_apart(tmp_path):
    second, third = (book(n, f250=f"  $a{n}. uud. p.", f300=None, f008=None) for n in (2, 3))
    plain = book(9, f300=None, f008=None)
    standing = run(tmp_path, {"a": [second], "b": [third]})
    added, told = more(tmp_path, {"c": [plain]}, standing)
    assert cluster_of(added)["a", "2"] != cluster_of(added)["b", "3"]
    assert told["left_apart"] == 1
    (left,) = [row for row in rows(added / "pairs.csv") if "stand already" in row["vetoes"]]
    assert left["zone"] == "review"
    assert "9" in {left["control_number_1"], left["control_number_2"]}


def test_a_new_version_replaces_the_old_one_where_it_stood(tmp_path):
    old, new = (book(1, f952=f"  $bHEL$p{barcode}") for barcode in ("OLD", "NEW"))
    standing = run(tmp_path, {"a": [old], "b": [book(2)]})
    added, told = more(tmp_path, {"a": [new]}, standing)
    assert (told["updated"], told["new"]) == (1, 0)
    assert cluster_of(added) == cluster_of(standing)
    assert [row["barcode"] for row in rows(added / "items.csv")] == ["NEW"]
    assert len(rows(added / "pairs.csv")) == 1


def test_the_old_version_given_again_takes_everything_back(tmp_path):
    old = [book(1, f952="  $bHEL$pA1"), work(2, 1)]
    standing = run(tmp_path, {"a": old, "b": [book(7), work(8, 1)]})
    changes = {"f520": "  $aLääkärin muistelmat."}
    new = [book(1, **changes), work(2, 1, **changes)]
    added, _ = more(tmp_path, {"a": new}, standing)
    again, told = more(tmp_path, {"a": old}, added, "again")
    assert told["updated"] == 2
    assert_same(standing, again)


def test_a_new_version_of_another_work_leaves_and_the_id_stays_with_the_others(tmp_path):
    standing = run(tmp_path, {"a": [book(1)], "b": [book(2)], "c": [work(3, 1)]})
    added, _ = more(tmp_path, {"a": [work(1, 2)]}, standing)
    before, after = cluster_of(standing), cluster_of(added)
    assert after["b", "2"] == before["b", "2"] == before["a", "1"]
    assert after["a", "1"] not in before.values()
    again, _ = more(tmp_path, {"d": [work(8, 2)], "e": [work(1, 1), book(7)]}, added, "again")
    found = cluster_of(again)
    assert found["d", "8"] == found["a", "1"]
    assert found["e", "1"] == found["c", "3"]
    assert found["e", "7"] == found["b", "2"]


def test_two_new_versions_in_one_cluster_keep_its_id(tmp_path):
    standing = run(tmp_path, {"a": [book(1)], "b": [book(2)]})
    changes = {"f520": "  $aLääkärin muistelmat."}
    added, _ = more(tmp_path, {"a": [book(1, **changes)], "b": [book(2, **changes)]}, standing)
    assert cluster_of(added) == cluster_of(standing)


def test_holdings_follow_their_record_and_join_one_that_stands(tmp_path):
    def mfhd(number, barcode):
        return record(
            {"001": str(number), "004": "1", "852": f"  $bHEL$h84.2$p{barcode}"}, leader(p6="x")
        )

    standing = run(tmp_path, {"a": [book(1), mfhd(1, "H1")], "b": [book(7)]})
    added, _ = more(tmp_path, {"a": [mfhd(2, "H2")]}, standing)
    assert set(cluster_of(added).values()) == {cluster_of(standing)["b", "7"]}
    left, told = more(tmp_path, {"a": [work(1, 1)]}, added, "left")
    found = cluster_of(left)
    assert found["a", "1"] == found["a", "1/1"] == found["a", "1/2"] != found["b", "7"]
    assert told["updated"] == 1
    again, told = more(tmp_path, {"a": [mfhd(2, "H2")]}, left, "again")
    assert told["unchanged"] == 1
    assert_same(left, again)


def test_holdings_that_came_before_their_record_join_it(tmp_path):
    mfhd = record({"001": "1", "004": "1", "852": "  $bHEL$h84.2$pH1"}, leader(p6="x"))
    standing = run(tmp_path, {"a": [mfhd], "b": [book(7)]})
    added, _ = more(tmp_path, {"a": [book(1)]}, standing)
    assert len(clusters(added)) == 1


def test_a_part_that_stands_is_told_where_its_host_stands_now(tmp_path):
    part = book("p", f245="10$aNovelli", f773="0 $w(A)h$tKokoelma", leader=leader(p7="a"))
    standing = run(tmp_path, {"a": [part]})
    host = book("h", f245="10$aKokoelma")
    added, _ = more(tmp_path, {"a": [host]}, standing)
    at_once = run(tmp_path, {"a": [part, host]}, "at-once")
    assert_same(added, at_once)
    assert cluster_of(added)["a", "h"] in (added / "merged.xml").read_text().split("773")[1]


def test_a_record_too_long_for_iso_2709_stays_and_goes(tmp_path):
    note = "  $a" + "Muistiinpanoja. " * 500
    long = book(2, f245="10$aToinen", f020=None, f500=[note] * 15)
    standing = run(tmp_path, {"a": [book(1), book(3, f245="10$aKolmas", f020=None)]})
    sources = saved_xml(tmp_path / "b.xml", long)
    outcome = match_against([Source("b", sources)], standing, tmp_path / "more", ONE)
    assert outcome["oversize_records"] == 1
    assert len(list(read(tmp_path / "more" / "merged.mrc"))) == 2
    assert len(list(read(tmp_path / "more" / "oversize.xml"))) == 1
    short = [Source("b", save(tmp_path / "b.mrc", book(2, f245="10$aToinen", f020=None)))]
    outcome = match_against(short, tmp_path / "more", tmp_path / "again", ONE)
    assert outcome["oversize_records"] == 0
    assert not (tmp_path / "again" / "oversize.xml").exists()
    assert len(list(read(tmp_path / "again" / "merged.mrc"))) == 3


def saved_xml(path, *parts):
    from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_marcxml

    path.write_bytes(MARCXML_HEAD + b"".join(map(to_marcxml, parts)) + MARCXML_TAIL)
    return path


def test_what_could_not_be_read_is_kept_once(tmp_path):
    standing = run(tmp_path, {"a": [book(1), b"00050rubbish\x1d"]})
    added, _ = more(tmp_path, {"b": [book(2), b"00050other rubbish\x1d"]}, standing)
    again, _ = more(tmp_path, {"b": [book(2), b"00050other rubbish\x1d"]}, added, "again")
    assert len(rows(added / "quarantine.csv")) == 2
    assert_same(added, again, ("quarantine.csv", "quarantine.bin"))
    kept = (again / "quarantine.bin").read_bytes()
    for row in rows(again / "quarantine.csv"):
        at = int(row["bin_offset"])
        assert b"rubbish" in kept[at : at + int(row["length"])]


def test_items_of_a_standing_record_that_is_not_given_again_go_to_quarantine(tmp_path):
    standing = run(tmp_path, {"a": [book(1)]})
    path = tmp_path / "items.csv"
    path.write_text("control_number,barcode\n1,B1\n2,B2\n", encoding="utf-8")
    (source,) = saved(tmp_path / "in", {"a": [book(2)]})
    outcome = match_against([source._replace(items=path)], standing, tmp_path / "more", ONE)
    assert outcome["newly_quarantined"] == 1
    assert [row["barcode"] for row in rows(tmp_path / "more" / "items.csv")] == ["B2"]


def test_a_reused_isbn_is_remembered(tmp_path):
    alike = {"f020": "  $a9789510000014", "f008": fixed(p7="1990")}
    standing = run(tmp_path, {"x": [work(1, 0, **alike)], "y": [work(2, 1, **alike)]})
    more(tmp_path, {"z": [work(3, 3)]}, standing)
    with duckdb.connect() as connection:
        store = tmp_path / "more" / "store" / "standing" / "reused_isbns.parquet"
        assert connection.execute(f"SELECT * FROM '{store}'").fetchall() == [("9789510000014",)]


def test_another_model_or_version_is_refused_with_the_remedy(tmp_path, monkeypatch):
    standing = run(tmp_path, {"a": [book(1)]})
    (source,) = saved(tmp_path / "in", {"b": [book(2)]})
    about = standing / "store" / "standing" / "standing.json"
    known = json.loads(about.read_text())
    for changed, said in (("matcher", "another version"), ("model", "--model")):
        other = known | {"rests_on": known["rests_on"] | {changed: "other"}}
        about.write_text(json.dumps(other))
        with pytest.raises(CannotRun, match=said):
            match_against([source], standing, tmp_path / "more", ONE)
    about.write_text("{")
    with pytest.raises(CannotRun, match="anew"):
        match_against([source], standing, tmp_path / "more", ONE)
    about.unlink()
    with pytest.raises(CannotRun, match="once more"):
        match_against([source], standing, tmp_path / "more", ONE)
    run(tmp_path, {"a": [book(1)]})
    assert not (tmp_path / "more").exists()


def test_a_result_without_what_is_kept_gets_it_when_the_run_is_repeated(tmp_path):
    sources = saved(tmp_path / "in", {"a": [book(1)]})
    match(sources, tmp_path / "standing", ONE)
    about = tmp_path / "standing" / "store" / "standing" / "standing.json"
    kept = about.read_bytes()
    about.unlink()
    match(sources, tmp_path / "standing", ONE)
    assert about.read_bytes() == kept


def test_forms_are_kept_as_they_were_read_and_copied_where_there_are_no_links(
    tmp_path, monkeypatch
):
    def numbers(folder):
        return {path.stat().st_ino for path in folder.glob("forms-*.parquet")}

    linked = run(tmp_path, {"a": [book(1)], "b": [book(2)]})
    assert numbers(linked / "store/standing/forms") == numbers(linked / "work/intake")
    monkeypatch.setattr("os.link", Mock(side_effect=OSError))
    copied = run(tmp_path, {"a": [book(1)], "b": [book(2)]}, "copied")
    assert not numbers(copied / "store/standing/forms") & numbers(copied / "work/intake")
    _, told = more(tmp_path, {"c": [book(3)]}, copied)
    assert told["joined_standing"] == 1


@pytest.mark.parametrize(
    ("out", "said"), [("standing", "stays as it is"), ("other", "other files"), ("in", "replaced")]
)
def test_places_that_do_not_do_are_refused(tmp_path, out, said):
    standing = run(tmp_path, {"a": [book(1)]})
    (source,) = saved(tmp_path / "in", {"b": [book(2)]})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(CannotRun, match=said):
        match_against([source], standing, tmp_path / out, ONE)
    assert (tmp_path / "other" / "letter.txt").read_text() == "mine"


def test_a_file_that_is_no_marc_leaves_nothing_behind(tmp_path):
    standing = run(tmp_path, {"a": [book(1)]})
    (tmp_path / "b.mrc").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(CannotRun):
        match_against([Source("b", tmp_path / "b.mrc")], standing, tmp_path / "more", ONE)
    assert not list(tmp_path.glob("more*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from kimppa.linkage.intake import Source
from kimppa.linkage.match import Settings
from kimppa.linkage.standing import against
def kill(_run):
    os.kill(os.getpid(), signal.SIGKILL)
name, source, standing, out = sys.argv[1:]
against.STAGES = tuple((n, kill if n == name else stage) for n, stage in against.STAGES)
against.match_against([Source("b", Path(source))], Path(standing), Path(out), Settings("both", 1))
"""


@pytest.mark.parametrize("stage", ["cluster", "write"])
def test_a_kill_leaves_what_stands_and_nothing_new(tmp_path, stage):
    standing = run(tmp_path, {"a": [book(1)]})
    before = {p: p.read_bytes() for p in standing.rglob("*") if p.is_file()}
    (source,) = saved(tmp_path / "in", {"b": [book(2)]})
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, stage, source.path, standing, tmp_path / "more"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "more").exists()
    match_against([source], standing, tmp_path / "more", ONE)
    whole(tmp_path / "more")
    assert {p: p.read_bytes() for p in standing.rglob("*") if p.is_file()} == before
