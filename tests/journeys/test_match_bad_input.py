"""What `kimppa match` says and does with bad files: a message, an exit code, nothing lost."""

# ruff: noqa: S311, S603, S607 - the command itself is what is tested

import gzip
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from linkage.records import book, cluster_of, clusters, record, rows, save

from kimppa.linkage.processes import SMALL
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_iso2709, to_marcxml

KIMPPA = str(Path(sys.executable).with_name("kimppa"))
RESULTS = ("clusters.csv", "merged.mrc", "items.csv", "redirects.csv")
A, B, C = (
    to_iso2709(book(n, f245=f"10$a{title} /$cMika Waltari.", f952=f"  $bHEL$pH{n}"))
    for n, title in ((1, "Sinuhe egyptiläinen"), (2, "Turms, kuolematon"), (3, "Mikael Hakim"))
)


def kimppa(*arguments, timeout=60, **more):
    """Run the real command; a traceback is never an answer."""
    done = subprocess.run(
        [KIMPPA, *map(str, arguments)],
        capture_output=True, text=True, timeout=timeout, check=False, **more,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "Error(" not in done.stderr, done.stderr
    return done


def match(tmp_path, *content, name="a.mrc"):
    path = tmp_path / name
    path.write_bytes(b"".join(content))
    done = kimppa("match", path, "--out", tmp_path / "out")
    return done, tmp_path / "out"


READABLE = {
    "whole": ([A, B, C], 3),
    "doubled": ([A, B, A, B], 4),
    "reordered": ([C, A, B], 3),
    "blank lines between": ([A, b"\r\n", B, b"\n\n", C, b"\r\n"], 3),
    "byte order mark": ([b"\xef\xbb\xbf", A, B], 2),
    "zeros at the end": ([A, B, b"\0" * 5000], 2),
    "DOS end of file": ([A, B, b"\x1a"], 2),
    "wrong length, too short": ([A, b"00100" + B[5:], C], 3),
    "wrong length, too long": ([A, b"09999" + B[5:], C], 3),
    "no length": ([A, b"     " + B[5:], C], 3),
    "end mark missing": ([A, B[:-1], C], 3),
    "control characters": ([A, B.replace(b"Turms", b"Tu\x07ms"), C], 3),
}
DAMAGED = {
    "truncated at the end": ([A, B[:150]], 1),
    "truncated in the middle": ([A, B[:60], C], 2),
    "rubbish between": ([A, b"<html>no such page</html>", B], 2),
}


@pytest.mark.parametrize(("cases", "code"), [(READABLE, 0), (DAMAGED, 1)])
def test_damage_stays_where_it_is(cases, code, tmp_path):
    """Each case is a library of its own, read by one command."""
    for name, (content, _) in cases.items():
        (tmp_path / f"{name}.mrc").write_bytes(b"".join(content))
    out = tmp_path / "out"
    done = kimppa("match", *tmp_path.glob("*.mrc"), "--out", out)
    assert done.returncode == code, done.stderr
    found = Counter(row["library"] for row in rows(out / "clusters.csv"))
    assert found == {name: records for name, (_, records) in cases.items()}
    kept = (out / "quarantine.bin").read_bytes()
    rejected = rows(out / "quarantine.csv")
    assert [row["library"] for row in rejected] == (sorted(cases) if code else [])
    for row in rejected:
        whole = b"".join(cases[row["library"]][0])
        at, length, begin = (int(row[key]) for key in ("offset", "length", "bin_offset"))
        assert kept[begin : begin + length] == whole[at : at + length]
        assert row["file"] == f"{row['library']}.mrc"
        assert row["reason"]
    assert sum(int(row["length"]) for row in rejected) == len(kept)


ENCODINGS = {
    "MARC-8 marked UTF-8": (b"egyptil\xe8ainen", b"a"),
    "UTF-8 marked MARC-8": ("egyptiläinen".encode(), b" "),
    "Latin-1 marked UTF-8": (b"egyptil\xe4inen", b"a"),
}


def test_leaders_that_lie_about_the_encoding_are_seen_through(tmp_path):
    sources = []
    for name, (title, mark) in ENCODINGS.items():
        content = to_iso2709(book(1, f245=f"10$aSinuhe {'x' * len(title)}"))
        content = (content[:9] + mark + content[10:]).replace(b"x" * len(title), title)
        path = tmp_path / f"{name.replace(' ', '-')}.mrc"
        path.write_bytes(content)
        sources.append(path)
    done = kimppa("match", *sources, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert len(clusters(tmp_path / "out")) == 1
    assert "egyptiläinen".encode() in (tmp_path / "out" / "merged.mrc").read_bytes()


def test_a_missing_number_is_made_and_a_doubled_one_told_apart(tmp_path):
    nameless = record({"245": "10$aNimetön /$cN. N."})
    done, out = match(tmp_path, A, A, to_iso2709(nameless))
    assert done.returncode == 0
    names = {number for _, number in cluster_of(out)}
    assert {"1", "1#2"} < names
    (made,) = names - {"1", "1#2"}
    told = {row["control_number"]: row["repair"] for row in rows(out / "repairs.csv")}
    assert "one was made" in told[made]
    assert "more than once" in told["1#2"]
    assert sorted(row["raw"] for row in rows(out / "items.csv")) == [
        "952  \x1fbHEL\x1fpH1",
        "952  \x1fbHEL\x1fpH1",
    ]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<collection xmlns="http://www.loc.gov/MARC21/slim"><record><leader>&b;</leader></record></collection>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<collection xmlns="http://www.loc.gov/MARC21/slim"><record><leader>&x;</leader></record></collection>"""
REFUSED = {
    "empty file": (b"", "is empty"),
    "text": (b"Hello, this is a letter.\n" * 50, "no MARC records"),
    "PDF": (b"%PDF-1.7\n" + bytes(range(256)), "a PDF"),
    "ZIP": (b"PK\x03\x04" + bytes(100), "unpack it first"),
    "web page": (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "other XML": (b"<?xml version='1.0'?><rss/>", "no MARC records"),
    "other JSON": (b'{"a": 1}', "no MARC records"),
    "blanks": (b"\n" * 1000, "no MARC records"),
    "entity bomb": (BOMB, "entities"),
    "external entity": (OUTSIDE, "entities"),
    "gzipped text": (gzip.compress(b"Hello" * 100), "no MARC records"),
}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A folder with a file and its result."""
    folder = tmp_path_factory.mktemp("earlier")
    assert match(folder, A, B)[0].returncode == 0
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_marc_is_refused_and_an_earlier_result_stays(name, earlier):
    content, says = REFUSED[name]
    before = whole_folder(earlier / "out")
    done, out = match(earlier, content)
    assert done.returncode == 2, done.stdout
    assert says in done.stderr
    assert done.stderr.strip().startswith("kimppa: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert whole_folder(out) == before


def whole_folder(out):
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_hundred_megabytes_of_zeros_are_refused_at_once(tmp_path):
    path = tmp_path / "zeros.mrc"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    begun = time.monotonic()
    done = kimppa("match", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "only zeros" in done.stderr
    assert time.monotonic() - begun < 10


def test_names_that_cannot_be_read_are_refused_with_a_remedy(tmp_path):
    a = save(tmp_path / "a.mrc", A)
    (tmp_path / "other").mkdir()
    twin = save(tmp_path / "other" / "a.mrc", B)
    file = tmp_path / "file"
    file.write_text("somebody's")
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("ten years of work")
    cases = {
        "is a folder": [tmp_path / "other", "--out", tmp_path / "o"],
        "does not exist": [tmp_path / "no.mrc", "--out", tmp_path / "o"],
        "no file was named": ["--out", tmp_path / "o"],
        "named twice": [a, a, "--out", tmp_path / "o"],
        "--library NAME=": [a, twin, "--out", tmp_path / "o"],
        "write NAME=FILE": ["--library", "Harjula", "--out", tmp_path / "o"],
        "is a file": [a, "--out", file],
        "holds other files": [a, "--out", full],
        "question mark": [a, "--out", tmp_path / "what?"],
        "in the folder of the result": [a, "--out", tmp_path],
        "Check the name and the rights": [a, "--out", file / "below"],
        "no such library": [a, "--items", f"b={file}", "--out", tmp_path / "o"],
        "twice. Put": [a, "--items", f"a={file}", "--items", f"a={file}", "--out", tmp_path / "o"],
        "no column control_number": [a, "--items", f"a={file}", "--out", tmp_path / "o"],
        "cannot be a library's name": ["--library", f"a:b={a}", "--out", tmp_path / "o"],
    }
    for says, arguments in cases.items():
        done = kimppa("match", *arguments)
        assert done.returncode == 2, says
        assert says in done.stderr
    assert file.read_text() == "somebody's"
    assert [path.name for path in full.iterdir()] == ["thesis.txt"]
    assert not (tmp_path / "o").exists()


def test_options_that_do_not_exist_end_with_code_2(tmp_path):
    done = kimppa("match", save(tmp_path / "a.mrc", A))
    assert done.returncode == 2
    assert "--out" in done.stderr


@pytest.mark.skipif(not os.access("/proc/1", os.R_OK), reason="there is no /proc")
def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    done = kimppa("match", save(tmp_path / "a.mrc", A), "--out", "/proc/kimppa-result")
    assert done.returncode == 2
    assert "/proc/kimppa-result" in done.stderr


ODD_NAMES = ["Harju, la", 'Kirja"sto', "O'Brien", "a/b", "../../x", "50 %", "[red]", "Åbo", "=1+1"]


def test_any_printable_name_may_be_a_librarys(tmp_path):
    arguments = []
    for number, name in enumerate(ODD_NAMES):
        save(tmp_path / f"{number}.mrc", A)
        arguments += (
            ["--library", f"{name}={tmp_path / f'{number}.mrc'}"] if "=" not in name else []
        )
    out = tmp_path / "it's [a] *result*"
    done = kimppa("match", *arguments, "--out", out)
    assert done.returncode == 0, done.stderr
    assert {library for library, _ in cluster_of(out)} == set(ODD_NAMES) - {"=1+1"}
    assert len(clusters(out)) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [out.name]


class TestItemsInACsv:
    def run(self, tmp_path, content, *records):
        path = tmp_path / "items.csv"
        path.write_bytes(content)
        a = save(tmp_path / "a.mrc", *(records or (A, B)))
        done = kimppa("match", a, "--items", f"a={path}", "--out", tmp_path / "out")
        return done, tmp_path / "out"

    def test_lines_reach_their_records_and_orphans_are_kept_as_they_were(self, tmp_path):
        lines = [
            b"control_number,barcode,branch\r\n",
            b'1,X1,"Pori, p\xc3\xa4\xc3\xa4kirjasto"\r\n',
            b'9,"X9",Pori\r\n',
            b"\r\n",
            b"2,X2\r\n",
            b"2,X3,Pori,too,many\r\n",
        ]
        done, out = self.run(tmp_path, b"\xef\xbb\xbf" + b"".join(lines))
        assert done.returncode == 1, done.stderr
        (row,) = rows(out / "quarantine.csv")
        assert (out / "quarantine.bin").read_bytes() == lines[2]
        assert int(row["offset"]) == 3 + len(lines[0]) + len(lines[1])
        barcodes = {(item["control_number"], item["barcode"]) for item in rows(out / "items.csv")}
        assert {("1", "X1"), ("2", "X2"), ("2", "X3")} < barcodes

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"barcode,branch\nX1,Pori\n", "no column control_number"),
            (b"control_number;barcode\n1;X1\n", "no column control_number"),
            (b"", "no column control_number"),
            ("control_number,branch\n1,Jyväskylä\n".encode("latin-1"), "line 2: not UTF-8"),
            (b"control_number,branch\n1," + b"x" * 200_000 + b"\n", "line 2: no CSV"),
        ],
    )
    def test_what_is_no_such_csv_is_refused(self, content, says, tmp_path):
        done, _ = self.run(tmp_path, content)
        assert done.returncode == 2
        assert says in done.stderr

    def test_of_two_records_with_one_number_the_first_gets_the_items(self, tmp_path):
        done, out = self.run(tmp_path, b"control_number,barcode\n1,X1\n", A, A)
        assert done.returncode == 0
        barcodes = [item["barcode"] for item in rows(out / "items.csv")]
        assert sorted(barcodes) == ["H1", "H1", "X1"]


def many(count, seed=1):
    """Many different records with items, so that a run takes a moment."""
    dice = random.Random(seed)
    words = [f"{a}{b}{c}" for a in "kptsm" for b in ("ala", "oro", "iki", "unu") for c in "atein"]
    for number in range(count):
        title = " ".join(dice.sample(words, 4))
        # Two libraries of the same seed share their books.
        yield to_iso2709(
            book(
                number,
                f020=None,
                f245=f"10$a{title} /$cMika Waltari.",
                f300=f"  $a{dice.randrange(60, 900)} s. ;$c21 cm.",
                f500=f"  $a{' '.join(dice.choices(words, k=700))}",
                f952=f"  $bHEL$pN{number}",
            )
        )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Two files that two processes read, the result of a clean run, and its seconds."""
    folder = tmp_path_factory.mktemp("large")
    files = [save(folder / f"{name}.mrc", *many(600)) for name in "ab"]
    assert sum(file.stat().st_size for file in files) > SMALL
    begun = time.monotonic()
    done = kimppa("match", *files, "--out", folder / "clean")
    assert done.returncode == 0, done.stderr
    return files, results(folder / "clean"), time.monotonic() - begun


def results(out):
    return {name: (out / name).read_bytes() for name in RESULTS}


@pytest.mark.parametrize(
    ("how", "moment"), [(signal.SIGKILL, 0.45), (signal.SIGKILL, 0.8), (signal.SIGINT, 0.65)]
)
def test_a_stopped_run_can_be_run_again(how, moment, large, tmp_path):
    files, clean, seconds = large
    arguments = [KIMPPA, "match", *map(str, files), "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as run:  # fmt: skip
        time.sleep(moment * seconds)
        if how == signal.SIGINT and run.poll() is None:
            os.killpg(run.pid, how)  # as a terminal does
        else:
            run.send_signal(how)
        _, said = run.communicate(timeout=60)
    assert "Traceback" not in said, said
    assert run.returncode in {0, -how, 130}
    done = kimppa("match", *files, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert results(tmp_path / "out") == clean


def limited(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("megabytes", [0.0001, 0.6])
def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(megabytes, large, tmp_path):
    files, clean, _ = large
    arguments = ["match", *files, "--out", tmp_path / "out"]
    done = kimppa(*arguments, preexec_fn=limited(int(megabytes * (1 << 20))))
    assert done.returncode == 2, done.stderr
    assert "full" in done.stderr
    assert "run the same command again" in done.stderr.lower()
    done = kimppa(*arguments)
    assert done.returncode == 0, done.stderr
    assert results(tmp_path / "out") == clean


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes, where we may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("no right to mount a small disk; the limit on file sizes is tested instead")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_in_the_middle(small_disk, large):
    files, clean, _ = large
    arguments = ["match", *files, "--out", small_disk / "out"]
    done = kimppa(*arguments)
    assert done.returncode == 2, done.stderr
    assert "full" in done.stderr
    subprocess.run(
        ["mount", "-o", "remount,size=200m", str(small_disk)], check=True, capture_output=True
    )
    done = kimppa(*arguments)
    assert done.returncode == 0, done.stderr
    assert results(small_disk / "out") == clean


def test_a_changed_file_gives_the_new_result(tmp_path):
    match(tmp_path, A, B)
    done, out = match(tmp_path, B, C)
    assert done.returncode == 0
    assert {number for _, number in cluster_of(out)} == {"2", "3"}
    done, out = match(tmp_path, B, C, name="b.mrc")
    assert {library for library, _ in cluster_of(out)} == {"b"}


def test_a_result_that_somebody_removed_is_made_again(tmp_path):
    _, out = match(tmp_path, A, B)
    whole = results(out)
    for names in (RESULTS[:1], RESULTS[1:]):
        for name in names:
            (out / name).unlink()
        match(tmp_path, A, B)
        assert results(out) == whole


def test_of_two_runs_in_one_folder_the_second_is_refused(large, tmp_path):
    files, clean, _ = large
    arguments = [KIMPPA, "match", *map(str, files), "--out", str(tmp_path / "out")]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + 20
        while not (tmp_path / "out" / "work" / "fingerprint.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        second = kimppa(*arguments[1:])
        assert first.wait(60) == 0
    assert second.returncode == 2
    assert "another run" in second.stderr
    assert results(tmp_path / "out") == clean


def test_other_formats_and_gzip_give_the_same_records(tmp_path):
    one, two = book(1), book(2, f245="10$aTurms, kuolematon")
    forms = {
        "a.mrc": to_iso2709(one) + to_iso2709(two),
        "b.mrc.gz": gzip.compress(to_iso2709(one) + to_iso2709(two)),
        "c.xml": MARCXML_HEAD + to_marcxml(one) + to_marcxml(two) + MARCXML_TAIL,
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
    done = kimppa("match", *(tmp_path / name for name in forms), "--out", tmp_path / "out")
    assert done.returncode == 0
    assert {len(members) for members in clusters(tmp_path / "out")} == {3}
