"""Learning the weights of evidence from pairs whose answer is known.

A logistic regression over levels, one weight each, with two constraints that keep it readable:
a level may only weigh the way its sign says, and ``missing`` weighs nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from kimppa.linkage.comparison import COMPARISONS
from kimppa.linkage.model import MATERIALS, VETO, Weights

Array = npt.NDArray[Any]

# Log odds of a compared pair before any evidence, where enough is told: about two in five, as in
# ht_dev. A prior that is far too low hides in the weights of what nearly all true pairs agree in
# (title, place), and spoils them.
PRIOR = -0.4
RIDGE = 1.0
# How much less often pairs are one that tell little: a rate, which is held back little.
LOOSE = ("imprint and language", 0.1)
POOLING = 5.0  # the same toward the common weights, for one material's own
TELLING = 0.05  # a smaller difference is left out of a material's own weights
FARTHEST = 8.0  # no single level may decide alone
# A veto weighs at least this, by judgement: a set of English books knows other languages as slips
# only, and other comparisons tell years and volumes apart already.
LEAST_VETO = 2.0
STEPS = 1500
STILL = 2e-5  # steps end when no weight moves more
# Set by judgement, not learned: the labelled pairs at hand had their identifiers removed, or are
# hard cases chosen because an identifier misleads. None of these can merge a pair alone.
JUDGED = {
    ("other identifiers", "shared"): 3.0,
    ("ISBN", "shared"): 0.8,
    ("ISSN", "shared"): 1.0,
    ("publisher number", "shared"): 0.7,
    # Nearly all labelled pairs tell more.
    ("imprint and language", "neither place, publisher nor extent compared"): -2.6,
    # Labelled pairs come without their hosts' lists of parts.
    ("place in the host", "one host, same number"): 4.0,
    ("place in the host", "one host, same place in the order"): 3.5,
    ("place in the host", "one host, another place in the order"): 3.5,
    ("place in the host", "one host, perhaps the same place"): 5.0,
    ("place in the host", "one host, not side by side"): -1.0,
    ("place in the host", "one host, both with another partner"): -8.0,
    ("place in the host", "two parts of one record"): -8.0,
    ("place in the host", "different hosts"): -8.0,
}


def columns() -> list[tuple[int, int]]:
    """Return the (comparison, level) numbers that may weigh, in order."""
    return [
        (number, level_number)
        for number, comparison in enumerate(COMPARISONS)
        for level_number, level in enumerate(comparison.levels)
        if level.sign != "0"
    ]


def matrix(levels: Array) -> Array:
    """Return the 0/1 matrix (pairs x columns) for level numbers (pairs x comparisons)."""
    return np.stack([levels[:, c] == level for c, level in columns()], axis=1).astype(float)


def fit(
    levels: Array,
    same: Array,
    weights: Array,
    prior: float = PRIOR,
    toward: Array | float = 0.0,
    ridge: Array | float = RIDGE,
) -> Array:
    """Return one weight per column: the likeliest within the signs, by accelerated projection.

    ``levels``: pairs x comparisons; ``same``: 0/1 per pair; ``weights``: how much a pair counts.
    ``toward`` is where a weight stays that the pairs say little about: 0, or an earlier model's;
    ``ridge`` how many pairs' worth it takes to move it.
    """
    x = matrix(levels)
    low, high = bounds()
    scaled = x * np.sqrt(weights)[:, None]
    steepness = 0.25 * np.linalg.norm(scaled.T @ scaled, 2) + np.max(ridge)
    best = ahead = np.clip(np.zeros(x.shape[1]) + toward, low, high)
    pace = 1.0
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(prior + x @ ahead)))
        slope = x.T @ ((chance - same) * weights) + ridge * (ahead - toward)
        better = np.clip(ahead - slope / steepness, low, high)
        moved = np.abs(better - best).max()
        next_pace = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        ahead = better + (pace - 1.0) / next_pace * (better - best)
        best, pace = better, next_pace
        if moved < STILL:
            break
    return best


def fit_by_material(
    levels: Array, same: Array, weights: Array, prior: float, common: Array, known: dict[int, Array]
) -> dict[int, Array]:
    """Return the weights of each material that has pairs of its own, by its level number.

    They are pooled in part: each stays at ``known`` (or ``common``) unless its own pairs, which
    are few, say otherwise. Text is what the common weights are fitted on.
    """
    found: dict[int, Array] = {}
    for material in sorted(set(levels[:, 0].tolist()) - {0, MATERIALS.index("text")}):
        here = levels[:, 0] == material
        start = known.get(material, common)
        found[material] = fit(
            levels[here], same[here], weights[here] / weights[here].max(), prior, start, POOLING
        )
    return found


def score(levels: Array, prior: float, common: Array, own: dict[int, Array]) -> Array:
    """Return the log odds of pairs, each by its material's weights."""
    x = matrix(levels)
    scores: Array = prior + x @ common
    for material, weights in own.items():
        here = levels[:, 0] == material
        scores[here] = prior + x[here] @ weights
    return scores


def ridges() -> Array:
    """Return how many pairs' worth it takes to move each column's weight from 0."""
    name, loose = LOOSE
    return np.array([loose if COMPARISONS[c].name == name else RIDGE for c, _ in columns()])


def bounds() -> tuple[Array, Array]:
    """Return the least and greatest weight of each column, from signs, judged weights, vetoes."""
    signs = [COMPARISONS[c].levels[level].sign for c, level in columns()]
    low = np.array([0.0 if sign == "+" else -FARTHEST for sign in signs])
    high = np.array([0.0 if sign == "-" else FARTHEST for sign in signs])
    for number, (c, level) in enumerate(columns()):
        name = (COMPARISONS[c].name, COMPARISONS[c].levels[level].name)
        if name in JUDGED:
            low[number] = high[number] = JUDGED[name]
        elif c == VETO:
            high[number] = -LEAST_VETO
    return low, high


def as_own(own: dict[int, Array], common: Array) -> dict[str, Weights]:
    """Return what weighs otherwise than in common, by material, comparison and level name."""
    plain, found = as_weights(common), {}
    for material, fitted in own.items():
        told = {
            comparison: {
                n: w for n, w in levels.items() if abs(w - plain[comparison][n]) >= TELLING
            }
            for comparison, levels in as_weights(fitted).items()
        }
        found[MATERIALS[material]] = {name: levels for name, levels in told.items() if levels}
    return found


def as_weights(fitted: Array) -> Weights:
    """Return the fitted column weights by comparison and level name."""
    found: Weights = {comparison.name: {} for comparison in COMPARISONS}
    for (c, level), value in zip(columns(), fitted, strict=True):
        found[COMPARISONS[c].name][COMPARISONS[c].levels[level].name] = round(float(value), 3)
    return found
