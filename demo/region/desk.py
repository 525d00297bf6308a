"""What lies on a cataloguer's desk: an edition to describe, and the record that comes of it."""

from dataclasses import dataclass, field

from demo.region.libraries import Library, Region
from demo.region.numbers import digest
from demo.region.works import Edition
from kimppa.marc.record import Field, Subfield


@dataclass
class Job:
    """One edition on one cataloguer's desk; `signs` gathers how the habits disguised it."""

    region: Region
    edition: Edition
    library: Library
    numbers: dict[tuple[str, str], str]
    reprinted: bool = False
    signs: set[str] = field(default_factory=set)

    def word(self, key: str) -> str:
        """A word in the cataloguing language."""
        return self.region.word(self.library, key)

    @property
    def number(self) -> str:
        return self.numbers[self.library.key, self.edition.id]

    @property
    def year(self) -> int:
        return self.edition.reprint[1] if self.reprinted else self.edition.year

    @property
    def place(self) -> str:
        table = self.region.config["place"]
        return self.edition.place or str(table.get(self.edition.pub, "Helsinki"))

    @property
    def track(self) -> int:
        """The number of a song, as this library's copy of the album counts."""
        album = self.region.editions[self.edition.host]
        orders = {key: order for key, *order in album.orders}
        order = orders.get(self.library.key)
        return order.index(self.edition.track) + 1 if order else self.edition.track

    def chance(self, what: str, one_in: int) -> bool:
        """Whether the cataloguer did so this time: once in so many."""
        return digest(what, self.library.key, self.edition.id) % one_in == 0


@dataclass(frozen=True)
class Item:
    """One barcoded copy."""

    barcode: str
    branch: str
    location: str
    call: str
    itype: str
    status: str


@dataclass(frozen=True)
class LibraryRecord:
    """One library's description of one edition."""

    library: str
    number: str
    edition: str
    leader: str
    fields: tuple[Field, ...]
    items: tuple[Item, ...] = ()
    signs: frozenset[str] = frozenset()
    broken: str = ""


def data_field(tag: str, indicators: str, *subfields: tuple[str, str]) -> Field:
    """A data field without the subfields that would be empty."""
    kept = [Subfield(code, value) for code, value in subfields if value.strip(" /:.,;")]
    return Field(tag, indicators, tuple(kept))
