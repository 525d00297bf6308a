"""Component parts stand side by side under hosts that are one, and merge only there."""

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linkage.records import book, cluster_of, clusters, leader, rows, saved
from linkage.test_quality import region_sources

from demo.build import build
from kimppa.linkage.alignment import Part, align_hosts
from kimppa.linkage.match import Settings, match
from kimppa.linkage.pairwise import explain, score_pairs
from kimppa.marc.reading import ReadRecord, read
from kimppa.marc.record import Record

ONE = Settings(processes=1)
CD, SONG = leader(p6="j"), leader(p6="j", p7="a")
ALBUM = {
    "f020": None,
    "f024": "3 $a6417871234567",
    "f028": "02$aEMI 12345",
    "f100": "1 $aVesala, Paula,$eesittäjä.",
    "f245": "10$aKesän lapset /$cPaula Vesala.",
    "f260": "  $aHelsinki :$bWarner,$c1985.",
    "f300": "  $a1 CD-levy (42 min)",
}
LP = {"f024": "3 $a6417877654321", "f028": "02$aLP 777", "f300": "  $a1 LP-levy (42 min)"}
BARE = {"f020": None, "f260": None, "f300": None, "f100": "1 $aVesala, Paula."}


def album(number, **changes):
    return book(number, leader=CD, **ALBUM | changes)


def song(number, title, host, place=None, *, isil="", **changes):
    told = f"$g{place}" if place else ""
    link = f"08$w{isil}{host}$tKesän lapset{told}"
    return book(number, leader=SONG, **BARE | {"f245": f"10$a{title}", "f773": link} | changes)


def disc(titles, start=1, *, numbered=True, isil="", host=None):
    """An album and its songs, in this order."""
    made = [host or album(start)]
    for n, title in enumerate(titles, 1):
        place = f"Raita {n}" if numbered else None
        made.append(song(start + n, title, start, place, isil=isil))
    return made


def run(folder, libraries, how=ONE):
    match(saved(folder / "in", libraries), folder / "out", how)
    return folder / "out"


def merged_parts(folder, libraries):
    """Return pairs of parts that merged as places in both lists, the host being 0."""
    result = run(folder, libraries)
    starts = {name: int(records[0].control("001")) for name, records in libraries.items()}
    found = set()
    for members in clusters(result):
        places = sorted((library, int(number) - starts[library]) for library, number in members)
        if len(places) > 1 and places[0][1]:
            found.add(tuple(place for _, place in places))
    return found


SONGS = ("Kesän lapset", "Tuulee, tuulee", "Valoa ikkunassa", "Yö", "Rannalla")


def test_parts_of_hosts_that_are_one_merge_with_or_without_a_prefix(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(SONGS, 50, isil="(FI-B)")}
    assert merged_parts(tmp_path, libraries) == {(n, n) for n in range(1, 6)}


def test_the_order_stands_in_for_numbers_that_nobody_gave(tmp_path):
    twice = ("Intro", "Yö", "Intro", "Rannalla", "Intro")
    libraries = {"a": disc(twice, numbered=False), "b": disc(twice, 50, numbered=False)}
    assert merged_parts(tmp_path, libraries) == {(n, n) for n in range(1, 6)}


def test_a_bonus_track_moves_the_numbers_and_hides_nothing(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(("Avaus (bonus)", *SONGS, "Finaali"), 50)}
    assert merged_parts(tmp_path, libraries) == {(n, n + 1) for n in range(1, 6)}


def test_parts_of_look_alike_hosts_never_merge(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(SONGS, 50, host=album(50, **LP))}
    assert merged_parts(tmp_path, libraries) == set()
    pairs = rows(tmp_path / "out" / "pairs.csv")
    assert not [
        row for row in pairs if not {"1", "50"} & {row["control_number_1"], row["control_number_2"]}
    ]


def test_parts_of_one_host_never_merge_even_through_a_third_library(tmp_path):
    number = {"f035": "  $a(FI-MELINDA)000777888"}
    twin = [album(1), song(2, "Yö", 1, "1", **number), song(3, "Yö", 1, "1", **number)]
    libraries = {"a": twin, "b": disc(["Yö"], 50), "c": disc(["Yö"], 70)}
    found = run(tmp_path, libraries)
    at = cluster_of(found)
    assert at["a", "2"] != at["a", "3"]
    assert at["b", "51"] == at["c", "71"]


def test_another_order_merges_titles_that_stand_once_on_both_sides(tmp_path):
    """Order-preserving alignment leaves one of them out; the title alone tells here."""
    moved = ("Rannalla", "Kesän lapset", "Tuulee, tuulee", "Valoa ikkunassa", "Yö")
    libraries = {"a": disc(SONGS), "b": disc(moved, 50)}
    assert merged_parts(tmp_path, libraries) == {(1, 2), (2, 3), (3, 4), (4, 5), (5, 1)}


