"""How good a merge probably is where nobody knows the truth: expected precision and recall.

Precision comes from the probabilities of the merged pairs, and from a person's verdicts on a small
sample once there are any (``audit.csv``). Recall comes from the probabilities of what was left
apart, and from capture and recapture: what one way of finding candidates misses of another's finds.
"""

import math
from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

import duckdb

from kimppa.linkage.blocking import RULES
from kimppa.linkage.comparison import VETOES

Outcome = dict[str, Any]
Z95 = 1.959964  # standard deviations that hold 95 % of a normal distribution
STRATA = (0.0, 0.9, 0.99, 0.999)  # the least probability of each stratum of the sample
SAMPLE = 100  # merged pairs that a person is asked about
FEWEST = 20  # pairs that two families must both have found before anything is concluded
_OWN = sum(1 << number for number, veto in enumerate(VETOES) if veto.name == "same library")
_PROBABILITY = "(1 / (1 + exp(-log_odds::DOUBLE)))"
_WITHOUT_VETO = "(1 / (1 + exp({weighs} - log_odds::DOUBLE)))"
FAMILIES = {
    "identifiers": ("isbn", "identifier", "issn", "publisher number"),
    "titles": (
        "title and year", "title and author", "whole title", "long words and author",
        "long words and year", "title and pages", "host and title",
    ),
    "author, year and pages": ("author, year and pages",),
}  # fmt: skip
"""Rules of blocking that look at much the same fields; a rule that mixes families is in none."""


class Captured(NamedTuple):
    """How many pairs there are in all, by what two families found of them."""

    total: float
    low: float
    high: float


class Share(NamedTuple):
    """A share with its 95 % interval."""

    estimate: float
    low: float
    high: float


def wilson(right: float, total: float) -> Share:
    """Return a share with Wilson's interval; ``right`` may be an expected number.

    >>> [round(value, 3) for value in wilson(10, 10)]
    [1.0, 0.722, 1.0]
    """
    if total <= 0:
        return Share(1.0, 0.0, 1.0)
    part, square = right / total, Z95 * Z95
    middle, scale = part + square / (2 * total), 1 + square / total
    reach = Z95 * math.sqrt(part * (1 - part) / total + square / (4 * total * total))
    return Share(part, max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))


def stratified(parts: Iterable[tuple[float, int, int]]) -> Share:
    """Return a share from strata, each given as its size, the right ones and those judged.

    The bounds add up the reach of each stratum's own Wilson interval, as variances add up.
    """
    known = list(parts)
    whole = sum(size for size, _, _ in known)
    shares = [(size / whole, wilson(right, judged)) for size, right, judged in known]
    middle = sum(weight * s.estimate for weight, s in shares)
    down = math.sqrt(sum((weight * (s.estimate - s.low)) ** 2 for weight, s in shares))
    up = math.sqrt(sum((weight * (s.high - s.estimate)) ** 2 for weight, s in shares))
    return Share(middle, max(0.0, middle - down), min(1.0, middle + up))


def chapman(one: int, other: int, both: int, found: int) -> Captured:
    """Return how many there are, when two independent searches found this many each.

    ``found`` is how many are known in all; nothing below it is returned. Chapman's estimator, with
    a log-normal interval over what is still unseen.

    >>> [round(value) for value in chapman(100, 90, 80, 110)]
    [112, 111, 119]
    """
    total = (one + 1) * (other + 1) / (both + 1) - 1
    spread = (one + 1) * (other + 1) * (one - both) * (other - both)
    variance = spread / ((both + 1) ** 2 * (both + 2))
    unseen = max(0.0, total - found)
    if not unseen:
        return Captured(found, found, found + Z95 * math.sqrt(variance))
    factor = math.exp(Z95 * math.sqrt(math.log(1 + variance / unseen**2)))
    return Captured(found + unseen, found + unseen / factor, found + unseen * factor)


def mask(family: str) -> int:
    """Return the bit mask of a family's rules, as ``candidates.rules`` has it."""
    return sum(1 << number for number, rule in enumerate(RULES) if rule.name in FAMILIES[family])


def estimates(connection: duckdb.DuckDBPyConnection, weighs: str = "0") -> Outcome:
    """Return the keys ``estimates`` and ``audit_sample``; see docs/result-folder.md.

    ``weighs`` is SQL for what a pair's veto weighs (``model.veto_sql``).

    Needs the tables ``scored``, ``candidates``, ``members`` and ``records``.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE merged_pairs AS
        WITH seated AS (SELECT rid, cluster_id FROM members WHERE cluster_size > 1)
        SELECT a, b, x.cluster_id, {_PROBABILITY} AS p, coalesce(rules, 0) AS rules
        FROM scored JOIN seated AS x ON x.rid = a JOIN seated AS y ON y.rid = b
        LEFT JOIN candidates USING (a, b) WHERE x.cluster_id = y.cluster_id
        """
    )
    precision = _precision(connection)
    recall = _recall(connection, precision, weighs) if precision["merged_pairs"] else None
    sample = _sample(connection, [row["pairs"] for row in precision["strata"]])
    return {"estimates": {"precision": precision, "recall": recall}, "audit_sample": sample}


