"""Reading subfields straight from flat form, without an object per field, for the bulk path."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from kimppa.marc.record import FIELD_MARK, SUBFIELD_MARK

Fields = dict[str, list[str]]
"""Tag to its fields in record order; each is a value or two indicators and the subfields."""

T = TypeVar("T")


def cut(flat: str) -> tuple[str, Fields]:
    """Return the leader and the fields by tag.

    >>> cut("x" * 24 + "\\x1e001K1\\x1e24510\\x1faSinuhe")[1]
    {'001': ['K1'], '245': ['10\\x1faSinuhe']}
    """
    leader, *texts = flat.split(FIELD_MARK)
    fields: Fields = {}
    for text in texts:
        tag = text[:3]
        if tag in fields:
            fields[tag].append(text[3:])
        else:
            fields[tag] = [text[3:]]
    return leader, fields


def values(fields: Fields, tags: Iterable[str], codes: str) -> list[str]:
    """Return the subfields with one of these codes of these tags, in the order of the tags."""
    return [
        part[1:]
        for tag in tags
        if tag in fields  # mostly it is not
        for field in fields[tag]
        for part in field.split(SUBFIELD_MARK)[1:]
        if part and part[0] in codes
    ]


def first(fields: Fields, tags: Iterable[str], code: str) -> str:
    """Return the first subfield with this code, or an empty text."""
    mark = SUBFIELD_MARK + code
    for tag in tags:
        if tag in fields:
            for field in fields[tag]:
                at = field.find(mark)
                if at >= 0:
                    end = field.find(SUBFIELD_MARK, at + 2)
                    return field[at + 2 : end] if end > 0 else field[at + 2 :]
    return ""


def distinct(items: Collection[T]) -> list[T]:
    """Return the items that say something, each once, in their order."""
    return [item for item in dict.fromkeys(items) if item] if items else []
