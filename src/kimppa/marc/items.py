"""Find the copies that a library has of a record: one item per barcoded copy.

The rule follows the MARC 21 Format for Holdings Data (852 location; 876, 877 and 878 items of the
basic unit, supplements and indexes, tied to their 852 by $8 or $3) and Koha's item fields (952, by
its default mapping of the ``items`` table: a homebranch, b holdingbranch, c location, o call
number, p barcode, y item type, 0 withdrawn, 1 lost, 4 damaged, 7 not for loan).
"""

import re
from typing import NamedTuple

from kimppa.marc.record import FIELD_MARK, Field, Record

_ITEMS = ("876", "877", "878")
ITEM_TAGS = frozenset(
    {"841", "842", "843", "844", "845", "852", "853", "854", "855"}
    | {"863", "864", "865", "866", "867", "868", *_ITEMS, "952"}
)
HAVE_ITEMS = ("852", "876", "877", "878", "952")
_HAS_ITEM = re.compile(f"{FIELD_MARK}(?:{'|'.join(HAVE_ITEMS)})")
_KOHA_FLAGS = {"0": "withdrawn", "1": "lost", "4": "damaged", "7": "not for loan"}


class Item(NamedTuple):
    """One copy; all texts, empty where the record does not tell. ``raw`` is the field, flat."""

    barcode: str
    branch: str
    shelving_location: str
    call_number: str
    item_type: str
    status: str
    source: str
    raw: str


def items(record: Record) -> list[Item]:
    """Return the items that 952, 852 and 876-878 describe, in the order of the record.

    Where 876-878 have barcodes they are the items, and the 852 that $8 links tells their place.
    A field without a barcode is an item still when it has a branch or a call number; but beside
    952 such an 852 is what an imported record brought along, and no copy.
    """
    barcoded = [field for field in record.get(*_ITEMS) if field.first("p")]
    places = list(record.get("852"))
    found = [_from_952(field) for field in record.get("952")]
    if barcoded:
        found += [_from_876(field, _place(field, places)) for field in barcoded]
        used = {id(_place(field, places)) for field in barcoded}
        places = [place for place in places if id(place) not in used]
    found += [_from_852(field) for field in places if field.first("p") or not found]
    return [item for item in found if item.barcode or item.branch or item.call_number]


def flat_items(flat: str) -> list[Item]:
    """Return the items of a record in flat form; most records have none and are not cut."""
    if not _HAS_ITEM.search(flat):
        return []
    told = (text for text in flat.split(FIELD_MARK)[1:] if text[:3] in ITEM_TAGS)
    return items(Record("", tuple(map(Field.from_flat, told))))


def _from_952(field: Field) -> Item:
    return Item(
        barcode=field.first("p").strip(),
        branch=(field.first("b") or field.first("a")).strip(),
        shelving_location=field.first("c").strip(),
        call_number=field.first("o").strip(),
        item_type=field.first("y").strip(),
        status=", ".join(_koha_status(field) or _noted_status(field)),
        source="952",
        raw=field.to_flat(),
    )


def _koha_status(field: Field) -> list[str]:
    """Return the flags that are up, with Koha's code where it is more than 1 (a kind of loss…)."""
    words = []
    for code, word in _KOHA_FLAGS.items():
        value = field.first(code).strip()
        if value not in {"", "0"}:
            words.append(word if value == "1" else f"{word} ({value})")
    return words


def _noted_status(field: Field) -> list[str]:
    """Return the status that an items CSV gave in words, which stands in the note $x."""
    notes = [note.partition(": ") for note in field.all("x")]
    return [words.strip() for name, _, words in notes if name == "status" and words.strip()]


def _from_852(field: Field, source: str = "852") -> Item:
    """Return the place that 852 tells; call number from $k $h $i $j $l $m as they are shown."""
    parts = [field.first(code).strip() for code in "khijlm"]
    return Item(
        barcode=field.first("p").strip(),
        branch=(field.first("b") or field.first("a")).strip(),
        shelving_location=field.first("c").strip(),
        call_number=" ".join(part for part in parts if part),
        item_type="",
        status=field.first("q").strip(),
        source=source,
        raw=field.to_flat(),
    )


def _from_876(field: Field, place: Field | None) -> Item:
    known = _from_852(place or Field("852"))
    return known._replace(
        barcode=field.first("p").strip(),
        shelving_location=field.first("l").strip() or known.shelving_location,
        status=field.first("j").strip(),
        source="876",
        raw=field.to_flat(),
    )


def _place(field: Field, places: list[Field]) -> Field | None:
    """Return the 852 that an item field belongs to: the same link, or the only one there is."""
    links = {link.split(".")[0].split("\\")[0] for link in field.all("8")}
    for place in places:
        own = {link.split(".")[0].split("\\")[0] for link in place.all("8")}
        if links & own:
            return place
    return places[0] if len(places) == 1 or (places and not links) else None
