import pytest

from kimppa.marc.items import ITEM_TAGS, Item, items
from kimppa.marc.record import Field, Record


def record(*fields):
    return Record(
        "00000nam a2200000 i 4500", tuple(Field.from_flat(f.replace("$", "\x1f")) for f in fields)
    )


CASES = {
    "Koha": (
        ["952  $aPAA$bLAH$cAIK$oF 84.2$p0012345$yBK$70"],
        [("0012345", "LAH", "AIK", "F 84.2", "BK", "", "952")],
    ),
    "Koha, lost and not for loan, home branch only": (
        ["952  $aPAA$p1$12$7-1$00$41"],
        [("1", "PAA", "", "", "", "lost (2), damaged, not for loan (-1)", "952")],
    ),
    "852 alone": (
        ["8524 $aFI-X$bPAA$cLAPSET$h84.2$iWAL$p77"],
        [("77", "PAA", "LAPSET", "84.2 WAL", "", "", "852")],
    ),
    "852 without barcode or branch": (
        ["8524 $h84.2", "8524 $xnote"],
        [("", "", "", "84.2", "", "", "852")],
    ),
    "876 linked to its 852": (
        [
            "8520 $81$bPAA$h84.2",
            "8520 $82$bLAH$h85",
            "876  $82.1$p11$javailable",
            "876  $81.1$p12",
            "876  $81.2$p13$lVAR",
        ],
        [
            ("11", "LAH", "", "85", "", "available", "876"),
            ("12", "PAA", "", "84.2", "", "", "876"),
            ("13", "PAA", "VAR", "84.2", "", "", "876"),
        ],
    ),
    "876 with the only 852 there is": (
        ["8520 $bPAA$h84.2", "876  $p12", "877  $p13"],
        [("12", "PAA", "", "84.2", "", "", "876"), ("13", "PAA", "", "84.2", "", "", "877")],
    ),
    "876 without 852": (["876  $p12"], [("12", "", "", "", "", "", "876")]),
    "no items": (["24510$aSinuhe"], []),
}


@pytest.mark.parametrize(("fields", "expected"), CASES.values(), ids=CASES)
def test_items_are_found_where_systems_put_them(fields, expected):
    found = items(record(*fields))
    assert [item[:6] for item in found] == [item[:6] for item in expected]


def test_the_source_is_told_and_the_field_kept_whole():
    (item,) = items(record("952  $p1$zrepaired"))
    assert item == Item("1", "", "", "", "", "", "952", "952  \x1fp1\x1fzrepaired")


def test_every_tag_that_items_are_read_from_is_an_item_tag():
    assert {"852", "876", "877", "878", "952"} <= ITEM_TAGS
    assert "856" not in ITEM_TAGS
    assert "866" in ITEM_TAGS
