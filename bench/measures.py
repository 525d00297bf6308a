"""How good a merge is: pairwise and B-cubed precision and recall, and how sure the figure is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from kimppa.linkage.estimate import wilson

Record = tuple[str, str]
"""Library and control number."""
Pair = tuple[Record, Record]
"""Two records, the first in alphabetical order first."""


class Counts(NamedTuple):
    """Pairs merged rightly, merged wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Part of the merged pairs that are right; 1 when nothing was merged."""
        return share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Part of the true pairs that were merged."""
        return share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return harmonic(self.precision, self.recall)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which bounds the precision lies with 95 % confidence."""
        _, low, high = wilson(self.right, self.right + self.wrong)
        return low, high


def share(part: float, whole: float) -> float:
    """Return part / whole; 1 of nothing."""
    return part / whole if whole else 1.0


def harmonic(one: float, other: float) -> float:
    """Return the harmonic mean."""
    return 2 * one * other / (one + other) if one + other else 0.0


def pairs_within(clusters: Mapping[Record, Any]) -> Iterator[Pair]:
    """Iterate over the pairs of records that stand in one cluster."""
    members: dict[Any, list[Record]] = defaultdict(list)
    for record in sorted(clusters):
        members[clusters[record]].append(record)
    for group in members.values():
        yield from combinations(group, 2)


def count(merged: Iterable[Pair], truth: Mapping[Record, str], true_pairs: int) -> Counts:
    """Return how a list of merged pairs does; pairs of unknown records are left out."""
    verdicts = [truth[a] == truth[b] for a, b in merged if a in truth and b in truth]
    right = sum(verdicts)
    return Counts(right, len(verdicts) - right, true_pairs - right)


def b_cubed(
    truth: Mapping[Record, str], clusters: Callable[[Record], Mapping[Record, Any]]
) -> tuple[float, float]:
    """Return B-cubed precision and recall: the mean over records of how its cluster fits.

    ``clusters(record)`` gives the clustering that this record is judged by.
    """
    sizes: dict[int, tuple[Counter[Any], Counter[Any]]] = {}
    true_sizes = Counter(truth.values())
    precision = recall = 0.0
    for record, cluster in truth.items():
        found = clusters(record)
        if id(found) not in sizes:
            sizes[id(found)] = (
                Counter(found[r] for r in truth),
                Counter((c, found[r]) for r, c in truth.items()),
            )
        made, both = sizes[id(found)]
        together = both[cluster, found[record]]
        precision += together / made[found[record]]
        recall += together / true_sizes[cluster]
    return precision / len(truth), recall / len(truth)


class Thresholds(NamedTuple):
    """What a score can reach on labelled pairs."""

    best_f1: float
    recall_at_998: float  # greatest recall where precision is at least .998
    precision_at_93: float  # greatest precision where recall is at least .93


def thresholds(scores: Any, labels: Any) -> Thresholds:
    """Return the best figures over all thresholds of a score (two arrays of one length)."""
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], np.cumsum(labels[order])
    ends = np.append(ranked[1:] != ranked[:-1], True)
    taken = np.arange(1, len(ranked) + 1)[ends]
    right = right[ends]
    precision, recall = right / taken, right / max(labels.sum(), 1)
    return Thresholds(
        float((2 * right / (taken + labels.sum())).max()),
        float(recall[precision >= 0.998].max(initial=0.0)),
        float(precision[recall >= 0.93].max(initial=0.0)),
    )
