"""Why a pair was decided so: each step of evidence with its weight, drawn as a waterfall."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from kimppa.linkage.report_page.texts import decimal, say, term

LEAST = 0.05  # weights nearer to nothing are put together in one step
_MARGIN = 0.04  # of the drawing's width, on both sides


class Bar(NamedTuple):
    """One row of the waterfall: what it is (HTML), its weight and where its bar begins and ends."""

    label: str
    weight: float
    begin: float
    end: float
    kind: str  # for, against or sum


def waterfall(pair: dict[str, Any], name: str) -> str:
    """Return the table of a pair's evidence; the bars are SVG, the numbers stand beside them."""
    if "steps" not in pair:
        return ""
    bars = list(_bars(pair))
    places = [place for bar in bars for place in (bar.begin, bar.end)]
    low, high = min(places), max(places)
    rows = "".join(_row(bar, low, high) for bar in bars)
    heads = f'<th scope="col">{say("step")}</th><th scope="col" class="number">{say("weight")}</th>'
    return (
        f'<table class="why" aria-labelledby="{name}w {name}"><caption id="{name}w">{say("why")}'
        f'</caption><thead><tr>{heads}<th scope="col">{say("drawn")}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _bars(pair: dict[str, Any]) -> Iterator[Bar]:
    total = pair["log_odds"]
    start = f'{say("prior")} <span class="quiet">{say("prior_note")}</span>'
    yield Bar(start, pair["prior"], 0.0, pair["prior"], _kind(pair["prior"]))
    at = pair["prior"]
    steps = sorted(pair["steps"], key=lambda step: (-abs(step["weight"]), step["comparison"]))
    for step in steps:
        if abs(step["weight"]) >= LEAST:
            words = term("comparison", step["comparison"])
            label = f'{words} <span class="quiet">{term("level", step["level"])}</span>'
            yield Bar(label, step["weight"], at, at + step["weight"], _kind(step["weight"]))
            at += step["weight"]
    if abs(total - at) >= LEAST:
        yield Bar(say("other_steps"), total - at, at, total, _kind(total - at))
    yield Bar(f"<strong>{say('sum')}</strong>", total, 0.0, total, "sum")


def _kind(weight: float) -> str:
    return "for" if weight > 0 else "against"


def _row(bar: Bar, low: float, high: float) -> str:
    number = decimal(bar.weight, signed=True)
    return (
        f'<tr><th scope="row">{bar.label}</th><td class="number">{number}</td>'
        f"<td>{_drawn(bar, low, high)}</td></tr>"
    )


def _drawn(bar: Bar, low: float, high: float) -> str:
    first, last = sorted((_place(bar.begin, low, high), _place(bar.end, low, high)))
    zero = _place(0.0, low, high)
    return (
        '<svg class="step" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M{zero:.1f} 0V10"/><rect class="{bar.kind}" x="{first:.1f}" y="1"'
        f' width="{max(0.8, last - first):.1f}" height="8"/></svg>'
    )


def _place(value: float, low: float, high: float) -> float:
    share = (value - low) / ((high - low) or 1.0)
    return 100 * (_MARGIN + (1 - 2 * _MARGIN) * share)
