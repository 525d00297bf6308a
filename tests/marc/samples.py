"""Records for the tests of reading and writing, and the accounts that every reading must keep."""

import json

from kimppa.marc.reading import ReadRecord, Rejected, read
from kimppa.marc.reading.iso2709 import FILLER
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, to_iso2709, to_marcxml

LEADER = "00000nam a2200000 i 4500"
TITLES = ("Täällä Pohjantähden alla", "Sinuhe egyptiläinen", "Röda rummet", "Hytti nro 6")


def record(number, title="", **more):
    title = title or TITLES[number % len(TITLES)]
    fields = [
        Field("001", value=f"fi{number:06}"),
        Field("008", value="200101s2020    fi ||||j      |0|0|fin| "),
        Field("245", "10", (Subfield("a", f"{title} /"), Subfield("c", f"tekijä {number}."))),
        Field("300", "  ", (Subfield("a", f"{100 + number} sivua"),)),
        *(Field(tag[1:], "  ", (Subfield("a", text),)) for tag, text in more.items()),
    ]
    return Record(LEADER, tuple(fields))


def records(count):
    return [record(number) for number in range(count)]


def iso(*parts):
    return b"".join(to_iso2709(part) if isinstance(part, Record) else part for part in parts)


def xml(*parts):
    inner = b"".join(to_marcxml(part) if isinstance(part, Record) else part for part in parts)
    return MARCXML_HEAD + inner + MARCXML_TAIL


def melinda(part):
    """The record as Melinda's JSON has it."""
    fields = []
    for field in part.fields:
        if field.is_control:
            fields.append({"tag": field.tag, "value": field.value})
        else:
            subfields = [{"code": code, "value": value} for code, value in field.subfields]
            first, second = field.indicators
            fields.append({"tag": field.tag, "ind1": first, "ind2": second, "subfields": subfields})
    return json.dumps({"leader": part.leader, "fields": fields}, ensure_ascii=False).encode()


def read_bytes(tmp_path, content, name="file"):
    path = tmp_path / name
    path.write_bytes(content)
    return list(read(path))


def flats(results):
    return [result.flat for result in results if isinstance(result, ReadRecord)]


def rejects(results):
    return [result for result in results if isinstance(result, Rejected)]


def repairs(results):
    return [result.repairs for result in results if isinstance(result, ReadRecord)]


def uncovered(results, content):
    """The bytes that no result covers, blanks and other filler apart; results may not overlap."""
    left = []
    at = 0
    for result in results:
        assert result.offset >= at
        left.append(content[at : result.offset])
        at = result.offset + result.length
        if isinstance(result, Rejected):
            assert result.raw == content[result.offset : at]
    left.append(content[at:])
    return b"".join(left).strip(FILLER)
