"""A record as merging looks at it first: its leader and its fields, in flat form, by tag."""

from collections.abc import Iterable
from typing import NamedTuple

from kimppa.marc.record import SUBFIELD_MARK, Record


class Portrait(NamedTuple):
    """A record's leader and its fields in flat form by tag, each tag's in their order."""

    leader: str
    by_tag: dict[str, list[str]]

    def control(self, tag: str) -> str:
        """Return the value of the first control field with this tag, or an empty text."""
        return self.by_tag[tag][0][3:] if tag in self.by_tag else ""

    def has(self, tag: str, code: str) -> list[str]:
        """Return the values of a subfield."""
        if tag not in self.by_tag:
            return []
        return [
            part[1:]
            for field in self.by_tag[tag]
            for part in field[5:].split(SUBFIELD_MARK)[1:]
            if part[:1] == code
        ]


def portrait(leader: str, fields: Iterable[str]) -> Portrait:
    """Return the portrait of a record whose fields are given in flat form."""
    by_tag: dict[str, list[str]] = {}
    for field in fields:
        tag = field[:3]
        if tag in by_tag:
            by_tag[tag].append(field)
        else:
            by_tag[tag] = [field]
    return Portrait(leader, by_tag)


def portrait_of(record: Record) -> Portrait:
    """Return the portrait of a record.

    >>> portrait_of(Record.from_flat("00000nam a2200000   4500\\x1e001K1")).control("001")
    'K1'
    """
    return portrait(record.leader, [field.to_flat() for field in record.fields])


def unlike(one: Portrait, other: Portrait) -> tuple[Portrait, Portrait]:
    """Return both without the tags under which they say the same to the letter."""
    left, right = one.by_tag, other.by_tag
    return (
        Portrait(one.leader, {tag: said for tag, said in left.items() if right.get(tag) != said}),
        Portrait(other.leader, {tag: said for tag, said in right.items() if left.get(tag) != said}),
    )
