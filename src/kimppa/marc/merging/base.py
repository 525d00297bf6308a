"""Which record of a cluster is the base: the one whose description the others complete."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kimppa.marc.merging.coded import changed_at, is_deleted
from kimppa.marc.record import Field, Record

CONSORTIUM_CODE = "KIMPPA"

LEVELS = " 145273uz8"  # LDR/17, best first
AUTHENTICATED = {"finb": 2, "finbd": 2, "pcc": 1}  # 042 $a
LANGUAGES = {"fin": 4, "swe": 3, "mul": 2, "eng": 1}  # 040 $b
HEADING_POINTS = 3
POINTS = {"100": 3, "110": 3, "111": 3, "130": 2, "240": 2, "300": 2, "336": 1, "337": 1, "338": 1}
CLOSED = ("0", "1", "6", "7", "8")  # tag groups whose $0 makes a controlled heading


class Source(NamedTuple):
    """One record of a cluster and the library that gave it."""

    library: str
    control_number: str
    record: Record

    @property
    def key(self) -> str:
        """The record's name in the whole conversion, ``LIBRARY:ID``."""
        return f"{self.library}:{self.control_number}"


def _subfields(record: Record, tag: str, code: str) -> list[str]:
    return [value for field in record.get(tag) for value in field.all(code)]


def _not_deleted(record: Record) -> int:
    return not is_deleted(record)


def _encoding_level(record: Record) -> int:
    found = LEVELS.find(record.leader[17:18] or "?")
    return -found if found >= 0 else -len(LEVELS)


def _authentication(record: Record) -> int:
    return max((AUTHENTICATED.get(code, 0) for code in _subfields(record, "042", "a")), default=0)


def _language(record: Record) -> int:
    return max((LANGUAGES.get(code, 0) for code in _subfields(record, "040", "b")), default=0)


def _rda(record: Record) -> bool:
    return "rda" in _subfields(record, "040", "e")


def _points(field: Field) -> int:
    tag = field.tag
    controlled = tag[0] in "1678" and any(code == "0" for code, _ in field.subfields)
    return HEADING_POINTS * controlled + POINTS.get(tag, tag[0] in "56")


def _completeness(record: Record) -> int:
    coded = record.control("008")
    known = len(coded) - coded.count("|") - coded.count(" ")
    return sum(map(_points, record.fields)) + known // 4


def _not_capitals(record: Record) -> bool:
    title = next((field.first("a") for field in record.get("245")), "")
    return not title.isupper() or len(title) < 5  # short titles such as IT or E.T. are often so


def _already_shared(record: Record) -> bool:
    return record.control("003") == CONSORTIUM_CODE


# In this order; the first in which records differ decides. More is better.
CRITERIA: tuple[tuple[str, Callable[[Record], int | str]], ...] = (
    ("not deleted (LDR/05)", _not_deleted),
    ("fuller encoding level (LDR/17)", _encoding_level),
    ("authenticated by a national agency (042)", _authentication),
    ("catalogued in Finnish, then Swedish, then English (040 $b)", _language),
    ("described by RDA (040 $e)", _rda),
    ("more complete: headings with $0, coded data, notes and subjects", _completeness),
    ("title not in capitals only (245)", _not_capitals),
    ("changed last (005)", changed_at),
    ("already the consortium's record (003)", _already_shared),
)


def by_key(source: Source) -> tuple[str, str]:
    """Return what sources are put in order by when nothing else decides."""
    return source.key, source.record.to_flat()


def rank(sources: Sequence[Source]) -> list[Source]:
    """Return the sources, best base first; the same whatever their order."""
    in_order = sorted(sources, key=by_key)
    return sorted(in_order, key=_merits, reverse=True)  # equals keep their order by key


def _merits(source: Source) -> tuple[int | str, ...]:
    return tuple([merit(source.record) for _, merit in CRITERIA])


def choose_base(sources: Sequence[Source]) -> tuple[Source, tuple[str, ...]]:
    """Return the source whose description stands, and in words why it went before each other.

    Words name the criterion and the keys it left behind; the last resort is the smallest key.
    """
    base, *rivals = rank(sources)
    reasons = []
    for words, merit in CRITERIA:
        own = merit(base.record)
        behind = [rival for rival in rivals if merit(rival.record) != own]
        if behind:
            reasons.append(f"{words}: before {', '.join(rival.key for rival in behind)}")
        rivals = [rival for rival in rivals if rival not in behind]
    if rivals:
        reasons.append(
            f"alike in all else, first by name: before {', '.join(r.key for r in rivals)}"
        )
    return base, tuple(reasons or ["the only record"])
