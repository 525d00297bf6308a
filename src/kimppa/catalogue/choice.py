"""The state of the list of records: what is searched for, narrowed, ordered, and the page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class ListChoice:
    """What the list shows; its address tells the same."""

    q: str = ""
    library: str = ""
    material: str = ""
    sort: str = "title"
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q or self.library or self.material)

    def query(self, **changes: Any) -> str:
        """Return the address's query part with some values changed; usual values are left out."""
        state = {
            "q": self.q,
            "library": self.library,
            "material": self.material,
            "sort": "" if self.sort == "title" else self.sort,
            **changes,
        }
        return urlencode({name: value for name, value in state.items() if value})
