"""Read every real catalogue at hand and lose nothing."""

import json
from pathlib import Path

import pymarc
import pytest

from kimppa.marc.items import items
from kimppa.marc.reading import ReadRecord, read
from kimppa.marc.record import Record

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here: real catalogues not read"),
]
COUNTS = {
    "ht_dev/lib_*": 18_976,
    "swissbib_dev/lib_*.mrc": 516,
    "carli_dedup/lib_*.mrc": 335,
    "carli_dedup/all.xml": 335,
    "fi_melinda_pairs/pairs.json": 160,
    "background_unlabelled/*.xml": 3_300,
    "exports/koha/biblios.mrc": 436,
    "exports/koha/biblios.xml": 436,
    "exports/origo/MARC21.raw.xml": 152,
}


@pytest.mark.parametrize(("pattern", "expected"), COUNTS.items())
def test_no_good_record_is_rejected(pattern, expected):
    results = [result for path in sorted(DATA.glob(pattern)) for result in read(path)]
    assert all(isinstance(result, ReadRecord) for result in results)
    assert len(results) == expected


@pytest.mark.parametrize("name", ["ht_dev/lib_FI-A.mrc", "exports/koha/biblios.mrc"])
def test_fields_are_those_that_pymarc_finds(name):
    ours = [Record.from_flat(result.flat) for result in read(DATA / name) if not result.repairs]
    theirs = {
        tuple((f.tag, f.data or "", tuple(map(tuple, f.subfields))) for f in record.fields)
        for record in pymarc.MARCReader((DATA / name).read_bytes())
    }
    assert len(ours) > 400
    for record in ours:
        fields = tuple((f.tag, f.value, tuple(map(tuple, f.subfields))) for f in record.fields)
        assert fields in theirs


def test_a_koha_export_gives_all_its_items():
    expected = json.loads((DATA / "exports/koha/expected.json").read_text())
    found = [
        item
        for result in read(DATA / "exports/koha/biblios.mrc")
        for item in items(Record.from_flat(result.flat))
    ]
    assert len(found) == expected["items"]
    for word, key in (("lost", "items_lost"), ("withdrawn", "items_withdrawn")):
        assert sum(word in item.status for item in found) == expected[key]
