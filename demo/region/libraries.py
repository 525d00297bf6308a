"""The six libraries with their habits and words; the region: libraries, editions and traps."""

from dataclasses import dataclass
from typing import Any

from demo.region.works import Edition, frozen, load_editions, load_table


@dataclass(frozen=True)
class Library:
    """One library and its habits."""

    key: str
    prefix: str
    org: str
    branches: tuple[str, ...]
    language: str
    first_number: int
    rda: bool
    isbn: str
    parts: bool
    items: str
    call: str
    itypes: dict[str, str]
    abbreviated: bool = False

    @property
    def is_swedish(self) -> bool:
        return self.language == "swe"

    @property
    def words_column(self) -> int:
        """Where this library's words stand in a pair of Finnish and Swedish."""
        return 1 if self.is_swedish else 0

    @property
    def isil(self) -> str:
        """An invented library code, as 003 and 040 carry it."""
        return f"FI-DEMO-{self.prefix}"


@dataclass(frozen=True)
class Region:
    """Everything the TOML files hold."""

    editions: dict[str, Edition]
    libraries: dict[str, Library]
    config: dict[str, Any]
    traps: list[dict[str, Any]]

    def word(self, library: Library, key: str) -> str:
        return str(self.config["words"][key][library.words_column])

    def carrier(self, form: str) -> dict[str, Any]:
        return dict(self.config["carrier"][form])


def load_region() -> Region:
    """Return what all the TOML files say."""
    config = load_table("libraries.toml")
    libraries = {key: Library(key=key, **frozen(value)) for key, value in config["library"].items()}
    return Region(load_editions(), libraries, config, load_table("traps.toml")["trap"])
