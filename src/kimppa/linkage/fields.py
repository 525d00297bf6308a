"""Reading subfields out of many records at once, straight from flat form.

What is wanted is said as tags with the codes of their subfields: ``"100a 245abc"``. All records
are one stretch of bytes, and a text is a place in it until somebody needs it as a value.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kimppa.common.compiled import one_stretch
from kimppa.linkage import cutting, slices
from kimppa.linkage.texts import Texts
from kimppa.marc.bulk import Flags, Numbers, tag_number
from kimppa.marc.bulk import Texts as Flats

T = TypeVar("T")
NONE: list[str] = []
"""What a record without any such subfield has; never changed."""


def stretch(flats: Iterable[str]) -> Flats:
    """Return records in flat form one after the other."""
    encoded = [flat.encode() for flat in flats]
    starts = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(flat) for flat in encoded], out=starts[1:])
    return Flats(one_stretch(encoded), starts)


class Batch:
    """Many records in flat form, cut into fields and subfields."""

    def __init__(self, flats: Flats) -> None:
        self.count = len(flats.starts) - 1
        self._content, self._records = flats
        found = cutting.cut(self._content, self._records)
        self._owners, self._marks, self._firsts, self._starts, self._ends = found
        self._tags = cutting.tags(self._content, self._records, self._owners, self._marks)
        self._codes = cutting.codes(self._content, self._starts, self._ends)
        self._by_tag, self._first_of_tag = cutting.by_tag(self._tags)

    def fields(self, tag: str) -> Numbers:
        """Return the numbers of the fields with this tag, record by record."""
        number = tag_number(tag)
        kind = cutting.number_of(number)
        found = self._by_tag[self._first_of_tag[kind] : self._first_of_tag[kind + 1]]
        return found if tag.isdigit() else found[self._tags[found] == number]

    def owners(self, fields: Numbers) -> Numbers:
        """Return the numbers of the records that have these fields."""
        return self._owners[fields]

    def having(self, *tags: str) -> Flags:
        """Return for each record whether it has a field with one of these tags."""
        found = np.zeros(self.count, np.bool_)
        for tag in tags:
            found[self._owners[self.fields(tag)]] = True
        return found

    def indicator(self, fields: Numbers, number: int) -> NDArray[np.uint8]:
        """Return the first (1) or second (2) indicators of these fields as bytes, or 0."""
        at = self._marks[fields] + 3 + number
        is_there = at < self._ends_of_heads(fields)
        found = np.zeros(len(fields), np.uint8)
        found[is_there] = self._content[at[is_there]]
        return found

    def leaders(self, place: int) -> list[str]:
        """Return the character at a place of each record's leader, empty where it is shorter."""
        starts, ends = self._records[:-1], self._records[1:]
        at = starts + place
        if (at >= ends).any() or not slices.are_ascii(self._content, starts, at + 1):
            every = Texts(np.arange(self.count), self._content, starts, ends).values()
            return [flat[place : place + 1] for flat in every]
        return list(self._content[at].tobytes().decode())

    def controls(self, tag: str) -> Texts:
        """Return the values of the control fields with this tag."""
        fields = self.fields(tag)
        starts = self._marks[fields] + 4
        return Texts(self._owners[fields], self._content, starts, self._ends_of_heads(fields))

    def values(self, wanted: str) -> Texts:
        """Return the wanted subfields of each record, in the order of the tags as said.

        >>> flats = stretch(["x" * 24 + "\\x1e24510\\x1faSinuhe\\x1fcWaltari"])
        >>> Batch(flats).values("100a 245ac").values()
        ['Sinuhe', 'Waltari']
        """
        found = [(self.fields(tag), codes) for tag, codes in _wanted(wanted)]
        some = [self._subfields(fields, codes) for fields, codes in found if len(fields)]
        if len(some) == 1:
            return self._texts(*some[0])
        if not some:
            return self._texts(*self._subfields(np.zeros(0, np.int64), "a"))
        owners, subfields = map(np.concatenate, zip(*some, strict=True))
        order = np.argsort(owners, kind="stable")
        return self._texts(owners[order], subfields[order])

    def values_of(self, fields: Numbers, codes: str) -> Texts:
        """Return the subfields with these codes of these fields."""
        return self._texts(*self._subfields(fields, codes))

    def by_field(self, fields: Numbers, codes: str) -> Texts:
        """Return the same, but with the places that these fields have among them as owners."""
        return self._texts(*self._chosen(fields, codes))

    def parts(self, fields: Numbers) -> list[list[str]]:
        """Return each of these fields as tag and indicators, and its subfields, code first."""
        starts, ends = self._starts, self._ends
        content = self._content
        found = []
        for field, head in zip(fields.tolist(), self._ends_of_heads(fields).tolist(), strict=True):
            subfields = range(self._firsts[field], self._firsts[field + 1])
            pieces = [(self._marks[field], head), *((starts[n], ends[n]) for n in subfields)]
            found.append([content[at + 1 : end].tobytes().decode() for at, end in pieces])
        return found

    def tags(self, *tags: str) -> Texts:
        """Return the tags of each record's fields that are among these, in the order given."""
        fields = np.concatenate([self.fields(tag) for tag in tags])
        fields = fields[np.argsort(self._owners[fields], kind="stable")]
        starts = self._marks[fields] + 1
        return Texts(self._owners[fields], self._content, starts, starts + 3)

    def _ends_of_heads(self, fields: Numbers) -> Numbers:
        """Return where these fields have their first subfield, or end."""
        ends = np.minimum(self._marks[fields + 1], self._records[self._owners[fields] + 1])
        first = self._firsts[fields]
        has_some = first < self._firsts[fields + 1]
        ends[has_some] = self._starts[first[has_some]]
        return ends

    def _subfields(self, fields: Numbers, codes: str) -> tuple[Numbers, Numbers]:
        """Return the subfields with these codes of these fields, with their records."""
        places, subfields = self._chosen(fields, codes)
        return self._owners[fields[places]], subfields

    def _chosen(self, fields: Numbers, codes: str) -> tuple[Numbers, Numbers]:
        return cutting.chosen(fields, self._firsts, self._codes, _flags(codes))

    def _texts(self, owners: Numbers, subfields: Numbers) -> Texts:
        return Texts(owners, self._content, self._starts[subfields] + 2, self._ends[subfields])


def distinct(items: Iterable[T]) -> list[T]:
    """Return the items that say something, each once, in their order."""
    found = list(dict.fromkeys(items))
    return found if all(found) else list(filter(None, found))


@lru_cache
def _flags(codes: str) -> Flags:
    return np.isin(np.arange(256), list(codes.encode()))


@lru_cache
def _wanted(text: str) -> list[tuple[str, str]]:
    return [(word[:3], word[3:]) for word in text.split()]
