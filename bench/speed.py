"""How fast the main job is, beside pymarc merely reading the same files in the same run."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, NamedTuple

from bench.books import Refused, books
from bench.evaluation import DATA, sources
from bench.page import Part, Table, Target
from kimppa.linkage.intake import Source

STAGES = ("read", "block", "score", "cluster", "merge", "write")
RECORDS_PER_SECOND = 2_000  # what a region's rehearsal needs at least
SAMPLE_SECONDS = 0.2
MARK = b"\x1d"
IDENTIFIERS = {b"010", b"015", b"016", b"020", b"022", b"024", b"028", b"035"}


class Timed(NamedTuple):
    """How many records a piece of work did, in how many seconds."""

    records: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records per second."""
        return self.records / self.seconds


class Matched(NamedTuple):
    """One run of ``kimppa match``: its report, wall and CPU seconds, greatest memory, size."""

    report: dict[str, Any]
    seconds: float
    cpu: float
    memory: int  # bytes of all processes together
    written: int  # bytes

    @property
    def timed(self) -> Timed:
        """Records read, end to end, with starting and ending the program."""
        return Timed(self.report["records_read"], self.seconds)


def match(inputs: list[Source], out: Path, *options: str) -> Matched:
    """Run ``kimppa match`` as a program of its own."""
    named = [f"--library={source.library}={source.path}" for source in inputs]
    code = "import sys; from kimppa.site.cli import main; sys.argv[0] = 'kimppa'; main()"
    command = [sys.executable, "-c", code, "match", "--out", str(out), *options, *named]
    started, cpu = perf_counter(), _cpu_of_children()
    with subprocess.Popen(  # noqa: S603 - no part of the command comes from outside
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        peak = _watched(running)
    seconds = perf_counter() - started
    if running.returncode not in {0, 1}:
        raise RuntimeError(f"kimppa match ended with {running.returncode}")
    report = json.loads((out / "report.json").read_text("utf-8"))
    files = {path.stat().st_ino: path.stat().st_size for path in out.rglob("*") if path.is_file()}
    return Matched(report, seconds, _cpu_of_children() - cpu, peak, sum(files.values()))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watched(running: "subprocess.Popen[bytes]") -> int:
    """Wait for a program; return the most memory that it and its children held together."""
    peak = 0
    while running.poll() is None:
        peak = max(peak, sum(map(_resident, family(running.pid))))
        sleep(SAMPLE_SECONDS)
    return peak


def family(pid: int) -> Iterator[int]:
    """Iterate over a process and all its descendants."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = tasks.read_text("ascii").split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from family(int(child))


def _resident(pid: int) -> int:
    """Return the memory of a process in bytes; what processes share is shared out among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def read_by_pymarc(path: Path) -> int:
    """Let pymarc iterate over a file; return the number of records that it gave."""
    from pymarc import MARCReader, map_xml

    if path.suffix == ".xml":
        seen: list[None] = []
        map_xml(lambda _record: seen.append(None), str(path))  # type: ignore[no-untyped-call]
        return len(seen)
    with path.open("rb") as file:
        return sum(record is not None for record in MARCReader(file))


def read_by_kimppa(path: Path) -> int:
    """Iterate over a file's records with Kimppa's reader; return how many there are."""
    from kimppa.marc.reading import ReadRecord, read

    return sum(isinstance(found, ReadRecord) for found in read(path))


def merge_by_kimppa(chunk: Path) -> int:
    """Merge and write one chunk of clusters of a result; return the number of records."""
    from kimppa.linkage.chunks import Chunk, merge_chunk

    with TemporaryDirectory(dir=room()) as name:
        for part in ("merged", "items", "parts"):
            (Path(name) / part).mkdir()
        return merge_chunk(Chunk(chunk, Path(name), ("mrc",)), Path(name) / "parts")


def alone(work: Callable[[Path], int], paths: list[Path]) -> Timed:
    """Do work on files one after the other, in one new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        done = [pool.submit(_timed, work, path).result() for path in paths]
    return Timed(sum(t.records for t in done), sum(t.seconds for t in done))


def _timed(work: Callable[[Path], int], path: Path) -> Timed:
    started = perf_counter()
    return Timed(work(path), perf_counter() - started)


def halves(whole: Path, folder: Path) -> tuple[list[Source], list[tuple[str, str]]]:
    """Cut a catalogue into two, and give a tenth of each half's records to the other one too.

    The copies have other control numbers and no standard numbers, so that only their content can
    tell. Returns the two sources, and each planted pair's control numbers (original, copy).
    """
    paths = [folder / "even.mrc", folder / "odd.mrc"]
    planted = []
    with paths[0].open("wb") as even, paths[1].open("wb") as odd:
        for number, raw in enumerate(whole.read_bytes().split(MARK)[:-1]):
            own, other = (odd, even) if number % 2 else (even, odd)
            own.write(raw + MARK)
            if number % 20 in {3, 14}:
                original, copy, content = disguised(raw)
                other.write(content + MARK)
                planted.append((original, copy))
    return [Source(path.stem, path) for path in paths], planted


def disguised(raw: bytes) -> tuple[str, str, bytes]:
    """Return a record's control number, its copy's number, and the copy without its identifiers.

    Lengths stay: tags change in the directory only (020 becomes 920), 001 in one character.
    """
    base = int(raw[12:17])
    directory, data = bytearray(raw[:base]), bytearray(raw[base:])
    numbers = ("", "")
    for at in range(24, base - 1, 12):
        tag = bytes(directory[at : at + 3])
        if tag in IDENTIFIERS:
            directory[at : at + 1] = b"9"
        if tag == b"001":
            start, size = int(directory[at + 7 : at + 12]), int(directory[at + 3 : at + 7])
            original = data[start : start + size - 1].decode("ascii")
            data[start : start + 1] = b"x"
            numbers = (original.strip(), f"x{original[1:]}".strip())
    return *numbers, bytes(directory + data)


def planted_found(result: Path, planted: list[tuple[str, str]]) -> tuple[int, int]:
    """Return how many planted pairs ended in one cluster, and how many other pairs did."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE held AS SELECT control_number, cluster_id, cluster_size"
            f" FROM read_csv('{result / 'clusters.csv'}', all_varchar = true)"
        )
        clusters = dict(
            connection.execute("SELECT control_number, cluster_id FROM held").fetchall()
        )
        ((pairs,),) = connection.execute(
            "SELECT sum(n * (n - 1) // 2)::BIGINT FROM"
            " (SELECT count(*) AS n FROM held GROUP BY cluster_id)"
        ).fetchall()
    right = sum(clusters[one] == clusters[other] for one, other in planted)
    return right, pairs - right


