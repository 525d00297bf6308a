"""What could not be read, and what was mended while reading."""

from html import escape
from typing import Any

from kimppa.linkage.report_page.parts import empty, note, section, table
from kimppa.linkage.report_page.stored import Aside, Quarantine
from kimppa.linkage.report_page.texts import english, say, whole

KINDS = 100  # kinds of repairs shown, the most common first
_PER_LINE = 16


def quarantine(outcome: dict[str, Any], found: Quarantine) -> str:
    """Return the first stretches that were put aside: where, why and how they begin."""
    if not outcome["quarantined"]:
        return section("quarantine", empty("quarantine_none"))
    heads = (say("library"), say("file"), f"#{say('offset')}", f"#{say('length')}", say("reason"),
             say("beginning"))  # fmt: skip
    remark = note("quarantine_note", shown=len(found.first), count=outcome["quarantined"])
    body = map(_row, found.first)
    return section("quarantine", remark, table(heads, body, name="quarantine", kind="aside"))


def _row(aside: Aside) -> tuple[str, ...]:
    return (
        escape(aside.library),
        escape(aside.file),
        whole(aside.offset),
        whole(aside.length),
        english(aside.reason),
        f"<pre>{escape(hexadecimal(aside.beginning))}</pre>",
    )


def hexadecimal(content: bytes) -> str:
    """Return bytes as lines of hexadecimal numbers and the letters that they stand for.

    >>> hexadecimal(b"001 K\\x1e")
    '30 30 31 20 4b 1e                                001 K.'
    """
    starts = range(0, len(content), _PER_LINE)
    return "\n".join(_hexadecimal_line(content[at : at + _PER_LINE]) for at in starts)


def _hexadecimal_line(part: bytes) -> str:
    letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{part.hex(' '):<{3 * _PER_LINE}} {letters}"


def repairs(outcome: dict[str, Any]) -> str:
    """Return what was mended while reading, by kind; the most common kinds."""
    if not outcome["repairs"]:
        return section("repairs", empty("repairs_none"))
    heads = (say("repair"), f"#{say('records')}")
    most = outcome["repairs"][:KINDS]
    body = ((english(row["repair"]), whole(row["records"])) for row in most)
    return section("repairs", note("repairs_note"), table(heads, body, name="repairs"))
