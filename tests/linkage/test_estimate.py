"""Estimates where nobody knows the truth: expected precision, recall by recapture, the audit."""

import csv
import json

import duckdb
import numpy as np
import pytest

from kimppa.linkage import audit
from kimppa.linkage.blocking import RULES
from kimppa.linkage.comparison import VETOES
from kimppa.linkage.estimate import FAMILIES, chapman, estimates, mask, quotas, stratified, wilson
from kimppa.linkage.intake import Source
from kimppa.linkage.match import match
from kimppa.linkage.report_page import render
from kimppa.linkage.report_page.texts import _WORDS
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import to_iso2709

# Rules that belong to no family: each looks at fields of two.
MIXED = {
    "longest word, author and year", "title and publisher number", "first words, year and pages",
    "first words, year and publisher",
}  # fmt: skip


def test_every_rule_of_blocking_is_in_one_family_or_mixes_them():
    named = [name for rules in FAMILIES.values() for name in rules]
    assert len(named) == len(set(named))
    assert {rule.name for rule in RULES} == set(named) | MIXED
    assert all(mask(family) for family in FAMILIES)
    assert set(_WORDS["family"]) == set(FAMILIES)


def test_two_independent_searches_tell_how_many_there_are():
    random = np.random.default_rng(7)
    inside = 0
    for _ in range(200):
        one, other = random.random(2000) < 0.8, random.random(2000) < 0.7
        found = int((one | other).sum())
        total = chapman(int(one.sum()), int(other.sum()), int((one & other).sum()), found)
        inside += total.low <= 2000 <= total.high
    assert inside >= 180  # of 200, at 95 %


def test_dependent_searches_claim_too_few_as_the_documentation_says():
    random = np.random.default_rng(7)
    easy = random.random(2000) < 0.8
    one = random.random(2000) < np.where(easy, 0.95, 0.2)
    other = random.random(2000) < np.where(easy, 0.95, 0.2)
    found = int((one | other).sum())
    assert chapman(int(one.sum()), int(other.sum()), int((one & other).sum()), found).total < 2000


def test_nothing_missed_means_no_more_than_what_was_found():
    assert chapman(500, 500, 500, 500) == (500, 500, 500)


def test_strata_count_by_their_size_not_by_how_many_were_judged():
    share = stratified([(900, 25, 25), (100, 20, 25)])
    assert share.estimate == pytest.approx(0.98)
    assert 0.83 < share.low < share.estimate < share.high < 1


def test_one_stratum_is_wilson_itself():
    assert stratified([(50, 18, 20)]) == pytest.approx(wilson(18, 20))


@pytest.mark.parametrize("sizes", [[0, 0, 0, 0], [1, 2, 3, 4], [1000, 0, 5, 40], [10, 9999, 1, 7]])
def test_the_sample_is_as_large_as_it_can_be_and_no_larger(sizes):
    taken = quotas(sizes)
    assert sum(taken) == min(100, sum(sizes))
    assert all(count <= size for count, size in zip(taken, sizes, strict=True))