def test_one_title_twice_in_another_order_is_for_a_person(tmp_path):
    left, right = ("Menuet", "Sarabande", "Menuet"), ("Menuet", "Menuet", "Sarabande")
    libraries = {"a": disc(left, numbered=False), "b": disc(right, 50, numbered=False)}
    assert merged_parts(tmp_path, libraries) == {(2, 3)}
    zones = {row["zone"] for row in rows(tmp_path / "out" / "pairs.csv") if row["vetoes"]}
    assert zones == {"review"}


def test_one_title_twice_on_one_side_is_told_by_its_number(tmp_path):
    numbered = {"a": disc(["Intro", "Intro", "Yö"]), "b": disc(["Intro", "Yö"], 50)}
    assert merged_parts(tmp_path / "numbered", numbered) == {(1, 1), (3, 2)}
    plain = {name: disc(titles, start, numbered=False) for name, titles, start in
             (("a", ["Intro", "Intro", "Yö"], 1), ("b", ["Intro", "Yö"], 50))}  # fmt: skip
    assert merged_parts(tmp_path / "plain", plain) == {(3, 2)}


def test_titles_that_are_half_alike_are_for_a_person(tmp_path):
    libraries = {
        "a": disc(["Yö", "Valoa ikkunassa palaa", "Rannalla"]),
        "b": disc(["Yö", "Valoa ikkunassa näkyy", "Rannalla"], 50),
    }
    assert merged_parts(tmp_path, libraries) == {(1, 1), (3, 3)}
    (asked,) = [
        row for row in rows(tmp_path / "out" / "pairs.csv") if row["control_number_1"] == "3"
    ]
    assert asked["zone"] == "review"
    assert "not surely the same part" in asked["vetoes"]


def test_a_part_without_a_partner_stays(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(["Yö"], 50)}
    assert merged_parts(tmp_path, libraries) == {(4, 1)}
    assert len(rows(tmp_path / "out" / "clusters.csv")) == 8


def test_parts_whose_host_was_not_read_are_matched_as_before(tmp_path):
    full = {"f260": ALBUM["f260"], "f300": "  $a1 CD-levy (3 min)"}
    left, right = (
        song(2, "Valoa ikkunassa", 1, "4", **full),
        song(9, "Valoa ikkunassa", 8, "4", **full),
    )
    at = cluster_of(run(tmp_path, {"a": [left], "b": [album(1), right]}))
    assert at["a", "2"] == at["b", "9"]


def test_parts_of_parts_follow_their_hosts(tmp_path):
    """A suite on a disc, and its movements."""

    def with_suite(start):
        suite = song(start + 1, "Sarja sellolle", start, "1")
        movements = [song(start + 2 + n, title, start + 1, str(n + 1))
                     for n, title in enumerate(["Menuet", "Gigue", "Menuet"])]  # fmt: skip
        return [album(start), suite, *movements]

    libraries = {"a": with_suite(1), "b": with_suite(50)}
    assert merged_parts(tmp_path, libraries) == {(n, n) for n in range(1, 5)}


def test_records_that_are_each_others_hosts_are_read_and_kept(tmp_path):
    ring = [song(1, "Yö", 2), song(2, "Rannalla", 1), song(3, "Intro", 3)]
    assert len(cluster_of(run(tmp_path, {"a": ring, "b": disc(SONGS, 50)}))) == 9


def test_articles_of_a_journal_are_not_put_in_order(tmp_path):
    journal = {"leader": leader(p7="s"), "f020": None, "f022": "  $a1234-5679", "f100": None,
               "f245": "10$aParnasso", "f300": None}  # fmt: skip
    left = [book(1, **journal), song(2, "Runon aika", 1, "1985, 1, s. 4")]
    right = [book(50, **journal), song(51, "Ei tätä vielä", 50, "1986, 2, s. 9")]
    assert merged_parts(tmp_path, {"a": left, "b": right}) == set()
    with duckdb.connect(str(tmp_path / "out" / "work" / "linkage.duckdb")) as tables:
        assert tables.execute("SELECT count(*) FROM aligned").fetchall() == [(0,)]


def test_the_demo_regions_songs_merge_with_their_own_and_no_others(tmp_path):
    build(tmp_path)
    at = cluster_of_region(tmp_path)
    kinds = {"part-pair", "song-cd-lp", "song-other-edition", "same-title-one-album",
             "song-other-album", "part-vs-host", "host-pair"}  # fmt: skip
    asked = [row for row in rows(tmp_path / "traps.csv") if row["trap"] in kinds]
    assert {row["trap"] for row in asked} == kinds
    for row in asked:
        one, other = at[row["lib1"], row["cn1"]], at[row["lib2"], row["cn2"]]
        assert (one == other) == (row["label"] == "1"), row


