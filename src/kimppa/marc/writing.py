"""Write records as ISO 2709 and MARCXML that other library systems read without complaint.

Records may come from anywhere, so marks and characters that a format cannot carry are left out.
"""

from itertools import accumulate
from typing import Final

from kimppa.marc.reading.cleaning import clean, plain
from kimppa.marc.record import FIELD_MARK, LEADER_LENGTH, RECORD_MARK, SUBFIELD_MARK, Field, Record

MARCXML_HEAD: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
)
MARCXML_TAIL: Final = b"</collection>\n"

_LONGEST_RECORD = 99_999
_LONGEST_FIELD = 9_999


class TooLong(ValueError):
    """ISO 2709 cannot hold the record: over 99,999 bytes, or a field over 9,999. MARCXML can."""


def to_iso2709(record: Record) -> bytes:
    """Return a record as ISO 2709 in UTF-8, with every length set; raises ``TooLong``.

    >>> to_iso2709(Record("00000nam a2200000   4500", (Field("001", value="1"),)))
    b'00040nam a2200037   4500001000200000\\x1e1\\x1e\\x1d'
    """
    directory = []
    body = []
    start = 0
    for field in record.fields:
        content = (_plain_field(field).to_flat()[3:] + "\x1e").encode()
        if len(content) > _LONGEST_FIELD:
            raise TooLong(f"field {field.tag} has {len(content):,} bytes; 9,999 is the most")
        directory.append(f"{field.tag}{len(content):04}{start:05}")
        body.append(content)
        start += len(content)
    base = LEADER_LENGTH + 12 * len(directory) + 1
    length = base + start + 1
    if length > _LONGEST_RECORD:
        raise TooLong(f"the record has {length:,} bytes; 99,999 is the most")
    head = _leader(record.leader, length, base) + "".join(directory) + "\x1e"
    return head.encode() + b"".join(body) + b"\x1d"


def to_marcxml(record: Record) -> bytes:
    """Return a record as one MARCXML ``record`` element, to stand between head and tail.

    >>> to_marcxml(Record("00000nam a2200000   4500", (Field("001", value="<1>"),)))[49:]
    b'<controlfield tag="001">&lt;1&gt;</controlfield></record>\\n'
    """
    fields = "".join(map(_xml_field, record.fields))
    leader = _escaped(_leader(record.leader, 0, 0))
    return f"<record><leader>{leader}</leader>{fields}</record>\n".encode()


def flat_to_iso2709(flat: str) -> bytes:
    """Return a record in flat form as ``to_iso2709`` does; raises ``TooLong``.

    Nearly every record is clean and is only counted: no object per field, half the time.

    >>> flat_to_iso2709("00000nam a2200000   4500\\x1e0011")
    b'00040nam a2200037   4500001000200000\\x1e1\\x1e\\x1d'
    """
    if not _is_clean(flat):
        return to_iso2709(Record.from_flat(flat))
    leader, *fields = flat.split(FIELD_MARK)
    lengths = [len(field) - 2 for field in (fields if flat.isascii() else _encoded(fields))]
    *starts, size = accumulate(lengths, initial=0)
    directory = "".join(map(_entry, fields, lengths, starts))
    base = LEADER_LENGTH + len(directory) + 1
    length = base + size + 1
    if length > _LONGEST_RECORD or max(lengths) > _LONGEST_FIELD:
        return to_iso2709(Record.from_flat(flat))  # which says what is too long
    body = FIELD_MARK.join([field[3:] for field in fields])
    head = _leader(leader, length, base) + directory
    return f"{head}{FIELD_MARK}{body}{FIELD_MARK}{RECORD_MARK}".encode()


def _entry(field: str, length: int, start: int) -> str:
    """Return a directory entry: tag, length in four digits and start in five, made as one number.

    >>> _entry("24510", 12, 345)
    '245001200345'
    """
    return field[:3] + str(1_000_000_000 + 100_000 * length + start)[1:]


def _encoded(fields: list[str]) -> list[bytes]:
    return [field.encode() for field in fields]


def _is_clean(flat: str) -> bool:
    """Whether a reader would take the record as it stands: every mark in its place, no controls."""
    return bool(flat) and clean(flat) == (flat, [])


def flat_to_marcxml(flat: str) -> bytes:
    """Return a record in flat form as ``to_marcxml`` does; a clean one without objects per field.

    >>> flat_to_marcxml("00000nam a2200000   4500\\x1e001<1>")[49:]
    b'<controlfield tag="001">&lt;1&gt;</controlfield></record>\\n'
    """
    if not _is_clean(flat):
        return to_marcxml(Record.from_flat(flat))
    leader, *fields = flat.split(FIELD_MARK)
    head = f"<record><leader>{_escaped(_leader(leader, 0, 0))}</leader>"
    return "".join([head, *map(_flat_xml_field, fields), "</record>\n"]).encode()


def _flat_xml_field(field: str) -> str:
    tag = field[:3]
    if tag < "010":
        return f'<controlfield tag="{tag}">{_marked_up(field[3:])}</controlfield>'
    first, second = map(_marked_up, field[3:5])
    subfields = "".join(
        [
            f'<subfield code="{_marked_up(part[0])}">{_marked_up(part[1:])}</subfield>'
            for part in field[6:].split(SUBFIELD_MARK)
        ]
    )
    return f'<datafield tag="{tag}" ind1="{first}" ind2="{second}">{subfields}</datafield>'


def _leader(leader: str, length: int, base: int) -> str:
    """Return the leader with what is counted, UTF-8, and the entry map of MARC 21."""
    text = plain(leader).encode("ascii", "replace").decode()[:LEADER_LENGTH].ljust(LEADER_LENGTH)
    return f"{length:05}{text[5:9]}a22{base:05}{text[17:20]}4500"


def _plain_field(field: Field) -> Field:
    """Return the field with two indicators, without characters that would be taken for marks."""
    if not field.is_control and len(field.indicators) != 2:
        field = field._replace(indicators=field.indicators.ljust(2)[:2])
    flat = field.value + "".join([code + value for code, value in field.subfields])
    if plain(flat) == flat:
        return field
    subfields = tuple(part._replace(value=plain(part.value)) for part in field.subfields)
    return field._replace(value=plain(field.value), subfields=subfields)


def _xml_field(field: Field) -> str:
    tag = _escaped(field.tag)
    if field.is_control:
        return f'<controlfield tag="{tag}">{_escaped(field.value)}</controlfield>'
    first, second = map(_escaped, field.indicators.ljust(2)[:2])
    subfields = "".join(
        [
            f'<subfield code="{_escaped(code)}">{_escaped(value)}</subfield>'
            for code, value in field.subfields
        ]
    )
    return f'<datafield tag="{tag}" ind1="{first}" ind2="{second}">{subfields}</datafield>'


def _escaped(text: str) -> str:
    """Return text as it may stand in an element or an attribute."""
    if text.isalnum():
        return text
    return _marked_up(plain(text))


def _marked_up(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text or '"' in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text
