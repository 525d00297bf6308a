import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import flats, read_bytes, record, records, rejects, repairs, uncovered, xml

from kimppa.marc.reading import marcxml
from kimppa.marc.reading.markup import LONGEST
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_marcxml

ONE, TWO, THREE = records(3)
BOTH = [ONE.to_flat(), TWO.to_flat()]


def bare(*parts):
    """Record elements without a namespace."""
    return b"".join(map(to_marcxml, parts)).decode()


def prefixed(part):
    text = bare(part)
    for name in ("record", "leader", "controlfield", "datafield", "subfield"):
        text = text.replace(f"<{name}", f"<marc:{name}").replace(f"</{name}", f"</marc:{name}")
    return text


OAI = """<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{}
</ListRecords></OAI-PMH>"""
OAI_RECORD = """<record><header><identifier>oai:{0}</identifier></header><metadata>
<record xmlns="http://www.loc.gov/MARC21/slim">{1}</record></metadata></record>"""
MARC_SPACE = 'xmlns:marc="http://www.loc.gov/MARC21/slim"'

SHAPES = {
    "namespace": xml(ONE, TWO),
    "no namespace": f"<collection>{bare(ONE, TWO)}</collection>".encode(),
    "a prefix": f"<marc:collection {MARC_SPACE}>{prefixed(ONE)}{prefixed(TWO)}"
    "</marc:collection>".encode(),
    "a prefix that nobody declared": f"<c>{prefixed(ONE)}{prefixed(TWO)}</c>".encode(),
    "OAI-PMH": OAI.format(
        "".join(OAI_RECORD.format(n, bare(part)[8:-10]) for n, part in enumerate((ONE, TWO)))
    ).encode(),
    "comments and CDATA": f"<c><!-- <record> -->{bare(ONE)}<!-- </record> <record -->{bare(TWO)}"
    "</c>".replace("sivua", "<![CDATA[sivua]]><!-- </record> -->").encode(),
    "pretty printed": xml(ONE, TWO).replace(b"><", b">\n    <"),
    "UTF-8 with a byte order mark": b"\xef\xbb\xbf" + xml(ONE, TWO),
    "UTF-16": xml(ONE, TWO).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "Latin-1": xml(ONE, TWO).decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "an encoding nobody knows": xml(ONE, TWO).replace(b"UTF-8", b"X-ODD"),
    "a DOCTYPE": xml(ONE, TWO).replace(b"?>", b'?><!DOCTYPE collection SYSTEM "marc.dtd">', 1),
    "gzip": gzip.compress(xml(ONE, TWO)),
    "two files in one": xml(ONE) + xml(TWO),
}


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_marcxml_gives_the_same_records(tmp_path, content):
    results = read_bytes(tmp_path, content)
    assert flats(results) == BOTH
    assert not rejects(results)


def test_a_single_record_is_read_and_its_place_told(tmp_path):
    content = b"\n" + to_marcxml(ONE)
    (result,) = read_bytes(tmp_path, content)
    assert (result.flat, result.offset, result.repairs) == (ONE.to_flat(), 1, ())
    assert result.length == len(content) - 2


def test_offsets_in_utf16_are_offsets_in_the_file(tmp_path):
    content = xml(ONE, TWO).decode().encode("utf-16").replace(b"<\0/\0l\0", b"<\0/\0x\0", 1)
    results = read_bytes(tmp_path, content)
    (reject,) = rejects(results)
    assert content[reject.offset :][: reject.length] == reject.raw
    assert flats(results) == [TWO.to_flat()]


DAMAGE = {
    "a tag not closed": (b"</subfield>", b""),
    "the end of the record": (b"</record>", b"</recXrd>"),
    "the start of the record": (b"<record>", b"<rXcord>"),
    "an entity nobody declared": (b"sivua", b"&xxe;"),
    "a lost bracket": (b"<datafield", b"datafield"),
    "a comment never closed": (b"sivua", b"<!-- sivua"),
    "no leader": (b"<leader>00000nam a2200000 i 4500</leader>", b""),
    "a DOCTYPE in the middle": (b"<leader>", b'<!DOCTYPE x [<!ENTITY e "boom">]><leader>'),
}


