"""The weights of evidence: what each level of each comparison says for or against a pair.

``model.toml`` holds them as data that a cataloguer can read; ``bench/train.py`` makes it.
Weights are natural logarithms of odds and add up; 0 says nothing either way.
"""

import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from kimppa.common.errors import CannotRun
from kimppa.linkage.comparison import COMPARISONS, SOFT, VETOES, Comparison

Weights = dict[str, dict[str, float]]


class Model(NamedTuple):
    """Weights by comparison and level, the prior, and where the zones begin (probabilities)."""

    prior: float
    merge_from: float
    review_from: float
    noise_below: float
    weights: Weights


class Evidence(NamedTuple):
    """One step of a pair's waterfall."""

    comparison: str
    level: str
    weight: float


def read_model(text: str | None = None) -> Model:
    """Return the model of ``text`` (TOML), or the one that is shipped."""
    shipped = text or files("kimppa.linkage").joinpath("model.toml").read_text("utf-8")
    table = tomllib.loads(shipped)
    zones = table["zones"]
    return Model(
        table["prior"],
        zones["merge_from"],
        zones["review_from"],
        zones["noise_below"],
        table["weight"],
    )


def load_model(path: Path | None) -> Model:
    """Return the model of a file, or the shipped one for None; raises ``CannotRun`` if unfit."""
    try:
        return read_model(path.read_text("utf-8") if path else None)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CannotRun(
            f"{path} is no model that can be used ({error!r}). Make one with kimppa train."
        ) from error


def render_model(model: Model, head: str) -> str:
    """Return a model as TOML, under a head of comment lines."""
    lines = [head, f"prior = {model.prior}\n", "[zones]", f"merge_from = {model.merge_from}"]
    lines += [f"review_from = {model.review_from}", f"noise_below = {model.noise_below}"]
    for comparison, levels in model.weights.items():
        lines.append(f'\n[weight."{comparison}"]')
        lines += [f'"{level}" = {value}' for level, value in levels.items()]
    return "\n".join(lines) + "\n"


def weight(model: Model, comparison: Comparison, level: int) -> float:
    """Return what this level weighs; levels that training never met weigh nothing."""
    return model.weights.get(comparison.name, {}).get(comparison.levels[level].name, 0.0)


def probability(log_odds: float) -> float:
    """Return the probability for log odds.

    >>> probability(0.0), round(probability(2.2), 2)
    (0.5, 0.9)
    """
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, log_odds))))


def log_odds(chance: float) -> float:
    """Return the log odds of a probability between 0 and 1."""
    return math.log(chance / (1.0 - chance))


def score_sql(model: Model) -> str:
    """Return SQL for the log odds of a row with level numbers (``c0`` and so on)."""
    terms = [str(model.prior)]
    for number, comparison in enumerate(COMPARISONS):
        weights = [weight(model, comparison, level) for level in range(len(comparison.levels))]
        terms.append(f"{weights}[c{number} + 1]")
    return f"({' + '.join(terms)})::FLOAT"


def zone_sql(model: Model) -> str:
    """Return SQL for the zone of a row with ``log_odds`` and ``vetoes``: merge, review or reject.

    A vetoed pair never merges; it goes to review when everything else would have merged it, and
    with only soft vetoes (``veto.soft``) when it is rather the same than not.
    """
    merge, review = log_odds(model.merge_from), log_odds(model.review_from)
    return (
        f"CASE WHEN log_odds >= {merge} THEN CASE WHEN vetoes = 0 THEN 'merge' ELSE 'review' END"
        f" WHEN log_odds >= {review} AND vetoes = 0 THEN 'review'"
        f" WHEN log_odds >= 0 AND vetoes = vetoes & {SOFT} THEN 'review' ELSE 'reject' END"
    )


def waterfall(model: Model, levels: tuple[int, ...]) -> list[Evidence]:
    """Return every comparison with its level and weight, in the order of the model."""
    return [
        Evidence(comparison.name, comparison.levels[level].name, weight(model, comparison, level))
        for comparison, level in zip(COMPARISONS, levels, strict=True)
    ]


def reasons(model: Model, levels: tuple[int, ...], most: int = 4) -> str:
    """Return the strongest evidence in words, strongest first.

    Example: ``title: equal (+1.6); pages: far apart (-1.1)``.
    """
    steps = [step for step in waterfall(model, levels) if abs(step.weight) >= 0.05]
    steps.sort(key=lambda step: (-abs(step.weight), step.comparison))
    return "; ".join(f"{s.comparison}: {s.level} ({s.weight:+.1f})" for s in steps[:most])


def veto_words(mask: int) -> list[str]:
    """Return what stands against merging, in words, for a bit mask of ``VETOES``."""
    return [veto.says for number, veto in enumerate(VETOES) if mask >> number & 1]


def as_row(values: Any) -> tuple[int, ...]:
    """Return level numbers as plain integers."""
    return tuple(int(value) for value in values)
