"""Pairwise precision and recall of a clustering against a key, for the quality guards."""

from collections import Counter
from typing import NamedTuple

Names = dict[tuple[str, str], str]


class Quality(NamedTuple):
    """Counts of pairs of records: joined rightly, joined in all, to be joined in all."""

    right: int
    joined: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.joined

    @property
    def recall(self) -> float:
        return self.right / self.true


def quality(truth: Names, found: Names) -> Quality:
    """Compare two namings of the same records by cluster."""
    assert truth.keys() <= found.keys()
    both = Counter((truth[key], found[key]) for key in truth)
    return Quality(
        _pairs(both), _pairs(Counter(found[key] for key in truth)), _pairs(Counter(truth.values()))
    )


def _pairs(sizes: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