def _precision(connection: duckdb.DuckDBPyConnection) -> Outcome:
    """Return how many of the merged pairs are expected to be right, in all and by stratum."""
    found = dict.fromkeys(range(len(STRATA)), (0, 0.0))
    for stratum, pairs, right in connection.execute(
        f"SELECT {_stratum()} AS stratum, count(*), sum(p) FROM merged_pairs GROUP BY 1"
    ).fetchall():
        found[stratum] = (pairs, right)
    pairs = sum(count for count, _ in found.values())
    right = sum(expected for _, expected in found.values())
    return {
        "merged_pairs": pairs,
        "expected_wrong": round(pairs - right, 2),
        **_rounded(wilson(right, pairs)),
        "strata": [
            {"from": STRATA[n], "pairs": count, "expected_right": round(expected, 2)}
            for n, (count, expected) in found.items()
        ],
    }


def _stratum() -> str:
    return " + ".join(f"(p >= {least})::INTEGER" for least in STRATA[1:])


def _recall(connection: duckdb.DuckDBPyConnection, precision: Outcome, weighs: str) -> Outcome:
    """Return the expected recall: what was never compared, and what was compared but left apart.

    The estimate believes the vetoes; the lower bound counts vetoed pairs by the probability that
    they would have without a veto, but not pairs of one library, which holds them on purpose.
    """
    unbound = _WITHOUT_VETO.format(weighs=weighs)
    merged = precision["merged_pairs"] - precision["expected_wrong"]
    ((apart, vetoed),) = connection.execute(
        f"SELECT coalesce(sum({_PROBABILITY}) FILTER (vetoes = 0), 0),"
        f" coalesce(sum({unbound}) FILTER (vetoes <> 0 AND (vetoes & {_OWN}) = 0), 0)"
        " FROM scored ANTI JOIN merged_pairs USING (a, b)"
    ).fetchall()
    captures = _captures(connection, precision["merged_pairs"])
    least = max(captures, key=lambda row: float(row["total"]), default=None)
    found = {
        "expected_apart": round(apart, 2),
        "expected_vetoed": round(vetoed, 2),
        "captures": captures,
    }
    if least is None:
        return {"estimate": None, "low": None, "high": None, "blocking": None, **found}
    pairs = precision["merged_pairs"]
    seen = Share(*(pairs / least[bound] for bound in ("total", "high", "low")))
    whole, with_vetoed = merged + apart, merged + apart + vetoed
    share = Share(
        seen.estimate * merged / whole, seen.low * merged / with_vetoed, seen.high * merged / whole
    )
    return {**_rounded(share), "blocking": _rounded(seen), **found}


def _captures(connection: duckdb.DuckDBPyConnection, found: int) -> list[Outcome]:
    """Return what each two families found of the merged pairs, where that is enough to tell."""
    rows = []
    for one, other in combinations(FAMILIES, 2):
        first, second = (f"(rules & {mask(family)}) <> 0" for family in (one, other))
        ((ones, others, both),) = connection.execute(
            f"SELECT count(*) FILTER ({first}), count(*) FILTER ({second}),"
            f" count(*) FILTER ({first} AND {second}) FROM merged_pairs"
        ).fetchall()
        if both >= FEWEST:
            total = chapman(ones, others, both, found)
            counts = {"one": one, "other": other, "found_by_one": ones, "found_by_other": others}
            bounds = {name: round(value, 1) for name, value in total._asdict().items()}
            rows.append({**counts, "found_by_both": both, **bounds})
    return rows


def _rounded(share: Share) -> Outcome:
    return {name: round(value, 4) for name, value in share._asdict().items()}


def quotas(sizes: list[int], total: int = SAMPLE) -> list[int]:
    """Return how many to take of each stratum: evenly, and more where others have too few.

    >>> quotas([3, 500, 0, 500], 11)
    [3, 4, 0, 4]
    """
    taken = [0] * len(sizes)
    for _ in range(min(total, sum(sizes))):
        open_ones = [n for n, size in enumerate(sizes) if taken[n] < size]
        taken[min(open_ones, key=lambda n: (taken[n], n))] += 1
    return taken


SAMPLE_KEYS = (
    "stratum", "probability", "cluster_id", "library_1", "control_number_1", "library_2",
    "control_number_2",
)  # fmt: skip


def _sample(connection: duckdb.DuckDBPyConnection, sizes: list[int]) -> list[Outcome]:
    """Return a random sample of the merged pairs by stratum; the same records give the same."""
    wanted = " ".join(f"WHEN {n} THEN {quota}" for n, quota in enumerate(quotas(sizes)))
    names = "l.library, l.control_number, r.library, r.control_number"
    rows = connection.execute(
        f"""
        SELECT {_stratum()} AS stratum, round(p, 4), cluster_id, {names}
        FROM merged_pairs JOIN records AS l ON l.rid = a JOIN records AS r ON r.rid = b
        QUALIFY row_number() OVER (
            PARTITION BY stratum ORDER BY md5(concat_ws(chr(10), {names})), a, b
        ) <= CASE stratum {wanted} END
        ORDER BY stratum, md5(concat_ws(chr(10), {names})), a, b
        """
    ).fetchall()
    return [dict(zip(SAMPLE_KEYS, row, strict=True)) for row in rows]
