"""Records looked at together read as each does alone, and no wrong one is taken for right."""

from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LEADER, iso, record

from kimppa.marc.reading import together
from kimppa.marc.reading.directory import exact
from kimppa.marc.record import Field, Record

RIGHT = [
    iso(part)[:-1]
    for part in (record(0), record(1), record(2, f500="战争与和平"), record(3, "x" * 9_000))
]
ASCII = Record(LEADER, (Field("001", value="1"),))
ASCII_AS_MARC8 = iso(ASCII)[:-1].replace(b"nam a22", b"nam  22")
NO_FIELDS = b"00026nam a2200025   4500\x1e"


def changed(raw, changes):
    for at, byte in changes:
        place = at % len(raw)
        raw = raw[:place] + bytes([byte]) + raw[place + 1 :]
    return raw


RAWS = st.builds(
    changed,
    st.sampled_from([*RIGHT, ASCII_AS_MARC8, NO_FIELDS]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=2),
) | st.binary(max_size=80)


def test_right_records_are_read_together():
    raws = [*RIGHT, ASCII_AS_MARC8]
    assert together.exact(raws) == list(map(exact, raws))
    assert None not in together.exact(raws)


@given(st.lists(RAWS, max_size=5))
@settings(max_examples=600, deadline=None)
def test_together_gives_what_each_alone_gives_or_leaves_it_to_that(raws):
    raws = [raw.replace(b"\x1d", b"") for raw in raws]  # marks part the records
    for quick, raw in zip(together.exact(raws), raws, strict=True):
        if quick is not None:
            assert quick == exact(raw)


@given(st.permutations([*RIGHT, NO_FIELDS, b"", b"\x1e", b"0" * 24]))
@settings(max_examples=100, deadline=None)
def test_neighbours_change_nothing(raws):
    assert together.exact(raws) == [together.exact([raw])[0] for raw in raws]
