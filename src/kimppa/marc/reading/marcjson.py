"""Read MARC in JSON: the marc-in-json shape of pymarc and others, and the shape Melinda uses."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kimppa.marc.reading import assembling
from kimppa.marc.reading.cleaning import clean
from kimppa.marc.reading.encoding import decode
from kimppa.marc.reading.markup import Kind
from kimppa.marc.reading.objects import pieces
from kimppa.marc.reading.results import ReadRecord, Rejected, Unreadable
from kimppa.marc.reading.unicode16 import as_ascii_like
from kimppa.marc.record import FIELD_MARK


def read(blocks: Iterable[bytes], offset: int = 0) -> Iterator[ReadRecord | Rejected]:
    """Iterate over the records in blocks of JSON."""
    blocks, original = as_ascii_like(blocks)
    for piece in pieces(blocks):
        raw = original(piece.raw)
        if piece.kind is Kind.DAMAGED:
            yield Rejected(offset, len(raw), piece.reason, raw)
        elif piece.kind is Kind.RECORD:
            try:
                flat, repairs = _flat(piece.raw)
            except Unreadable as error:
                yield Rejected(offset, len(raw), str(error), raw)
            else:
                yield ReadRecord(flat, offset, len(raw), tuple(repairs))
        offset += len(raw)


def _flat(raw: bytes) -> tuple[str, list[str]]:
    """Return the flat form of a record object and the repairs it needed; raises ``Unreadable``."""
    text, repair = decode(raw, says_utf8=True)
    repairs = [repair.replace("leader says", "JSON should be")] if repair else []
    try:
        record = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not well-formed JSON: {error}") from error
    fields = record.get("fields")
    if not isinstance(record.get("leader"), str) or not isinstance(fields, list):
        raise Unreadable("an object without leader and fields")
    leader = assembling.leader(record["leader"], repairs)
    parts = [leader, *(part for field in fields if (part := _field(field, repairs)))]
    flat, cleaned = clean(FIELD_MARK.join(parts))
    if not flat:
        raise Unreadable("the record has no fields")
    return flat, repairs + cleaned


def _field(field: Any, repairs: list[str]) -> str:
    """Return a field in flat form, or an empty text, reported, where it has no known shape."""
    try:
        tag, content = _tag_and_content(field)
        tag = assembling.tag(tag, repairs)
        if isinstance(content, dict):
            indicators = _text(content.get("ind1", " ")), _text(content.get("ind2", " "))
            subfields = [_subfield(part) for part in content["subfields"]]
            return assembling.data_field(tag, indicators, "", subfields, repairs)
        if tag < "010":
            return tag + _text(content)
        return assembling.data_field(tag, (" ", " "), _text(content), [], repairs)
    except (TypeError, ValueError, KeyError, AttributeError):
        shown = json.dumps(field, ensure_ascii=False)
        repairs.append(f"field of an unknown shape left out: {shown}")
        return ""


def _tag_and_content(field: Any) -> tuple[str, Any]:
    """Part a field of either shape: ``{"tag": "001", "value": …}`` or ``{"001": …}``."""
    if "tag" in field:
        return str(field["tag"]), field if "subfields" in field else field["value"]
    ((tag, content),) = field.items()
    return tag, content


def _subfield(part: Any) -> tuple[str, str]:
    if "code" in part:
        return str(part["code"]), _text(part.get("value"))
    ((code, value),) = part.items()
    return code, _text(value)


def _text(value: Any) -> str:
    """Return a JSON value as text; raises ``TypeError`` for objects and lists."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float):
        return str(value)
    raise TypeError