@pytest.mark.parametrize(("old", "new"), DAMAGE.values(), ids=DAMAGE)
def test_a_broken_record_is_rejected_and_its_neighbours_live(tmp_path, old, new):
    broken = to_marcxml(TWO).replace(old, new, 1)
    assert broken != to_marcxml(TWO)
    results = read_bytes(tmp_path, xml(ONE, broken, THREE))
    assert flats(results) == [ONE.to_flat(), THREE.to_flat()]
    assert b"".join(reject.raw for reject in rejects(results)).strip() == broken.strip()


MENDED = {
    "control characters": (b"sivua", b"si\x1fvua\x00&#x1F;", "characters that XML does not allow"),
    "a bare ampersand": (b"tekij\xc3\xa4 1.", b"M & M", "1 bare ampersand read as such"),
    "Windows-1252": (b"tekij\xc3\xa4", b"tekij\xe4", "the file says UTF-8"),
    "a short leader": (b" i 4500<", b" i 45<", "leader had 22 characters instead of 24"),
    "no indicator": (b' ind1="1"', b"", "indicators of 245 repaired: ' 0'"),
    "no code": (b' code="a"', b"", "subfield code '' of 245 repaired: 'a'"),
    "text outside": (b'code="c"', b'code="c">x</subfield>y<subfield code="c"', "text before the"),
    "markup inside": (b"sivua", b"<b>sivua</b>", "elements inside a subfield of 300 removed"),
    "a tag too long": (b'tag="300"', b'tag="3000"', "tag '3000' has not three characters"),
    "another element": (b"<datafield", b"<note>hei</note><datafield", "element note left out: hei"),
}


@pytest.mark.parametrize(("old", "new", "repair"), MENDED.values(), ids=MENDED)
def test_small_damage_is_mended_and_reported(tmp_path, old, new, repair):
    broken = to_marcxml(TWO).replace(old, new, 1)
    assert broken != to_marcxml(TWO)
    results = read_bytes(tmp_path, xml(ONE, broken, THREE))
    assert flats(results)[::2] == [ONE.to_flat(), THREE.to_flat()]
    assert not rejects(results)
    assert repair in " | ".join(repairs(results)[1])


def test_a_file_that_ends_in_the_middle_gives_what_was_whole(tmp_path):
    content = xml(ONE, TWO)
    results = read_bytes(tmp_path, content[:-60])
    assert flats(results) == [ONE.to_flat()]
    assert rejects(results)[0].reason == "the file ends in the middle of a record"
    results = read_bytes(tmp_path, content[: content.rindex(b"<record") + 4])
    assert rejects(results)[0].reason == "the file ends in the middle of a tag"


def test_a_notice_of_deletion_is_told_apart(tmp_path):
    content = OAI.format('<record><header status="deleted"/></record>' + bare(ONE)).encode()
    results = read_bytes(tmp_path, content)
    assert flats(results) == [ONE.to_flat()]
    assert "a notice of deletion" in rejects(results)[0].reason


def test_a_record_that_never_ends_is_given_up_in_the_end():
    blocks = [MARCXML_HEAD, b"<record>", *[b"<leader>" + bytes(1 << 20)] * 18, to_marcxml(ONE)]
    results = list(marcxml.read([*blocks, MARCXML_TAIL]))
    assert flats(results) == [ONE.to_flat()]
    assert max(reject.length for reject in rejects(results)) <= LONGEST + (1 << 20) + 10


@given(st.integers(1, 3000), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255))))
@settings(max_examples=100, deadline=None)
def test_random_damage_stays_where_it_is(size, changes):
    parts = [to_marcxml(record(number)) for number in range(12)]
    bounds = [len(MARCXML_HEAD) + sum(map(len, parts[:n])) for n in range(13)]
    content = bytearray(MARCXML_HEAD + b"".join(parts) + MARCXML_TAIL)
    touched = set()
    for place, value in changes[:5]:
        at = bounds[0] + place % (bounds[-1] - bounds[0])
        content[at] = value
        touched |= {n for n in range(12) if bounds[n] <= at < bounds[n + 1]}
    blocks = [bytes(content[at : at + size]) for at in range(0, len(content), size)]
    results = list(marcxml.read(blocks))
    whole = [record(n).to_flat() for n in range(12) if n not in touched]
    assert [flat for flat in flats(results) if flat in whole] == whole
    head_and_tail = (MARCXML_HEAD + MARCXML_TAIL).replace(b"\n", b"")
    left = uncovered(results, bytes(content)).replace(b"\n", b"")
    assert len(left) <= len(head_and_tail) + 5
