import json
import os
import resource
import stat
import subprocess
import sys

import pytest

from kimppa.catalogue.models import BibliographicRecord
from kimppa.site.cli import run

pytestmark = pytest.mark.django_db


def test_help_answers_at_once_and_lists_the_verbs():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", "from kimppa.site.cli import main; main()", "--help"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
    for verb in ("load", "undo-load", "serve"):
        assert f"  {verb} " in done.stdout


def test_no_verb_shows_the_help(capsys):
    assert run([]) == 0
    assert "Usage: kimppa VERB" in capsys.readouterr().out


def test_a_misspelt_verb_is_answered_with_the_right_one(capsys):
    assert run(["laod"]) == 2
    assert "Did you mean `load`?" in capsys.readouterr().err


def test_a_verb_that_could_not_run_says_why_and_exits_with_2(tmp_path, capsys):
    assert run(["load", str(tmp_path / "nothing")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_load_prints_what_came_of_it_and_undo_takes_it_out(result_folder, capsys):
    assert run(["load", str(result_folder)]) == 0
    first = capsys.readouterr().out
    assert "Records in the catalogue" in first
    assert "duplicate-barcodes.csv" in first

    assert run(["load", str(result_folder)]) == 0
    assert "nothing was changed" in capsys.readouterr().out

    assert run(["undo-load"]) == 0
    assert "Removed 12 records and 14 items" in capsys.readouterr().out


def test_load_and_undo_are_rehearsed_and_answer_in_json(result_folder, capsys):
    assert run(["load", str(result_folder), "--dry-run", "--json"]) == 0
    rehearsed = json.loads(capsys.readouterr().out)
    assert BibliographicRecord.objects.count() == 0

    assert run(["load", str(result_folder), "--json"]) == 0
    loaded = json.loads(capsys.readouterr().out)
    assert loaded | {"seconds": 0} == rehearsed | {"seconds": 0}
    assert BibliographicRecord.objects.count() == loaded["records"] == 12

    assert run(["undo-load", "--dry-run"]) == 0
    assert "12 records and 14 items would be removed" in capsys.readouterr().out
    assert BibliographicRecord.objects.count() == 12

    assert run(["undo-load", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 14
    assert BibliographicRecord.objects.count() == 0


def test_serve_says_what_is_missing_when_assets_are(settings, tmp_path, capsys):
    settings.NPM_FOLDER = tmp_path / "none"

    assert run(["serve"]) == 2
    assert "bin/assets" in capsys.readouterr().err


def test_a_database_that_does_not_answer_is_told_of(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from kimppa.site.cli import main; main()", "undo-load"],
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "KIMPPA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "KIMPPA_DATABASE_URL" in done.stderr
    assert stat.S_IMODE((tmp_path / "var" / "secret-key").stat().st_mode) == 0o600
