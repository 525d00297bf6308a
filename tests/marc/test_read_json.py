import io
import json

import pymarc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import flats, iso, melinda, read_bytes, record, records, rejects, repairs

from kimppa.marc.reading import marcjson

ONE, TWO, THREE = records(3)
BOTH = [ONE.to_flat(), TWO.to_flat()]


def marc_in_json(part):
    (read,) = pymarc.MARCReader(io.BytesIO(iso(part)))
    return read.as_json(ensure_ascii=False).encode()


SHAPES = {
    "array": b"[" + melinda(ONE) + b",\n" + melinda(TWO) + b"]",
    "lines": melinda(ONE) + b"\n" + melinda(TWO) + b"\n",
    "wrapped": b'{"records": [' + melinda(ONE) + b", " + melinda(TWO) + b"]}",
    "marc-in-json": marc_in_json(ONE) + b"\r\n" + marc_in_json(TWO),
    "an id first": melinda(ONE).replace(b"{", b'{"_id": 7, ', 1) + melinda(TWO),
    "pairs": b'[{"id": "x", "a": ' + melinda(ONE) + b', "b": ' + melinda(TWO) + b"}]",
    "escapes": json.dumps([json.loads(melinda(ONE)), json.loads(melinda(TWO))], indent=0).encode(),
    "byte order mark": b"\xef\xbb\xbf[" + melinda(ONE) + b"," + melinda(TWO) + b"]",
    "UTF-16": (melinda(ONE) + b"\n" + melinda(TWO)).decode().encode("utf-16"),
}


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_json_gives_the_same_records(tmp_path, content):
    results = read_bytes(tmp_path, content)
    assert flats(results) == BOTH
    assert not rejects(results)


BROKEN = {
    "a comma lost": (b'", "', b'" "'),
    "a brace lost": (b"}", b""),
    "a quote lost": (b'"value": "', b'"value": '),
    "no leader": (b'"leader"', b'"Leader"'),
    "cut short": (melinda(TWO)[-40:], b""),
    "not a list": (b'"fields": [', b'"fields": 3, "x": ['),
}


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("between", [b",", b"\n"], ids=["array", "lines"])
def test_a_bad_object_is_rejected_and_its_neighbours_live(tmp_path, old, new, between):
    broken = melinda(TWO).replace(old, new, 1)
    assert broken != melinda(TWO)
    content = between.join([melinda(ONE), broken, melinda(THREE)])
    results = read_bytes(tmp_path, b"[" + content + b"]" if between == b"," else content)
    assert flats(results) == [ONE.to_flat(), THREE.to_flat()]
    assert broken in b"".join(reject.raw for reject in rejects(results))


def test_odd_fields_are_reported(tmp_path):
    content = melinda(ONE).replace(b'"fields": [', b'"fields": [{"300": [1]}, {"500": "text"}, 4, ')
    (result,) = read_bytes(tmp_path, content)
    assert "500  \x1fatext" in result.flat
    assert [text[:32] for text in result.repairs[:2]] == ["field of an unknown shape left o"] * 2


def test_half_characters_are_removed(tmp_path):
    (result,) = read_bytes(tmp_path, melinda(ONE).replace(b"sivua", rb"si\ud800\u0000vua"))
    assert result.flat == ONE.to_flat()
    assert repairs([result]) == [("2 control characters removed from 300",)]


@given(st.integers(1, 3000), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255))))
@settings(max_examples=100, deadline=None)
def test_random_damage_stays_near_where_it_is(size, changes):
    parts = [melinda(record(number)) + b"\n" for number in range(12)]
    bounds = [sum(map(len, parts[:n])) for n in range(13)]
    content = bytearray(b"".join(parts))
    touched = set()
    for place, value in changes[:4]:
        at = place % len(content)
        content[at] = value
        touched |= {n for n in range(12) if bounds[n] <= at < bounds[n + 1]}
    blocks = [bytes(content[at : at + size]) for at in range(0, len(content), size)]
    results = list(marcjson.read(blocks))
    whole = [record(n).to_flat() for n in range(12) if n not in touched]
    assert [flat for flat in flats(results) if flat in whole] == whole
