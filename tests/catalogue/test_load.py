import csv
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from catalogue.result_folder import ResultFolderWriter, edition, small_result
from django.db import connection, transaction

from kimppa.catalogue.models import (
    BibliographicRecord,
    Identifier,
    InputRecord,
    Item,
    Load,
    MergeEvent,
    MergeInput,
    Redirect,
)
from kimppa.catalogue.operations import load_result, undo_load
from kimppa.common.errors import CannotRun
from kimppa.organisations.models import AuditEvent, Branch, Library
from kimppa.organisations.operations import ensure_library

BROUGHT = (
    BibliographicRecord,
    Identifier,
    InputRecord,
    Item,
    MergeEvent,
    MergeInput,
    Redirect,
    Library,
    Branch,
)


def sizes():
    return {model.__name__: model.objects.count() for model in BROUGHT}


def test_a_load_brings_every_record_item_and_old_id(loaded):
    assert loaded.counts == {
        "records": 12,
        "inputs": 16,
        "items": 14,
        "redirects": 16,
        "merges": 3,
        "duplicate_barcodes": 1,
    }
    assert sizes() == {
        "BibliographicRecord": 12,
        "Identifier": 1,
        "InputRecord": 16,
        "Item": 14,
        "MergeEvent": 3,
        "MergeInput": 7,
        "Redirect": 16,
        "Library": 4,
        "Branch": 7,
    }


def test_the_marc_record_is_kept_whole(loaded, result_folder):
    record = BibliographicRecord.objects.get(cluster_id="K00000000000a")

    assert record.marc.control("001") == "K00000000000a"
    assert [field.tag for field in record.marc.fields][:3] == ["001", "008", "020"]
    assert len(record.provenance) == len(record.marc.fields)
    assert record.provenance[0] == []
    assert record.provenance[1] == ["Koskela:101", "Rantala:7", "Suokylä:A-55"]


def test_a_merge_remembers_all_its_inputs_and_the_base(loaded):
    event = MergeEvent.objects.get(record__cluster_id="K00000000000a")

    inputs = {each.input_record.source: each.is_base for each in event.inputs.all()}

    assert inputs == {"Koskela:101": True, "Rantala:7": False, "Suokylä:A-55": False}


def test_a_duplicated_barcode_is_kept_apart_and_reported(loaded):
    first = Item.objects.get(barcode="3001")
    second = Item.objects.get(duplicate_barcode="3001")

    assert (first.library.code, second.library.code) == ("Koskela", "Suokylä")
    assert second.barcode == ""
    with loaded.duplicates_file.open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row["barcode"] == "3001"
    assert (row["library"], row["kept_by_library"]) == ("Suokylä", "Koskela")


def test_loading_the_same_result_again_changes_nothing(loaded, result_folder, now):
    before = sizes()

    again = load_result(result_folder, now=now)

    assert again.already_loaded
    assert again.load == loaded.load
    assert sizes() == before


def test_another_result_is_refused_while_one_is_loaded(loaded, tmp_path, now):
    other = ResultFolderWriter()
    other.add("K0000000000ff", edition("Toinen", "", 2020), ["Koskela:1"], title="Toinen")

    with pytest.raises(CannotRun, match="undo-load"):
        load_result(other.write(tmp_path / "other"), now=now)

    assert BibliographicRecord.objects.count() == 12


def test_undoing_removes_what_the_load_brought_and_nothing_else(db, result_folder, now):
    ensure_library(code="Koskela")
    load_result(result_folder, now=now)

    load = undo_load(now=now)

    assert sizes() == dict.fromkeys((m.__name__ for m in BROUGHT), 0) | {"Library": 1}
    assert load.state == Load.State.UNDONE
    assert list(AuditEvent.objects.values_list("action", flat=True).order_by("pk")) == [
        "load",
        "undo load",
    ]


def test_what_was_undone_can_be_loaded_again(loaded, result_folder, now):
    undo_load(now=now)

    again = load_result(result_folder, now=now)

    assert not again.already_loaded
    assert sizes()["Item"] == 14


def test_undoing_nothing_says_so(db, now):
    with pytest.raises(CannotRun, match="nothing is loaded"):
        undo_load(now=now)


