import io
from bisect import bisect_right
from itertools import accumulate

import pymarc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import flats, iso, read_bytes, record, records, rejects, repairs, uncovered

from kimppa.marc.reading import iso2709, read, spans
from kimppa.marc.record import Record
from kimppa.marc.writing import to_iso2709

ONE, TWO, THREE = records(3)
MARC8_LEADER = "00000nam  2200000 i 4500"


def change(part, old, new):
    """The record's bytes with something in them changed, and no number set right."""
    raw = to_iso2709(part)
    assert old in raw
    return raw.replace(old, new, 1)


def with_bytes(title, *, utf8):
    """A record whose title is these bytes, with all numbers right."""
    raw = bytearray(to_iso2709(record(1, "x" * (len(title) - 2))))
    raw[9:10] = b"a" if utf8 else b" "
    return bytes(raw).replace(b"x" * (len(title) - 2) + b" /", title)


def test_good_records_come_out_as_they_were(tmp_path):
    content = iso(ONE, TWO, THREE)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [part.to_flat() for part in (ONE, TWO, THREE)]
    assert repairs(results) == [(), (), ()]
    assert [result.offset for result in results] == [
        0,
        len(iso(ONE)),
        len(iso(ONE, TWO)),
    ]
    assert uncovered(results, content) == b""


MENDED = {
    "line breaks between": (iso(ONE, b"\r\n", TWO, b"\r\n"), "2 bytes between records skipped"),
    "byte order mark": (iso(b"\xef\xbb\xbf", ONE, TWO), "3 bytes between records skipped"),
    "zeros between": (iso(ONE, bytes(70), TWO), "70 bytes between records skipped"),
    "doubled record marks": (iso(ONE, b"\x1d", TWO), "1 byte between records skipped"),
    "no record mark at the end": (iso(ONE, TWO)[:-1], "the record mark at the end was missing"),
    "no record mark between": (iso(ONE)[:-1] + iso(TWO), "record mark at the end was missing"),
    "no field mark at the end": (iso(ONE, TWO)[:-2] + b"\x1d", "last field mark was missing"),
    "wrong length": (iso(ONE, b"00999" + iso(TWO)[5:]), "record length said 999 bytes, found"),
    "no length": (iso(ONE, b"?????" + iso(TWO)[5:]), "record length said '?????' bytes"),
    "wrong base address": (
        iso(ONE, iso(TWO)[:12] + b"00099" + iso(TWO)[17:]),
        "base address said 99, found 73",
    ),
    "doubled field marks": (
        iso(ONE, iso(TWO)[:73] + iso(TWO)[73:].replace(b"\x1e", b"\x1e\x1e")),
        "doubled field marks removed",
    ),
    "positions in the directory": (
        iso(ONE, change(TWO, b"245", b"245").replace(b"00010", b"00011", 1)),
        "positions in the directory were wrong",
    ),
}


@pytest.mark.parametrize(("content", "repair"), MENDED.values(), ids=MENDED)
def test_small_damage_is_mended_and_reported(tmp_path, content, repair):
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert repair in " | ".join(text for texts in repairs(results) for text in texts)
    assert uncovered(results, content) == b""


def test_lengths_counted_in_characters_are_mended(tmp_path):
    text = ONE.to_flat().split("\x1e")
    directory = ""
    start = 0
    for field in text[1:]:
        directory += f"{field[:3]}{len(field) - 2:04}{start:05}"
        start += len(field) - 2
    body = "".join(field[3:] + "\x1e" for field in text[1:])
    base = 25 + len(directory)
    leader = f"{base + start + 1:05}nam a22{base:05} i 4500"
    content = (leader + directory + "\x1e" + body + "\x1d").encode() + iso(TWO)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert "positions in the directory were wrong" in repairs(results)[0][1]


def test_a_directory_in_another_order_than_the_data_is_followed(tmp_path):
    raw = iso(ONE)
    entries = [raw[at : at + 12] for at in range(24, 72, 12)]
    content = raw[:24] + b"".join(reversed(entries)) + raw[72:]
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.with_fields(reversed(ONE.fields)).to_flat()]
    assert repairs(results) == [()]


def test_a_directory_with_doubled_entries_gives_each_field_once(tmp_path):
    raw = iso(ONE)
    longer = raw[:12] + b"00085" + raw[17:72] + raw[60:72] + raw[72:]
    results = read_bytes(tmp_path, b"%05d" % len(longer) + longer[5:])
    assert flats(results) == [ONE.to_flat()]
    assert repairs(results) == [("1 directory entry doubled: kept once",)]


