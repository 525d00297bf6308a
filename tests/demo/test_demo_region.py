"""The demo region builds, says what it is, and holds the traps it promises."""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pymarc
import pytest
from lxml import etree

from demo.build import build
from demo.region.desk import LibraryRecord
from demo.region.libraries import load_region
from demo.region.marc8 import to_marc8
from demo.region.numbers import isbn13

DEMO = Path(__file__).resolve().parents[2] / "demo"
MARCXML = "{http://www.loc.gov/MARC21/slim}"


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("region")
    build(out)
    return out


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[LibraryRecord]:
    return build(tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="module")
def readme() -> str:
    return (DEMO / "README.md").read_text(encoding="utf-8")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _chunks(content: bytes) -> list[bytes]:
    return [chunk + b"\x1d" for chunk in content.split(b"\x1d") if chunk]


def _iso_files(region: Path) -> dict[str, list[bytes]]:
    return {
        "harjula": _chunks((region / "harjula.mrc").read_bytes()),
        "niemela": _chunks((region / "niemela.mrc").read_bytes()),
        "ylikyla": _chunks(gzip.decompress((region / "ylikyla.mrc.gz").read_bytes())),
    }


def _table(readme: str, heading: str) -> dict[str, list[str]]:
    """A README table under a heading: first cell -> the other cells."""
    section = readme.split(f"## {heading}")[1].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in rows]
    return {row[0]: row[1:] for row in cells}


def test_two_builds_are_the_same_bytes(region: Path, tmp_path: Path) -> None:
    build(tmp_path)
    names = sorted(path.name for path in region.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert (region / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_command_runs_from_any_folder(region: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(DEMO / "build.py"), "--out", "built"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 our own
    built = tmp_path / "built" / "truth.csv"
    assert built.read_bytes() == (region / "truth.csv").read_bytes()


def test_each_library_has_as_many_records_as_the_readme_says(region: Path, readme: str) -> None:
    said = {key: int(cells[1]) for key, cells in _table(readme, "The six libraries").items()}
    xml = etree.fromstring((region / "lammaskoski.xml").read_bytes())
    swedish = etree.fromstring(gzip.decompress((region / "storby.xml.gz").read_bytes()))
    found = {key: len(chunks) for key, chunks in _iso_files(region).items()}
    found["lammaskoski"] = len(xml.findall(f"{MARCXML}record"))
    found["storby"] = len(swedish.findall(f"{MARCXML}record"))
    found["saarinen"] = len(json.loads((region / "saarinen.json").read_text(encoding="utf-8")))
    assert found == said
    assert 400 <= sum(found.values()) <= 800


def test_every_kind_of_trap_is_there_as_often_as_the_readme_says(region: Path, readme: str) -> None:
    found = Counter((row["trap"], row["label"]) for row in _rows(region / "traps.csv"))
    said = {(kind, cells[0]): int(cells[1]) for kind, cells in _table(readme, "The traps").items()}
    assert {kind for kind, _ in found} == {kind for kind, _ in said}
    assert {key: found[key] for key in said} == said


def test_the_key_never_contradicts_itself(region: Path) -> None:
    truth = {
        (row["library"], row["control_number"]): row["cluster_id"]
        for row in _rows(region / "truth.csv")
    }
    for row in _rows(region / "traps.csv"):
        one = truth[row["lib1"], row["cn1"]]
        two = truth[row["lib2"], row["cn2"]]
        assert (one == two) == (row["label"] == "1"), row
        assert row["lib1"] != row["lib2"]


def test_pymarc_reads_every_iso_record_but_the_one_that_is_cut(region: Path) -> None:
    unreadable = []
    for library, chunks in _iso_files(region).items():
        for chunk in chunks:
            if int(chunk[:5]) != len(chunk):
                unreadable.append(library)
                continue
            record = pymarc.Record(data=chunk)
            assert record["245"]["a"]
            assert len(record["008"].data) == 40
    assert unreadable == ["harjula"]


def test_the_cut_record_stands_between_whole_ones(region: Path) -> None:
    chunks = _iso_files(region)["harjula"]
    whole = [int(chunk[:5]) == len(chunk) for chunk in chunks]
    cut = whole.index(False)
    assert 0 < cut < len(chunks) - 1
    assert whole[cut - 1]
    assert whole[cut + 1]


@pytest.mark.parametrize(
    ("text", "stored"),
    [("Päätalo", b"P\xe8a\xe8atalo"), ("Åbo", b"\xeaAbo"), ("Børge", b"B\xb2rge"), ("é", b"\xe2e")],
)
def test_marc8_puts_the_mark_before_its_letter(text: str, stored: bytes) -> None:
    assert to_marc8(text) == stored


def test_marc8_comes_back_as_finnish_letters(region: Path) -> None:
    chunks = _iso_files(region)["niemela"]
    titles = [pymarc.Record(data=chunk)["245"]["a"] for chunk in chunks]
    assert all(chunk[9:10] == b" " for chunk in chunks)
    assert any(title.startswith("Vänrikki Stoolin tarinat") for title in titles)


def test_one_number_is_missing_and_one_is_used_twice(region: Path) -> None:
    numbers = Counter()
    for chunk in _iso_files(region)["ylikyla"]:
        field = pymarc.Record(data=chunk).get("001")
        numbers[field.data if field else None] += 1
    assert numbers[None] == 1
    assert [count for count in numbers.values() if count > 1] == [2]


def test_every_008_has_forty_characters_and_every_007_its_length(
    records: list[LibraryRecord],
) -> None:
    lengths = {"s": 14, "v": 9, "c": 14, "a": 8}
    for record in records:
        for field in record.fields:
            if field.tag == "008":
                assert len(field.value) == 40
            if field.tag == "007":
                assert len(field.value) == lengths[field.value[0]], field


def test_every_isbn_has_a_right_check_digit(records: list[LibraryRecord]) -> None:
    for record in records:
        for field in record.fields:
            if field.tag == "020":
                number = dict(field.subfields)["a"].replace("-", "")
                digits = [10 if c == "X" else int(c) for c in number]
                if len(digits) == 10:
                    assert sum(d * (10 - i) for i, d in enumerate(digits)) % 11 == 0
                else:
                    assert sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def test_no_two_editions_share_an_isbn_by_accident() -> None:
    owners: dict[str, set[str]] = {}
    for edition in load_region().editions.values():
        for key in {edition.isbn or edition.id, edition.isbn_set} - {""}:
            owners.setdefault(isbn13(edition.pub, key), set()).add(key)
    assert [keys for keys in owners.values() if len(keys) > 1] == []


def test_only_the_two_labelled_barcodes_are_used_twice(
    records: list[LibraryRecord], readme: str
) -> None:
    barcodes = Counter(item.barcode for record in records for item in record.items)
    twice = {barcode for barcode, count in barcodes.items() if count > 1}
    assert len(twice) == 2
    assert twice == set(re.findall(r"barcode `(\w+)`", readme))


def test_a_song_points_at_an_album_of_its_own_library(records: list[LibraryRecord]) -> None:
    numbers = {(record.library, record.number): record.edition for record in records}
    for record in records:
        for field in record.fields:
            if field.tag == "773":
                host = dict(field.subfields)["w"].partition(")")[2]
                assert numbers[record.library, host] == record.edition.partition("/")[0]
                assert record.leader[7] == "a"
