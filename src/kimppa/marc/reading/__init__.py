"""Read files of MARC records whatever their state: ISO 2709, MARCXML, MARC in JSON, also gzipped.

A damaged record never stops the reading and never swallows its neighbours: every byte that is not
a blank, or markup round the records, belongs to a record read or to a stretch rejected.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kimppa.marc.reading import iso2709, marcjson, marcxml, source
from kimppa.marc.reading.results import (
    FileFormat,
    NotMarc,
    ReadRecord,
    Rejected,
    Run,
    one_by_one,
)
from kimppa.marc.reading.sniffing import sniff

__all__ = [
    "FileFormat",
    "NotMarc",
    "ReadRecord",
    "Rejected",
    "Run",
    "read",
    "runs",
    "sniff",
    "spans",
]

_SPAN = 16 << 20
Found = ReadRecord | Rejected | Run
_READERS: dict[FileFormat, Callable[[Iterable[bytes], int], Iterator[Found]]] = {
    "iso2709": iso2709.runs,
    "marcxml": marcxml.read,
    "json": marcjson.read,
}


def read(path: str | Path, span: tuple[int, int] | None = None) -> Iterator[ReadRecord | Rejected]:
    """Iterate over the records of a file, or of one span of it (see ``spans``), in their order.

    Offsets and lengths are in bytes of the content, after unpacking. Raises ``NotMarc``.
    """
    return one_by_one(runs(path, span))


def runs(path: str | Path, span: tuple[int, int] | None = None) -> Iterator[Found]:
    """Iterate over the same, where records that need nothing may come as one run of many."""
    reader = _READERS[sniff(path)]
    damage: list[Rejected] = []
    yield from reader(source.blocks(Path(path), span, damage), span[0] if span else 0)
    yield from damage


def spans(path: str | Path, size: int = _SPAN) -> list[tuple[int, int]]:
    """Return byte ranges that can be read in parallel; only ISO 2709 that is not gzipped is cut.

    A cut stands after a record mark that a leader follows. Raises ``NotMarc``.
    """
    path = Path(path)
    whole = path.stat().st_size if path.is_file() else 0
    if sniff(path) != "iso2709" or source.is_gzip(path):
        return [(0, whole)]
    cuts = [0]
    with path.open("rb") as file:
        while cuts[-1] + size < whole:
            file.seek(cuts[-1] + size)
            cut = _cut(file.read(min(size, iso2709.LONGEST)))
            cuts.append(cuts[-1] + size + cut if cut else whole)
    cuts = [cut for cut in cuts if cut < whole]
    return list(zip(cuts, [*cuts[1:], whole], strict=True))


def _cut(window: bytes) -> int:
    """Return where in a stretch of a file the first whole record begins; 0 where none does."""
    return next((at for at in iso2709.leaders(window) if window[at - 1 : at] == iso2709.MARK), 0)
