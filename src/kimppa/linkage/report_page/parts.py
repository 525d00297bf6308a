"""Small pieces of HTML that every section is made of."""

from collections.abc import Iterable
from itertools import count

from kimppa.linkage.report_page.texts import say


def section(key: str, *content: str) -> str:
    """Return a section whose heading is the text of ``key``; it can be linked to by that key."""
    heading = f'<h2 id="{key}">{say(key)}</h2>'
    return f"<section>{heading}{''.join(content)}</section>"


def note(key: str, **values: str | float) -> str:
    """Return a paragraph of explanation."""
    return f'<p class="note">{say(key, **values)}</p>'


def empty(key: str) -> str:
    """Return what stands where there is nothing to show: an icon and words, never a blank."""
    return f'<p class="empty"><span aria-hidden="true">✓</span> {say(key)}</p>'


def table(
    heads: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    name: str,
    kind: str = "",
    foot: str = "",
) -> str:
    """Return a table that scrolls sideways by itself; ``name`` is the id of its heading.

    The first cell of each row is its heading. Heads and cells are HTML; a cell that is a number
    stands to the right when its head begins with ``#``.
    """
    titles = list(heads)
    numbers = [title.startswith("#") for title in titles]
    head = "".join(
        f'<th scope="col"{_right(right)}>{title.lstrip("#")}</th>'
        for title, right in zip(titles, numbers, strict=True)
    )
    body = "".join(_row(list(cells), numbers) for cells in rows)
    return scrolling(
        f'<table class="{kind}" aria-labelledby="{name}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody>{foot}</table>",
        name,
    )


def _row(cells: list[str], numbers: list[bool]) -> str:
    first, *rest = cells
    others = "".join(
        f"<td{_right(right)}>{cell}</td>" for cell, right in zip(rest, numbers[1:], strict=True)
    )
    return f'<tr><th scope="row"{_right(numbers[0])}>{first}</th>{others}</tr>'


def _right(right: bool) -> str:  # noqa: FBT001
    return ' class="number"' if right else ""


def scrolling(content: str, name: str) -> str:
    """Return wide content in a region that the keyboard can scroll; ``name`` is an id."""
    return f'<div class="wide" role="region" tabindex="0" aria-labelledby="{name}">{content}</div>'


def bar(share: float) -> str:
    """Return a bar over a share (0 to 1) of its cell; the number stands beside it in the table."""
    width = f"{max(0.5, 100 * share):.1f}" if share else "0"
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="10"/></svg>'
    )


class Names:
    """Makes ids that are unique on the page."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        """Return the next id."""
        return f"n{next(self._numbers)}"