def test_progress_reaches_the_end(db, result_folder, now):
    told = []

    load_result(result_folder, now=now, progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (42, 42)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_new_rows_get_numbers_of_their_own_after_a_load(loaded):
    record = BibliographicRecord.objects.first()
    record.pk, record.cluster_id = None, "K999999999999"

    record.save()

    assert BibliographicRecord.objects.count() == 13


def remove_merged(folder):
    for path in (folder / "store" / "merged").iterdir():
        path.unlink()


def cut_inputs(folder):
    path = folder / "store" / "inputs" / "part-0.parquet"
    path.write_bytes(path.read_bytes()[:-40])


def drop_column(folder):
    from pyarrow import parquet

    path = folder / "store" / "items" / "part-0.parquet"
    parquet.write_table(parquet.read_table(path).drop_columns(["barcode"]), path)


def lose_cluster(folder):
    from pyarrow import parquet

    path = folder / "store" / "merged" / "part-0.parquet"
    parquet.write_table(parquet.read_table(path).slice(1), path)


def double_cluster(folder):
    merged = folder / "store" / "merged"
    (merged / "part-1.parquet").write_bytes((merged / "part-0.parquet").read_bytes())


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: (folder / "redirects.csv").unlink(), "redirects.csv is missing"),
        (lambda folder: (folder / "redirects.csv").write_text("a,b\n1,2\n"), "columns"),
        (remove_merged, "no records"),
        (cut_inputs, "not whole"),
        (drop_column, "lacks the column barcode"),
        (lose_cluster, "names cluster K00000000000a but lacks its record"),
        (double_cluster, "one cluster twice"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_and_nothing_is_loaded(
    db, result_folder, now, harm, message
):
    harm(result_folder)

    with pytest.raises(CannotRun, match=message):
        load_result(result_folder, now=now)

    assert sum(sizes().values()) == 0
    assert Load.objects.count() == 0


def test_a_folder_that_does_not_exist_is_refused(db, tmp_path, now):
    with pytest.raises(CannotRun, match="there is no folder"):
        load_result(tmp_path / "nothing", now=now)


def test_an_old_id_given_twice_stops_the_load_as_a_whole(db, result_folder, now):
    with (result_folder / "redirects.csv").open("a", encoding="utf-8") as stream:
        stream.write("Koskela,101,K00000000000a\n")

    with pytest.raises(CannotRun, match="nothing was loaded"):
        load_result(result_folder, now=now)

    assert sum(sizes().values()) == 0


def test_texts_longer_than_the_columns_and_nul_characters_do_no_harm(db, tmp_path, now):
    writer = ResultFolderWriter()
    fields = edition("Pitkä", "", 2020)
    writer.add("K0000000000aa", fields, ["Koskela:1"], title="Pitkä\0 " * 200, author="x" * 900)
    writer.add_item("K0000000000aa", "Koskela:1", " 77\0 ", "P" * 300, raw="952\0" + "z" * 5000)

    load_result(writer.write(tmp_path / "result"), now=now)

    item = Item.objects.get()
    assert item.barcode == "77"
    assert len(item.raw) == 5003


def url_of_test_database(folder: Path) -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder / 'own.sqlite3'}"
    host = f"{settings['HOST']}:{settings['PORT']}"
    return f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{host}/{settings['NAME']}"


SLOW_LOAD = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from kimppa.catalogue.operations import load_result
from kimppa.catalogue.models import BibliographicRecord, Load

def tell(done, total):
    print(done, flush=True)
    time.sleep(float(sys.argv[2]))

load_result(Path(sys.argv[1]), now=timezone.now(), progress=tell)
print("records", BibliographicRecord.objects.count(), Load.objects.count())
"""


def start_load(folder, url, pause):
    environment = os.environ | {
        "KIMPPA_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "kimppa.site.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SLOW_LOAD, str(folder), str(pause)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_a_load_killed_in_the_middle_leaves_nothing_and_can_be_run_again(result_folder, tmp_path):
    url = url_of_test_database(tmp_path)
    with start_load(result_folder, url, 30) as killed:
        assert killed.stdout.readline().strip() == "12"  # the merged records are in by now
        killed.send_signal(signal.SIGKILL)
        killed.wait()

    with start_load(result_folder, url, 0) as again:
        answer, _ = again.communicate(timeout=60)

    assert again.returncode == 0
    assert answer.splitlines()[-1] == "records 12 1"


@pytest.mark.django_db(transaction=True)
def test_of_two_loads_at_once_one_wins_and_the_other_is_told(result_folder, tmp_path, now):
    other = small_result()
    other.add("K0000000000fe", edition("Toinen", "", 2020), ["Koskela:9"], title="Toinen")
    folders = [result_folder, other.write(tmp_path / "other")]
    started, outcomes = threading.Barrier(2), []

    def load(folder):
        started.wait()
        try:
            load_result(folder, now=now, progress=lambda done, total: time.sleep(0.05))
            outcomes.append("loaded")
        except CannotRun as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=load, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=len)[0] == "loaded"
    assert "another" in sorted(outcomes, key=len)[1]
    assert Load.objects.count() == 1


def test_the_caller_may_have_a_transaction_of_its_own(db, result_folder, now):
    with transaction.atomic():
        load_result(result_folder, now=now)
        transaction.set_rollback(True)

    assert sum(sizes().values()) == 0
