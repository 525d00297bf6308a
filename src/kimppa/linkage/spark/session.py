"""Starting Spark: on this machine, or where ``SPARK_CONF_DIR`` says; and its troubles in words."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kimppa.common.errors import CannotRun
from kimppa.linkage.spark.files import LOG, SPILL

_ALWAYS = {
    "spark.sql.ansi.enabled": "false",  # a value that is not there is NULL, as in DuckDB
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.sql.session.timeZone": "UTC",
}
_HERE = {  # without SPARK_CONF_DIR: on this machine, without a network
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def session(processes: int, folder: Path) -> tuple[Any, bool]:
    """Return a session and whether it was started here; ``SPARK_CONF_DIR`` says where it works."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("kimppa")
    if not os.environ.get("SPARK_CONF_DIR"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        for key, value in {**_HERE, **_here(processes, folder)}.items():
            builder = builder.config(key, value)
    session = (active or builder.getOrCreate()).newSession()
    for key, value in _ALWAYS.items():
        session.conf.set(key, value)
    return session, active is None


_LOG = """
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
"""


def _here(processes: int, folder: Path) -> dict[str, str]:
    """Return what depends on the run; Spark's notes before its first setting are kept quiet."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    log.write_text(_LOG, encoding="utf-8")
    return {
        "spark.master": f"local[{processes}]",
        "spark.local.dir": str(folder / SPILL),
        "spark.driver.extraJavaOptions": f'-Dlog4j2.configurationFile="{log}"',
    }


@contextmanager
def trouble_explained() -> Iterator[None]:
    """Say what to do when Spark gives up for want of room or memory, or cannot reach its nodes."""
    from py4j.protocol import Py4JError

    try:
        yield
    except (Py4JError, ConnectionError) as error:
        said = str(error)
        if "No space left" in said:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        cause = next((line.strip() for line in said.splitlines() if "Caused by:" in line), "")
        raise CannotRun(
            f"Spark gave up: {cause or said.splitlines()[0]}. See docs/spark.md on memory and"
            " addresses, and run the same command again: it goes on with the stage that failed."
        ) from error