def scored(merged, apart):
    """Tables of merged pairs (log odds, rules), and of pairs left apart (log odds, vetoes)."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE records (rid BIGINT, library VARCHAR, control_number VARCHAR)")
    connection.execute(
        "CREATE TABLE members (rid BIGINT, cluster_id VARCHAR, cluster_size INTEGER)"
    )
    connection.execute("CREATE TABLE scored (a BIGINT, b BIGINT, log_odds FLOAT, vetoes BIGINT)")
    connection.execute("CREATE TABLE candidates (a BIGINT, b BIGINT, rules INTEGER)")
    pairs = [(odds, rules, 0, True) for odds, rules in merged]
    pairs += [(odds, 1, vetoes, False) for odds, vetoes in apart]
    for number, (odds, rules, vetoes, joined) in enumerate(pairs):
        a, b = 2 * number, 2 * number + 1
        connection.execute("INSERT INTO scored VALUES (?, ?, ?, ?)", [a, b, odds, vetoes])
        connection.execute("INSERT INTO candidates VALUES (?, ?, ?)", [a, b, rules])
        for rid in (a, b):
            connection.execute("INSERT INTO records VALUES (?, 'L', ?)", [rid, f"r{rid}"])
            seat = [rid, f"K{number if joined else rid + 10_000}", 2 if joined else 1]
            connection.execute("INSERT INTO members VALUES (?, ?, ?)", seat)
    return connection


VETOED = {veto.name: 1 << number for number, veto in enumerate(VETOES)}
LANGUAGE, OWN = VETOED["language"], VETOED["same library"] | VETOED["language"]
TITLES, IDENTIFIERS = mask("titles"), mask("identifiers")


def test_expected_figures_are_sums_of_probabilities():
    even = np.log(0.75 / 0.25)
    merged = [(even, TITLES | IDENTIFIERS)] * 40
    found = estimates(
        scored(merged, [(even, 0)] * 10 + [(even, LANGUAGE)] * 4 + [(even, OWN)] * 9)
    )["estimates"]
    assert found["precision"]["expected_wrong"] == 10
    assert found["precision"]["estimate"] == 0.75
    recall = found["recall"]
    assert (recall["expected_apart"], recall["expected_vetoed"]) == (7.5, 3)
    assert recall["blocking"]["estimate"] == 1
    assert recall["estimate"] == pytest.approx(30 / 37.5)
    assert recall["low"] == pytest.approx(30 / 40.5, abs=1e-4)


def test_what_blocking_missed_lowers_the_recall():
    merged = [(9, TITLES)] * 40 + [(9, IDENTIFIERS)] * 40 + [(9, TITLES | IDENTIFIERS)] * 40
    recall = estimates(scored(merged, []))["estimates"]["recall"]
    assert recall["captures"][0]["total"] == pytest.approx(80 * 80 / 40, abs=2)
    assert recall["blocking"]["estimate"] == pytest.approx(0.75, abs=0.01)
    assert recall["low"] < recall["estimate"] < recall["high"] < 1


def test_too_few_pairs_conclude_nothing():
    recall = estimates(scored([(9, TITLES | IDENTIFIERS)] * 5, []))["estimates"]["recall"]
    assert recall["estimate"] is None
    assert recall["captures"] == []


def book(number, title):
    return Record(
        "00000nam a2200000 a 4500",
        (
            Field("001", value=number),
            Field("008", value="790101s1979    fi            000 1 fin  "),
            Field("100", "1 ", (Subfield("a", "Waltari, Mika"),)),
            Field("245", "10", (Subfield("a", title),)),
            Field("260", "  ", (Subfield("b", "WSOY,"), Subfield("c", "1979"))),
            Field("300", "  ", (Subfield("a", "784 s. ;"),)),
        ),
    )


TITLES_OF_BOOKS = ("Sinuhe egyptiläinen", "Mikael Karvajalka", "Turms kuolematon", "Neljä päivää")


def region(tmp_path, titles=TITLES_OF_BOOKS):
    sources = []
    for library in ("A", "B"):
        path = tmp_path / f"{library}.mrc"
        records = [book(f"{library}{n}", title) for n, title in enumerate(titles)]
        path.write_bytes(b"".join(map(to_iso2709, records)))
        sources.append(Source(library, path))
    return sources


def test_a_persons_verdicts_enter_the_report_when_the_command_runs_again(tmp_path):
    sources, out = region(tmp_path), tmp_path / "out"
    first = match(sources, out)
    assert first["estimates"]["audit"] is None
    rows = audit.read(out / "audit.csv")
    assert sorted(row["title_1"] for row in rows) == sorted(TITLES_OF_BOOKS)
    assert {(row["author_2"], row["year_2"], row["verdict"]) for row in rows} == {
        ("Waltari, Mika", "1979", "")
    }
    with (out / "audit.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, audit.HEADINGS, delimiter=";")  # as spreadsheets here save
        writer.writeheader()
        writer.writerows({**row, "verdict": "Sama" if n else "eri"} for n, row in enumerate(rows))
    second = match(sources, out)["estimates"]["audit"]
    assert (second["asked"], second["judged"], second["wrong"]) == (4, 4, 1)
    assert second["low"] < second["estimate"] < 1
    assert [row["verdict"] for row in audit.read(out / "audit.csv")].count("Sama") == 3
    assert "75.0" in (out / "report.html").read_text("utf-8")


def test_verdicts_on_other_pairs_are_put_aside_not_lost(tmp_path):
    out = tmp_path / "out"
    match(region(tmp_path), out)
    text = (out / "audit.csv").read_text("utf-8").replace("\n,", "\nsame,")
    (out / "audit.csv").write_text(text, encoding="utf-8")
    outcome = match(region(tmp_path, ("Johannes Angelos", "Ihmiskunnan viholliset")), out)
    assert outcome["estimates"]["audit"] is None
    assert len(audit.read(out / "audit-earlier.csv")) == 4


def test_a_run_without_merges_says_so(tmp_path):
    outcome = match(region(tmp_path)[:1], tmp_path / "out")
    assert outcome["estimates"]["precision"]["merged_pairs"] == 0
    assert outcome["estimates"]["recall"] is None
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "nothing to estimate" in page
    assert "audit_sample" not in json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))


def test_a_report_made_before_there_were_estimates_still_renders(tmp_path):
    outcome = match(region(tmp_path), tmp_path / "out")
    del outcome["estimates"]
    assert "nothing to estimate" in render(tmp_path / "out", outcome)
