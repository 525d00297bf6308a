"""`kimppa score` and `kimppa explain`: the same answer as `match`, and its reasons add up."""

# ruff: noqa: S603 - the command itself is what is tested

import subprocess
import sys
from pathlib import Path

import pytest
from linkage.records import book, fixed, rows, saved

from kimppa.common.errors import CannotRun
from kimppa.linkage.match import Settings, match
from kimppa.linkage.pairwise import explain, score_pairs

KIMPPA = str(Path(sys.executable).with_name("kimppa"))
LIBRARIES = {
    "a": [
        book(1, f035="  $a(FI-MELINDA)000123456"),
        book("x[1]:2", f245="10$aTurms, kuolematon /$cMika Waltari."),
        book(3, f250="  $aSelkokirja"),
    ],
    "b b": [
        book(1, f260="  $aHelsinki :$bOtava,$c1985."),
        book(2, f008=fixed(p35="swe")),
        book(4, f300="  $a350 s."),
    ],
}
HEAD = "lib1,cn1,lib2,cn2"


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    sources = saved(folder / "in", LIBRARIES)
    match(sources, folder / "out", Settings(processes=1))
    return folder, sources


def kimppa(*arguments):
    done = subprocess.run(
        [KIMPPA, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def test_score_and_explain_answer_as_match_does(region, tmp_path):
    folder, sources = region
    compared = rows(folder / "out" / "pairs.csv")
    assert len(compared) > 4
    names = ("library_1", "control_number_1", "library_2", "control_number_2")
    asked = tmp_path / "pairs.csv"
    lines = [",".join(pair[name] for name in names) for pair in compared]
    asked.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
    assert score_pairs(sources, asked, tmp_path / "scores.csv") == (len(compared), 0)
    scores = rows(tmp_path / "scores.csv")
    assert list(scores[0]) == [*HEAD.split(","), "probability", "zone", "reasons"]
    for pair, scored in zip(compared, scores, strict=True):
        assert [pair[name] for name in names] == [scored[name] for name in HEAD.split(",")]
        assert (pair["probability"], pair["zone"]) == (scored["probability"], scored["zone"])
        vetoes = [f"veto: {says}" for says in pair["vetoes"].split("; ") if says]
        assert scored["reasons"] == "; ".join([*vetoes, pair["reasons"]])
        one, other = (":".join(pair[name] for name in side) for side in (names[:2], names[2:]))
        told = explain(sources, one, other)
        assert told.zone == pair["zone"]
        assert f"{told.probability:.4f}" == pair["probability"]
        assert "; ".join(told.vetoes) == pair["vetoes"]
        total = told.prior + sum(step.weight for step in told.steps)
        assert total == pytest.approx(told.log_odds, abs=1e-4)


def test_explain_shows_each_record_on_its_side(region):
    _, sources = region
    forward, backward = (explain(sources, *pair) for pair in (("a:1", "b b:4"), ("b b:4", "a:1")))
    assert [(s.left, s.right) for s in forward.steps] == [(s.right, s.left) for s in backward.steps]
    assert ("784", "350") in {(step.left, step.right) for step in forward.steps}
    assert forward.log_odds == backward.log_odds


def test_explain_prints_a_waterfall_whatever_stands_in_a_number(region):
    _, sources = region
    files = [source.path for source in sources]
    done = kimppa("explain", "a:x[1]:2", "b b:1", *files)
    assert done.returncode == 0, done.stderr
    assert "Sum " in done.stdout
    assert "zone" in done.stdout
    assert "x[1]" in done.stdout


def test_explain_names_the_libraries_when_it_does_not_know_a_record(region):
    _, sources = region
    done = kimppa("explain", "a:1", "c:1", *(source.path for source in sources))
    assert done.returncode == 2
    assert "no record c:1" in done.stderr
    assert "a, b b" in done.stderr


def test_a_pair_of_unknown_records_is_said_to_be_unknown(region, tmp_path):
    folder, sources = region
    asked = tmp_path / "pairs.csv"
    asked.write_text(f"{HEAD},label\na,1,b b,1,1\na,1,b b,99,0\na,1\n\n,,,,\n", encoding="utf-8")
    files = [source.path for source in sources]
    done = kimppa("score", *files, "--pairs", asked, "--out", tmp_path / "scores.csv")
    assert done.returncode == 0, done.stderr
    assert "not in the files" in done.stdout
    zones = [row["zone"] for row in rows(tmp_path / "scores.csv")]
    assert zones == ["merge", "unknown", "unknown", "unknown"]
    assert folder.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column lib1, cn1, lib2, cn2"),
        (b"lib1,cn1,lib2\na,1,b\n", "no column cn2"),
        (b"lib1;cn1;lib2;cn2\n", "no column"),
        ("lib1,cn1,lib2,cn2\nå,1,b,1\n".encode("latin-1"), "UTF-8"),
        (b"lib1,cn1,lib2,cn2\n" + b"x" * 200_000 + b",1,b,1\n", "cannot be read as CSV"),
        (None, "cannot be read as CSV"),
    ],
)
def test_a_pairs_file_that_is_none_is_refused(content, says, region, tmp_path):
    _, sources = region
    asked = tmp_path / "pairs.csv"
    if content is not None:
        asked.write_bytes(content)
    with pytest.raises(CannotRun, match=says):
        score_pairs(sources, asked, tmp_path / "scores.csv")
    assert not (tmp_path / "scores.csv").exists()


def test_scores_go_where_a_file_can_stand(region, tmp_path):
    _, sources = region
    asked = tmp_path / "pairs.csv"
    asked.write_text(f"{HEAD}\na,1,b b,1\n", encoding="utf-8")
    with pytest.raises(CannotRun, match="is a folder"):
        score_pairs(sources, asked, tmp_path)
    with pytest.raises(CannotRun, match="Check the name and the rights"):
        score_pairs(sources, asked, tmp_path / "no" / "scores.csv")
