"""Reading subfields out of many records at once, straight from flat form.

What is wanted is said as tags with the codes of their subfields: ``"100a 245abc"``. All records
are cut into pieces together, and where which piece stands is found by numpy: this is what makes
the bulk path quick.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kimppa.marc.bulk import FIELD, SUBFIELD, Flags, Numbers, tag_number
from kimppa.marc.record import FIELD_MARK, RECORD_MARK, SUBFIELD_MARK

T = TypeVar("T")
NONE: list[str] = []
"""What a record without any such subfield has; never changed."""
_RECORD = ord(RECORD_MARK)


class Texts(NamedTuple):
    """Texts and the numbers of the records they are of (ascending; a record may have several)."""

    owners: Numbers
    texts: list[str]

    def read(self, reader: "Callable[[list[str]], list[str]]") -> "Texts":
        """Return what a reader of many texts makes of these."""
        return Texts(self.owners, reader(self.texts))

    def each(self, reader: "Callable[[str], str]") -> "Texts":
        """Return what a reader of one text makes of each."""
        return Texts(self.owners, list(map(reader, self.texts)))


class Batch:
    """Many records in flat form, cut into pieces: leaders, heads of fields and subfields.

    A head is a tag with its two indicators, or with the value of a control field.
    """

    def __init__(self, flats: Sequence[str]) -> None:
        self.count = len(flats)
        text = RECORD_MARK.join(flats)
        content = np.frombuffer(f"{RECORD_MARK}{text}      ".encode(), np.uint8)
        marks = np.flatnonzero((content >= _RECORD) & (content <= SUBFIELD))
        kinds = content[marks]
        plain = text.replace(RECORD_MARK, SUBFIELD_MARK).replace(FIELD_MARK, SUBFIELD_MARK)
        self._pieces = plain.split(SUBFIELD_MARK)
        self._codes = content[marks + 1]
        heads = np.flatnonzero(kinds != SUBFIELD)
        self._heads = np.append(heads, len(marks))
        self._owners = np.cumsum(kinds[heads] == _RECORD) - 1
        self._owners_of_pieces = np.repeat(self._owners, np.diff(self._heads))
        at = marks[heads]
        tags = content[at + 1].astype(np.int64) << 16
        tags |= content[at + 2].astype(np.int64) << 8
        self._tags = np.where(kinds[heads] == FIELD, tags | content[at + 3], 0)
        self._indicators = content[at + 4], content[at + 5]
        self._of_tag: dict[str, Numbers] = {}

    def fields(self, tag: str) -> Numbers:
        """Return the numbers of the fields with this tag, record by record."""
        if tag not in self._of_tag:
            self._of_tag[tag] = np.flatnonzero(self._tags == tag_number(tag))
        return self._of_tag[tag]

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
        """Return the first (1) or second (2) indicators of these fields as bytes."""
        return self._indicators[number - 1][fields]

    def controls(self, tag: str) -> Texts:
        """Return the values of the control fields with this tag."""
        fields = self.fields(tag)
        texts = [self._pieces[head][3:] for head in self._heads[fields].tolist()]
        return Texts(self._owners[fields], texts)

    def control(self, tag: str) -> list[str]:
        """Return for each record the value of its first field with this tag, or an empty text."""
        return self.scattered(self.controls(tag))

    def parts(self, fields: Numbers) -> list[list[str]]:
        """Return each of these fields as its head and its subfields, code first."""
        pieces = self._pieces
        heads, stops = self._heads[fields].tolist(), self._heads[fields + 1].tolist()
        return [pieces[head:stop] for head, stop in zip(heads, stops, strict=True)]

    def tags(self, *tags: str) -> list[list[str]]:
        """Return for each record the tags of its fields that are among these, one for each."""
        texts = {int(number): tag for tag in tags for number in self.fields(tag)}
        fields = in_order([self.fields(tag) for tag in tags], self._owners)
        return self.lists(Texts(self._owners[fields], [texts[f] for f in fields.tolist()]))

    def values(self, wanted: str) -> Texts:
        """Return the wanted subfields of each record, in the order of the tags as said.

        >>> Batch(["x" * 24 + "\\x1e24510\\x1faSinuhe\\x1fcWaltari"]).values("100a 245ac").texts
        ['Sinuhe', 'Waltari']
        """
        found = [self._subfields(self.fields(tag), codes) for tag, codes in _wanted(wanted)]
        return self._texts(in_order(found, self._owners_of_pieces))

    def values_of(self, fields: Numbers, codes: str) -> Texts:
        """Return the subfields with these codes of these fields."""
        return self._texts(self._subfields(fields, codes))

    def first(self, wanted: str) -> list[str]:
        """Return for each record the first wanted subfield, or an empty text."""
        return self.scattered(self.values(wanted))

    def scattered(self, found: Texts) -> list[str]:
        """Return for each record the first of its texts, or an empty one."""
        every = [""] * self.count
        for owner, start, _stop in _by_record(found):
            every[owner] = found.texts[start]
        return every

    def joined(self, found: Texts, between: str) -> list[str]:
        """Return for each record its texts as one; an empty one where it has none."""
        every, texts = [""] * self.count, found.texts
        for owner, start, stop in _by_record(found):
            is_one = stop == start + 1
            every[owner] = texts[start] if is_one else between.join(texts[start:stop])
        return every

    def lists(self, found: Texts) -> list[list[str]]:
        """Return the texts of each record."""
        every = [NONE] * self.count
        for owner, start, stop in _by_record(found):
            every[owner] = found.texts[start:stop]
        return every

    def distinct(self, found: Texts, most: int | None = None) -> list[list[str]]:
        """Return the texts of each record that are not empty, each once."""
        every, texts = [NONE] * self.count, found.texts
        for owner, start, stop in _by_record(found):
            if stop > start + 1:
                every[owner] = distinct(texts[start:stop])[:most]
            elif texts[start]:
                every[owner] = texts[start:stop]
        return every

    def _subfields(self, fields: Numbers, codes: str) -> Numbers:
        """Return the numbers of the subfields with these codes of these fields, in their order."""
        first = self._heads[fields] + 1
        counts = self._heads[fields + 1] - first
        before = np.cumsum(counts) - counts
        every = np.repeat(first - before, counts) + np.arange(counts.sum())
        own = self._codes[every]
        chosen = own == ord(codes[0])
        for code in codes[1:]:
            chosen |= own == ord(code)
        wanted: Numbers = every[chosen]
        return wanted

    def _texts(self, subfields: Numbers) -> Texts:
        pieces = self._pieces
        texts = [pieces[number][1:] for number in subfields.tolist()]
        return Texts(self._owners_of_pieces[subfields], texts)


def in_order(found: Sequence[Numbers], owners: Numbers) -> Numbers:
    """Return fields or subfields of several tags record by record, tag after tag within one."""
    some = [numbers for numbers in found if len(numbers)]
    if len(some) <= 1:
        return some[0] if some else np.array([], np.int64)
    every = np.concatenate(some)
    ordered: Numbers = every[np.argsort(owners[every], kind="stable")]
    return ordered


def distinct(items: Iterable[T]) -> list[T]:
    """Return the items that say something, each once, in their order."""
    found = list(dict.fromkeys(items))
    return found if all(found) else list(filter(None, found))


@lru_cache
def _wanted(text: str) -> list[tuple[str, str]]:
    return [(word[:3], word[3:]) for word in text.split()]


def _by_record(found: Texts) -> Iterable[tuple[int, int, int]]:
    """Return the number of each record that has texts, and where they begin and end."""
    owners = found.owners
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    stops = np.append(starts[1:], len(owners))
    return zip(owners[starts].tolist(), starts.tolist(), stops[: len(starts)].tolist(), strict=True)