def test_a_record_cut_short_does_not_swallow_the_next(tmp_path):
    for cut in (10, 40, 100, 150):
        content = iso(ONE, iso(TWO)[:cut], THREE)
        results = read_bytes(tmp_path, content)
        assert flats(results) == [ONE.to_flat(), THREE.to_flat()], cut
        assert [reject.raw for reject in rejects(results)] == [iso(TWO)[:cut]]
        assert uncovered(results, content) == b""


def test_a_file_that_ends_in_the_middle_of_a_record_keeps_the_rest(tmp_path):
    content = iso(ONE, TWO)[:-30]
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat()]
    assert rejects(results)[0].reason == "the record is cut short (4 fields promised, 2 found)"
    assert uncovered(results, content) == b""


def test_text_before_the_first_record_is_rejected_and_the_record_read(tmp_path):
    content = iso(b"Export of 22.11.2026: 2 records\r\n", ONE, TWO)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert uncovered(results, content) == b""


def test_a_record_mark_inside_a_field_does_not_cut_the_record(tmp_path):
    content = iso(ONE, change(TWO, b"tekij", b"te\x1dij"), THREE)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [
        ONE.to_flat(),
        TWO.to_flat().replace("tekij", "teij"),
        THREE.to_flat(),
    ]
    assert repairs(results)[1] == ("1 control character removed from 245",)
    assert uncovered(results, content) == b""


def test_a_length_that_promises_too_much_does_not_take_the_next_record_along(tmp_path):
    short = b"00999" + iso(TWO)[5:100] + b"\x1d"
    odd = iso(THREE)[:12] + b"99999" + iso(THREE)[17:]
    results = read_bytes(tmp_path, iso(ONE, short, odd))
    assert flats(results) == [ONE.to_flat(), THREE.to_flat()]
    assert [reject.raw for reject in rejects(results)] == [short]


def test_a_field_mark_inside_a_field_does_not_shift_the_fields(tmp_path):
    results = read_bytes(tmp_path, iso(change(TWO, b"tekij", b"te\x1eij")))
    assert flats(results) == [TWO.to_flat().replace("tekij", "teij")]
    assert repairs(results) == [("1 field mark inside a field removed",)]


def test_the_same_record_twice_is_two_records(tmp_path):
    assert flats(read_bytes(tmp_path, iso(ONE, ONE))) == [ONE.to_flat()] * 2


def test_control_characters_are_removed_and_reported(tmp_path):
    content = iso(change(ONE, b"sivua", b"si\x07ua"))
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat().replace("sivua", "siua")]
    assert repairs(results) == [("1 control character removed from 300",)]


ENCODINGS = {
    "UTF-8": ("Öinen vieras".encode(), True, "Öinen vieras", ()),
    "MARC-8": (b"\xe8Oinen vieras", False, "Öinen vieras", ()),
    "UTF-8 that says MARC-8": (
        "Öinen vieras".encode(),
        False,
        "Öinen vieras",
        ("leader says MARC-8, the text is UTF-8",),
    ),
    "MARC-8 that says UTF-8": (
        b"\xe8Oinen p\xe8a\xe8atalo",
        True,
        "Öinen päätalo",
        ("leader says UTF-8, the text is MARC-8",),
    ),
    "Polish in MARC-8": (b"\xb1\xe2od\xe2z, Pozna\xe2n", False, "łódź, Poznań", ()),
    "French in MARC-8": (b"Fran\xf0cois", True, "François", None),
    "French in Latin-1": (
        "général des études".encode("latin-1"),
        False,
        "général des études",
        None,
    ),
    "romanized with ligatures": (
        b"kni\xebt\xecsa o \xebi\xeca",
        False,
        "knit\ufe20s\ufe21a o i\ufe20a\ufe21",
        None,
    ),
    "Cyrillic by escapes": (b"\x1b(NwOJNA\x1b(B mir", False, "Война mir", ()),
    "East Asian by escapes": (b"\x1b$1!0!\x1b(B ja", False, "一 ja", None),
    "Latin-1 Finnish": (
        "Pitkä tie päätalossa".encode("cp1252"),
        False,
        "Pitkä tie päätalossa",
        ("leader says MARC-8, the text is Windows-1252",),
    ),
    "Windows-1252 that says UTF-8": (
        "“Hän” \u2013 yö".encode("cp1252"),
        True,
        "“Hän” \u2013 yö",
        ("leader says UTF-8, the text is Windows-1252",),
    ),
    "UTF-8 with one broken letter": (
        "äiti ja öylätti".encode()[:-3] + b"\xe4tti",
        True,
        "äiti ja öylä\ufffdtti",
        ("UTF-8 with 1 wrong sequence replaced by \ufffd",),
    ),
}


