"""Writing straight from flat form gives the very bytes that the record's objects give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LEADER

from kimppa.marc.items import flat_items, items
from kimppa.marc.record import Record
from kimppa.marc.writing import (
    TooLong,
    flat_to_iso2709,
    flat_to_marcxml,
    to_iso2709,
    to_marcxml,
)

SIGNS = st.one_of(st.characters(), st.sampled_from("ab1 äñ&<>\"'\x1e\x1f\x1d\n\x85\u00a0\ufffe"))
VALUE = st.text(SIGNS, max_size=12)
GOOD_VALUE = st.text(st.sampled_from("ab 1äñ漢&<>\"'\u00a0"), min_size=1, max_size=8)
CONTROL = st.builds(
    lambda tag, value: tag + value, st.sampled_from(["001", "003", "008", "00A"]), GOOD_VALUE
)
DATA = st.builds(
    lambda tag, indicators, parts: "".join([tag, indicators, *("\x1f" + p for p in parts)]),
    st.sampled_from(["010", "245", "500", "880", "LOW"]),
    st.text("01 &<", min_size=2, max_size=2),
    st.lists(GOOD_VALUE, min_size=1, max_size=4),
)
LEADERS = st.one_of(st.just(LEADER), VALUE)
GOOD = st.builds(
    lambda leader, fields: "\x1e".join([leader, *fields]),
    LEADERS,
    st.lists(st.one_of(CONTROL, DATA), max_size=6),
)
BAD = st.builds(
    lambda leader, fields: "\x1e".join([leader, *fields]),
    LEADERS,
    st.lists(st.one_of(CONTROL, DATA, VALUE, st.builds("{}{}".format, DATA, VALUE)), max_size=6),
)


def outcome(write, given):
    try:
        return write(given)
    except (TooLong, UnicodeEncodeError) as error:
        return type(error), str(error).partition("position")[0]


@given(st.one_of(GOOD, BAD))
@settings(max_examples=600, deadline=None)
def test_flat_form_is_written_as_its_record_is(flat):
    record = Record.from_flat(flat)
    assert outcome(flat_to_iso2709, flat) == outcome(to_iso2709, record)
    assert outcome(flat_to_marcxml, flat) == outcome(to_marcxml, record)


@pytest.mark.parametrize("sign", ["x", "ä", "&"])
@pytest.mark.parametrize(("length", "count"), [(9_994, 1), (9_995, 1), (9_980, 10), (9_980, 11)])
def test_flat_form_that_is_long_is_written_or_refused_as_its_record_is(sign, length, count):
    flat = "\x1e".join([LEADER, "0011", *["500  \x1fa" + sign * length] * count])
    assert outcome(flat_to_iso2709, flat) == outcome(to_iso2709, Record.from_flat(flat))
    assert flat_to_marcxml(flat) == to_marcxml(Record.from_flat(flat))


ITEM_DATA = st.builds(
    lambda tag, parts: f"{tag}  " + "".join(f"\x1f{code}{value}" for code, value in parts),
    st.sampled_from(["245", "841", "852", "863", "866", "876", "878", "952"]),
    st.lists(st.tuples(st.sampled_from("abcp8x"), GOOD_VALUE), max_size=4),
)


@given(st.lists(ITEM_DATA, max_size=6))
@settings(max_examples=300, deadline=None)
def test_flat_form_has_the_items_that_its_record_has(fields):
    flat = "\x1e".join([LEADER, *fields])
    assert flat_items(flat) == items(Record.from_flat(flat))
