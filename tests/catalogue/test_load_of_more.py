"""A result of new records against a standing one is loaded like any other."""

import pytest
from django.utils import timezone
from linkage.records import book, cluster_of, rows, saved

from kimppa.catalogue.folder import ResultFolder
from kimppa.catalogue.models import BibliographicRecord, InputRecord, Item, Redirect
from kimppa.catalogue.operations import load_result, undo_load
from kimppa.linkage.match import Settings, match
from kimppa.linkage.standing.against import match_against

pytestmark = pytest.mark.django_db
ONE = Settings(processes=1)
OTHER = {"f245": "10$aKeittokirja kaikille /$cAnna Oja.", "f100": "1 $aOja, Anna.", "f020": None}


@pytest.fixture
def more(tmp_path):
    """A result after two additions: records joined, replaced and new, items gone and come."""
    first = {"a": [book(1, f952="  $bOLD$pA1"), book(2, **OTHER)], "b": [book(7)]}
    second = {"a": [book(1, f952="  $bNEW$pA2")], "c": [book(5, f952="  $bHEL$pC5")]}
    third = {"c": [book(6, f952="  $bHEL$pC5", **OTHER), book(8, f245="10$aKolmas", f020=None)]}
    match(saved(tmp_path / "in1", first), tmp_path / "out1", ONE)
    match_against(saved(tmp_path / "in2", second), tmp_path / "out1", tmp_path / "out2", ONE)
    match_against(saved(tmp_path / "in3", third), tmp_path / "out2", tmp_path / "out3", ONE)
    return tmp_path / "out3"


def test_only_what_holds_is_loaded(more):
    report = load_result(more, now=timezone.now())
    found = cluster_of(more)
    assert report.counts == {
        "records": len(set(found.values())),
        "inputs": len(found),
        "items": 3,
        "redirects": len(found),
        "merges": 2,
        "duplicate_barcodes": 1,
    }
    assert {record.cluster_id for record in BibliographicRecord.objects.all()} == set(
        found.values()
    )
    assert InputRecord.objects.filter(record__cluster_id=found["a", "1"]).count() == 3
    assert set(Item.objects.values_list("branch__code", flat=True)) == {"NEW", "HEL"}
    assert Redirect.objects.count() == len(rows(more / "redirects.csv"))
    undo_load(now=timezone.now())
    assert not BibliographicRecord.objects.exists()


def test_branches_of_rows_that_hold_no_longer_are_not_made(more):
    folder = ResultFolder(more)
    assert ("a", "OLD") not in folder.distinct("items", ("library", "branch"))
    assert folder.repeated_barcodes() == {"C5"}
    assert folder.row_count() == len(cluster_of(more)) + len(set(cluster_of(more).values())) + 3
