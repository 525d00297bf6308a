"""Secrets come from the environment or from files: never from code, never from a command line."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

SRC = Path(__file__).parents[2] / "src" / "kimppa"
SECRET = ("SECRET", "PASSWORD", "TOKEN", "VAULT", "KEY")
COMMANDS = sorted(name for name, app in get_commands().items() if app.startswith("kimppa."))
ENVIRONMENT = {
    "KIMPPA_SECRET_KEY": ("SECRET_KEY", "secret-of-the-environment"),
    "KIMPPA_VAULT_KEY": ("VAULT_KEYS", "vault-of-the-environment"),
    "KIMPPA_VAULT_HASH_KEY": ("VAULT_HASH_KEY", "hash-of-the-environment"),
    "KIMPPA_SMS_TOKEN": ("SMS_TOKEN", "token-of-the-environment"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_a_secret_as_an_argument(name):
    """What is typed on a command line is read by every user of the machine, and kept."""
    parser = load_command_class(get_commands()[name], name).create_parser("kimppa", name)
    options = [option for action in parser._actions for option in action.option_strings]

    assert [
        option
        for option in options
        if any(word.lower() in option for word in SECRET) and not option.endswith("-file")
    ] == []


def test_settings_hold_no_secret_of_their_own():
    tree = ast.parse((SRC / "site" / "settings.py").read_text(encoding="utf-8"))
    literal = [
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and any(word in target.id for word in SECRET)
    ]

    assert literal == []


def test_each_secret_is_read_from_the_environment():
    names = [setting for setting, _ in ENVIRONMENT.values()]
    code = f"from kimppa.site import settings as s; print([getattr(s, name) for name in {names}])"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path)}
        | {variable: value for variable, (_, value) in ENVIRONMENT.items()},
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(value in done.stdout for _, value in ENVIRONMENT.values())
