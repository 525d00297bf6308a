"""A MARC 21 record in flat form: one piece of text, quick to cut and free of length limits.

Flat form is the leader (24 characters) followed by fields, all parted by ``\\x1e``. A control
field is its tag and value; a data field its tag, two indicators, then ``\\x1f`` + code + value per
subfield. It is ISO 2709 without the directory, so records over 99,999 bytes fit and nothing has to
be counted.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self

SUBFIELD_MARK = "\x1f"
FIELD_MARK = "\x1e"
RECORD_MARK = "\x1d"
LEADER_LENGTH = 24


class Subfield(NamedTuple):
    """One coded part of a data field."""

    code: str
    value: str


class Field(NamedTuple):
    """One field: ``value`` for control fields (00X), indicators and subfields for the others."""

    tag: str
    indicators: str = ""
    subfields: tuple[Subfield, ...] = ()
    value: str = ""

    @property
    def is_control(self) -> bool:
        """Whether the field is 00X, without indicators and subfields."""
        return self.tag < "010"

    def first(self, code: str) -> str:
        """Return the first subfield with this code, or an empty text."""
        return next((value for own, value in self.subfields if own == code), "")

    def all(self, codes: str) -> list[str]:
        """Return the values of all subfields whose code is one of ``codes``, in their order."""
        return [value for own, value in self.subfields if own in codes]

    def to_flat(self) -> str:
        """Return the field in flat form.

        >>> Field("245", "10", (Subfield("a", "Sinuhe"),)).to_flat()
        '24510\\x1faSinuhe'
        """
        if self.is_control:
            return self.tag + self.value
        parts = [SUBFIELD_MARK + code + value for code, value in self.subfields]
        return self.tag + self.indicators + "".join(parts)

    @classmethod
    def from_flat(cls, text: str) -> Self:
        """Return the field that stands in flat form; text before the first mark is dropped.

        >>> Field.from_flat("24510\\x1faSinuhe\\x1fbromaani").first("b")
        'romaani'
        """
        tag = text[:3]
        if tag < "010":
            return cls(tag, value=text[3:])
        parts = text[5:].split(SUBFIELD_MARK)[1:]
        return cls(tag, text[3:5], tuple(Subfield(part[:1], part[1:]) for part in parts if part))


class Record(NamedTuple):
    """A leader and fields in their order."""

    leader: str
    fields: tuple[Field, ...]

    def get(self, *tags: str) -> Iterator[Field]:
        """Iterate over the fields with one of these tags, in record order."""
        return (field for field in self.fields if field.tag in tags)

    def control(self, tag: str) -> str:
        """Return the value of the first control field with this tag, or an empty text."""
        return next((field.value for field in self.fields if field.tag == tag), "")

    def to_flat(self) -> str:
        """Return the record in flat form."""
        return FIELD_MARK.join([self.leader, *(field.to_flat() for field in self.fields)])

    @classmethod
    def from_flat(cls, text: str) -> Self:
        """Return the record that stands in flat form."""
        leader, *fields = text.split(FIELD_MARK)
        return cls(leader, tuple(Field.from_flat(field) for field in fields if field))

    def with_fields(self, fields: Iterable[Field]) -> Self:
        """Return the same leader with other fields."""
        return self._replace(fields=tuple(fields))
