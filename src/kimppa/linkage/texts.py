"""Texts of many records as stretches of one array of bytes, until somebody needs them as values."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kimppa.common.compiled import one_stretch
from kimppa.linkage import slices
from kimppa.linkage.folding import fold
from kimppa.linkage.words import fold as fold_one
from kimppa.marc.bulk import Bytes, Flags, Numbers

_MANY = np.iinfo(np.int64).max


class Texts(NamedTuple):
    """Texts in UTF-8, and the numbers of what they are of (ascending), which may have several."""

    owners: Numbers
    content: Bytes
    starts: Numbers
    ends: Numbers

    def values(self) -> list[str]:
        """Return the texts as such."""
        raw = slices.packed(self.content, self.starts, self.ends).tobytes()
        every = raw.decode()
        lengths = self.ends - self.starts
        if len(every) < len(raw):
            lengths = slices.sizes(self.content, self.starts, self.ends)
        places = _offsets(lengths).tolist()
        return [every[start:end] for start, end in pairwise(places)]

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
        parting = one_stretch([between.encode()])
        return Texts(np.arange(count), *slices.joined(count, *self, parting))

    def first(self, count: int) -> "Texts":
        """Return one text for each of ``count`` owners: its first; an empty one where none is."""
        own = self.firsts()
        starts, ends = np.zeros((2, count), np.int64)
        starts[own.owners], ends[own.owners] = own.starts, own.ends
        return Texts(np.arange(count), self.content, starts, ends)

    def firsts(self) -> "Texts":
        """Return the first text of each owner that has some."""
        return self.some(np.flatnonzero(np.diff(self.owners, prepend=-1)))

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

    def heads(self) -> "Texts":
        """Return the first character of each."""
        return self._replace(ends=slices.heads(self.content, self.starts, self.ends))

    def column(self) -> Any:
        """Return the texts as an Arrow array."""
        import pyarrow as pa

        offsets = _offsets(self.ends - self.starts, np.int32)
        content = slices.packed(self.content, self.starts, self.ends)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
        return pa.Array.from_buffers(pa.string(), len(self.starts), buffers)

    def lists(self, count: int) -> Any:
        """Return the texts of each of ``count`` owners as an Arrow array of lists."""
        import pyarrow as pa

        offsets = pa.array(_offsets(np.bincount(self.owners, minlength=count), np.int32))
        return pa.ListArray.from_arrays(offsets, self.column())

    def _find(self, character: str) -> Numbers:
        return slices.find(self.content, self.starts, self.ends, ord(character))


def texts(owners: Numbers, values: Iterable[str]) -> Texts:
    """Return texts of such values."""
    encoded = [value.encode() for value in values]
    offsets = _offsets(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    return Texts(owners, one_stretch(encoded), offsets[:-1], offsets[1:])


def in_order(*some: Texts) -> Texts:
    """Return several texts as one, owner by owner; those of one owner as they stand here."""
    owners = np.concatenate([own.owners for own in some])
    order = np.argsort(owners, kind="stable")
    contents = {id(own.content): own.content for own in some}  # they may share one
    before = dict(zip(contents, _offsets([len(own) for own in contents.values()]), strict=False))
    starts, ends = (
        np.concatenate([own[place] + before[id(own.content)] for own in some]) for place in (2, 3)
    )
    content = np.concatenate(list(contents.values())) if len(contents) > 1 else some[0].content
    return Texts(owners[order], content, starts[order], ends[order])


def places(found: Texts) -> Numbers:
    """Return where each of texts that stand one after the other begins, and where the last ends."""
    return np.append(found.starts, len(found.content))


def _offsets(lengths: ArrayLike, kind: type[np.generic] = np.int64) -> NDArray[Any]:
    sizes = np.asarray(lengths)
    offsets = np.zeros(len(sizes) + 1, kind)
    np.cumsum(sizes, out=offsets[1:])
    return offsets
