"""The documentation names everything that a newcomer will meet."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.utils.translation import override

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
OWN_MODELS = [m for m in apps.get_models() if m.__module__.startswith("kimppa.")]
OWN_COMMANDS = [name for name, app in get_commands().items() if app.startswith("kimppa.")]


@pytest.mark.parametrize("model", OWN_MODELS, ids=lambda m: m._meta.label)
def test_every_model_is_in_the_glossary(model):
    with override("en"):
        assert f"**{model._meta.verbose_name.capitalize()}**" in GLOSSARY


@pytest.mark.parametrize("command", OWN_COMMANDS)
def test_every_command_is_documented(command):
    assert f"`{command.replace('_', '-')}`" in (ROOT / "docs" / "commands.md").read_text()


def test_every_environment_variable_is_documented():
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "bin").iterdir()]
    settings = "".join(path.read_text("utf-8") for path in sources if path.is_file())
    documented = (ROOT / "docs" / "settings.md").read_text()
    missing = [v for v in re.findall(r"KIMPPA_\w+", settings) if f"`{v}`" not in documented]
    assert missing == []
