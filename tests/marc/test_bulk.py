"""Many records at once become the very bytes that each becomes by itself."""

from itertools import pairwise
from operator import itemgetter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_merging_one import NAMES, RECORDS
from test_writing_flat import BAD, GOOD, LEADER

from kimppa.marc import bulk
from kimppa.marc.bulk import Texts
from kimppa.marc.bulk_output import authors, titles, to_iso2709
from kimppa.marc.merging import merge_one
from kimppa.marc.merging.many import Clusters, merge_many
from kimppa.marc.merging.old_names import Names
from kimppa.marc.reading.cleaning import clean
from kimppa.marc.writing import TooLong, flat_to_iso2709


def encodable(flat):
    return flat.encode("utf-8", "replace").decode()


def flats_of(texts):
    return bulk.joined([text.encode() for text in texts])


def cut_again(content, starts):
    return [content[start:stop].tobytes().decode() for start, stop in pairwise(starts)]


def texts_of(texts):
    found = flats_of(texts)
    return Texts(found.content, found.starts)


def written(flats):
    content, starts, are_there = to_iso2709(flats)
    records = cut_again(content, starts)
    return [
        record.encode() if is_there else None
        for record, is_there in zip(records, are_there, strict=True)
    ]


def written_alone(flat):
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
    many = flats_of(flats)
    assert written(many) == [written_alone(flat) if is_clean(flat) else None for flat in flats]
    assert many.whole.tolist() == list(map(is_clean, flats))


@given(MANY)
@settings(max_examples=300, deadline=None)
def test_fields_are_found_where_their_marks_stand(flats):
    many = flats_of(flats)
    content = many.content.tobytes()
    fields = [
        content[mark + 1 : end].decode() for mark, end in zip(many.marks, many.ends, strict=True)
    ]
    assert fields == [field for flat in flats for field in flat.split("\x1e")[1:]]
    assert np.diff(many.first).tolist() == [flat.count("\x1e") for flat in flats]
    tags = [field.encode()[:3] for field in fields]
    assert many.tags.tolist() == [
        int.from_bytes(tag, "big") if len(tag) == 3 else 0 for tag in tags
    ]


def test_a_record_too_long_for_iso2709_is_left():
    fits = "\x1e".join([LEADER, "0011", *["500  \x1fa" + "x" * 9_980] * 9])
    long_field = "\x1e".join([LEADER, "0011", "500  \x1fa" + "x" * 9_995])
    long_record = "\x1e".join([LEADER, "0011", *["500  \x1fa" + "x" * 9_980] * 11])
    many = flats_of([long_field, fits, long_record, fits])
    assert written(many) == [None, written_alone(fits), None, written_alone(fits)]


def assert_as_cut_again(merged):
    """Where fields stand is told while they are written: it is where they are found."""
    again = bulk.cut(merged.content, merged.starts)
    for told, found in zip(merged, again, strict=True):
        assert told.tolist() == found.tolist()


def merged_alone(flats, libraries, numbers):
    """What records become that nothing joins."""
    count = len(flats)
    records = flats_of(flats)
    clusters = Clusters(
        records,
        np.arange(count + 1),
        np.arange(count),
        np.zeros(len(records.marks), np.uint8),
        flats_of([""] * count),
    )
    names = Names(texts_of(["K0"] * count), texts_of(libraries), texts_of(numbers))
    found, origins = merge_many(clusters, names)
    assert_as_cut_again(found)
    merged = cut_again(found.content, found.starts)
    assert origins.tolist() == [
        at for at, text in enumerate(merged) for _ in range(text.count("\x1e"))
    ]
    return merged


@given(st.lists(st.tuples(RECORDS, NAMES, st.sampled_from(["1", "K0", "2"])), max_size=4))
@settings(max_examples=500, deadline=None)
def test_each_of_many_is_merged_as_it_is_alone(given):
    given = [(clean(record.to_flat())[0], *names) for record, *names in given]
    whole = list(filter(itemgetter(0), given))
    flats, libraries, numbers = zip(*whole, strict=True) if whole else ((), (), ())
    expected = [
        merge_one("K0", library, number, flat)
        for flat, library, number in zip(flats, libraries, numbers, strict=True)
    ]
    assert merged_alone(flats, libraries, numbers) == expected


TAGS = st.sampled_from(["100", "110", "245", "852"])
PARTS = st.text("abcnp .,/:ä", max_size=4)
FIELDS = st.builds(
    lambda tag, parts: tag + "10" + "".join("\x1f" + part for part in parts),
    TAGS, st.lists(PARTS, max_size=4),
)  # fmt: skip


def title(field):
    parts = [part[1:] for part in field.split("\x1f")[1:] if part[:1] in ("a", "b", "n", "p")]
    return " ".join(parts).rstrip(" /:;=.,")


def author(field):
    return field.partition("\x1fa")[2].partition("\x1f")[0].rstrip(" ,")


@given(st.lists(st.lists(FIELDS, max_size=4)))
@settings(deadline=None)
def test_titles_authors_and_records_with_a_tag_are_found(records):
    many = flats_of(["\x1e".join([LEADER, *fields]) for fields in records])
    told = [next((field for field in fields if field[:3] == "245"), "") for fields in records]
    assert cut_again(*titles(many)) == list(map(title, told))
    names = [next((field for field in fields if field[:1] == "1"), "") for fields in records]
    assert cut_again(*authors(many)) == list(map(author, names))
    held = [any(field[:3] == "852" for field in fields) for fields in records]
    assert bulk.having(many, ("852",)).tolist() == [at for at, has in enumerate(held) if has]


@given(st.lists(st.lists(st.text("ab", max_size=3))))
@settings(deadline=None)
def test_of_each_group_of_texts_the_different_ones_are_told_in_order(groups):
    texts = [text for group in groups for text in group]
    first = np.cumsum([0, *map(len, groups)])
    found, starts = bulk.distinct(texts_of(texts), first)
    told = [texts[at] for at in found]
    assert [told[a:b] for a, b in pairwise(starts)] == [sorted(set(group)) for group in groups]
