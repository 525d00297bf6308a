"""Records of a cluster become as text what they become as objects, or are left to that way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_merging_properties import clusters

from kimppa.marc.merging import Source, merge
from kimppa.marc.merging.texts import Text, merge_texts
from kimppa.marc.record import Field, Record, Subfield


def assert_same(sources, found):
    whole = merge("K0", sources)
    assert found.flat == whole.record.to_flat()
    assert found.provenance == ["\t".join(keys) for keys in whole.provenance]
    assert found.base == whole.base


def as_texts(sources):
    return [Text(s.library, s.control_number, s.record.to_flat()) for s in sources]


@st.composite
def related(draw):
    """Records that mostly say the same: some fields of the first one in any order, and others."""
    first, *others = draw(clusters.filter(lambda sources: len(sources) > 1))
    found = [first]
    for other in others:
        shared = draw(st.lists(st.sampled_from(first.record.fields), max_size=8))
        fields = draw(st.permutations([*other.record.fields, *shared]))
        control = [field for field in fields if field.is_control]
        data = [field for field in fields if not field.is_control]
        found.append(other._replace(record=other.record.with_fields([*control, *data])))
    return found


@given(st.one_of(related(), clusters.filter(lambda sources: len(sources) > 1)))
@settings(max_examples=1500, deadline=None)
def test_records_merge_as_text_as_they_do_as_objects(sources):
    found = merge_texts("K0", as_texts(sources))
    if found is not None:
        assert_same(sources, found)


def record(*fields, number="1"):
    leader = "00000nam a2200000 i 4500"
    return Record(leader, (Field("001", value=number), *map(Field.from_flat, fields)))


PLAIN = (
    "040  \x1faA",
    "24510\x1faKissa",
    "500  \x1faKissoista",
    "650 7\x1fakissat\x1f2yso",
    "852  \x1fbX",
)


def test_records_without_links_take_the_quick_way():
    sources = [
        Source("A", "1", record(*PLAIN, "500  \x1faLahja\x1f5A")),
        Source("B", "2", record(*PLAIN[:3], "500  \x1faKissoista kaikille", number="2")),
    ]
    found = merge_texts("K0", as_texts(sources))
    assert found is not None
    assert_same(sources, found)


def test_what_several_fields_gather_is_told_of_the_first():
    sources = [
        Source("A", "1", record("042  \x1fafinb", "042  \x1fapcc", *PLAIN)),
        Source("B", "2", record("042  \x1fapcc", "24510\x1faKissa", number="2")),
    ]
    found = merge_texts("K0", as_texts(sources))
    assert found is not None
    assert_same(sources, found)


@pytest.mark.parametrize(
    "hard", ["24510\x1f6880-01\x1faKissa", "880  \x1faKissa", "7730 \x1f81\x1ftKissa", "003KIMPPA"]
)
def test_what_links_fields_or_was_merged_before_takes_the_plain_way(hard):
    sources = [Source("A", "1", record(hard)), Source("B", "2", record(*PLAIN, number="2"))]
    assert merge_texts("K0", as_texts(sources)) is None


def test_two_records_of_one_name_take_the_plain_way():
    one = Source("A", "1", record(*PLAIN))
    other = one._replace(
        record=one.record._replace(fields=(Field("245", "10", (Subfield("a", "K"),)),))
    )
    assert merge_texts("K0", as_texts([one, other])) is None