def cluster_of_region(folder):
    match(region_sources(folder), folder / "out", ONE)
    return cluster_of(folder / "out")


def test_a_merged_part_points_to_its_merged_host(tmp_path):
    result = run(tmp_path, {"a": disc(SONGS), "b": disc(SONGS, 50, isil="(FI-B)")})
    at = cluster_of(result)
    found = read(result / "merged.mrc")
    records = [Record.from_flat(one.flat) for one in found if isinstance(one, ReadRecord)]
    links = {r.control("001"): [w for f in r.get("773") for w in f.all("w")] for r in records}
    assert at["a", "1"] == at["b", "50"]
    for number in range(1, 6):
        part = links[at["a", str(1 + number)]]
        assert part[0] == f"(KIMPPA){at['a', '1']}"
        assert len([w for w in part if w.startswith("(KIMPPA)")]) == 1


def test_explanations_say_that_the_hosts_are_one_and_where_the_part_stood(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(("Avaus (bonus)", *SONGS), 50)}
    result = run(tmp_path, libraries)
    found = {(r["control_number_1"], r["control_number_2"]): r for r in rows(result / "pairs.csv")}
    assert found["3", "53"]["reasons"].startswith(
        "place 2 of 5 and 3 of 6; place in the host: one host"
    )
    told = explain(saved(tmp_path / "in", libraries), "b:53", "a:3")
    (step,) = [step for step in told.steps if step.comparison == "place in the host"]
    assert (step.left, step.right) == ("3 of 6: raita 3", "2 of 5: raita 2")
    assert step.level.startswith("one host, same place")
    assert told.zone == "merge"
    page = (result / "report.html").read_text()
    assert "same place in the order" in page


def test_scoring_named_pairs_aligns_them_too(tmp_path):
    libraries = {"a": disc(SONGS), "b": disc(SONGS, 50, host=album(50, **LP)), "c": disc(SONGS, 70)}
    asked = tmp_path / "asked.csv"
    asked.write_text("lib1,cn1,lib2,cn2\na,3,b,52\na,3,c,72\na,3,a,4\n")
    score_pairs(saved(tmp_path / "in", libraries), asked, tmp_path / "scores.csv")
    zones = [row["zone"] for row in rows(tmp_path / "scores.csv")]
    assert zones == ["reject", "merge", "reject"]


TITLES = st.sampled_from(["Intro", "Menuet", "Menuetto", "Yö", "Rannalla", "Valoa ikkunassa", ""])
DISCS = st.lists(st.lists(TITLES, max_size=6), min_size=2, max_size=4)


@given(DISCS, st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_matters_and_no_cluster_holds_two_parts_of_one_host(
    tmp_path_factory, discs, numbered, random
):
    libraries = {
        name: disc(titles, 1 + 20 * n, numbered=numbered)
        for n, (name, titles) in enumerate(zip("abcd", discs, strict=False))
    }
    folder = tmp_path_factory.mktemp("discs")
    first = clusters(run(folder, libraries))
    for members in first:
        owners = [library for library, _ in members]
        assert len(owners) == len(set(owners))
    shuffled = list(libraries.items())
    random.shuffle(shuffled)
    for _, records in shuffled:
        random.shuffle(records)
    assert clusters(run(tmp_path_factory.mktemp("shuffled"), dict(shuffled))) == first


@given(DISCS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_alignment_pairs_each_part_at_most_once_whatever_comes_first(discs, random):
    parts = [
        Part(0, 100 * n, f"lib{n}", 100 * n + i + 1, str(i), title, title, str(i + 1), ["vesala"])
        for n, titles in enumerate(discs)
        for i, title in enumerate(title.lower() for title in titles)
    ]
    found = sorted(align_hosts(parts))
    for side in (0, 1):
        used = [(pair[side], pair[1 - side] // 100) for pair in found]
        assert len(used) == len(set(used))
    random.shuffle(parts)
    assert sorted(align_hosts(parts)) == found
    renamed = [part._replace(host=900 - part.host, rid=part.rid) for part in parts]
    assert {pair[:2] for pair in align_hosts(renamed) if pair.slot != "doubtful"} == {
        pair[:2] for pair in found if pair.slot != "doubtful"
    }


def test_a_list_is_kept_together_by_the_order_of_all():
    """What one title cannot say the neighbours do."""
    left, right = ["x", "intro", "y"], ["intro", "x", "intro", "y", "intro"]
    parts = [Part(0, 1, "a", n, str(n), t, t, "", []) for n, t in enumerate(left, 2)]
    parts += [Part(0, 20, "b", n, str(n), t, t, "", []) for n, t in enumerate(right, 21)]
    found = [(pair.a, pair.b, pair.slot) for pair in align_hosts(parts)]
    assert found == [(2, 22, "order"), (3, 23, "order"), (4, 24, "order")]
