"""What holds of every merge, whatever the records are."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimppa.marc.merging import CONSORTIUM_CODE, Source, merge
from kimppa.marc.merging.fields import says_all_of, view
from kimppa.marc.merging.links import is_owned
from kimppa.marc.merging.table import rule_for
from kimppa.marc.record import Field, Record, Subfield

WORDS = [
    "Kissa",
    "kissa",
    "koira.",
    "Kissa ja koira",
    "[S.l.]",
    "osa 3",
    "III",
    "1908-",
    "1908-1979",
]
CODED = ["990101s1999    fi " + 22 * "|", "850101s1998    xx a  " + 10 * " " + "f fin|c", "short"]
LEVELS = [" ", "7", "8", "u"]
TAGS = ["020", "024", "035", "040", "041", "042", "084", "100", "110", "130", "240", "245", "246"]
TAGS += ["250", "260", "264", "300", "336", "490", "500", "505", "520", "583", "590", "600", "650"]
TAGS += ["655", "700", "710", "730", "773", "776", "830", "852", "856", "900", "952", "CAT"]
BOOKKEEPING = {"001", "003", "005", "035", "583"}

subfields = st.tuples(st.sampled_from("aabcdetuvwxz0235"), st.sampled_from(WORDS))


@st.composite
def data_field(draw):
    indicators = draw(st.sampled_from(["  ", "1 ", " 7", "14"]))
    parts = draw(st.lists(subfields, min_size=1, max_size=4))
    return Field(draw(st.sampled_from(TAGS)), indicators, tuple(Subfield(*part) for part in parts))


@st.composite
def scripted(draw):
    """A few fields with their 880, numbered from 01, and one 880 on its own."""
    fields = []
    for number in range(1, draw(st.integers(0, 2)) + 1):
        field = draw(data_field())
        if rule_for(field.tag).action in ("item", "gather"):
            continue
        link, back = (
            Subfield("6", f"880-{number:02d}"),
            Subfield("6", f"{field.tag}-{number:02d}/(N"),
        )
        plain = tuple(part for part in field.subfields if part.code != "5")
        said = "".join(part.value for part in plain)
        fields.append(field._replace(subfields=(link, *plain)))
        fields.append(Field("880", field.indicators, (back, Subfield("a", f"<{said}>"))))
    return fields


@st.composite
def source(draw, number):
    control = [Field("001", value=str(number)), Field("003", value=draw(st.sampled_from("XY")))]
    if draw(st.booleans()):
        control.append(Field("005", value=draw(st.sampled_from(["20200101000000.0", "bad"]))))
    control.append(Field("008", value=draw(st.sampled_from(CODED))))
    data = draw(st.lists(data_field(), max_size=7)) + draw(scripted())
    leader = f"00000{draw(st.sampled_from('ncd'))}am a2200000{draw(st.sampled_from(LEVELS))}i 4500"
    return Source(draw(st.sampled_from("AB")), str(number), Record(leader, (*control, *data)))


clusters = st.integers(1, 4).flatmap(lambda size: st.tuples(*[source(at) for at in range(size)]))


def content(merged):
    """The merged record without bookkeeping and what owners keep."""
    kept = (f for f in merged.record.fields if f.tag not in BOOKKEEPING and not is_owned(f))
    return Counter(field.to_flat() for field in kept)


@given(clusters, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_sources_does_not_matter(sources, random):
    shuffled = list(sources)
    random.shuffle(shuffled)
    assert merge("K0", shuffled) == merge("K0", sources)


@given(clusters)
@settings(max_examples=100, deadline=None)
def test_every_field_is_whole_and_has_its_sources(sources):
    merged = merge("K0", sources)
    keys = {one.key for one in sources}
    assert len(merged.provenance) == len(merged.record.fields)
    assert all(given_by and set(given_by) <= keys for given_by in merged.provenance)
    assert all(list(given_by) == sorted(set(given_by)) for given_by in merged.provenance)
    assert merged.base in keys
    assert len(merged.record.leader) == 24
    tags = [field.tag for field in merged.record.fields]
    assert tags == sorted(tags)
    assert Counter(tags)["001"] == 1
    for field in merged.record.fields:
        assert field.is_control or (len(field.indicators) == 2 and field.subfields)
    assert Record.from_flat(merged.record.to_flat()) == merged.record


@given(clusters)
@settings(max_examples=100, deadline=None)
def test_items_and_owners_fields_are_all_kept_to_the_letter(sources):
    def owned(record):
        return Counter(
            field.to_flat() for field in record.fields if is_owned(field) and not field.first("6")
        )

    merged = owned(merge("K0", sources).record)
    note = [text for text in merged if f"\x1f5{CONSORTIUM_CODE}" in text]
    for text in note:
        del merged[text]
    assert merged == sum((owned(one.record) for one in sources), Counter())


@given(clusters)
@settings(max_examples=150, deadline=None)
def test_no_value_of_a_field_that_is_united_vanishes(sources):
    full = [one for one in sources if one.record.leader[5] != "d" and one.record.leader[17] != "8"]
    result = merge("K0", sources).record
    for one in full:
        for field in one.record.fields:
            rule = rule_for(field.tag)
            if rule.action == "union" and field.tag != "880" and not is_owned(field):
                assert_is_said(field, rule, result)


def assert_is_said(field, rule, result):
    family = [other for other in result.fields if rule_for(other.tag).family == rule.family]
    seen = [view(rule_for(other.tag), other) for other in family]
    wanted = view(rule, field)
    if rule.whole:
        assert any(says_all_of(other.words, wanted.words) for other in seen)
        return
    said = {pair for other in seen for pair in other.values}
    for code, value in wanted.values:
        if value and code not in rule.stays + rule.single + rule.dated + "6":
            assert (code, value) in said


@given(clusters)
@settings(max_examples=150, deadline=None)
def test_scripts_stay_with_their_fields(sources):
    """Each 880 says in brackets what its field says, so a wrong link would show."""
    fields = merge("K0", sources).record.fields
    links = Counter((field.tag, field.first("6")) for field in fields if field.first("6"))
    for field in fields:
        if field.tag == "880":
            tag, _, rest = field.first("6").partition("-")
            assert links[tag, "880-" + rest.removesuffix("/(N")] == 1
    for (tag, link), count in links.items():
        if tag != "880":
            assert count == 1
            assert any(
                field.first("6").startswith(f"{tag}-{link[4:]}")
                for field in fields
                if field.tag == "880"
            )


@given(clusters, st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_merging_again_adds_nothing(sources, at):
    again = sources[at % len(sources)]
    merged = merge("K0", sources)
    old = Source(CONSORTIUM_CODE, "K0", merged.record)
    twice = merge("K0", [old, again])
    if twice.base == old.key:
        assert content(twice) == content(merged)
    kept = Counter(field for field in twice.record.fields if field.tag in ("852", "952"))
    assert kept == Counter(field for field in merged.record.fields if field.tag in ("852", "952"))


@pytest.mark.parametrize("size", [1, 2])
def test_the_merged_record_alone_is_the_merged_record(size):
    fields = (Field("001", value="1"), Field("245", "00", (Subfield("a", "Kissa"),)))
    sources = [Source(name, "1", Record("0" * 24, fields)) for name in "AB"[:size]]
    merged = merge("K0", sources)
    assert merge("K0", [Source(CONSORTIUM_CODE, "K0", merged.record)]).record == merged.record
