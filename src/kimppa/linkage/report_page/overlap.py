"""How much each pair of libraries shares: a heat map with numbers, and the same as a table."""

from html import escape
from itertools import combinations
from typing import Any, NamedTuple

from kimppa.linkage.report_page.parts import empty, note, scrolling, section, table
from kimppa.linkage.report_page.texts import NO_BREAK, say, whole

WIDE, HIGH = 64, 38  # one square, in pixels
LONGEST = 22  # characters of a library's name in the drawing; the table has it whole
_STEPS = (1, 10, 25, 45, 70)  # percents where the next shade begins


class Share(NamedTuple):
    """What two libraries share."""

    one: str
    other: str
    shared: int
    percent: float  # of the smaller library's merged records


def overlap(outcome: dict[str, Any]) -> str:
    """Return the section; with one library there is nothing to compare."""
    held = {r["library_1"]: r["shared"] for r in outcome["overlap"] if _is_self(r)}
    if len(held) < 2:
        return section("overlap", empty("overlap_none"))
    found = shares(outcome, held)
    return section("overlap", note("overlap_note"), _drawing(held, found), _table(found))


def _is_self(row: dict[str, Any]) -> bool:
    return bool(row["library_1"] == row["library_2"])


def shares(outcome: dict[str, Any], held: dict[str, int]) -> list[Share]:
    """Return every pair of libraries with what they share, most first."""
    counts = {frozenset((r["library_1"], r["library_2"])): r["shared"] for r in outcome["overlap"]}
    found = []
    for one, other in combinations(sorted(held), 2):
        number = counts.get(frozenset((one, other)), 0)
        smaller = max(1, min(held[one], held[other]))
        found.append(Share(one, other, number, 100 * number / smaller))
    return sorted(found, key=lambda share: (-share.percent, share.one, share.other))


def _table(found: list[Share]) -> str:
    heads = (say("library"), say("other_library"), f"#{say('shared')}", f"#{say('of_smaller')}")
    body = ((escape(s.one), escape(s.other), whole(s.shared), _percent(s.percent)) for s in found)
    inner = table(heads, body, name="overlap-table")
    summary = f'<summary id="overlap-table">{say("as_table")}</summary>'
    return f'<details class="beside">{summary}{inner}</details>'


def _percent(value: float) -> str:
    shown = f"{value:.0f}" if value >= 1 or not value else "<1"
    return f"{escape(shown)}{NO_BREAK}%"


def _drawing(held: dict[str, int], found: list[Share]) -> str:
    names = sorted(held)
    by_pair = {(s.one, s.other): s.percent for s in found}
    longest = min(LONGEST, max(map(len, names)))
    left, top = 16 + 8 * longest, 24 + 6 * longest
    size = (left + WIDE * len(names) + 5 * longest, top + HIGH * len(names) + 2)
    parts = [_labels(name, number, left, top) for number, name in enumerate(names)]
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            corner = (left + WIDE * column, top + HIGH * row)
            if row == column:
                parts.append(_square(corner, "self", whole(held[one])))
            else:
                percent = by_pair[min(one, other), max(one, other)]
                shade = sum(percent >= step for step in _STEPS)
                parts.append(_square(corner, f"h{shade}", _percent(percent)))
    svg = (
        f'<svg class="heat" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}"'
        f' role="img" aria-labelledby="overlap">{"".join(parts)}</svg>'
    )
    return scrolling(svg, "overlap")


def _labels(name: str, number: int, left: int, top: int) -> str:
    short = escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
    x, y = left + WIDE * number + WIDE // 2, top + HIGH * number + HIGH // 2
    return (
        f'<text x="{left - 8}" y="{y}" dy=".35em" text-anchor="end">{short}</text>'
        f'<text transform="translate({x},{top - 8}) rotate(-40)">{short}</text>'
    )


def _square(corner: tuple[int, int], kind: str, text: str) -> str:
    x, y = corner
    return (
        f'<g class="{kind}"><rect x="{x + 1}" y="{y + 1}" width="{WIDE - 2}" height="{HIGH - 2}"/>'
        f'<text x="{x + WIDE // 2}" y="{y + HIGH // 2}" dy=".35em" text-anchor="middle">{text}'
        "</text></g>"
    )
