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
