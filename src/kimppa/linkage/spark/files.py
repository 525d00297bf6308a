"""Files where Spark's nodes reach them: a folder, HDFS, an object store."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

SPILL, LOG = "spill", "log4j2.properties"  # beside the tables of a run on this machine
_OURS = {SPILL, LOG}
# What Hadoop's file calls are told by place: keep the source; with all inside, or in place of.
_KEEP, _WHOLE = False, True


class Place(NamedTuple):
    """Where Spark has the tables of a run."""

    address: str
    shared: bool  # not the work folder: files are carried there and back


class Files:
    """Files at any address that Spark's Hadoop libraries know: a folder, HDFS, an object store."""

    def __init__(self, session: Any) -> None:
        """Use the session's rights and settings."""
        context = session.sparkContext
        self._java = context._jvm  # noqa: SLF001 - PySpark has no other way to Hadoop's files
        self._settings = context._jsc.hadoopConfiguration()  # noqa: SLF001

    def keep_only(self, address: str, names: set[str]) -> None:
        """Remove everything else from a folder, such as what a stopped stage left."""
        path, system = self._found(address)
        for status in system.listStatus(path) if system.exists(path) else ():
            if status.getPath().getName() not in {*names, *_OURS}:
                system.delete(status.getPath(), _WHOLE)

    def upload(self, source: Path, address: str) -> None:
        """Copy a file to an address."""
        path, system = self._found(address)
        system.copyFromLocalFile(_KEEP, _WHOLE, self._path(f"file://{source}"), path)

    def download(self, address: str, folder: Path) -> None:
        """Copy a folder from an address, in place of an earlier one."""
        shutil.rmtree(folder, ignore_errors=True)
        path, system = self._found(address)
        system.copyToLocalFile(_KEEP, path, self._path(f"file://{folder}"), _WHOLE)

    def _path(self, address: str) -> Any:
        return self._java.org.apache.hadoop.fs.Path(address)

    def _found(self, address: str) -> tuple[Any, Any]:
        path = self._path(address)
        return path, path.getFileSystem(self._settings)
