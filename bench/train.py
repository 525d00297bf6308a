"""Make the shipped model: fit the weights on labelled pairs and write ``model.toml``.

Run as ``python -m bench.train --date D.M.YYYY``. Vetoed pairs are left out: a veto decides them
already. The figures written into the file come from folds by cluster that the weights had not seen.
"""

import argparse
from pathlib import Path

import numpy as np

import kimppa.linkage
from bench.evaluation import FOLDS, LabelledPairs, labelled_candidates
from kimppa.linkage.comparison import VETOES
from kimppa.linkage.model import Model, log_odds, render_model
from kimppa.linkage.training import PRIOR, Array, as_weights, fit, matrix

SETS = {"ht_dev": 1.0, "swissbib_dev": 0.3}  # set: how much one of its pairs counts
MERGE_FROM, REVIEW_FROM, NOISE_BELOW = 0.9, 0.2, 0.02
TARGET = Path(kimppa.linkage.__file__).with_name("model.toml")
HEAD = """\
# Weights of evidence, in natural logarithms of odds: they add up to a pair's log odds.
# Made by `python -m bench.train`; levels and signs are in comparisons.toml. Trained {date} on
# pairs that blocking found in {sets}; vetoed pairs are left out.
# On folds by cluster that the weights had not seen (vetoed pairs count as not merged):
{figures}
# Weak spots: few labelled pairs of music, film, maps and serials; labels of ht_dev hold about
# 1 % noise; the weights of shared identifiers are set by judgement (JUDGED in training.py).
"""


def free(pairs: LabelledPairs) -> Array:
    """Return which pairs no veto decides, apart from both being one library's."""
    same_library = next(n for n, veto in enumerate(VETOES) if veto.name == "same library")
    kept: Array = (pairs.vetoes & ~(1 << same_library)) == 0
    return kept


def train(sets: dict[str, LabelledPairs], leave_out: int | None = None) -> Array:
    """Return fitted weights; ``leave_out`` names a fold whose clusters are not seen."""
    kept = {
        name: free(pairs) & (pairs.fold_a != leave_out) & (pairs.fold_b != leave_out)
        for name, pairs in sets.items()
    }
    return fit(
        np.concatenate([pairs.levels[kept[name]] for name, pairs in sets.items()]),
        np.concatenate([pairs.same[kept[name]] for name, pairs in sets.items()]),
        np.concatenate([np.full(kept[name].sum(), SETS[name]) for name in sets]),
    )


def unseen_scores(sets: dict[str, LabelledPairs]) -> dict[str, Array]:
    """Return the log odds of every pair by weights that had not seen its first record's cluster."""
    scores = {name: np.zeros(len(pairs.same)) for name, pairs in sets.items()}
    for left_out in range(FOLDS):
        weights = train(sets, left_out)
        for name, pairs in sets.items():
            here = pairs.fold_a == left_out
            scores[name][here] = PRIOR + matrix(pairs.levels[here]) @ weights
    return scores


def figures(name: str, pairs: LabelledPairs, scores: Array) -> str:
    """Return a line on how zone merge does among the pairs that blocking found."""
    merged = (scores >= log_odds(MERGE_FROM)) & (pairs.vetoes == 0)
    review = ~merged & (scores >= log_odds(REVIEW_FROM))
    right, same = pairs.same[merged].sum(), pairs.same.sum()
    return (
        f"#   {name}: {len(pairs.same)} pairs, {same:.0f} the same; zone merge {merged.sum()} with"
        f" precision {right / max(merged.sum(), 1):.4f}, recall {right / same:.4f};"
        f" review {review.sum()} with {pairs.same[review].sum():.0f} the same"
    )


def main() -> None:
    """Fit, measure on unseen folds and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="the day that the model file should state")
    date = parser.parse_args().date
    sets = {name: labelled_candidates(name) for name in SETS}
    scores = unseen_scores(sets)
    lines = "\n".join(figures(name, pairs, scores[name]) for name, pairs in sets.items())
    head = HEAD.format(date=date, sets=" and ".join(sets), figures=lines)
    model = Model(PRIOR, MERGE_FROM, REVIEW_FROM, NOISE_BELOW, as_weights(train(sets)))
    TARGET.write_text(render_model(model, head), encoding="utf-8")
    print(lines)


if __name__ == "__main__":
    main()
