"""Leader, 005, 006, 007 and 008: data by position, where fields cannot simply be added."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from kimppa.marc.merging.portrait import Portrait
from kimppa.marc.merging.table import POSITIONS, Position
from kimppa.marc.record import Field

LENGTH_008 = 40
FULL_LEVELS = frozenset(" 14")  # LDR/17: full, full without the book in hand, core
ADVANCE_LEVELS = frozenset("58")  # LDR/17: preliminary, prepublication
MATERIALS = {  # LDR/06 to the kind of 008/18-34 (MARC 21, field 008)
    **dict.fromkeys("t", "BK"),
    **dict.fromkeys("m", "CF"),
    **dict.fromkeys("ef", "MP"),
    **dict.fromkeys("cdij", "MU"),
    **dict.fromkeys("gkor", "VM"),
    **dict.fromkeys("p", "MX"),
}
CENTURY_TURN = "50"  # a date on file is yymmdd; computers keep catalogues since the 1960s
UNKNOWN_DATES = frozenset({"||||", "uuuu", "    "})


class Coded(NamedTuple):
    """One control field of the merged record and the numbers of the records that gave it."""

    field: Field
    givers: tuple[int, ...]


def is_deleted(leader: str) -> bool:
    """Whether the leader says that the record is deleted (LDR/05 d, s or x)."""
    return leader[5:6] in ("d", "s", "x")


def changed_at(record: Portrait) -> str:
    """Return 005 (yyyymmddhhmmss.f), or an empty text when it is missing or not a time."""
    value = record.control("005")
    return value if value[:8].isdigit() else ""


def adds_little(leader: str, base: str) -> bool:
    """Whether only administrative fields may be taken from a record beside a base (two leaders).

    So it is with an advance notice beside a full description, and a deleted beside a living one.
    """
    if is_deleted(leader) and not is_deleted(base):
        return True
    return leader[17:18] in ADVANCE_LEVELS and base[17:18] in FULL_LEVELS


def merged_leader(records: Sequence[Portrait]) -> str:
    """Return the base's leader; a new record (LDR/05 n) is a corrected one if any other is."""
    leader = records[0].leader
    if leader[5:6] == "n" and any(record.leader[5:6] == "c" for record in records[1:]):
        return leader[:5] + "c" + leader[6:]
    return leader


def merged_coded(records: Sequence[Portrait]) -> Iterator[Coded]:
    """Iterate over 005-008 of the merged record; the base is the first of ``records``."""
    latest = max(map(changed_at, records))
    if latest:
        givers = (at for at, record in enumerate(records) if changed_at(record) == latest)
        yield Coded(Field("005", value=latest), tuple(givers))
    yield from _merged_similar("006", records, 1)
    yield from _merged_similar("007", records, 2)
    yield from _merged_008(records)


def _merged_similar(tag: str, records: Sequence[Portrait], category: int) -> Iterator[Coded]:
    """Merge 006 or 007: the base's, where `|` (no attempt to code) is filled by a similar field.

    The first ``category`` positions say what is described and must be the same.
    """
    found = [[field[3:] for field in record.by_tag.get(tag, ())] for record in records]
    start = next((at for at, values in enumerate(found) if values), None)
    if start is None:
        return
    for value in found[start]:
        givers = [start]
        filled = value
        for at in range(start + 1, len(found)):
            for other in found[at]:
                if _compatible(filled, other, category):
                    filled = _filled(filled, other)
                    givers.append(at)
        yield Coded(Field(tag, value=filled), tuple(givers))


def _compatible(value: str, other: str, category: int) -> bool:
    if value == other:
        return True
    if value[:category] != other[:category] or len(value) != len(other):
        return False
    return all(a == b or "|" in (a, b) for a, b in zip(value, other, strict=True))


def _filled(value: str, other: str) -> str:
    return "".join(b if a == "|" else a for a, b in zip_longest(value, other, fillvalue=""))


def material(record: Portrait) -> str:
    """Return which kind of 008/18-34 the record has, by LDR/06 and LDR/07."""
    kind, level = record.leader[6:7], record.leader[7:8]
    if kind == "a":
        return "CR" if level in ("b", "i", "s") else "BK"
    return MATERIALS.get(kind, "")


def _merged_008(records: Sequence[Portrait]) -> Iterator[Coded]:
    values = [record.control("008") for record in records]
    usable = [at for at, value in enumerate(values) if len(value) == LENGTH_008]
    if not usable:
        usable = [at for at, value in enumerate(values) if value][:1]
        yield from (Coded(Field("008", value=values[at]), (at,)) for at in usable)
        return
    first = usable[0]
    kind = material(records[first])
    merged, givers = values[first], [first]
    for at in usable[1:]:
        filled = merged
        if values[at] != merged:
            filled = _merged_positions(merged, values[at], kind, material(records[at]))
        if filled != merged or values[at] == merged:
            givers.append(at)
        merged = filled
    yield Coded(Field("008", value=merged), tuple(givers))


def _merged_positions(own: str, other: str, kind: str, other_kind: str) -> str:
    for row in POSITIONS:
        if row.material and (kind != other_kind or kind not in row.material):
            continue
        mine, theirs = own[row.start : row.end], other[row.start : row.end]
        if mine != theirs:
            own = own[: row.start] + _STEPS[row.action](row, mine, theirs) + own[row.end :]
    return own


def _oldest(_row: Position, mine: str, theirs: str) -> str:
    dated = [value for value in (mine, theirs) if value.isdigit()]
    return min(dated, key=lambda value: (value < CENTURY_TURN, value), default=mine)


def _dates(_row: Position, mine: str, theirs: str) -> str:
    """Take both dates and their type together; they mean nothing apart."""
    ceased = theirs[0] == "d" and mine[0] in "cu|"
    unknown = mine[0] in "|n " or mine[1:5] in UNKNOWN_DATES
    known = theirs[0] not in "|n " and theirs[1:5] not in UNKNOWN_DATES
    return theirs if ceased or (unknown and known) else mine


def _fill(row: Position, mine: str, theirs: str) -> str:
    return theirs if mine in row.unknown and theirs not in row.unknown else mine


def _collect(row: Position, mine: str, theirs: str) -> str:
    codes = dict.fromkeys(code for code in mine + theirs if code not in " |")
    if not codes:
        return mine if "|" not in mine else theirs
    width = row.end - row.start
    return "".join(sorted(list(codes)[:width])).ljust(width)


def _specify(row: Position, mine: str, theirs: str) -> str:
    if theirs in row.exact.get(mine, ""):
        return theirs
    return _fill(row, mine, theirs)


def _best(row: Position, mine: str, theirs: str) -> str:
    return min(mine, theirs, key=lambda code: row.order.find(code) % len(row.order + "?"))


_STEPS: dict[str, Callable[[Position, str, str], str]] = {
    "oldest": _oldest,
    "dates": _dates,
    "fill": _fill,
    "collect": _collect,
    "specify": _specify,
    "best": _best,
}
