"""Gets the peers, pinned by version, into ``var/bench/peers``; nothing of them enters Kimppa."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.books import FOLDER as ROOM

HERE = Path(__file__).parent
FOLDER = ROOM / "peers"
PYTHON = FOLDER / "venv" / "bin" / "python"
YAZ = FOLDER / "yaz"
YAZ_PACKAGES = ("yaz", "libyaz5", "libwrap0")
MINUTES = 20


class Missing(Exception):
    """A peer cannot be had here, with why."""


def call(
    command: list[str], *, folder: Path | None = None, more: dict[str, str] | None = None
) -> str:
    """Run a program and return what it prints; raises ``Missing`` with its last words."""
    try:
        done = subprocess.run(  # noqa: S603 - no part of the command comes from outside
            command, cwd=folder, env={**os.environ, **(more or {})}, check=True, text=True,
            capture_output=True, timeout=60 * MINUTES,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        words = [line for line in error.stderr.splitlines() if line.strip()] or ["no message"]
        raise Missing(f"{Path(command[0]).name} failed: {words[-1][:200]}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing(f"{Path(command[0]).name}: {str(error)[:200]}") from error
    return done.stdout


def python() -> Path:
    """Return the Python that has the Python peers."""
    wanted = (HERE / "requirements.txt").read_text("utf-8")
    if _installed("requirements.txt") != wanted:
        call([sys.executable, "-m", "venv", "--clear", str(FOLDER / "venv")])
        listed = str(HERE / "requirements.txt")
        call([str(PYTHON), "-m", "pip", "install", "--quiet", "--requirement", listed])
        (FOLDER / "requirements.txt").write_text(wanted, encoding="utf-8")
    return PYTHON


def node_runner() -> Path:
    """Return the script that runs the peers of npm, beside their packages."""
    wanted = (HERE / "package.json").read_text("utf-8")
    if _installed("package.json") != wanted or not (FOLDER / "node_modules").is_dir():
        (FOLDER / "package.json").write_text(wanted, encoding="utf-8")
        try:
            call(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], folder=FOLDER)
        except Missing:
            (FOLDER / "package.json").unlink()
            raise
    return Path(shutil.copy(HERE / "melinda.mjs", FOLDER))


def _installed(name: str) -> str:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / name
    return path.read_text("utf-8") if path.exists() else ""


def yaz() -> tuple[str, dict[str, str]]:
    """Return yaz-marcdump and what its environment needs: the machine's own, or Debian's."""
    own = shutil.which("yaz-marcdump")
    if own:
        return own, {}
    program = YAZ / "usr" / "bin" / "yaz-marcdump"
    if not program.exists():
        YAZ.mkdir(parents=True, exist_ok=True)
        call(["apt-get", "download", *YAZ_PACKAGES], folder=YAZ)
        for package in sorted(YAZ.glob("*.deb")):
            call(["dpkg-deb", "--extract", str(package), str(YAZ)])
    libraries = {str(path.parent) for path in (YAZ / "usr" / "lib").rglob("*.so.*")}
    return str(program), {"LD_LIBRARY_PATH": ":".join(sorted(libraries))}


def yaz_version() -> str:
    """Return which YAZ it is."""
    try:
        program, more = yaz()
        return "YAZ " + call([program, "-V"], more=more).split()[2]
    except Missing:
        return "no YAZ"
