"""How good the merge probably is, with what the figures rest on and where they are weak."""

from typing import Any

from kimppa.linkage.report_page.parts import empty, note, section, table
from kimppa.linkage.report_page.texts import NO_BREAK, decimal, say, term, whole

Outcome = dict[str, Any]


def estimated(outcome: Outcome) -> str:
    """Return expected precision and recall with their intervals, and how they were found."""
    found = outcome.get("estimates")
    if not found or not found["precision"]["merged_pairs"]:
        return section("estimates", empty("estimates_none"))
    precision, recall, audit = found["precision"], found["recall"], found["audit"]
    rows = [_row("estimated_precision", precision), _row("audited_precision", audit)]
    rows += [_row("estimated_recall", recall), _row("estimated_blocking", recall["blocking"])]
    heads = (say("estimated"), f"#{say('estimate')}", f"#{say('interval')}")
    return section(
        "estimates",
        note("estimates_note"),
        table(heads, rows, name="estimates"),
        _basis(precision, recall, audit),
    )


def _row(key: str, share: Outcome | None) -> tuple[str, str, str]:
    if share is None or share["estimate"] is None:
        return say(key), "&ndash;", say(f"{key}_none")
    bounds = f"{_percent(share['low'])} &ndash; {_percent(share['high'])}"
    return say(key), _percent(share["estimate"]), bounds


def _percent(share: float) -> str:
    return decimal(100 * share, 1, unit=f"{NO_BREAK}%")


def _basis(precision: Outcome, recall: Outcome, audit: Outcome | None) -> str:
    """Return what each figure rests on, as a list."""
    given = {"judged": audit["judged"], "wrong": audit["wrong"]} if audit else None
    facts = [
        say(
            "basis_precision",
            pairs=precision["merged_pairs"],
            wrong=float(precision["expected_wrong"]),
        ),
        say("basis_audit", **given) if given else say("basis_audit_none"),
        say(
            "basis_recall",
            apart=float(recall["expected_apart"]),
            vetoed=float(recall["expected_vetoed"]),
        ),
        say("basis_blocking"),
    ]
    captured = "".join(f"<li>{_capture(row)}</li>" for row in recall["captures"])
    items = "".join(f"<li>{fact}</li>" for fact in facts)
    return f"<ul>{items}</ul>" + (f"<ul>{captured}</ul>" if captured else "")


def _capture(row: Outcome) -> str:
    counts = (row["found_by_one"], row["found_by_other"], row["found_by_both"])
    one, other, both = map(whole, counts)
    return (
        f"{term('family', row['one'])}: {one}; {term('family', row['other'])}: {other};"
        f" {say('captured_both')}: {both}; {say('captured_total')}: {decimal(row['total'], 0)}"
    )