@pytest.mark.parametrize(("raw", "utf8", "text", "repair"), ENCODINGS.values(), ids=ENCODINGS)
def test_the_bytes_decide_the_encoding_whatever_the_leader_says(tmp_path, raw, utf8, text, repair):
    content = iso(with_bytes(raw, utf8=utf8).replace("tekijä".encode(), b"tekijaa"))
    (result,) = read_bytes(tmp_path, content)
    read_title = Record.from_flat(result.flat).fields[2].first("a")
    assert read_title == text
    assert repair is None or result.repairs == repair
    assert result.flat[9] == "a"


NO_RECORDS = {
    "damaged directory": iso(ONE)[:30] + b"xx" + iso(ONE)[32:],
    "no field mark": iso(ONE)[:60] + b"\x1d",
    "shorter than a leader": b"00012nam\x1d",
    "empty directory": b"00026nam a2200025   4500\x1e\x1d",
}


@pytest.mark.parametrize("broken", NO_RECORDS.values(), ids=NO_RECORDS)
def test_what_cannot_be_trusted_is_rejected_with_its_bytes(tmp_path, broken):
    content = iso(ONE, broken, TWO)
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert [reject.raw for reject in rejects(results)] == [broken]
    assert all(reject.reason for reject in rejects(results))


ODD_FIELDS = {
    "no indicators": (b"\x1fax100 sivua", "  \x1fax100 sivua"),
    "no subfield mark": (b"  xa100 sivua", "  \x1faxa100 sivua"),
    "neither": (b"Satakin sivua", "  \x1faSatakin sivua"),
    "a line break": (b"  \x1fa100\nsivua", "  \x1fa100 sivua"),
    "a mark too many": (b"  \x1fa100 siv\x1f", "  \x1fa100 siv"),
}


@pytest.mark.parametrize(("raw", "text"), ODD_FIELDS.values(), ids=ODD_FIELDS)
def test_odd_fields_are_made_whole_and_reported(tmp_path, raw, text):
    (result,) = read_bytes(tmp_path, iso(ONE).replace(b"  \x1fa100 sivua", raw))
    assert result.flat.rsplit("\x1e300", 1)[1] == text
    assert "300" in result.repairs[-1]


def test_a_long_stretch_without_record_marks_is_rejected_in_bounded_pieces():
    blocks = [iso(ONE), *[b"x" * (1 << 20)] * 12, b"\x1d", iso(TWO)]
    results = list(iso2709.read(blocks))
    assert flats(results) == [ONE.to_flat(), TWO.to_flat()]
    assert max(reject.length for reject in rejects(results)) <= iso2709.LONGEST + (1 << 20)
    assert sum(reject.length for reject in rejects(results)) == (12 << 20) + 1


def test_spans_together_read_the_same_as_the_whole(tmp_path):
    path = tmp_path / "file.mrc"
    path.write_bytes(iso(*records(200)))
    parts = spans(path, size=5_000)
    assert len(parts) > 5
    assert [part for _, part in parts[:-1]] == [start for start, _ in parts[1:]]
    assert [result for span in parts for result in read(path, span)] == list(read(path))


def test_pymarc_reads_the_same(tmp_path):
    content = iso(*records(20))
    ours = [Record.from_flat(flat) for flat in flats(read_bytes(tmp_path, content))]
    theirs = list(pymarc.MARCReader(io.BytesIO(content)))
    assert [part.control("001") for part in ours] == [part["001"].data for part in theirs]
    assert [part.fields[2].first("a") for part in ours] == [part["245"]["a"] for part in theirs]


CORRUPTION = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12)


@given(CORRUPTION)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_damage_stays_where_it_is(changes):
    parts = [to_iso2709(part) for part in records(20)]
    content = bytearray(b"".join(parts))
    starts = list(accumulate(map(len, parts)))
    touched = set()
    for place, value in changes:
        content[place % len(content)] = value
        touched.add(bisect_right(starts, place % len(content)))
    results = list(iso2709.read([bytes(content)]))
    assert uncovered(results, bytes(content)) == b""
    whole = [part.to_flat() for n, part in enumerate(records(20)) if n not in touched]
    assert [flat for flat in flats(results) if flat in whole] == whole


@given(st.binary(max_size=300), st.integers(0, 20), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_anywhere_neither_raise_nor_vanish(rubbish, number, cut):
    parts = [to_iso2709(part) for part in records(20)]
    content = b"".join(parts[:number]) + rubbish + b"".join(parts[number:])[cut:]
    results = list(iso2709.read([content[at : at + 1000] for at in range(0, len(content), 1000)]))
    assert uncovered(results, content) == b""
    assert flats(results)[:number] == [part.to_flat() for part in records(20)][:number]
