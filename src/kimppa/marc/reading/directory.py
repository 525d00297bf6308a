"""One ISO 2709 record: from its bytes to flat form, by its directory or by what is left of it."""

import re
from itertools import accumulate
from operator import add
from typing import NamedTuple

from kimppa.marc.reading.cleaning import clean
from kimppa.marc.reading.encoding import decode
from kimppa.marc.reading.results import Unreadable
from kimppa.marc.reading.words import counted
from kimppa.marc.record import LEADER_LENGTH

_MARK = b"\x1e"
_ENTRY = 12
_DIRECTORY = re.compile(rb"(?:...[0-9]{9})*", re.DOTALL)
_BLANKS = bytes(b if 0x20 <= b < 0x7F else 0x20 for b in range(256))


class _Entry(NamedTuple):
    tag: bytes
    length: int
    start: int


def exact(raw: bytes) -> str | None:
    """Return the flat form of a record (without its record mark) whose every number is right.

    ``None`` means that something has to be mended: see ``mended``.
    """
    end = raw.find(_MARK)
    fields = raw[end + 1 :].split(_MARK)
    if fields.pop() or not fields:
        return None
    tags = [raw[i : i + 3] for i in range(LEADER_LENGTH, end, _ENTRY)]
    lengths = [len(field) + 1 for field in fields]
    starts = accumulate(lengths, initial=0)
    numbers = map(b"%b%04d%05d".__mod__, zip(tags, lengths, starts, strict=False))
    if raw[LEADER_LENGTH:end] != b"".join(numbers) or len(tags) != len(fields):
        return None
    if raw[:5] != b"%05d" % (len(raw) + 1) or raw[12:17] != b"%05d" % (end + 1):
        return None
    joined = _MARK.join([leader_for_flat(raw), *map(add, tags, fields)])
    text, repair = decode(joined, says_utf8=raw[9:10] == b"a")
    flat, repairs = clean(text)
    return None if repair or repairs or not flat else flat


def mended(raw: bytes, *, closed: bool) -> tuple[str, list[str]]:
    """Return the flat form of a record (without its record mark) and the repairs it needed.

    ``closed`` says whether a record mark stood after it. Raises ``Unreadable``.
    """
    entries, body, repairs = _directory(raw)
    repairs = _lengths(raw, closed=closed) + repairs
    fields, more = _by_directory(entries, body) or _by_order(entries, body, closed=closed)
    leader = leader_for_flat(raw)
    good = leader.translate(_BLANKS)
    if good != leader:
        more.append("odd characters in the leader turned into blanks")
    text, repair = decode(_MARK.join([good, *fields]), says_utf8=raw[9:10] == b"a")
    flat, cleaned = clean(text)
    if not flat:
        raise Unreadable("the record has no fields")
    return flat, [*repairs, *more, *([repair] if repair else []), *cleaned]


def leader_for_flat(raw: bytes) -> bytes:
    """Return the leader as flat form has it: UTF-8, and nothing that has to be counted."""
    return b"00000%ba2200000%b4500" % (raw[5:9], raw[17:20])


def _directory(raw: bytes) -> tuple[list[_Entry], bytes, list[str]]:
    """Return the directory's entries, the bytes of the fields, and what was wrong."""
    if len(raw) < LEADER_LENGTH:
        raise Unreadable(f"shorter than a leader ({counted(len(raw), 'byte')})")
    end = raw.find(_MARK)
    if end < 0:
        raise Unreadable("no field mark: the record is cut short or is not MARC")
    repairs = []
    if raw[12:17] != b"%05d" % (end + 1):
        repairs.append(f"base address said {_shown(raw[12:17])}, found {end + 1:,}")
    directory = raw[LEADER_LENGTH:end]
    if len(directory) % _ENTRY or not _DIRECTORY.fullmatch(directory):
        raise Unreadable("the directory is damaged")
    entries = [
        _Entry(directory[i : i + 3], int(directory[i + 3 : i + 7]), int(directory[i + 7 : i + 12]))
        for i in range(0, len(directory), _ENTRY)
    ]
    if not entries:
        raise Unreadable("the directory is empty")
    return entries, raw[end + 1 :], repairs


def _lengths(raw: bytes, *, closed: bool) -> list[str]:
    found = len(raw) + 1
    repairs = []
    if not closed:
        repairs.append("the record mark at the end was missing")
    if raw[:5] != b"%05d" % found:
        repairs.append(f"record length said {_shown(raw[:5])} bytes, found {found:,}")
    return repairs


def _shown(number: bytes) -> str:
    return f"{int(number):,}" if number.isdigit() else repr(number.decode("latin-1"))


def _by_directory(entries: list[_Entry], body: bytes) -> tuple[list[bytes], list[str]] | None:
    """Return tag + content of each field where every entry begins and ends at a field mark."""
    fields = []
    for tag, length, start in entries:
        stop = start + length - 1
        begins = start == 0 or body[start - 1 : start] == _MARK
        if not begins or length < 1 or body[stop : stop + 1] != _MARK:
            return None
        fields.append(tag + body[start:stop].replace(_MARK, b""))
    repairs = []
    inner = sum(body.count(_MARK, e.start, e.start + e.length - 1) for e in entries)
    if inner:
        repairs.append(f"{counted(inner, 'field mark')} inside a field removed")
    doubled = len(entries) - len(set(entries))
    if doubled:
        repairs.append(f"{counted(doubled, 'directory entry')} doubled: kept once")
        fields = list(dict(zip(entries, fields, strict=True)).values())
    return fields, repairs + _left_over(entries, body)


def _left_over(entries: list[_Entry], body: bytes) -> list[str]:
    """Say which bytes the directory does not mention; as no tag is known, they cannot be kept."""
    pieces = []
    at = 0
    for start, length in sorted({(entry.start, entry.length) for entry in entries}):
        pieces.append(body[at:start])
        at = max(at, start + length)
    pieces.append(body[at:])
    lost = b" ".join(piece.strip(b"\x1e\r\n\0 ") for piece in pieces).strip()
    if not lost:
        return []
    return [f"text that the directory does not mention left out: {lost.decode('utf-8', 'replace')}"]


def _by_order(entries: list[_Entry], body: bytes, *, closed: bool) -> tuple[list[bytes], list[str]]:
    """Return tag + content of each field, taken in the order of the positions; they are wrong."""
    fields = body.split(_MARK)
    last = fields.pop()
    repairs = ["positions in the directory were wrong: fields taken in their order"]
    if last.strip() and closed:
        fields.append(last)
        repairs.append("the last field mark was missing")
    if len(fields) == 2 * len(entries) and not any(fields[1::2]):
        fields = fields[::2]
        repairs.append("doubled field marks removed")
    if len(fields) != len(entries) or (last.strip() and not closed):
        raise Unreadable(_disagreement(len(entries), len(fields), closed=closed))
    starts = [entry.start for entry in entries]
    if len(set(starts)) < len(starts):
        return [e.tag + field for e, field in zip(entries, fields, strict=True)], repairs
    rank = {start: number for number, start in enumerate(sorted(starts))}
    return [entry.tag + fields[rank[entry.start]] for entry in entries], repairs


def _disagreement(entries: int, fields: int, *, closed: bool) -> str:
    if not closed:
        return f"the record is cut short ({counted(entries, 'field')} promised, {fields:,} found)"
    return f"directory and data disagree ({counted(entries, 'entry')}, {counted(fields, 'field')})"
