"""Samples of pairs, side by side: what the two records say, what was decided and why."""

from collections.abc import Iterator
from html import escape
from typing import Any

from kimppa.linkage.report_page.lines import Line, lines, marc_text, marked
from kimppa.linkage.report_page.parts import Names, empty, note, section
from kimppa.linkage.report_page.stored import Key, Shelf, Stored, keys_of
from kimppa.linkage.report_page.texts import NO_BREAK, say, term
from kimppa.linkage.report_page.waterfall import waterfall

MOST = 6000  # characters of each whole record
_SIGNS = {"same": "=", "differs": "≠", "one_side": "±"}
Pair = dict[str, Any]


def sample(key: str, pairs: list[Pair], on_shelf: Shelf, names: Names, total: int) -> str:
    """Return the section of ``sample_merge`` or ``sample_review``; its first pair is open."""
    if not pairs:
        return section(key, empty(f"{key}_none"))
    shown = (_pair(pair, on_shelf, names, number == 0) for number, pair in enumerate(pairs))
    legend = f'<p class="note">{say("legend")}</p>'
    return section(key, note(f"{key}_note", count=len(pairs), total=total), legend, *shown)


def _pair(pair: Pair, on_shelf: Shelf, names: Names, is_open: bool) -> str:  # noqa: FBT001
    left, right = (on_shelf.inputs.get(key) for key in keys_of(pair))
    name = names.new()
    body = (
        f'<p class="verdict">{_verdict(pair, on_shelf)}</p>',
        _vetoes(pair),
        _side_by_side(pair, left, right, name),
        waterfall(pair, name),
        _whole(pair, left, right),
    )
    summary = f"<summary>{_summary(pair, left, name)}</summary>"
    opened = " open" if is_open else ""
    return f'<details class="pair"{opened}>{summary}{"".join(body)}</details>'


def _summary(pair: Pair, left: Stored | None, name: str) -> str:
    title = next(left.record.get("245"), None) if left else None
    shown = escape(" ".join(title.all("abnp")).rstrip(" /:;=,")[:200]) if title else ""
    sources = " · ".join(
        f"<span>{escape(library)} {escape(cn)}</span>" for library, cn in keys_of(pair)
    )
    chance = say("probability", probability=_percent(pair["probability"]))
    stops = "".join(f'<span class="stop">&times; {says}</span>' for says in _veto_words(pair))
    return (
        f'<strong id="{name}">{shown or say("untitled")}</strong>'
        f'<span class="chance">{chance}</span>'
        f'<span class="quiet sources">{sources}{stops}</span>'
    )


def _percent(probability: str) -> str:
    """Return a probability in whole percents; sureness never reads as certainty.

    >>> _percent("0.9996").split()
    ['>99', '%']
    """
    percent = 100 * float(probability)
    shown = ">99" if percent > 99 else "<1" if percent < 1 else f"{percent:.0f}"
    return f"{shown}{NO_BREAK}%"


def _verdict(pair: Pair, on_shelf: Shelf) -> str:
    one, other = pair["cluster_1"], pair["cluster_2"]
    if one != other:
        return say("verdict_review", one=one, other=other)
    merged = on_shelf.merged.get(one)
    if pair["zone"] == "merge" and merged:
        return say("verdict_merge", cluster=one, base=merged.base, size=merged.size)
    return say("verdict_joined", cluster=one)


def _vetoes(pair: Pair) -> str:
    found = [f"<li>{says}</li>" for says in _veto_words(pair)]
    if not found:
        return ""
    sign = '<span aria-hidden="true">&times;</span>'
    return f'<div class="vetoes"><p>{sign} {say("against")}:</p><ul>{"".join(found)}</ul></div>'


def _veto_words(pair: Pair) -> list[str]:
    return [term("veto", says) for says in pair["vetoes"].split("; ") if says]


def _side_by_side(pair: Pair, left: Stored | None, right: Stored | None, name: str) -> str:
    if not left or not right:
        return f"<p>{say('not_found')}</p>"
    heads = "".join(
        f'<th scope="col">{escape(library)} <span class="quiet">{escape(number)}</span></th>'
        for library, number in keys_of(pair)
    )
    rows = "".join(_line(line) for line in lines(left, right))
    return (
        f'<table class="sides" aria-labelledby="{name}s {name}"><caption id="{name}s">'
        f'{say("side_by_side")}</caption><thead><tr><th scope="col">{say("line")}</th>{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _line(line: Line) -> str:
    sign = f'<span class="sign" aria-hidden="true">{_SIGNS[line.state]}</span>'
    label = f'{sign} {term("line", line.label)}<span class="unseen">: {say(line.state)}</span>'
    cells = "".join(f"<td>{cell}</td>" for cell in _cells(line))
    return f'<tr class="{line.state}"><th scope="row">{label}</th>{cells}</tr>'


def _cells(line: Line) -> Iterator[str]:
    for own, other in ((line.left, line.right), (line.right, line.left)):
        if line.label == "material":
            word = term("material", own)
            yield f"<mark>{word}</mark>" if line.state == "differs" else word
        elif not own:
            yield f'<span class="quiet">&ndash; <span class="unseen">{say("nothing")}</span></span>'
        else:
            yield marked(own, other) if other else escape(own)


def _whole(pair: Pair, left: Stored | None, right: Stored | None) -> str:
    if not left or not right:
        return ""
    texts = zip(keys_of(pair), (left, right), strict=True)
    sides = "".join(_whole_one(key, stored) for key, stored in texts)
    return (
        f'<details class="whole"><summary>{say("full_marc")}</summary>'
        f'<div class="two">{sides}</div></details>'
    )


def _whole_one(key: Key, stored: Stored) -> str:
    text, items, was_cut = marc_text(stored.record, MOST)
    remarks = say("cut_short") if was_cut else ""
    remarks += f" {say('items_left_out', count=items)}" if items else ""
    return (
        f"<div><p><strong>{escape(key[0])}</strong> {escape(key[1])}</p><pre>{escape(text)}</pre>"
        f'<p class="quiet">{remarks}</p></div>'
    )
