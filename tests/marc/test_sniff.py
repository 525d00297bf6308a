import gzip
import tracemalloc

import pytest
from samples import flats, iso, melinda, read_bytes, records, rejects, uncovered, xml

from kimppa.common.errors import CannotRun
from kimppa.marc.reading import NotMarc, read, sniff, spans

ONE, TWO, THREE = records(3)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE collection [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<collection><record><leader>&b;</leader></record></collection>"
)
EXTERNAL = BOMB.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')

FORMATS = {
    "iso2709": [iso(ONE), iso(ONE)[:-1], b"\xef\xbb\xbf" + iso(ONE), b"Hello\r\n" + iso(ONE)],
    "marcxml": [xml(ONE), b"\n\n" + xml(ONE), xml(), xml(ONE).decode().encode("utf-16-be")],
    "json": [melinda(ONE), b" [" + melinda(ONE) + b"]"],
}


@pytest.mark.parametrize(
    ("expected", "content"),
    [(name, content) for name, contents in FORMATS.items() for content in contents],
)
def test_the_content_tells_the_format_whatever_the_name(tmp_path, expected, content):
    for name, written in (("catalogue.pdf", content), ("x.mrc.gz", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(written)
        assert sniff(path) == expected


REFUSED = {
    "empty": (b"", "is empty. Export it again."),
    "zeros": (bytes(5000), "only zeros"),
    "blanks": (b" \r\n" * 50, "blanks, no MARC leader found"),
    "a PDF": (b"%PDF-1.7\n\x1e1 \x1fa\x1d", "it is a PDF"),
    "a spreadsheet": (b"PK\x03\x04word", "unpack it first"),
    "a table": (b"id;title\r\n1;Sinuhe\r\n", "text or unknown data"),
    "a web page": (b"<!DOCTYPE html><html><body>404</body></html>", "it is a web page"),
    "other XML": (b"<?xml version='1.0'?><rss></rss>", "is XML, but holds no MARC records"),
    "other JSON": (b'{"status": "error"}', "JSON, no MARC leader found"),
    "gzip of nothing": (gzip.compress(b""), "is empty"),
    "gzip in gzip": (gzip.compress(gzip.compress(iso(ONE))), "gzip inside gzip"),
    "entity bomb": (BOMB, "declares XML entities"),
    "external entity": (EXTERNAL, "declares XML entities"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_marc_is_refused_in_plain_words(tmp_path, content, message):
    path = tmp_path / "export.mrc"
    path.write_bytes(content)
    for refusing in (sniff, spans, lambda path: list(read(path))):
        with pytest.raises(NotMarc) as caught:
            refusing(path)
        assert message in str(caught.value)
        assert str(path) in str(caught.value)


def test_what_is_not_a_file_is_refused_in_plain_words(tmp_path):
    with pytest.raises(CannotRun, match=r"is a folder\. Give the files in it"):
        sniff(tmp_path)
    with pytest.raises(CannotRun, match="cannot be read: No such file or directory"):
        sniff(tmp_path / "missing.mrc")
    with pytest.raises(CannotRun, match="not a regular file"):
        sniff("/dev/null")


def test_a_hundred_megabytes_of_zeros_are_refused_at_once(tmp_path):
    path = tmp_path / "zeros.mrc"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(NotMarc, match="only zeros"):
        sniff(path)


def test_a_hundred_megabytes_of_zeros_after_a_record_cost_little(tmp_path):
    path = tmp_path / "zeros.mrc"
    with path.open("wb") as file:
        file.write(iso(ONE))
        file.truncate(100 << 20)
    with path.open("ab") as file:
        file.write(iso(TWO))
    tracemalloc.start()
    results = list(read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert not rejects(results)
    assert peak < 32 << 20


@pytest.mark.parametrize("content", [iso(*records(400)), xml(*records(400))], ids=["iso", "xml"])
def test_a_gzip_cut_short_gives_what_was_whole_and_says_so(tmp_path, content):
    packed = gzip.compress(content)
    results = read_bytes(tmp_path, packed[: len(packed) // 2])
    assert 100 < len(flats(results)) < 300
    assert flats(results) == [part.to_flat() for part in records(len(flats(results)))]
    assert "the compressed file is cut short" in rejects(results)[-1].reason


def test_a_damaged_gzip_gives_what_came_before_and_keeps_the_rest(tmp_path):
    packed = bytearray(gzip.compress(iso(*records(400))))
    middle = len(packed) // 2
    packed[middle : middle + 30] = b"\xff" * 30
    results = read_bytes(tmp_path, bytes(packed))
    assert flats(results)
    assert rejects(results)[-1].raw
    assert packed.endswith(rejects(results)[-1].raw)


def test_gzips_one_after_another_and_zeros_at_the_end_are_read_as_one(tmp_path):
    content = gzip.compress(iso(ONE)) + gzip.compress(iso(TWO)) + bytes(100)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert uncovered(results, iso(ONE, TWO)) == b""
