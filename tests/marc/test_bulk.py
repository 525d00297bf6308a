"""Many records at once become the very bytes that each becomes by itself."""

from hypothesis import given, settings
from hypothesis import strategies as st
from test_merging_one import NAMES, RECORDS
from test_writing_flat import BAD, GOOD, GOOD_VALUE, LEADER

from kimppa.marc import bulk
from kimppa.marc.merging import merge_one
from kimppa.marc.merging.many import merge_many
from kimppa.marc.reading.cleaning import clean
from kimppa.marc.writing import TooLong, flat_to_iso2709


def encodable(flat):
    return flat.encode("utf-8", "replace").decode()


def written(flat):
    try:
        return flat_to_iso2709(flat)
    except TooLong:
        return None


def is_clean(flat):
    has_leader = flat[:24].isascii() and flat.find("\x1e") == 24
    return has_leader and clean(flat) == (flat, [])


MANY = st.lists(st.one_of(GOOD, BAD, st.just("")).map(encodable), max_size=5)


@given(MANY)
@settings(max_examples=600, deadline=None)
def test_each_of_many_is_written_as_it_is_alone_or_left(flats):
    many = bulk.joined([flat.encode() for flat in flats])
    expected = [written(flat) if is_clean(flat) else None for flat in flats]
    assert bulk.to_iso2709(many) == expected
    assert bulk.whole(many).tolist() == list(map(is_clean, flats))


def test_a_record_too_long_for_iso2709_is_left():
    fits = "\x1e".join([LEADER, "0011", *["500  \x1fa" + "x" * 9_980] * 9])
    long_field = "\x1e".join([LEADER, "0011", "500  \x1fa" + "x" * 9_995])
    long_record = "\x1e".join([LEADER, "0011", *["500  \x1fa" + "x" * 9_980] * 11])
    many = bulk.joined([flat.encode() for flat in (long_field, fits, long_record, fits)])
    assert bulk.to_iso2709(many) == [None, written(fits), None, written(fits)]


@given(st.lists(st.tuples(RECORDS, NAMES, st.sampled_from(["1", "K0", "2"])), max_size=4))
@settings(max_examples=600, deadline=None)
def test_each_of_many_is_merged_as_it_is_alone_or_left(given):
    records, libraries, numbers = zip(*given, strict=True) if given else ((), (), ())
    flats = [record.to_flat() for record in records]
    many = bulk.joined([flat.encode() for flat in flats])
    found = merge_many(many, ["K0"] * len(flats), libraries, numbers)
    for flat, library, number, made in zip(flats, libraries, numbers, found, strict=True):
        assert made is None or made.decode() == merge_one("K0", library, number, flat)


def test_a_usual_record_is_not_left_whether_in_order_or_not():
    in_order = "\x1e".join([LEADER, "0011", "003FI", "035  \x1fa(X)1", "24500\x1faSinuhe"])
    mixed = "\x1e".join([LEADER, "0011", "24500\x1faSinuhe", "041  \x1fafin"])
    many = bulk.joined([in_order.encode(), mixed.encode()])
    found = merge_many(many, ["K0", "K1"], ["A", "A"], ["1", "1"])
    assert [record and record.decode() for record in found] == [
        merge_one("K0", "A", "1", in_order),
        merge_one("K1", "A", "1", mixed),
    ]


@given(st.lists(st.lists(st.tuples(st.sampled_from(["100", "110", "245", "852"]), GOOD_VALUE))))
@settings(deadline=None)
def test_first_fields_and_records_with_a_tag_are_found(records):
    flats = ["\x1e".join([LEADER, *(tag + value for tag, value in record)]) for record in records]
    many = bulk.joined([flat.encode() for flat in flats])
    names = [[tag + value for tag, value in record if tag != "245"] for record in records]
    assert bulk.firsts(many, ("100", "110", "852")) == [next(iter(found), "") for found in names]
    held = [any(tag == "852" for tag, _ in record) for record in records]
    assert bulk.having(many, ("852",)).tolist() == [at for at, has in enumerate(held) if has]
