"""How an edition is read, heard or seen: its carrier, material and special readers."""

import re
import tomllib
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import numpy as np

from kimppa.linkage.fields import NONE, Batch
from kimppa.linkage.folding import with_word
from kimppa.linkage.texts import Texts, in_order, places, texts
from kimppa.linkage.words import fold
from kimppa.marc.bulk import Bytes, Flags, Numbers


def _patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _TABLE[kind].items())


_TABLE = tomllib.loads(files("kimppa.linkage").joinpath("carrier_words.toml").read_text("utf-8"))
_BLIND = re.compile(_TABLE["publisher"]["daisy"])
_WORDS, _SPECIAL, _MUSIC = map(_patterns, ("carrier", "special", "music"))
_CARRIER_CODES = {  # 338 $b, RDA carrier types
    "cr": "online", "cd": "cdrom", "ss": "cassette", "st": "reel", "vf": "vhs", "nc": "volume",
    "ha": "micro", "hb": "micro", "hc": "micro", "hd": "micro", "he": "micro", "hf": "micro",
    "hg": "micro", "hh": "micro", "hj": "micro",
}  # fmt: skip
_VIDEO_CODES = {"v": "dvd", "s": "bluray", "b": "vhs"}  # 007/04 of a videorecording
_FORM_OF_ITEM = {  # 008/23 (008/29 for maps and visual materials)
    "o": "online", "s": "online", "q": "cdrom", "a": "micro", "b": "micro", "c": "micro",
    "f": "braille",
}  # fmt: skip
_SPECIAL_FORMS = {"d": "large-print", "f": "braille"}  # the same place
_PAGES_ONLY = re.compile(r"(?:[ivxlc]+ )?\d+ [ps]")
_MEASURED = re.compile(r"\d.*\d ?cm")
_MATERIALS = {
    "a": "book", "t": "book", "c": "score", "d": "score", "i": "speech", "j": "music",
    "g": "film", "e": "map", "f": "map", "m": "file", "r": "object", "k": "picture",
    "o": "kit", "p": "kit",
}  # fmt: skip
_RECORDED = {"i", "j", "g"}


class _Told:
    """What the records tell of their carriers; what few of them are asked is looked up late."""

    def __init__(self, batch: Batch, types: list[str], fixed: list[str]) -> None:
        self._batch = batch
        self.types, self.fixed = types, fixed
        words = batch.values("300a 338a 245h 347b 516a 538a").joined(batch.count, " ; ")
        self.named = list(map(_named, words.folded().values()))
        self.codes_007 = batch.controls("007").by_owner()
        self.codes_338 = batch.values("338b").by_owner()
        links = batch.fields("856")
        to_itself = (batch.indicator(links, 1) == ord("4")) & (
            batch.indicator(links, 2) == ord("0")
        )
        linked = np.zeros(batch.count, np.bool_)
        linked[batch.owners(links[to_itself])] = True
        self.linked: list[bool] = linked.tolist()
        self.has_extent: list[bool] = batch.having("300").tolist()

    @cached_property
    def publishers(self) -> dict[int, list[str]]:
        return self._batch.values("260b 264b").by_owner()

    @cached_property
    def codes_006(self) -> dict[int, list[str]]:
        return self._batch.controls("006").by_owner()

    @cached_property
    def heights(self) -> dict[int, list[str]]:
        return self._batch.values("300c").by_owner()

    @cached_property
    def extents(self) -> list[str]:
        return self._batch.values("300ac").joined(self._batch.count, " ").values()

    @cached_property
    def reproductions(self) -> dict[int, list[str]]:
        fields = self._batch.fields("533")
        said = [" ".join(parts) for parts in self._batch.parts(fields)]
        return texts(self._batch.owners(fields), said).by_owner()

    def more(self) -> set[int]:
        """Return the records that tell more than their type."""
        named = {record for record, name in enumerate(self.named) if name}
        linked = {record for record, is_linked in enumerate(self.linked) if is_linked}
        coded = {
            record
            for record, (record_type, fixed) in enumerate(zip(self.types, self.fixed, strict=True))
            if _form_of_item(record_type, fixed) in _FORM_OF_ITEM
        }
        return named.union(linked, coded, self.codes_007, self.codes_338)

    def form_of_item(self, record: int) -> str:
        return _form_of_item(self.types[record], self.fixed[record])


