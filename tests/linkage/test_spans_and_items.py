"""Files read in several spans, and items that come in a CSV beside their records."""

import csv

from records import book

from kimppa.linkage.intake import SPAN, Source
from kimppa.linkage.match import match
from kimppa.marc.reading import read
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_iso2709, to_marcxml

LONG_NOTE = "  $a" + "Muistiinpanoja. " * 500


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_of_several_spans_keeps_its_damaged_last_record_in_quarantine(tmp_path):
    count = SPAN // 8_000 + 200
    raw = b"".join(to_iso2709(book(number, f500=LONG_NOTE)) for number in range(count))
    (tmp_path / "long.mrc").write_bytes(raw[:-3_000])
    outcome = match([Source("long", tmp_path / "long.mrc")], tmp_path / "out")
    assert len(raw) > SPAN
    assert (outcome["records_read"], outcome["quarantined"]) == (count - 1, 1)
    kept = (tmp_path / "out" / "quarantine.bin").read_bytes()
    assert raw[:-3_000].endswith(kept)
    assert len(rows(tmp_path / "out" / "clusters.csv")) == count - 1


def test_a_record_too_long_for_iso_2709_is_kept_as_marcxml(tmp_path):
    long = to_marcxml(book(1, f500=[LONG_NOTE] * 15))
    (tmp_path / "a.xml").write_bytes(MARCXML_HEAD + long + to_marcxml(book(2)) + MARCXML_TAIL)
    outcome = match([Source("a", tmp_path / "a.xml")], tmp_path / "out")
    kept = [flat for flat, *_ in read(tmp_path / "out" / "oversize.xml")]
    assert outcome["oversize_records"] == len(kept) == 1
    assert kept[0].count("Muistiinpanoja. ") == 15 * 500
    assert len(list(read(tmp_path / "out" / "merged.mrc"))) == 1
    assert len(rows(tmp_path / "out" / "clusters.csv")) == 2


def test_every_column_of_an_items_csv_is_kept(tmp_path):
    (tmp_path / "a.mrc").write_bytes(to_iso2709(book(7)))
    (tmp_path / "items.csv").write_text(
        "control_number,barcode,branch,status,purchased\n7,B1,PÄÄ,kadonnut,2019\n7,B2,PÄÄ,,\n",
        encoding="utf-8",
    )
    match([Source("a", tmp_path / "a.mrc", tmp_path / "items.csv")], tmp_path / "out")
    first, second = rows(tmp_path / "out" / "items.csv")
    assert (first["barcode"], first["branch"], first["status"]) == ("B1", "PÄÄ", "kadonnut")
    assert "purchased: 2019" in first["raw"]
    assert (second["barcode"], second["status"]) == ("B2", "")
