"""Texts of many records as stretches of one array of bytes, until somebody needs them as values."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kimppa.linkage import slices
from kimppa.linkage.cutting import Bytes
from kimppa.linkage.folding import fold
from kimppa.linkage.words import fold as fold_one
from kimppa.marc.bulk import Flags, Numbers

_MANY = np.iinfo(np.int64).max


class Texts(NamedTuple):
    """Texts in UTF-8, and the numbers of what they are of (ascending), which may have several."""

    owners: Numbers
    content: Bytes
    starts: Numbers
    ends: Numbers

    def values(self) -> list[str]:
        """Return the texts as such."""
        content = self.content.tobytes()
        places = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [content[start:end].decode() for start, end in places]

    def by_owner(self) -> dict[int, list[str]]:
        """Return the texts of each owner that has some."""
        found: dict[int, list[str]] = {}
        for owner, text in zip(self.owners.tolist(), self.values(), strict=True):
            found.setdefault(owner, []).append(text)
        return found

    def some(self, chosen: Numbers | Flags) -> "Texts":
        """Return those with these numbers, or those that are flagged."""
        return Texts(self.owners[chosen], self.content, self.starts[chosen], self.ends[chosen])

    def each(self, reader: Callable[[str], str]) -> "Texts":
        """Return what a reader of one text makes of each."""
        return texts(self.owners, map(reader, self.values()))

    def folded(self) -> "Texts":
        """Return each as ``words.fold`` does."""
        content, starts, ends, is_other = fold(self.content, self.starts, self.ends)
        found = Texts(self.owners, content, starts, ends)
        if not is_other.any():
            return found
        return found.replaced(is_other, map(fold_one, self.some(is_other).values()))

    def replaced(self, chosen: Numbers | Flags, others: Iterable[str]) -> "Texts":
        """Return them with others in the place of those chosen."""
        new = texts(self.owners[chosen], others)
        starts, ends = self.starts.copy(), self.ends.copy()
        starts[chosen] = new.starts + len(self.content)
        ends[chosen] = new.ends + len(self.content)
        return Texts(self.owners, np.concatenate([self.content, new.content]), starts, ends)

    def joined(self, count: int, between: str) -> "Texts":
        """Return one text for each of ``count`` owners: all of its own as one; may be empty."""
        parting = np.frombuffer(between.encode(), np.uint8)
        return Texts(np.arange(count), *slices.joined(count, *self, parting))

    def first(self, count: int) -> "Texts":
        """Return one text for each of ``count`` owners: its first; an empty one where none is."""
        at = np.flatnonzero(np.diff(self.owners, prepend=-1))
        starts, ends = np.zeros((2, count), np.int64)
        starts[self.owners[at]], ends[self.owners[at]] = self.starts[at], self.ends[at]
        return Texts(np.arange(count), self.content, starts, ends)

    def distinct(self, most: int = _MANY) -> "Texts":
        """Return each owner's first texts that are not empty, each once."""
        return self.some(slices.distinct(*self, most))

    def words(self, shortest: int = 1) -> "Texts":
        """Return the words of folded texts that have so many characters at least."""
        owners, starts, ends = slices.words(self.content, self.starts, self.ends, shortest)
        return Texts(self.owners[owners], self.content, starts, ends)

    def before(self, character: str) -> "Texts":
        """Return each up to the first such character (ASCII)."""
        return self._replace(ends=self._find(character))

    def after(self, character: str) -> "Texts":
        """Return each from behind the first such character (ASCII); empty where none is."""
        return self._replace(starts=np.minimum(self._find(character) + 1, self.ends))

    def column(self) -> Any:
        """Return the texts as an Arrow array."""
        import pyarrow as pa

        offsets = _offsets(self.ends - self.starts)
        content = slices.packed(self.content, self.starts, self.ends)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
        return pa.Array.from_buffers(pa.string(), len(self.starts), buffers)

    def lists(self, count: int) -> Any:
        """Return the texts of each of ``count`` owners as an Arrow array of lists."""
        import pyarrow as pa

        offsets = pa.array(_offsets(np.bincount(self.owners, minlength=count)))
        return pa.ListArray.from_arrays(offsets, self.column())

    def _find(self, character: str) -> Numbers:
        return slices.find(self.content, self.starts, self.ends, ord(character))


def texts(owners: Numbers, values: Iterable[str]) -> Texts:
    """Return texts of such values."""
    encoded = [value.encode() for value in values]
    offsets = _offsets(np.fromiter(map(len, encoded), np.int64, len(encoded)), np.int64)
    content = np.frombuffer(b"".join(encoded), np.uint8)
    return Texts(owners, content, offsets[:-1], offsets[1:])


def in_order(*some: Texts) -> Texts:
    """Return several texts as one, owner by owner; those of one owner as they stand here."""
    owners = np.concatenate([own.owners for own in some])
    order = np.argsort(owners, kind="stable")
    before = np.cumsum([0, *(len(own.content) for own in some)])
    starts, ends = (
        np.concatenate([own[place] + at for own, at in zip(some, before, strict=False)])
        for place in (2, 3)
    )
    content = np.concatenate([own.content for own in some])
    return Texts(owners[order], content, starts[order], ends[order])


def places(found: Texts) -> Numbers:
    """Return where each of texts that stand one after the other begins, and where the last ends."""
    return np.append(found.starts, len(found.content))


def _offsets(lengths: NDArray[Any], kind: type[np.generic] = np.int32) -> NDArray[Any]:
    offsets = np.zeros(len(lengths) + 1, kind)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
