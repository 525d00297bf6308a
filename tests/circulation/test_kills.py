"""Clerks, or the server, are killed in the middle; what they had in hand is whole or not there.

A small size of what ``python -m bench lending`` does at full size.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]
ROUNDS = 3
CLERKS = 2
SECONDS = 0.4  # of work before the kill
SERVER_KILLS, OPERATIONS = 2, 80


class Place:
    """A database of its own, with commands that run on it."""

    def __init__(self, address, folder):
        self.environment = {
            **os.environ,
            "KIMPPA_DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "kimppa.site.settings",
        }
        self.region = folder / "region.json"

    def begin(self, *arguments):
        command = [sys.executable, *arguments]
        return subprocess.Popen(  # noqa: S603 - our own programs
            command, env=self.environment, cwd=ROOT, text=True, stdout=subprocess.PIPE
        )

    def run(self, *arguments):
        process = self.begin(*arguments)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def clerk(self, seed, operations):
        return self.begin(
            "-m", "bench.clerks", "work", self.region, "--seed", f"{seed}",
            "--operations", f"{operations}",
        )  # fmt: skip

    def verify(self, since):
        code = "from kimppa.site.cli import main; main()"
        return self.run("-c", code, "verify", "--since", since)


@pytest.fixture
def place(tmp_path, django_db_setup, django_db_blocker):
    if connection.vendor == "sqlite":
        made = Place(f"sqlite:///{tmp_path}/lending.sqlite3", tmp_path)
        yield prepared(made)
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS kimppa_killed")
        cursor.execute("CREATE DATABASE kimppa_killed")
        address = os.environ["KIMPPA_DATABASE_URL"].rpartition("/")[0] + "/kimppa_killed"
        yield prepared(Place(address, tmp_path))
        cursor.execute("DROP DATABASE kimppa_killed WITH (FORCE)")


def prepared(place):
    assert place.run("-m", "django", "migrate", "-v0")[0] == 0
    assert place.run("-m", "bench.clerks", "set-up", place.region)[0] == 0
    return place


def events(place):
    code = (
        "import django; django.setup();"
        "from kimppa.organisations.models import AuditEvent; print(AuditEvent.objects.count())"
    )
    return int(place.run("-c", code)[1])


def test_clerks_killed_in_the_middle_leave_nothing_half_done(place):
    time.sleep(1)  # what was there before was made in an earlier second
    since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    for number in range(ROUNDS):
        before = events(place)
        clerks = [place.clerk(10 * number + n, operations=100_000) for n in range(CLERKS)]
        for clerk in clerks:
            assert clerk.stdout.readline() == "begun\n"
        while events(place) == before:
            assert all(clerk.poll() is None for clerk in clerks)
        time.sleep(SECONDS * number / 2)
        for clerk in clerks:
            clerk.send_signal(signal.SIGKILL)
            clerk.communicate()
            assert clerk.returncode == -signal.SIGKILL

        code, said = place.verify(since)
        assert code == 0, re.findall(r"WRONG.*", said)
    survivor = place.clerk(99, operations=50)
    survivor.communicate()
    assert survivor.returncode == 0
    assert place.verify(since)[0] == 0


@pytest.mark.skipif(not settings.NPM_FOLDER.is_dir(), reason="the server needs bin/assets")
def test_the_server_killed_in_the_middle_of_four_desks_work_keeps_what_its_pages_told(place):
    assert place.run("-m", "bench.desks", "accounts", place.region)[0] == 0
    code, said = place.run(
        "-m", "bench.kills", place.region,
        "--rounds", f"{SERVER_KILLS}", "--operations", f"{OPERATIONS}",
    )  # fmt: skip

    outcome = json.loads(said)
    assert outcome["wrong"] == ""
    assert code == 0
    assert outcome["operations"] >= SERVER_KILLS * (OPERATIONS * 0.3 - 4)  # four begun and not done
