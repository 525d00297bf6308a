"""Put a record in flat form together from leader and fields as MARCXML and JSON name them."""

from collections.abc import Iterable

from kimppa.marc.reading.results import Unreadable
from kimppa.marc.reading.words import counted
from kimppa.marc.record import LEADER_LENGTH, SUBFIELD_MARK

_SHORTEST_LEADER = 8  # up to type of record and bibliographic level


def leader(text: str, repairs: list[str]) -> str:
    """Return the leader as flat form has it; raises ``Unreadable`` where there is none."""
    if len(text) == LEADER_LENGTH:
        return leader_for_flat(text)
    if len(text.strip()) < _SHORTEST_LEADER:
        raise Unreadable(f"no leader ({counted(len(text), 'character')} found)")
    repairs.append(f"leader had {counted(len(text), 'character')} instead of {LEADER_LENGTH}")
    return leader_for_flat(text[:LEADER_LENGTH].ljust(LEADER_LENGTH))


def leader_for_flat(text: str) -> str:
    """Return a leader of 24 characters as UTF-8 and with nothing that has to be counted."""
    return f"00000{text[5:9]}a2200000{text[17:20]}4500"


def tag(found: str, repairs: list[str]) -> str:
    """Return a tag of three characters; one that is none is left for ``cleaning`` to report."""
    if len(found) == 3:
        return found
    stripped = found.strip()
    if len(stripped) == 3:
        repairs.append(f"blanks round the tag {stripped} removed")
        return stripped
    repairs.append(f"tag {found!r} has not three characters")
    return "?" * 3


def data_field(
    tag: str,
    indicators: tuple[str, str],
    text: str,
    subfields: Iterable[tuple[str, str]],
    repairs: list[str],
) -> str:
    """Return a data field in flat form; ``text`` is what stood outside of subfields."""
    first, second = (indicator[:1] or " " for indicator in indicators)
    if indicators != (first, second):
        repairs.append(f"indicators of {tag} repaired: {first + second!r}")
    parts = [tag, first, second, text.strip()]
    for code, value in subfields:
        if len(code) != 1:
            repairs.append(f"subfield code {code!r} of {tag} repaired: {code[:1] or 'a'!r}")
        parts.append(SUBFIELD_MARK + (code[:1] or "a") + value)
    return "".join(parts)
