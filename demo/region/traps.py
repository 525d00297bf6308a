"""The answer key: which records describe one edition, and the pairs that are easily mistaken."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from demo.region.desk import LibraryRecord
from demo.region.formats import write_csv
from demo.region.libraries import Region
from demo.region.numbers import digest

SAME_EDITION = {
    "reprint": "a later printing of the same edition is the same record",
    "name-variant": "the author's name is written another way",
    "missing-subtitle": "one library left the subtitle out",
    "all-capitals": "one library typed the title in capitals and shortened the name",
    "no-pages": "one library left the pages out",
    "isbn-10-against-13": "the same ISBN in ten and in thirteen digits",
    "no-isbn": "one library did not record the ISBN",
    "cataloguing-language": "one record is in Swedish, the other in Finnish; the book is the same",
    "host-pair": "the same album, with its songs described in records of their own",
    "part-pair": "the same song on the same album",
}
PAIRED_AS_THEY_ARE = {"host-pair", "part-pair"}  # both sides carry the sign

PairRow = tuple[str, str, str, str, int, str, str]


def write_key(region: Region, records: list[LibraryRecord], out: Path) -> None:
    """`truth.csv` and `traps.csv`. The truncated record is in neither: nobody can read it."""
    by_edition = _usable(records)
    pairs = sorted([*_look_alikes(region, by_edition), *_disguises(by_edition)])
    kinds: dict[tuple[str, str], set[str]] = {}
    for lib1, cn1, lib2, cn2, _, kind, _ in pairs:
        kinds.setdefault((lib1, cn1), set()).add(kind)
        kinds.setdefault((lib2, cn2), set()).add(kind)
    write_csv(out / "traps.csv", "lib1,cn1,lib2,cn2,label,trap,why", pairs)
    rows = []
    for each in records:
        if each.broken != "truncated":
            signs = kinds.get((each.library, each.number), set()) | ({each.broken} - {""})
            rows.append((each.library, each.number, each.edition, ";".join(sorted(signs))))
    write_csv(out / "truth.csv", "library,control_number,cluster_id,traps", rows)


def _usable(records: Iterable[LibraryRecord]) -> dict[str, list[LibraryRecord]]:
    """Records by edition; a broken one has no number to name it by in the key."""
    by_edition: dict[str, list[LibraryRecord]] = {}
    for record in records:
        if not record.broken:
            by_edition.setdefault(record.edition, []).append(record)
    return by_edition


def _look_alikes(region: Region, by_edition: dict[str, list[LibraryRecord]]) -> Iterator[PairRow]:
    """Label 0: up to three record pairs, from different libraries, for each pair of editions."""
    for trap in region.traps:
        for left, right in trap["pairs"]:
            pairs = [
                (one, two)
                for one in by_edition[left]
                for two in by_edition[right]
                if one.library != two.library
            ]
            pairs.sort(key=lambda p: digest(p[0].library, p[1].library, left, right))
            for one, two in pairs[:3]:
                yield _pair(one, two, 0, trap["kind"], trap["why"])


def _disguises(by_edition: dict[str, list[LibraryRecord]]) -> Iterator[PairRow]:
    """Label 1: a record that a habit disguised, beside an undisguised one of the same edition."""
    for records in by_edition.values():
        for sign, why in SAME_EDITION.items():
            disguised = [each for each in records if sign in each.signs]
            plain = [
                each for each in records if sign not in each.signs or sign in PAIRED_AS_THEY_ARE
            ]
            if sign == "isbn-10-against-13":
                plain = [each for each in plain if "no-isbn" not in each.signs]
            for one in disguised[:1]:
                others = [each for each in plain if each.library != one.library]
                if others:
                    yield _pair(one, others[0], 1, sign, why)


def _pair(one: LibraryRecord, two: LibraryRecord, label: int, trap: str, why: str) -> PairRow:
    first, second = sorted((one, two), key=lambda each: (each.library, each.number))
    return (first.library, first.number, second.library, second.number, label, trap, why)