def carriers(batch: Batch, types: list[str], fixed: list[str]) -> list[str]:
    """Return the carriers by name, an empty text for a record that does not tell.

    Words win over codes, since 007 and 338 are often missing or copied from another record.
    """
    told = _Told(batch, types, fixed)
    found = list(map(_of_type, types, fixed))  # of most nothing else is told
    for record in told.more():
        found[record] = _carrier(told, record)
    return found


def _of_type(record_type: str, fixed: str) -> str:
    return "volume" if fixed and record_type in "atcdef" else ""


def _carrier(told: _Told, record: int) -> str:
    said = told.named[record]
    if said in {"cd", "mp3"} and _for_the_blind(told, record):
        return "daisy"
    if said == "online" and _doubted(told, record):
        return ""
    return (
        said
        or _from_007(told.codes_007.get(record, NONE))
        or _from_338(told.codes_338.get(record, NONE), told.types[record])
        or _coded(told, record)
        # A link to the resource itself; print with one has an extent.
        or ("online" if told.linked[record] and not told.has_extent[record] else "")
        or _of_type(told.types[record], told.fixed[record])
    )


def _doubted(told: _Told, record: int) -> bool:
    """Return whether only a word says online while all codes and the height say print."""
    codes = (told.codes_006.get(record, NONE), told.codes_007.get(record, NONE))
    coded = [code[:1] for own in codes for code in own]
    return (
        not {"m", "c"}.intersection(coded)
        and told.form_of_item(record) not in _FORM_OF_ITEM
        and not told.linked[record]
        and any(" cm" in height for height in told.heights.get(record, NONE))
    )


def _for_the_blind(told: _Told, record: int) -> bool:
    """Return whether a library for the blind published it; its talking books are Daisy discs."""
    return any(_BLIND.search(fold(name)) for name in told.publishers.get(record, NONE))


@lru_cache(maxsize=65536)
def _named(words: str) -> str:
    """Return the carrier that words name; pages alone name none."""
    if _PAGES_ONLY.fullmatch(words):
        return ""
    return next((name for name, pattern in _WORDS if pattern.search(words)), "")


def _from_007(codes: list[str]) -> str:
    for text in codes:
        code = text[:2]
        if text[:1] == "v" and text[4:5] in _VIDEO_CODES:
            return _VIDEO_CODES[text[4:5]]
        if code == "sd" and text[3:4] in "fbe" and len(text) > 3:
            return "cd" if text[3] == "f" else "lp"
        if found := {"ss": "cassette", "st": "reel", "cr": "online", "co": "cdrom"}.get(code):
            return found
        if found := {"h": "micro", "f": "braille"}.get(text[:1]):
            return found
    return ""


def _from_338(codes: list[str], record_type: str) -> str:
    for code in codes:
        if code == "sd" and record_type in _RECORDED:
            return "cd"
        if code.strip() in _CARRIER_CODES:
            return _CARRIER_CODES[code.strip()]
    return ""


def _form_of_item(record_type: str, fixed: str) -> str:
    place = 29 if record_type in "efgkor" else 23
    return fixed[place : place + 1]


def _coded(told: _Told, record: int) -> str:
    """Return what 008/23 says; empty where it stands alone against pages and height of a book.

    A slip of one place in 008 makes a microform or an e-book of a printed one; what truly is one
    says so elsewhere, too, or has no height.
    """
    found = _FORM_OF_ITEM.get(told.form_of_item(record), "")
    if found not in {"micro", "online"} or told.types[record] not in "at":
        return found
    copies = map(fold, told.reproductions.get(record, NONE))
    copied = any("micro" in copy or "mikro" in copy for copy in copies)
    is_print = _MEASURED.search(told.extents[record]) and not told.linked[record] and not copied
    return "" if is_print else found


