"""Which record of a cluster is the base: the one whose description the others complete."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from kimppa.marc.merging.coded import is_deleted
from kimppa.marc.merging.portrait import Portrait, portrait_of, unlike
from kimppa.marc.record import SUBFIELD_MARK, Record

CONSORTIUM_CODE = "KIMPPA"

LEVELS = " 145273uz8"  # LDR/17, best first
AUTHENTICATED = {"finb": 2, "finbd": 2, "pcc": 1}  # 042 $a
LANGUAGES = {"fin": 4, "swe": 3, "mul": 2, "eng": 1}  # 040 $b
HEADING_POINTS = 3
POINTS = {"100": 3, "110": 3, "111": 3, "130": 2, "240": 2, "300": 2, "336": 1, "337": 1, "338": 1}
CLOSED = "1678"  # tag groups whose $0 makes a controlled heading
_AUTHORITY = f"{SUBFIELD_MARK}0"


class Source(NamedTuple):
    """One record of a cluster and the library that gave it."""

    library: str
    control_number: str
    record: Record

    @property
    def key(self) -> str:
        """The record's name in the whole conversion, ``LIBRARY:ID``."""
        return f"{self.library}:{self.control_number}"


def _not_deleted(portrait: Portrait) -> int:
    return not is_deleted(portrait.leader)


def _encoding_level(portrait: Portrait) -> int:
    found = LEVELS.find(portrait.leader[17:18] or "?")
    return -found if found >= 0 else -len(LEVELS)


def _authentication(portrait: Portrait) -> int:
    return max((AUTHENTICATED.get(code, 0) for code in portrait.has("042", "a")), default=0)


def _language(portrait: Portrait) -> int:
    return max((LANGUAGES.get(code, 0) for code in portrait.has("040", "b")), default=0)


def _rda(portrait: Portrait) -> int:
    return "rda" in portrait.has("040", "e")


def _completeness(portrait: Portrait) -> int:
    coded = portrait.control("008")
    points = (len(coded) - coded.count("|") - coded.count(" ")) // 4
    for tag, fields in portrait.by_tag.items():
        points += POINTS.get(tag, tag[0] in "56") * len(fields)
        if tag[0] in CLOSED:
            for field in fields:
                if _AUTHORITY in field:
                    points += HEADING_POINTS
    return points


def _not_capitals(portrait: Portrait) -> int:
    title = "".join(portrait.has("245", "a")[:1])
    return not title.isupper() or len(title) < 5  # short titles such as IT or E.T. are often so


def _changed_at(portrait: Portrait) -> str:
    value = portrait.control("005")
    return value if value[:8].isdigit() else ""


def _already_shared(portrait: Portrait) -> int:
    return portrait.control("003") == CONSORTIUM_CODE


# In this order; the first in which records differ decides. More is better.
CRITERIA: tuple[tuple[str, Callable[[Portrait], int | str]], ...] = (
    ("not deleted (LDR/05)", _not_deleted),
    ("fuller encoding level (LDR/17)", _encoding_level),
    ("authenticated by a national agency (042)", _authentication),
    ("catalogued in Finnish, then Swedish, then English (040 $b)", _language),
    ("described by RDA (040 $e)", _rda),
    ("more complete: headings with $0, coded data, notes and subjects", _completeness),
    ("title not in capitals only (245)", _not_capitals),
    ("changed last (005)", _changed_at),
    ("already the consortium's record (003)", _already_shared),
)


def by_key(source: Source) -> tuple[str, str]:
    """Return what sources are put in order by when nothing else decides."""
    return source.key, source.record.to_flat()


def in_key_order(sources: Sequence[Source]) -> list[Source]:
    """Return the sources by key; of two that share a key, by their text."""
    keys = {source.key for source in sources}
    return sorted(sources, key=attrgetter("key") if len(keys) == len(sources) else by_key)


def rank(sources: Sequence[Source]) -> list[Source]:
    """Return the sources, best base first; the same whatever their order."""
    in_order = in_key_order(sources)
    return [in_order[at] for at in best_first([portrait_of(source.record) for source in in_order])]


def best_first(portraits: Sequence[Portrait]) -> list[int]:
    """Return the places of portraits, best base first; equals keep their order."""
    if len(portraits) == 2:  # nearly always
        return _better_first(*unlike(*portraits))  # what they share cannot decide
    merits = [[merit(drawn) for _, merit in CRITERIA] for drawn in portraits]
    return sorted(range(len(portraits)), key=merits.__getitem__, reverse=True)


def _better_first(one: Portrait, other: Portrait) -> list[int]:
    for _, merit in CRITERIA:
        own, others = merit(one), merit(other)
        if own != others:
            return [0, 1] if own > others else [1, 0]  # type: ignore[operator] # of one criterion
    return [0, 1]


def _merits(source: Source) -> tuple[int | str, ...]:
    drawn = portrait_of(source.record)
    return tuple([merit(drawn) for _, merit in CRITERIA])


def choose_base(sources: Sequence[Source]) -> tuple[Source, tuple[str, ...]]:
    """Return the source whose description stands, and in words why it went before each other.

    Words name the criterion and the keys it left behind; the last resort is the smallest key.
    """
    ranked = rank(sources)
    rivals = [(source.key, _merits(source)) for source in ranked[1:]]
    reasons = []
    for at, (words, _) in enumerate(CRITERIA):
        own = _merits(ranked[0])[at]
        behind = [key for key, merits in rivals if merits[at] != own]
        if behind:
            reasons.append(f"{words}: before {', '.join(behind)}")
        rivals = [rival for rival in rivals if rival[1][at] == own]
    if rivals:
        reasons.append(f"alike in all else, first by name: before {', '.join(dict(rivals))}")
    return ranked[0], tuple(reasons or ["the only record"])
