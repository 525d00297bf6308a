import csv
import io

from linkage.records import book, cluster_of, rows, saved

from kimppa.linkage.match import Settings, match

ONE = Settings(processes=1)


def test_a_split_cluster_names_its_weakest_link_and_what_speaks_against(tmp_path):
    sources = saved(
        tmp_path,
        {
            "a": [book(1, f245="10$aSinuhe egyptiläinen.$nOsa 1 /$cMika Waltari.")],
            "b": [book(2, f245="10$aSinuhe egyptiläinen /$cMika Waltari.", f300=None)],
            "c": [book(3, f245="10$aSinuhe egyptiläinen.$nOsa 2 /$cMika Waltari.")],
        },
    )
    out = tmp_path / "out"
    match(sources, out, ONE)
    of = cluster_of(out)
    assert of["a", "1"] != of["c", "3"]
    merges = [row for row in rows(out / "pairs.csv") if row["zone"] == "merge"]
    cut = [
        row
        for row in merges
        if of[row["library_1"], row["control_number_1"]]
        != of[row["library_2"], row["control_number_2"]]
    ]
    splits = rows(out / "splits.csv")

    assert len(splits) == len({frozenset(map(of.get, ends(row))) for row in cut}) == 1
    (split,) = splits
    assert int(split["joins_refused"]) == len(cut)
    assert {split["against_library_1"], split["against_library_2"]} == {"a", "c"}
    assert split["against_vetoes"]
    assert split["probability"] == min(row["probability"] for row in cut)


def ends(row):
    return [(row[f"library_{n}"], row[f"control_number_{n}"]) for n in (1, 2)]


def test_without_a_split_the_list_is_empty(tmp_path):
    out = tmp_path / "out"
    match(saved(tmp_path, {"a": [book(1)], "b": [book(2)]}), out, ONE)
    assert rows(out / "splits.csv") == []


def test_pairs_are_written_as_pythons_csv_writes_them(tmp_path):
    libraries = {'a, "b"': [book("1"), book("1", f300="  $a785 s.")], "#": [book(" x#y'; ")]}
    match(saved(tmp_path / "in", libraries), tmp_path / "out", ONE)
    found = (tmp_path / "out" / "pairs.csv").read_bytes()
    with (tmp_path / "out" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.reader(file))
    again = io.StringIO(newline="")
    csv.writer(again).writerows(told)
    assert found == again.getvalue().encode()
    assert {number for row in told[1:] for number in (row[1], row[3])} == {"1", "1#2", "x#y';"}