class Measured(NamedTuple):
    """One set of files: Kimppa end to end, and both readers."""

    name: str
    matched: Matched
    pymarc: Timed
    reader: Timed
    merger: Timed


def measure(name: str, inputs: list[Source], out: Path) -> Measured:
    """Run everything on one set of files, one after the other."""
    paths = [source.path for source in inputs]
    print(f"{name}: kimppa match …", flush=True)
    matched = match(inputs, out)
    print(f"{name}: {matched.timed.rate:,.0f} records/s; both readers and merging …", flush=True)
    chunks = sorted((out / "store" / "inputs").glob("*.parquet"))
    return Measured(
        name,
        matched,
        alone(read_by_pymarc, paths),
        alone(read_by_kimppa, paths),
        alone(merge_by_kimppa, chunks),
    )


def speed() -> Part:
    """Measure on ht_dev and on a quarter of a million real records, as far as they can be had."""
    found: list[Measured] = []
    tables: list[Table] = []
    with TemporaryDirectory(dir=room()) as name:
        folder = Path(name)
        if DATA.is_dir():
            found.append(measure("ht_dev", sources("ht_dev"), folder / "ht"))
        else:
            print("../shared/data is not there: ht_dev is not measured.", flush=True)
        try:
            large = books()
            found.append(measure("LC 2016, one library", [Source("LC", large)], folder / "lc"))
            rehearsal, planted = _rehearsed(large, folder)
            found.append(rehearsal)
            tables.append(planted)
        except Refused as error:
            print(f"The Library of Congress records are not measured: {error}", flush=True)
    return Part("speed", [_rates(found), _stages(found), *tables], [_target(found)])


def room() -> Path:
    """Return a folder beside the benchmark's file, which is on a disk with room."""
    folder = Path(__file__).resolve().parents[1] / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rehearsed(large: Path, folder: Path) -> tuple[Measured, Table]:
    inputs, planted = halves(large, folder)
    measured = measure("LC 2016, two halves", inputs, folder / "halves")
    right, others = planted_found(folder / "halves", planted)
    row = (len(planted), right, right / len(planted), others)
    headings = ("planted duplicates", "merged", "recall", "other pairs merged")
    return measured, Table("LC 2016, two halves: planted duplicates", headings, [row])


def _rates(found: list[Measured]) -> Table:
    headings = (
        "files", "records", "seconds", "records/s", "pymarc reading", "ratio", "Kimppa reading",
        "ratio", "merging",
    )  # fmt: skip
    rows = [
        (
            m.name,
            m.matched.timed.records,
            f"{m.matched.seconds:.1f}",
            round(m.matched.timed.rate),
            round(m.pymarc.rate),
            f"{m.matched.timed.rate / m.pymarc.rate:.2f}",
            round(m.reader.rate),
            f"{m.reader.rate / m.pymarc.rate:.2f}",
            round(m.merger.rate),
        )
        for m in found
    ]
    return Table("Records per second, end to end and by part", headings, rows)


def _stages(found: list[Measured]) -> Table:
    headings = (
        "files",
        *STAGES,
        "CPU seconds",
        "records/CPU second",
        "peak memory, MiB",
        "result, MiB",
        "bytes/record",
    )
    rows = [
        (
            m.name,
            *(f"{m.matched.report[f'seconds_{stage}']:.1f}" for stage in STAGES),
            f"{m.matched.cpu:.1f}",
            round(m.matched.timed.records / m.matched.cpu),
            m.matched.memory >> 20,
            m.matched.written >> 20,
            m.matched.written // m.matched.timed.records,
        )
        for m in found
    ]
    return Table("Seconds per stage, memory, size of the result folder", headings, rows)


def _target(found: list[Measured]) -> Target:
    name = f"at least {RECORDS_PER_SECOND:,} records/s end to end, everything written"
    if not found:
        return Target(name, reached=False, found="nothing could be measured")
    slowest = min(found, key=lambda m: m.matched.timed.rate)
    rate, each = slowest.matched.timed.rate, slowest.matched.timed.records / slowest.matched.cpu
    shown = f"{rate:,.0f} ({slowest.name}, the slowest; {each:,.0f} per CPU second)"
    return Target(name, rate >= RECORDS_PER_SECOND, shown)
