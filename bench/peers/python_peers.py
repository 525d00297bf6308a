"""Runs the peers that are Python packages, in a virtual environment of their own.

``python_peers.py read-pymarc|read-mrrc|goldrush|splink RECORDS.mrc [PAIRS.tsv RESULT.tsv]`` prints
what was done in how many seconds as JSON; RESULT holds a score for each pair.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

KEY_TAG = "001"


def read_pymarc(path: Path) -> dict[str, Any]:
    """Let pymarc iterate over a file."""
    with path.open("rb") as file:
        started = perf_counter()
        done = sum(record is not None for record in import_module("pymarc").MARCReader(file))
    return {"done": done, "seconds": perf_counter() - started}


def read_mrrc(path: Path) -> dict[str, Any]:
    """Let mrrc iterate over a file."""
    started = perf_counter()
    done = sum(record is not None for record in import_module("mrrc").MARCReader(str(path)))
    return {"done": done, "seconds": perf_counter() - started}


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open("rb") as file:
        for record in import_module("pymarc").MARCReader(file):
            if record is not None:
                yield record[KEY_TAG].data, record


def goldrush(path: Path, pairs: list[list[str]]) -> tuple[dict[str, Any], list[float]]:
    """Give every record its Gold Rush key; a pair matches when both keys are equal."""
    key_of = import_module("goldrush").goldrush
    records, keys, failed = list(_records(path)), {}, 0
    started = perf_counter()
    for number, record in records:
        try:
            keys[number] = key_of(record)
        except Exception:  # a peer fails on a record: counted, not ours to mend
            failed += 1
    seconds = perf_counter() - started
    scores = [float(keys.get(a, a) == keys.get(b, b)) for a, b in pairs]
    return {"done": len(records), "seconds": seconds, "failed": failed}, scores


def _row(number: str, record: Any) -> dict[str, Any]:
    """Return what the plain model of Splink compares."""
    title = _plain(_first(record, ("245",), "ab"))
    pages = re.search(r"(\d+) ?(?:p|s|v)", _first(record, ("300",), "a"))
    fixed = record["008"].data if "008" in record else ""
    return {
        "unique_id": number,
        "title": title or None,
        "title_start": title[:12] or None,
        "author": _plain(_first(record, ("100", "110", "111"), "a")) or None,
        "year": int(fixed[7:11]) if fixed[7:11].isdigit() else None,
        "pages": int(pages[1]) if pages else None,
        "publisher": _plain(_first(record, ("260", "264"), "b")) or None,
    }


def _first(record: Any, tags: Iterable[str], codes: str) -> str:
    for field in record.get_fields(*tags):
        return " ".join(field.get_subfields(*codes))
    return ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def splink(path: Path, pairs: list[list[str]]) -> tuple[dict[str, Any], list[float]]:
    """Train a plain model without labels; score what its blocking finds, and the given pairs."""
    asked: dict[str, list[int]] = defaultdict(list)
    for number, pair in enumerate(pairs):
        for key in pair:
            asked[key].append(number)
    rows = [{**_row(key, record), "asked": asked[key]} for key, record in _records(path)]
    api = import_module("splink").DuckDBAPI()
    table = api.register(import_module("pyarrow").Table.from_pylist(rows))
    linker = import_module("splink").Linker(table, _settings())
    started = perf_counter()
    _train(linker)
    trained = perf_counter()
    found = linker.inference.predict().as_record_list()
    seconds = perf_counter() - trained
    scores = {
        frozenset((r["unique_id_l"], r["unique_id_r"])): r["match_probability"] for r in found
    }
    report = {"done": len(found), "seconds": seconds, "training": trained - started}
    return report, [scores.get(frozenset(pair), 0.0) for pair in pairs]


def _settings() -> Any:
    package, compare = import_module("splink"), import_module("splink.comparison_library")
    return package.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=[
            compare.JaroWinklerAtThresholds("title", [0.95, 0.88]),
            compare.JaroWinklerAtThresholds("author", [0.95, 0.88]),
            compare.ExactMatch("year"),
            compare.ExactMatch("pages"),
            compare.JaroWinklerAtThresholds("publisher", [0.9, 0.8]),
        ],
        blocking_rules_to_generate_predictions=_rules(),
        retain_intermediate_calculation_columns=False,
    )


def _rules() -> list[Any]:
    block_on = import_module("splink").block_on
    given = block_on("asked", arrays_to_explode=["asked"])
    return [block_on("title_start"), block_on("author", "year"), block_on("year", "pages"), given]


def _train(linker: Any) -> None:
    block_on = import_module("splink").block_on
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("title", "author", "year", "pages")], recall=0.5
    )
    training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("title"))
    training.estimate_parameters_using_expectation_maximisation(block_on("author", "year"))


READERS = {"read-pymarc": read_pymarc, "read-mrrc": read_mrrc}
MATCHERS = {"goldrush": goldrush, "splink": splink}


def main(task: str, records: str, *files: str) -> None:
    """Do one task; say what it came to."""
    if task in READERS:
        print(json.dumps(READERS[task](Path(records))))
        return
    lines = Path(files[0]).read_text("utf-8").splitlines()
    report, scores = MATCHERS[task](Path(records), [line.split("\t") for line in lines])
    Path(files[1]).write_text("".join(f"{score}\n" for score in scores), encoding="utf-8")
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
