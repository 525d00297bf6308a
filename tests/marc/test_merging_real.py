"""Real records merge without loss of items and whatever the order of the files."""

import json
from pathlib import Path

import pytest

from kimppa.marc.merging import Source, merge
from kimppa.marc.record import Field, Record, Subfield

PAIRS = Path(__file__).parents[3] / "shared" / "data" / "fi_melinda_pairs" / "pairs.json"

pytestmark = pytest.mark.data


def as_field(data):
    if "subfields" not in data:
        return Field(data["tag"], value=data.get("value", ""))
    parts = (Subfield(part["code"], part.get("value", "")) for part in data["subfields"])
    return Field(data["tag"], (data.get("ind1") or " ") + (data.get("ind2") or " "), tuple(parts))


def as_source(library, data):
    fields = tuple(map(as_field, data["fields"]))
    record = Record(data.get("leader", "00000nam a2200000 i 4500"), fields)
    return Source(library, record.control("001") or "1", record)


def test_finnish_pairs_merge_the_same_in_either_order():
    if not PAIRS.exists():
        pytest.skip(f"needs {PAIRS.name} of fi_melinda_pairs in ../shared/data")
    for pair in json.loads(PAIRS.read_text(encoding="utf-8")):
        one, other = as_source("A", pair["recordA"]), as_source("B", pair["recordB"])
        merged = merge("K0", [one, other])
        assert merged == merge("K0", [other, one])
        assert len(merged.provenance) == len(merged.record.fields)
        again = merge("K0", [Source("KIMPPA", "K0", merged.record), other])
        if again.base == "KIMPPA:K0":
            gone = set(merged.record.fields) - set(again.record.fields)
            assert {field.tag for field in gone} <= {"035", "583"}
