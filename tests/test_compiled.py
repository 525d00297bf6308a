"""What is compiled and kept is compiled anew when what it calls changes, wherever that stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kimppa.common import compiled

CALLED = (
    "from pack.common.compiled import compiled\n\n\n@compiled\ndef called(x):\n    return x + 1\n"
)
READ = """import tomllib
from pathlib import Path

MORE = tomllib.loads(Path(__file__).with_name("table.toml").read_text())["more"]
"""
CALLING = """from pack.common.compiled import compiled
from pack.rooms.called import called


@compiled
def calling(x):
    return called(x)
"""


@pytest.fixture
def run(tmp_path):
    """Return what asks a process of its own for ``calling(1)`` of a small package."""
    for room, name, text in (
        ("common", "compiled", Path(compiled.__file__).read_text()),
        ("rooms", "called", CALLED),
        ("rooms", "calling", CALLING),
    ):
        (tmp_path / "pack" / room).mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / room / f"{name}.py").write_text(text)

    def ask(**environment):
        command = "from pack.rooms.calling import calling; print(calling(1))"
        told = subprocess.run(  # noqa: S603
            [sys.executable, "-B", "-c", command],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.strip()

    return ask


def test_a_change_elsewhere_is_never_overlooked(run, tmp_path):
    assert run() == "2"
    assert list(tmp_path.rglob("calling*.nbi"))
    (tmp_path / "pack/rooms/called.py").write_text(CALLED.replace("x + 1", "x + 5"))
    assert run() == "6"


def test_a_change_of_a_table_is_never_overlooked(run, tmp_path):
    table = tmp_path / "pack/rooms/table.toml"
    table.write_text("more = 1")
    called = READ + CALLED.replace("x + 1", "x + MORE")
    (tmp_path / "pack/rooms/called.py").write_text(called)
    assert run() == "2"
    table.write_text("more = 5")
    assert run() == "6"


def test_what_was_kept_before_a_class_moved_is_not_read(run, tmp_path):
    pair = "from typing import NamedTuple\n\n\nclass Pair(NamedTuple):\n    x: int\n"
    (tmp_path / "pack/rooms/pairs.py").write_text(pair)
    calling = CALLING.replace("called(x)", "called(x.x)")
    using = "\n\ndef calling(x):\n    return inner(Pair(x))\n"
    text = calling.replace("def calling", "def inner") + using
    (tmp_path / "pack/rooms/calling.py").write_text(f"from pack.rooms.pairs import Pair\n{text}")
    assert run() == "2"
    (tmp_path / "pack/rooms/pairs.py").rename(tmp_path / "pack/rooms/moved.py")
    (tmp_path / "pack/rooms/calling.py").write_text(f"from pack.rooms.moved import Pair\n{text}")
    assert run() == "2"


def test_where_nothing_can_be_kept_it_works_too(run, tmp_path):
    for room in ("common", "rooms"):
        (tmp_path / "pack" / room / "__pycache__").write_text("no folder")
    assert run(XDG_CACHE_HOME=os.devnull) == "2"
    assert not list(tmp_path.rglob("*.nbi"))


def test_pages_and_most_commands_start_without_it():
    command = (
        "import sys, django; django.setup(); from django.urls import get_resolver;"
        "get_resolver().url_patterns; import kimppa.site.wsgi; print('numba' in sys.modules)"
    )
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", command],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "kimppa.site.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"
