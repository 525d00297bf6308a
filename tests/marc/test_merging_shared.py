"""What all records of a cluster say is left out and put back, and nothing else changes."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bulk import assert_as_cut_again, cut_again, flats_of, texts_of
from test_merging_properties import clusters, data_field

from kimppa.marc.merging import Source, merge
from kimppa.marc.merging.many import Clusters, merge_many
from kimppa.marc.merging.old_names import Names
from kimppa.marc.merging.shared import _GROUPS, OWNED, SHARED, leave_out, rest
from kimppa.marc.merging.slots import place_of
from kimppa.marc.merging.table import RULES
from kimppa.marc.merging.texts import Text, merge_texts
from kimppa.marc.record import Field, Record

CODED = ["990101s1999    fi " + 22 * "|", "850101s1998    xx a  " + 10 * " " + "f fin|c", "short"]


@st.composite
def control_fields(draw):
    """Fields 005 to 008 as they are and as they should not be."""
    times = draw(st.lists(st.sampled_from(["20200101000000.0", "2019", "bad", ""]), max_size=2))
    coded = draw(st.lists(st.sampled_from([*CODED, CODED[0][:-1] + "ä"]), max_size=2))
    physical = draw(st.lists(st.sampled_from(["ta", "t|", "cr"]), max_size=2))
    named = {"005": times, "007": physical, "008": coded}
    return [Field(tag, value=value) for tag, values in named.items() for value in values]


@st.composite
def near(draw):
    """Records that are the same but for a few fields."""
    first = draw(clusters)[0]
    shared = draw(control_fields()) + draw(st.lists(data_field(), max_size=8))
    found = []
    for number in range(draw(st.integers(2, 3))):
        fields = list(shared)
        for _ in range(draw(st.integers(0, 2))):
            at = draw(st.integers(0, len(fields)))
            change = draw(st.sampled_from(["more", "again", "less"]))
            if change == "more":
                fields.insert(at, draw(data_field()))
            elif change == "again" and fields:
                fields.insert(at, fields[at - 1])
            else:
                del fields[at : at + 1]
        names = [Field("001", value=str(number)), Field("003", value=draw(st.sampled_from("XY")))]
        leader = first.record.leader
        if draw(st.booleans()):
            leader = leader[:5] + draw(st.sampled_from("ncd")) + leader[6:]
        library = draw(st.sampled_from("ABC"))
        found.append(Source(library, str(number), Record(leader, (*names, *fields))))
    return tuple(found)


def merged_with_left_out(sources):
    """Merge as ``linkage.blocks`` does; None where the plain way has to be taken."""
    flats = flats_of([source.record.to_flat() for source in sources])
    count = len(sources)
    left = leave_out(flats, np.array([0, count]), np.array([True]))
    texts = cut_again(*rest(flats, left, np.ones(count, np.bool_)))
    draft = merge_texts(
        "K0",
        [Text(s.library, s.control_number, text) for s, text in zip(sources, texts, strict=True)],
    )
    if draft is None:
        return None, left
    keys = [source.key for source in sources]
    order = sorted(range(count), key=lambda at: (keys[at] != draft.base, keys[at]))
    block = Clusters(flats, np.array([0, count]), np.array(order), left, flats_of([draft.flat]))
    names = Names(*(texts_of([""] * count) for _ in range(3)))
    merged, origins = merge_many(block, names)
    assert_as_cut_again(merged)
    told = [*keys, *draft.provenance]
    return (
        cut_again(merged.content, merged.starts)[0],
        [told[at] for at in origins],
        draft.base,
    ), left


@given(st.one_of(near(), clusters.filter(lambda sources: len(sources) > 1)))
@settings(max_examples=800, deadline=None)
def test_what_is_left_out_and_put_back_changes_nothing(sources):
    found, _ = merged_with_left_out(sources)
    if found is not None:
        whole = merge("K0", sources)
        assert found[0] == whole.record.to_flat()
        assert found[1] == ["\t".join(keys) for keys in whole.provenance]
        assert found[2] == whole.base


FIELDS = (
    "00520200101000000.0",
    "040  \x1faA",
    "24510\x1faKissa",
    "500  \x1faKissoista",
    "650 7\x1fakissat\x1f2yso",
    "650 7\x1fakoirat\x1f2yso",
    "952  \x1fbX",
)


def left_out(*records):
    """Which tags are left out, by why."""
    sources = [
        Source(
            library, "1", Record("00000nam a2200000 i 4500", tuple(map(Field.from_flat, fields)))
        )
        for library, fields in zip("AB", records, strict=False)
    ]
    found, left = merged_with_left_out(sources)
    tags = defaultdict(set)
    for field, why in zip([f for s in sources for f in s.record.fields], left, strict=True):
        tags[int(why)].add(field.tag)
    return found, tags


def test_only_groups_of_fields_that_are_all_the_same_are_left_out():
    found, tags = left_out(["0011", *FIELDS], ["0012", *FIELDS[:-2], "650 7\x1faoravat\x1f2yso"])
    assert found is not None
    assert tags[SHARED] == {"005", "040", "245", "500"}
    assert tags[OWNED] == {"952"}
    assert tags[0] == {"001", "650"}


@pytest.mark.parametrize(
    "field", ["7730 \x1f81\x1ftKissa", "24510\x1f6880-01\x1faKissa", "880  \x1faKissa", "003KIMPPA"]
)
def test_where_fields_are_linked_or_merged_before_nothing_is_left_out(field):
    found, tags = left_out(["0011", *FIELDS, field], ["0012", *FIELDS])
    assert found is None
    assert set(tags) == {0}


def test_tags_that_compete_for_one_place_are_of_one_group():
    groups = defaultdict(set)
    for tag, rule in RULES.items():
        if rule.action == "base" and tag > "009":
            groups[place_of(tag, "1", rule)].add(_GROUPS[int(tag)])
            groups[rule.family].add(_GROUPS[int(tag)])
    assert all(len(found) == 1 for found in groups.values())
    assert groups["main"] == groups["uniform"]
