"""Whether Spark can run here, and what to install if not."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from kimppa.common.errors import CannotRun

JAVA = 17


def check() -> None:
    """Raise ``CannotRun`` with the remedy unless Spark and a Java for it are installed."""
    if not (find_spec("pyspark") and find_spec("sqlglot")):
        raise CannotRun(
            "--engine spark needs Apache Spark, which is not installed. Install it with"
            " pip install kimppa[spark], or leave --engine out: DuckDB gives the same result."
        )
    if (found := java_version()) < JAVA:
        raise CannotRun(
            f"--engine spark needs Java {JAVA} or newer; "
            + (f"this machine has {found}." if found else "this machine has none.")
            + " On Debian and Ubuntu: apt-get install openjdk-17-jre-headless."
        )


def java_version() -> int:
    """Return the main version of the Java that Spark would start, or 0 without one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    try:
        answer = subprocess.run([java or "java", "-version"], capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(rb'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found[1]) if found else 0