def material(record_type: str, level: str) -> str:
    """Return what the record describes: book, serial, article, score, music, film."""
    found = _MATERIALS.get(record_type, "other")
    if found == "book" and level in "sp":
        return "serial" if level == "s" else "article"
    return found


_SPECIAL_TAGS = ("250", "260", "264", "300", "340", "490", "500", "521", "655", "830")
# Read for games and programs only: elsewhere these say how to open a file.
_DEVICE_TAGS = ("347", "538", "753")
_SAYING = "abnpvd"  # codes of subfields
_UNABRIDGED = "unabridged"
Kinds = frozenset[str]
_NO_KINDS: Kinds = frozenset()


def special_kinds(batch: Batch, types: list[str], fixed: list[str]) -> list[list[str]]:
    """Return for which special readers, sellers or devices editions were made; mostly none."""
    titles = batch.values(f"245{_SAYING}").joined(batch.count, " ; ")
    devices = batch.values(" ".join([tag + _SAYING for tag in _DEVICE_TAGS]))
    are_programs = np.array([record_type == "m" for record_type in types], np.bool_)
    devices = devices.some(are_programs[devices.owners])
    notes = batch.values(" ".join([tag + _SAYING for tag in _SPECIAL_TAGS]))
    found = _kinds(batch.count, in_order(titles, notes, devices))
    forms = map(_SPECIAL_FORMS.get, map(_form_of_item, types, fixed))
    return [
        _told_kinds(kinds, form) if kinds or form else NONE
        for kinds, form in zip(found, forms, strict=True)
    ]


def _kinds(count: int, said: Texts) -> list[Kinds]:
    """Return the kinds that texts name; of abridged ones also whether it is denied."""
    found = [_NO_KINDS] * count
    folded = said.some(with_word(*said[1:], *_heads())).folded()
    telling = folded.some(with_word(*folded[1:], *_heads()))
    for owner, words in zip(telling.owners.tolist(), telling.values(), strict=True):
        found[owner] |= _kinds_of(words)
    abridged = [owner for owner in set(telling.owners.tolist()) if "abridged" in found[owner]]
    doubted = said.some(np.isin(said.owners, abridged)).folded()
    for owner, words in zip(doubted.owners.tolist(), doubted.values(), strict=True):
        if "unabridged" in words or "lyhentamaton" in words:
            found[owner] |= {_UNABRIDGED}
    return found


@lru_cache(maxsize=65536)
def _kinds_of(words: str) -> Kinds:
    return frozenset(name for name, pattern in _SPECIAL if pattern.search(words))


@cache
def _heads() -> tuple[Bytes, Numbers, Flags]:
    """Return how the words begin that special readers are known by, as ``with_word`` asks.

    Mostly none is there. Every pattern begins a word, so that this overlooks none.
    """
    patterns = [re.sub(r"\([^)]*\)", ".", pattern.pattern) for _name, pattern in _SPECIAL]
    heads = sorted({_head(text) for pattern in patterns for text in pattern.split("|")})
    found = texts(np.arange(len(heads)), heads)
    pairs = np.zeros((256, 256), np.bool_)
    pairs[found.content[found.starts], found.content[found.starts + 1]] = True
    return found.content, places(found), pairs


def _head(pattern: str) -> str:
    r"""Return the letters that a pattern of words begins with.

    >>> _head(r"\bps ?[1-5]\b"), _head(r"\bblu ?ray"), _head(r"\bebooks?")
    ('ps', 'blu', 'ebook')
    """
    letters = re.match(r"\\b(\w+)([?*]?)", pattern)
    head = letters[1][: -1 if letters[2] else None] if letters else ""
    if len(head) < 2:
        raise ValueError(pattern)
    return head


def _told_kinds(kinds: Kinds, by_code: str | None) -> list[str]:
    told = kinds | {by_code} if by_code else kinds
    return sorted(told - ({_UNABRIDGED, "abridged"} if _UNABRIDGED in kinds else set()))


def music_form(text: str) -> str:
    """Return whether printed music is a vocal, study or full score or parts; else an empty text."""
    words = fold(text)
    return next((name for name, pattern in _MUSIC if pattern.search(words)), "")
