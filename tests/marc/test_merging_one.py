"""A record that nothing joins becomes as text what the merge of one source makes of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kimppa.marc.merging import CONSORTIUM_CODE, Source, merge, merge_one
from kimppa.marc.record import Field, Record, Subfield

NUMBERS = ["1", "K0", " 1 ", "(A)1", "(X)1", "(KIMPPA)K0", "(B)2", "kissa"]
NAMES = st.sampled_from(["A", "B", "X", CONSORTIUM_CODE])
CONTROL = st.builds(
    lambda tag, value: Field(tag, value=value),
    st.sampled_from(["000", "001", "002", "003", "005", "008", "00X"]),
    st.one_of(NAMES, st.sampled_from(NUMBERS)),
)
DATA = st.builds(
    lambda tag, parts: Field(tag, "  ", tuple(parts)),
    st.sampled_from(["010", "035", "035", "036", "245", "952", "CAT"]),
    st.lists(
        st.builds(Subfield, st.sampled_from("az9"), st.sampled_from([*NUMBERS, ""])), max_size=3
    ),
)
RECORDS = st.builds(
    lambda fields: Record("00000nam a2200000 i 4500", tuple(fields)),
    st.lists(st.one_of(CONTROL, DATA), max_size=8),
)


@given(RECORDS, NAMES, st.sampled_from(["1", "K0", "2"]))
@settings(max_examples=500, deadline=None)
def test_one_record_as_text_is_merged_as_one_source(record, library, number):
    merged = merge("K0", [Source(library, number, record)])
    flat = merge_one("K0", library, number, record.to_flat())
    assert flat == merged.record.to_flat()
    assert merged.provenance == ((f"{library}:{number}",),) * flat.count("\x1e")
