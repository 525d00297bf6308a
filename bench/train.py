"""Make the shipped model: fit the weights on labelled pairs and write ``model.toml``.

Run as ``python -m bench.train --date D.M.YYYY``. Vetoed pairs are learned from, too: the veto is
one of their comparisons, and what else differs in them tells as much as in others. The figures
written into the file come from folds by cluster that the weights had not seen.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

import kimppa.linkage
from bench.evaluation import FOLDS, LabelledPairs, labelled_pairs
from kimppa.linkage.estimate import wilson
from kimppa.linkage.model import (
    MATERIALS,
    SKELETAL,
    SKELETAL_LEVELS,
    VETO,
    Model,
    Zones,
    log_odds,
    render_model,
)
from kimppa.linkage.training import (
    PRIOR,
    Array,
    as_own,
    as_weights,
    fit,
    fit_by_material,
    ridges,
    score,
)

SETS = {"ht_dev": 1.0, "swissbib_dev": 0.1}  # set: how much one of its pairs counts
MERGE_FROM, REVIEW_FROM, NOISE_BELOW = 0.9, 0.2, 0.02
PRECISE = 0.95  # of what skeletal records merge, this part must be right
CHANCES = (0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995)
NEVER = 0.9999  # no pair reaches this
LOWEST = 2.33  # standard deviations below the mean: under it lies one of a hundred true pairs
LEAST_REVIEW = 0.01
TARGET = Path(kimppa.linkage.__file__).with_name("model.toml")
HEAD = """\
# Weights of evidence, in natural logarithms of odds: they add up to a pair's log odds.
# Made by `python -m bench.train`; levels and signs are in comparisons.toml. Trained {date} on
# pairs that blocking found in {sets}, and the labelled pairs of ht_dev.
# On folds by cluster that the weights had not seen (vetoed pairs count as not merged):
{figures}
# Weak spots: few labelled pairs of music, film, maps and serials; labels of ht_dev hold about
# 1 % noise; the weights of shared identifiers are set by judgement (JUDGED in training.py).
"""


class Fitted(NamedTuple):
    """Weights of all, and those of each material that has pairs of its own."""

    common: Array
    own: dict[int, Array]

    def evidence(self, levels: Array) -> Array:
        """Return the log odds of pairs without what a veto weighs: zones go by that."""
        blank = levels.copy()
        blank[:, VETO] = 0
        return score(blank, PRIOR, self.common, self.own)


def train(sets: dict[str, LabelledPairs], *leave_out: int) -> Fitted:
    """Return fitted weights; ``leave_out`` names folds whose clusters are not seen."""
    kept = {
        name: ~np.isin(pairs.fold_a, leave_out) & ~np.isin(pairs.fold_b, leave_out)
        for name, pairs in sets.items()
    }
    levels = np.concatenate([pairs.levels[kept[name]] for name, pairs in sets.items()])
    same = np.concatenate([pairs.same[kept[name]] for name, pairs in sets.items()])
    counts = np.concatenate([np.full(kept[name].sum(), SETS[name]) for name in sets])
    common = fit(levels, same, counts, ridge=ridges())
    return Fitted(common, fit_by_material(levels, same, counts, PRIOR, common, {}))


def unseen_scores(sets: dict[str, LabelledPairs]) -> dict[str, Array]:
    """Return the evidence of every blocked pair by weights that had not seen its first cluster."""
    found = {name: pairs.found() for name, pairs in sets.items()}
    scores = {name: np.zeros(len(pairs.same)) for name, pairs in found.items()}
    for left_out in range(FOLDS):
        fitted = train(sets, left_out)
        for name, pairs in found.items():
            here = pairs.fold_a == left_out
            scores[name][here] = fitted.evidence(pairs.levels[here])
    return scores


def skeletal_zones(
    sets: dict[str, LabelledPairs], scores: dict[str, Array], *leave_out: int
) -> dict[str, Zones]:
    """Return where the zones of each material's skeletal records begin.

    ``sets`` are blocked pairs, ``scores`` those of ``unseen_scores``; folds in ``leave_out`` are
    not looked at. Zone merge begins where ``PRECISE`` of the others are one edition, with 95 %
    confidence; where too few show that, such records never merge by themselves. Review begins
    where nearly all true pairs are.
    """
    levels = np.concatenate([pairs.levels for pairs in sets.values()])
    same = np.concatenate([pairs.same for pairs in sets.values()])
    odds = np.concatenate([scores[name] for name in sets])
    open_to = np.concatenate([pairs.vetoes == 0 for pairs in sets.values()])
    folds = np.concatenate([np.stack([p.fold_a, p.fold_b]) for p in sets.values()], axis=1)
    bare = (levels[:, SKELETAL] < SKELETAL_LEVELS) & ~np.isin(folds, leave_out).any(axis=0)
    found = {}
    for number, name in enumerate(MATERIALS):
        here = bare & (levels[:, 0] == number)
        found[name] = Zones(
            _merge_from(odds[here & open_to], same[here & open_to]),
            _review_from(odds[here & (same == 1)]),
        )
    return found


def _merge_from(odds: Array, same: Array) -> float:
    for chance in CHANCES:
        above = odds >= log_odds(chance)
        if above.any() and wilson(same[above].sum(), above.sum()).low >= PRECISE:
            return chance
    return NEVER


def _review_from(odds: Array) -> float:
    """Return where review begins: at the lowest true pair, or lower where these are few or apart.

    The lowest of a few is no bound for those yet to come; so the spread of the scores tells.
    """
    if len(odds) < 2:
        return LEAST_REVIEW if len(odds) else REVIEW_FROM
    lowest = min(odds.min(), odds.mean() - LOWEST * odds.std(ddof=1))
    least = round(float(1 / (1 + np.exp(-lowest))), 2)
    return max(LEAST_REVIEW, min(REVIEW_FROM, least))


def zones_of(zones: dict[str, Zones], levels: Array, field: str, common: float) -> Array:
    """Return the log odds at which a zone begins for each pair."""
    chances = [getattr(zones.get(name), field, common) for name in MATERIALS]
    bounds = np.array([log_odds(chance) for chance in chances])
    return np.where(levels[:, SKELETAL] < SKELETAL_LEVELS, bounds[levels[:, 0]], log_odds(common))


def figures(
    name: str, pairs: LabelledPairs, scores: Array, zones: dict[int, dict[str, Zones]]
) -> str:
    """Return a line on how zone merge does among the pairs that blocking found."""
    bounds = {
        field: np.select(
            [pairs.fold_a == fold for fold in zones],
            [zones_of(own, pairs.levels, field, common) for own in zones.values()],
        )
        for field, common in (("merge_from", MERGE_FROM), ("review_from", REVIEW_FROM))
    }
    merged = (scores >= bounds["merge_from"]) & (pairs.vetoes == 0)
    review = ~merged & (scores >= bounds["review_from"])
    right, same = pairs.same[merged].sum(), pairs.same.sum()
    return (
        f"#   {name}: {len(pairs.same)} pairs, {same:.0f} the same; zone merge {merged.sum()} with"
        f" precision {right / max(merged.sum(), 1):.4f}, recall {right / same:.4f};"
        f" review {review.sum()} with {pairs.same[review].sum():.0f} the same"
    )


def made(fitted: Fitted, zones: dict[str, Zones]) -> Model:
    """Return a model of weights and zones."""
    own = as_own(fitted.own, fitted.common)
    weights = as_weights(fitted.common)
    return Model(PRIOR, MERGE_FROM, REVIEW_FROM, NOISE_BELOW, weights, own, zones)


def unseen_models() -> list[Model]:
    """Return a model per fold, trained without any pair that touches the fold's clusters."""
    sets = {name: labelled_pairs(name) for name in SETS}
    found = {name: pairs.found() for name, pairs in sets.items()}
    scores = unseen_scores(sets)
    return [made(train(sets, fold), skeletal_zones(found, scores, fold)) for fold in range(FOLDS)]


def main() -> None:
    """Fit, measure on unseen folds and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="the day that the model file should state")
    date = parser.parse_args().date
    sets = {name: labelled_pairs(name) for name in SETS}
    found = {name: pairs.found() for name, pairs in sets.items()}
    scores = unseen_scores(sets)
    zones = {fold: skeletal_zones(found, scores, fold) for fold in range(FOLDS)}
    lines = "\n".join(figures(name, pairs, scores[name], zones) for name, pairs in found.items())
    head = HEAD.format(date=date, sets=" and ".join(sets), figures=lines)
    model = made(train(sets), skeletal_zones(found, scores))
    TARGET.write_text(render_model(model, head), encoding="utf-8")
    print(lines)


if __name__ == "__main__":
    main()
