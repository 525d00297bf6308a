"""250,000 real records of the Library of Congress, out of pymarc's own source distribution.

The file is in the public domain. It is fetched once through pip and kept under ``var/bench``; both
the distribution and the file are known by their digests.
"""

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path
from shutil import copyfileobj

FOLDER = Path(__file__).resolve().parents[1] / "var" / "bench"
RELEASE = "pymarc==5.4.0"
ARCHIVE = "pymarc-5.4.0.tar.gz"
ARCHIVE_SHA256 = "b2016b1674d1956636c99b9bf95b31840c5cb8f22645672a660e66326371b2f3"
FILE = "BooksAll.2016.part01.utf8"
FILE_SHA256 = "dfdcdad30e0e0a82b0aec831c1a08b61c6199eb8ee0d71ff7953213f20eb0e47"


class Refused(Exception):
    """The file could not be had, or is not the one that was meant."""


def books() -> Path:
    """Return the file, fetched if it is not there yet; raises ``Refused`` with the reason."""
    path = FOLDER / FILE
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _download()
        _extract(FOLDER / ARCHIVE, path)
    _check(path, FILE_SHA256)
    return path


def _download() -> None:
    if (FOLDER / ARCHIVE).exists():
        return
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "pymarc"]
    try:
        subprocess.run(  # noqa: S603 - no part of the command comes from outside
            [*command, "--quiet", "--dest", str(FOLDER), RELEASE], check=True, timeout=600
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(f"pip could not fetch {RELEASE} ({error})") from error


def _extract(archive: Path, target: Path) -> None:
    _check(archive, ARCHIVE_SHA256)
    partial = target.with_name(target.name + ".partial")
    with tarfile.open(archive) as packed:
        content = packed.extractfile(f"{ARCHIVE.removesuffix('.tar.gz')}/{FILE}")
        if content is None:
            raise Refused(f"{ARCHIVE} does not hold {FILE}")
        with partial.open("wb") as file:
            copyfileobj(content, file)
    partial.replace(target)
    archive.unlink()


def _check(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise Refused(f"{path.name} has another sha256 ({found}) than expected; remove it")
