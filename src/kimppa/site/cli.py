"""The kimppa command: lists its verbs, runs one, and says in one line what could not be done."""

import ast
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kimppa.common.errors import CannotRun

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand

PACKAGE = Path(__file__).resolve().parents[1]
CANNOT_RUN = 2
INTERRUPTED = 130


def main() -> None:
    """Run the verb named on the command line; exit code 2 when it could not run at all."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one verb and return the exit code: 0 done, 2 could not run, 130 interrupted."""
    known = verbs()
    verb = arguments[0] if arguments else "--help"
    if verb in {"--help", "-h", "help"}:
        print(overview(known))  # noqa: T201 - this is the command's answer
        return 0
    if verb == "--version":
        print(version())  # noqa: T201
        return 0
    try:
        return run_verb(verb, arguments[1:], known)
    except CannotRun as error:
        print(f"kimppa: {error}", file=sys.stderr)  # noqa: T201
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("kimppa: stopped.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED


def verbs() -> dict[str, str]:
    """Return the verbs that the rooms offer, each with its one-line description.

    Files are read, not imported, so that ``kimppa --help`` answers at once.
    """
    paths = PACKAGE.glob("*/management/commands/[!_]*.py")
    return {path.stem.replace("_", "-"): _first_line(path) for path in sorted(paths, key=_name)}


def _name(path: Path) -> str:
    return path.stem


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def overview(known: dict[str, str]) -> str:
    """Return the help text that lists the verbs."""
    width = max(map(len, known), default=0)
    lines = [f"  {verb:<{width}}  {text}" for verb, text in known.items()]
    return "\n".join(
        [
            "Usage: kimppa VERB [options]",
            "",
            "One library out of several libraries' catalogues.",
            "",
            "Verbs:",
            *lines,
            "",
            "kimppa VERB --help tells more about one verb.",
        ]
    )


def unknown_verb(verb: str, known: dict[str, str]) -> str:
    """Return what to say about a verb that does not exist."""
    from difflib import get_close_matches

    close = get_close_matches(verb, known, n=1)
    hint = f"Did you mean `{close[0]}`?" if close else f"Verbs: {', '.join(known)}."
    return f"there is no verb `{verb}`. {hint} `kimppa --help` describes them."


def version() -> str:
    """Return the name and version of the program."""
    from importlib.metadata import version as version_of

    return f"kimppa {version_of('kimppa')}"


def run_verb(verb: str, arguments: list[str], known: dict[str, str]) -> int:
    """Start Django and run the verb's command; raises CannotRun for a verb that does not exist."""
    if verb not in known:
        raise CannotRun(unknown_verb(verb, known))
    import django
    from django.core.management import get_commands, load_command_class

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.site.settings")
    django.setup()
    name = verb.replace("-", "_")
    command = load_command_class(get_commands()[name], name)
    # Wrong options are told with the usage, exit code 2; parsers of verbs within verbs ask this.
    setattr(command, "_called_from_command_line", True)  # noqa: B010 - types do not know it
    parser = command.create_parser("kimppa", verb)
    options = parser.parse_args(arguments)
    if command.requires_migrations_checks:
        prepare_database()
    return _execute(command, vars(options))


def _execute(command: "BaseCommand", options: dict[str, object]) -> int:
    from django.core.management.base import CommandError
    from django.db import OperationalError

    command.requires_migrations_checks = False  # they were run just now
    try:
        command.execute(*options.pop("args", ()), **options)  # type: ignore[misc]
    except CommandError as error:
        raise CannotRun(str(error)) from error
    except OperationalError as error:
        raise CannotRun(database_trouble(error)) from error
    return 0


def database_trouble(error: Exception) -> str:
    """Return what to say when the database does not answer."""
    return f"the database did not answer ({error}). Check KIMPPA_DATABASE_URL and try again."


def prepare_database() -> None:
    """Make the local folder and bring the database to this release, if it is not there yet."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from kimppa.site.environment import keep_secret_key

    if not os.environ.get("KIMPPA_SECRET_KEY"):
        keep_secret_key(settings.LOCAL_FOLDER / "secret-key")
    if connection.vendor == "sqlite":
        Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise CannotRun(database_trouble(error)) from error
