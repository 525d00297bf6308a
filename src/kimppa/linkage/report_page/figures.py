"""The report's figures: headline, libraries, cluster sizes and the zones of pairs."""

from collections.abc import Iterable
from html import escape
from typing import Any

from kimppa.linkage.report_page.parts import bar, empty, note, section, table
from kimppa.linkage.report_page.texts import NO_BREAK, decimal, say, term, whole

Outcome = dict[str, Any]


def headline(outcome: Outcome) -> str:
    """Return the figures that everyone asks for first, and that the books balance."""
    read, quarantined = outcome["records_read"], outcome["quarantined"]
    seconds = max(outcome["seconds"], 0.01)
    figures = [
        ("records_in", whole(read + quarantined), {"read": read, "quarantined": quarantined}),
        ("clusters", whole(outcome["clusters"]), {}),
        ("merged", whole(outcome["records_merged"]), {"share": _merged_share(outcome)}),
        ("review", whole(pairs_in(outcome, "review")), {}),
        ("quarantined", whole(quarantined), {}),
        ("seconds", decimal(seconds), {"rate": round(read / seconds)}),
    ]
    cards = "".join(
        f'<div><dt>{say(key)}</dt><dd class="figure" data-figure="{key}">{shown}</dd>'
        f'<dd class="quiet">{say(f"{key}_note", **values)}</dd></div>'
        for key, shown, values in figures
    )
    return f'<dl class="figures" id="figures">{cards}</dl>{_balance(outcome)}'


def _merged_share(outcome: Outcome) -> str:
    return f"{round(100 * outcome['records_merged'] / max(1, outcome['records_read']))}{NO_BREAK}%"


def _balance(outcome: Outcome) -> str:
    read, quarantined = outcome["records_read"], outcome["quarantined"]
    total = say(
        "balance_sum",
        read=read,
        quarantined=quarantined,
        total=read + quarantined,
        clusters=outcome["clusters"],
    )
    mark = '<span aria-hidden="true">✓</span>'
    return f'<p class="balance" id="balance">{mark} <strong>{say("balance")}</strong> {total}</p>'


def lead(outcome: Outcome) -> str:
    """Return one sentence on what was done, and the next step when nothing could be read."""
    count = len(outcome["libraries"])
    if "against" in outcome:
        return say("lead_more", **outcome["against"])
    if not outcome["records_read"]:
        return f"{say('lead_none')} {say('lead_none_next')}"
    return say("lead", libraries=count) if count > 1 else say("lead_one")


def pairs_in(outcome: Outcome, zone: str) -> int:
    """Return how many pairs ended in a zone."""
    return sum(row["pairs"] for row in outcome["zones"] if row["zone"] == zone)


def libraries(outcome: Outcome, quarantined: dict[str, int]) -> str:
    """Return what each library gave, and how much of it only that library holds."""
    rows = [_library(row, outcome, quarantined) for row in outcome["libraries"]]
    known = {row["library"] for row in outcome["libraries"]}
    rows += [(name, 0, 0, 0, n, 0, 0) for name, n in quarantined.items() if name not in known]
    keys = ("read", "holdings", "repaired", "quarantined", "only_here", "shared")
    heads = [say("library"), *(f"#{say(key)}" for key in keys)]
    body = ([escape(name), *map(whole, numbers)] for name, *numbers in rows)
    sums = [sum(column) for column in list(zip(*rows, strict=True))[1:5]] if rows else [0] * 4
    return section(
        "libraries",
        note("libraries_note"),
        table(heads, body, name="libraries", foot=_sums(sums) if len(rows) > 1 else ""),
    )


def _library(row: Outcome, outcome: Outcome, quarantined: dict[str, int]) -> tuple[Any, ...]:
    name = row["library"]
    held = next((h for h in outcome.get("held", ()) if h["library"] == name), None)
    only, shared = (held["only_here"], held["held"] - held["only_here"]) if held else (0, 0)
    aside = quarantined.get(name, 0)
    return (name, row["read"], row["holdings"], row["repaired"], aside, only, shared)


def _sums(sums: Iterable[int]) -> str:
    cells = "".join(f'<td class="number">{whole(n)}</td>' for n in sums)
    head = f'<th scope="row">{say("all_libraries")}</th>'
    return f"<tfoot><tr>{head}{cells}<td></td><td></td></tr></tfoot>"


_GROUPS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9), (10, 19),
           (20, 49), (50, 99), (100, 10**12))  # fmt: skip


def cluster_sizes(outcome: Outcome) -> str:
    """Return how many merged records were made of one, two, three… records, as bars."""
    rows = [(first, last, _between(outcome, first, last)) for first, last in _GROUPS]
    while rows and not rows[-1][2]:
        rows.pop()
    if not rows:
        return section("sizes", empty("sizes_none"))
    most = max(number for *_, number in rows)
    heads = (f"#{say('size')}", f"#{say('amount')}", say("drawn"))
    body = ((_group(a, b), whole(number), bar(number / most)) for a, b, number in rows)
    return section("sizes", note("sizes_note"), table(heads, body, name="sizes", kind="chart"))


def _between(outcome: Outcome, first: int, last: int) -> int:
    return sum(r["clusters"] for r in outcome["cluster_sizes"] if first <= r["size"] <= last)


def _group(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}&ndash;{last}" if last < 10**12 else f"≥{NO_BREAK}{first}"


def compared_pairs(outcome: Outcome) -> str:
    """Return the zones of pairs, what clustering refused and which ISBNs were not trusted."""
    total = sum(row["pairs"] for row in outcome["zones"])
    if not total:
        return section("pairs", empty("pairs_none"))
    body = (
        (say(f"zone_{zone}"), whole(number), bar(number / total))
        for zone in ("merge", "review", "reject")
        for number in [pairs_in(outcome, zone)]
    )
    heads = (say("zone"), f"#{say('pair_count')}", say("drawn"))
    facts = [
        f"<li>{say(key, count=outcome[name])}</li>"
        for key, name in (("reused", "reused_isbns"), ("refused", "joins_refused"))
        if outcome[name]
    ]
    return section(
        "pairs",
        note("pairs_note"),
        table(heads, body, name="pairs", kind="chart"),
        f"<ul>{''.join(facts)}</ul>" if facts else "",
    )


def not_compared(outcome: Outcome) -> str:
    """Return which common keys were left out of the comparison, and what that means."""
    capped = outcome["capped_blocks"]
    if not capped:
        return section("capped", empty("capped_none"))
    heads = (say("rule"), f"#{say('blocks')}", f"#{say('records')}", say("example"))
    body = (
        (
            term("rule", row["rule"]),
            whole(row["blocks"]),
            whole(row["records"]),
            f"<code>{escape(row['example'])}</code>",
        )
        for row in capped
    )
    return section("capped", note("capped_note"), table(heads, body, name="capped"))
