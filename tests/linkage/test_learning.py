"""Learning a region's own weights from pairs that people have judged."""

import csv

import pytest
from linkage.records import book

from kimppa.common.errors import CannotRun
from kimppa.linkage.intake import Source
from kimppa.linkage.learning import learn
from kimppa.linkage.model import read_model, render_model
from kimppa.marc.writing import to_iso2709

TITLES = ["Kesä", "Talvi", "Syksy", "Kevät", "Meri", "Järvi", "Joki", "Metsä", "Suo", "Tunturi"]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Two libraries that hold the same 200 books; the second leaves out the publisher's place."""
    folder = tmp_path_factory.mktemp("learning")
    for name in ("a", "b"):
        books = (to_iso2709(_book(number, name)) for number in range(200))
        (folder / f"{name}.mrc").write_bytes(b"".join(books))
    return [Source(name, folder / f"{name}.mrc") for name in ("a", "b")]


def _book(number, library):
    words = (TITLES[number % 10], TITLES[number // 10 % 10], TITLES[(number // 100 + number) % 10])
    title = " ja ".join(words)
    pages = 100 + number * 7 % 400 + (number % 3 == 0 and library == "b")
    return book(
        number, f020=None, f245=f"10$a{title}", f300=f"  $a{pages} s.", f260="  $bOtava,$c1985."
    )


def judge(path, wrong=0):
    """Write 150 pairs of one book and 150 of a book and the next; ``wrong`` answers are turned."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("lib1", "cn1", "lib2", "cn2", "label"))
        for number in range(150):
            turned = number < wrong
            writer.writerow(("a", number, "b", number, 0 if turned else 1))
            writer.writerow(("a", number, "b", number + 1, 1 if turned else 0))
    return path


def test_verdicts_that_agree_make_a_better_model(libraries, tmp_path):
    learned = learn(libraries, judge(tmp_path / "pairs.csv"), read_model())
    assert learned.is_better
    assert (learned.pairs, learned.same, learned.unknown) == (300, 150, 0)
    assert learned.new_loss < learned.old_loss
    assert learned.new_found >= learned.old_found


def test_turned_verdicts_are_refused_by_the_regression_pairs(libraries, tmp_path):
    control = tmp_path / "control.csv"
    control.write_text(
        "lib1,cn1,lib2,cn2,label\n"
        + "".join(f"a,{n},b,{n},1\na,{n},b,{n + 1},0\n" for n in range(160, 199)),
        encoding="utf-8",
    )
    learned = learn(libraries, judge(tmp_path / "pairs.csv", wrong=150), read_model(), control)
    assert learned.new_regression > learned.old_regression
    assert not learned.is_better


def test_too_few_verdicts_teach_nothing(libraries, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("lib1,cn1,lib2,cn2,label\na,1,b,1,1\na,1,b,2,0\n", encoding="utf-8")
    with pytest.raises(CannotRun, match="at least 50 of each"):
        learn(libraries, few, read_model())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lib1,cn1,lib2,cn2\na,1,b,1\n", "no column label"),
        ("lib1,cn1,lib2,cn2,label\na,1,b,1,maybe\n", "label must be 1 or 0"),
    ],
)
def test_a_csv_that_does_not_fit_is_refused(libraries, tmp_path, text, says):
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CannotRun, match=says):
        learn(libraries, tmp_path / "odd.csv", read_model())


def test_a_model_reads_back_as_it_was_written():
    model = read_model()
    assert read_model(render_model(model, "# a head")) == model
