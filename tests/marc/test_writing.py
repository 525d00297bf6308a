import io

import pymarc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LEADER, record

from kimppa.marc.reading import iso2709, marcxml
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, TooLong, to_iso2709, to_marcxml

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=40
)
PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126)
CONTROL = st.builds(
    lambda tag, value: Field(tag, value=value),
    st.sampled_from(["001", "003", "005", "007", "008"]),
    TEXT,
)
DATA = st.builds(
    lambda tag, indicators, subfields: Field(tag, indicators, tuple(subfields)),
    st.integers(10, 999).map("{:03}".format),
    st.text("0123456789 ", min_size=2, max_size=2),
    st.lists(st.builds(Subfield, PRINTABLE, TEXT), min_size=1, max_size=5),
)
RECORDS = st.builds(
    lambda control, data: Record(LEADER, (*control, *data)),
    st.lists(CONTROL, min_size=1, max_size=4),
    st.lists(DATA, max_size=8),
)


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_is_written_as_iso2709_is_read_back_the_same(parts):
    content = b"".join(map(to_iso2709, parts))
    results = list(iso2709.read([content]))
    assert [(r.flat, r.repairs) for r in results] == [(part.to_flat(), ()) for part in parts]


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_is_written_as_marcxml_is_read_back_the_same(parts):
    content = MARCXML_HEAD + b"".join(map(to_marcxml, parts)) + MARCXML_TAIL
    results = list(marcxml.read([content]))
    assert [(r.flat, r.repairs) for r in results] == [(part.to_flat(), ()) for part in parts]


@given(RECORDS)
@settings(max_examples=100, deadline=None)
def test_pymarc_reads_what_is_written(part):
    (theirs,) = pymarc.MARCReader(io.BytesIO(to_iso2709(part)))
    (also,) = pymarc.parse_xml_to_array(io.BytesIO(MARCXML_HEAD + to_marcxml(part) + MARCXML_TAIL))
    for read in (theirs, also):
        assert read is not None
        ours = [(f.tag, f.value, [tuple(s) for s in f.subfields]) for f in part.fields]
        assert ours == [(f.tag, f.data or "", [tuple(s) for s in f.subfields]) for f in read.fields]


@given(st.text(max_size=50))
@settings(deadline=None)
def test_no_text_can_break_what_is_written(text):
    part = Record(text, (Field("001", value=text), Field("245", "10", (Subfield("a", text),))))
    (one,) = iso2709.read([to_iso2709(part)])
    (other,) = marcxml.read([MARCXML_HEAD + to_marcxml(part) + MARCXML_TAIL])
    assert one.flat == other.flat
    assert one.repairs == other.repairs == ()


def test_the_leader_tells_length_base_address_and_encoding():
    raw = to_iso2709(record(1))
    assert int(raw[:5]) == len(raw)
    assert int(raw[12:17]) == raw.index(b"\x1e") + 1
    assert raw[9:12] == b"a22"
    assert raw[20:24] == b"4500"


def test_what_iso2709_cannot_hold_is_refused():
    with pytest.raises(TooLong, match=r"field 500 has 10,005 bytes; 9,999 is the most"):
        to_iso2709(record(1, f500="x" * 10_000))
    many = Record(LEADER, (Field("500", "  ", (Subfield("a", "x" * 9_000),)),) * 12)
    with pytest.raises(TooLong, match=r"the record has 108,230 bytes; 99,999 is the most"):
        to_iso2709(many)
    (back,) = marcxml.read([MARCXML_HEAD + to_marcxml(many) + MARCXML_TAIL])
    assert back.flat == many.to_flat()
