"""The weights of evidence: what each level of each comparison says for or against a pair.

``model.toml`` holds them as data that a cataloguer can read; ``bench/train.py`` makes it.
Weights are natural logarithms of odds and add up; 0 says nothing either way.
"""

import math
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from kimppa.common.errors import CannotRun
from kimppa.linkage.comparison import COMPARISONS, SOFT, VETOES, Comparison

MATERIALS = tuple(level.name for level in COMPARISONS[0].levels)
VETO = next(n for n, c in enumerate(COMPARISONS) if c.name == "veto")
SKELETAL = next(n for n, c in enumerate(COMPARISONS) if c.name == "imprint and language")
SKELETAL_LEVELS = 2  # the first levels of that comparison are those of skeletal records
Weights = dict[str, dict[str, float]]


class Zones(NamedTuple):
    """Where zones begin, as probabilities."""

    merge_from: float
    review_from: float


class Model(NamedTuple):
    """Weights by comparison and level, the prior, and where the zones begin (probabilities).

    ``own`` has the weights that differ in one material; ``skeletal`` the zones of a material's
    skeletal records (comparison ``imprint and language``), where they ask for more.
    """

    prior: float
    merge_from: float
    review_from: float
    noise_below: float
    weights: Weights
    own: dict[str, Weights]
    skeletal: dict[str, Zones]


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
        table.get("own", {}),
        {name: Zones(**bounds) for name, bounds in zones.get("skeletal", {}).items()},
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
    for material, zones in model.skeletal.items():
        lines.append(f'\n[zones.skeletal."{material}"]')
        lines += [f"{name} = {value}" for name, value in zones._asdict().items()]
    lines += _tables("weight", model.weights)
    for material, weights in model.own.items():
        lines += _tables(f'own."{material}"', weights)
    return "\n".join(lines) + "\n"


def _tables(name: str, weights: Weights) -> list[str]:
    lines = []
    for comparison, levels in weights.items():
        lines.append(f'\n[{name}."{comparison}"]')
        lines += [f'"{level}" = {value}' for level, value in levels.items()]
    return lines


def weight(model: Model, comparison: Comparison, level: int, material: int = 0) -> float:
    """Return what this level weighs; levels that training never met weigh nothing.

    ``material`` is the level of the first comparison; 0 stands for the weights of most materials.
    """
    name = comparison.levels[level].name
    own = model.own.get(MATERIALS[material], {}).get(comparison.name, {})
    return own.get(name, model.weights.get(comparison.name, {}).get(name, 0.0))


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
        levels = range(len(comparison.levels))
        weights = [weight(model, comparison, level) for level in levels]
        if any(comparison.name in own for own in model.own.values()):
            every = [
                weight(model, comparison, level, material)
                for material in range(len(MATERIALS))
                for level in levels
            ]
            terms.append(f"{every}[c0::INTEGER * {len(levels)} + c{number} + 1]")
        else:
            terms.append(f"{weights}[c{number} + 1]")
    return f"({' + '.join(terms)})::FLOAT"


def zone_sql(model: Model) -> str:
    """Return SQL for the zone of a row with ``log_odds`` and ``vetoes``: merge, review or reject.

    A vetoed pair never merges; it goes to review when everything else would have merged it, and
    with only soft vetoes (``veto.soft``) when it is rather the same than not. What the veto itself
    weighs is therefore left out of this.
    """
    merge, review = (_bound_sql(model, field) for field in Zones._fields)
    return (
        f"CASE WHEN vetoes = 0 THEN CASE WHEN log_odds >= {merge} THEN 'merge'"
        f" WHEN log_odds >= {review} THEN 'review' ELSE 'reject' END"
        f" WHEN log_odds >= {merge} + {veto_sql(model)} THEN 'review'"
        f" WHEN vetoes = vetoes & {SOFT} AND log_odds >= {_soft_sql(model)} + {veto_sql(model)}"
        " THEN 'review' ELSE 'reject' END"
    )


def veto_sql(model: Model) -> str:
    """Return SQL for what the veto of a row weighs."""
    levels = range(len(COMPARISONS[VETO].levels))
    every = [
        weight(model, COMPARISONS[VETO], level, material)
        for material in range(len(MATERIALS))
        for level in levels
    ]
    return f"{every}[c0::INTEGER * {len(levels)} + c{VETO} + 1]::FLOAT"


def _soft_sql(model: Model) -> str:
    """Return SQL for where review of softly vetoed pairs begins: rather the same than not."""
    if not model.skeletal:
        return "0"
    bounds = [
        min(0.0, log_odds(model.skeletal[name].review_from)) if name in model.skeletal else 0.0
        for name in MATERIALS
    ]
    return f"(CASE WHEN c{SKELETAL} < {SKELETAL_LEVELS} THEN {bounds}[c0 + 1] ELSE 0 END)::FLOAT"


def _bound_sql(model: Model, field: str) -> str:
    """Return SQL for where a zone begins, in log odds: by material where records are skeletal."""
    common = float(getattr(model, field))
    if not model.skeletal:
        return str(log_odds(common))
    chances = [getattr(model.skeletal.get(name), field, common) for name in MATERIALS]
    bounds = [log_odds(chance) for chance in chances]
    is_skeletal = f"c{SKELETAL} < {SKELETAL_LEVELS}"
    return f"(CASE WHEN {is_skeletal} THEN {bounds}[c0 + 1] ELSE {log_odds(common)} END)::FLOAT"


def waterfall(model: Model, levels: tuple[int, ...]) -> list[Evidence]:
    """Return every comparison with its level and weight, in the order of the model."""
    return [
        Evidence(
            comparison.name,
            comparison.levels[level].name,
            weight(model, comparison, level, levels[0]),
        )
        for comparison, level in zip(COMPARISONS, levels, strict=True)
    ]


class Reasons:
    """Says what speaks for and against pairs, in words; every level is put into words once."""

    def __init__(self, model: Model) -> None:
        """Put the levels into words as they weigh for each material."""
        self._said = [
            [[_said(model, c, level, material) for level in range(len(c.levels))]
             for c in COMPARISONS]
            for material in range(len(MATERIALS))
        ]  # fmt: skip

    def __call__(self, levels: Sequence[int], most: int = 4) -> str:
        """Return the strongest evidence, strongest first; vetoes are told apart from it.

        Example: ``title: equal (+1.6); pages: far apart (-1.1)``.
        """
        by_level = zip(self._said[levels[0]], levels, strict=True)
        told = sorted(said for words, level in by_level if (said := words[level]))
        return "; ".join(text for _, _, text in told[:most])


def _said(
    model: Model, comparison: Comparison, level: int, material: int
) -> tuple[float, str, str] | None:
    """Return what sorts the evidence of a level, and its words; None for what hardly weighs."""
    weighs = weight(model, comparison, level, material)
    if abs(weighs) < 0.05 or comparison.name == COMPARISONS[VETO].name:
        return None
    name = comparison.name
    return -abs(weighs), name, f"{name}: {comparison.levels[level].name} ({weighs:+.1f})"


def veto_words(mask: int) -> list[str]:
    """Return what stands against merging, in words, for a bit mask of ``VETOES``."""
    return [veto.says for number, veto in enumerate(VETOES) if mask >> number & 1]


def as_row(values: Any) -> tuple[int, ...]:
    """Return level numbers as plain integers."""
    return tuple(int(value) for value in values)
